"""The teacher: the generator of `gan-face-generate`, a DCGAN of 64x64 faces."""

from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from vectorfind.errors import InputError
from vectorfind.stylegan.unpickling import read_torch_file
from vectorfind.training import place

Z_DIM = 100
WIDTHS = (Z_DIM, 512, 256, 128, 64, 3)


class Teacher(nn.Module):
    """z [N, 100] to images [N, 3, 64, 64] in -1..1; the package's state-dict names.

    Source: Radford et al. 2016, figure 1.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for block, (wide, narrow) in enumerate(pairwise(WIDTHS)):
            stride, padding = (2, 1) if block else (1, 0)
            layers.append(nn.ConvTranspose2d(wide, narrow, 4, stride, padding, bias=False))
            layers += [nn.BatchNorm2d(narrow), nn.ReLU()] if narrow != WIDTHS[-1] else [nn.Tanh()]
        self.main = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        """Draw faces of z, which is brought to the length that StyleGAN's mapping gives it."""
        z = z * z.square().mean(dim=1, keepdim=True).add(1e-8).rsqrt()
        return self.main(z[:, :, None, None])


def load_teacher(path: str | Path) -> Teacher:
    """Load the weights that the package ships (`gan_face_generate/weights.tar`), in eval mode.

    Raises:
        InputError: the file is missing, damaged or holds something else.
    """
    teacher, saved = Teacher(), read_torch_file(path)
    try:
        teacher.load_state_dict(saved["netG_state_dict"])
    except (KeyError, RuntimeError, TypeError) as error:
        raise InputError(
            f"{path}: holds no weights of gan-face-generate 1.1.1 ({error}); `pip download "
            "--no-deps gan-face-generate==1.1.1`, unpack it and name its weights.tar."
        ) from error
    return place(teacher.eval().requires_grad_(False), torch.device("cpu"), torch.channels_last)


def latents(count: int, seed: int) -> Tensor:
    """Return z [count, 100] of a seed."""
    return torch.randn(count, Z_DIM, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def teach(teacher: Teacher, z: Tensor) -> Tensor:
    """Return the teacher's pictures [N, 3, 64, 64] of z, float32, drawn in bfloat16."""
    with torch.autocast(z.device.type, torch.bfloat16):
        return teacher(z).float()
