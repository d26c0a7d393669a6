"""Labels of images: from the user's file, a vision-language model or the demo's annotator."""
