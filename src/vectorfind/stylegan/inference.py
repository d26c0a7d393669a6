"""Drawing images as fast as the device allows: half precision, and compiled for long jobs."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from vectorfind.images import to_uint8

Precision = Literal["auto", "float32"]
Draw = Callable[..., Tensor]
"""From latents to uint8 images [N, H, W, 3] on the same device; `noise` as in Synthesis."""

COMPILE_FROM = {"cpu": 8e9, "cuda": 2e12}
"""Activations drawn in one job from which compiling, which takes half a minute, pays: what it saves
is reading and writing them. 500 images of 256x256 on a CPU, 125,000 on a GPU."""

BFLOAT16_FROM = 256
"""Height from which a CPU draws in bfloat16; smaller networks gain little and lose as much."""


def half_type(device: torch.device, resolution: int) -> torch.dtype | None:
    """Return the half precision in which to draw images of this height; None for float32.

    float16 on GPUs moves scores less than the rounding of images to 8 bits does; bfloat16 on CPUs
    whose instructions include its products (docs/performance.md has both, measured).
    """
    if device.type == "cuda":
        return torch.float16
    capable = device.type == "cpu" and torch.cpu.get_capabilities().get("avx512_bf16", False)
    return torch.bfloat16 if capable and resolution >= BFLOAT16_FROM else None


def prepare_drawing(
    generator: nn.Module,
    device: torch.device | str,
    precision: Precision = "auto",
    compiled_batch: int | None = None,
) -> Draw:
    """Move the generator to `device`, in eval mode, and return a function that draws fast.

    Args:
        generator: with `resolution` and `synthesis`.
        device: where to draw.
        precision: `auto` takes half precision where the device computes in it.
        compiled_batch: size of the batches for which it is compiled; None: of none. Where the
            compiler fails, and for batches of other sizes, it runs as it is.
    """
    device = torch.device(device)
    generator.to(device).eval()
    dtype = half_type(device, generator.resolution) if precision == "auto" else None
    synthesis = generator.synthesis
    if dtype is not None and device.type == "cuda":
        synthesis.to(memory_format=torch.channels_last)
    compiled = torch.compile(synthesis, dynamic=False) if compiled_batch else synthesis

    @torch.inference_mode()
    def draw(latents: Tensor, **options: str) -> Tensor:
        with torch.autocast(device.type, dtype, enabled=dtype is not None):
            if len(latents) != compiled_batch:
                return to_uint8(synthesis(latents, **options))
            # Only here: touching the compiler imports it, which takes seconds.
            with torch._dynamo.config.patch(suppress_errors=True):
                return to_uint8(compiled(latents, **options))

    return draw


def worth_compiling(
    generator: nn.Module, images: int, batch_size: int, device: torch.device | str
) -> int | None:
    """Return `batch_size` where a job of so many images is done sooner compiled, else None."""
    sides = [4 * 2**block for block in range(len(generator.channels))]
    activations = sum(2 * c * side**2 for c, side in zip(generator.channels, sides, strict=True))
    least = COMPILE_FROM.get(torch.device(device).type)
    return batch_size if least is not None and images * activations >= least else None
