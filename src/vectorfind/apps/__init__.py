"""The pages: labelling images and exploring a bundle, in the browser."""
