"""The generators of StyleGAN2, StyleGAN2-ADA and StyleGAN3, and the files that hold them."""

from vectorfind.families.reading import read_family
from vectorfind.families.saved import FamilyGenerator, from_plain, is_plain, to_plain
from vectorfind.families.stylegan2 import StyleGAN2
from vectorfind.families.stylegan3 import StyleGAN3

__all__ = [
    "FamilyGenerator",
    "StyleGAN2",
    "StyleGAN3",
    "from_plain",
    "is_plain",
    "read_family",
    "to_plain",
]
