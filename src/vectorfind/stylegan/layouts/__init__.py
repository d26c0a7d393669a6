"""Other people's layouts of StyleGAN v1, turned into state dicts with GenForce's names."""
