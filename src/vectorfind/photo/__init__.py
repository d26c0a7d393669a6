"""Makes the photo-like world: a StyleGAN taught by a DCGAN that was trained on rendered people."""
