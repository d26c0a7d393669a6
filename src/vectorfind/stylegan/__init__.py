"""GenForce's StyleGAN v1: networks, checkpoints, losses and sampling."""

from vectorfind.stylegan.checkpoints import (
    Networks,
    join_discriminator,
    load_networks,
    save_networks,
)
from vectorfind.stylegan.conditional import make_conditional, silence_labels
from vectorfind.stylegan.discriminator import Discriminator, build_discriminator
from vectorfind.stylegan.generator import Generator, build_generator
from vectorfind.stylegan.sampling import draw_latents, generate, generate_archive

__all__ = [
    "Discriminator",
    "Generator",
    "Networks",
    "build_discriminator",
    "build_generator",
    "draw_latents",
    "generate",
    "generate_archive",
    "join_discriminator",
    "load_networks",
    "make_conditional",
    "save_networks",
    "silence_labels",
]
