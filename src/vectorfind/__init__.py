"""Steerable faces from a pre-trained StyleGAN: scores, filters, fine-tuning and directions."""
