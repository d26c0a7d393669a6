"""What is kept on disk: image archives, latents, score tables and the filters over them."""
