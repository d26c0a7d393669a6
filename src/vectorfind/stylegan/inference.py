"""Drawing images as fast as the device allows: half precision, and compiled for long jobs."""

from collections.abc import Callable
from copy import deepcopy
from typing import Literal

import torch
from torch import Tensor, nn

from vectorfind.images import require_finite, to_uint8
from vectorfind.networks import FaceGenerator
from vectorfind.stylegan.layers import ConvLayer

Precision = Literal["auto", "float32", "bfloat16", "float16"]
Draw = Callable[..., Tensor]
"""From latents to uint8 images [N, H, W, 3], or what else is made of them, on the same device;
`noise` as in Synthesis."""

COMPILE_FROM = {"cpu": 8e9, "cuda": 2e12}
"""Activations drawn in one job from which compiling, which takes half a minute, pays: what it saves
is reading and writing them. 500 images of 256x256 on a CPU, 125,000 on a GPU."""


PIXELS_AT_ONCE = {"cpu": 50 * 64**2, "other": 100 * 256**2}
"""More at once is no faster: on a CPU activations leave the caches, on a GPU its units are busy."""


def images_at_once(resolution: int, device: torch.device | str) -> int:
    """Return how many images to draw together on a device."""
    kind = "cpu" if torch.device(device).type == "cpu" else "other"
    return max(1, PIXELS_AT_ONCE[kind] // resolution**2)


def fastest_type(device: torch.device) -> torch.dtype:
    """Return the precision in which a device convolves when it may choose.

    float16 on GPUs moves scores no more than the rounding of images to 8 bits does; bfloat16 on
    CPUs whose instructions include its products (docs/performance.md has both, measured).
    """
    if device.type == "cuda":
        return torch.float16
    capable = device.type == "cpu" and torch.cpu.get_capabilities().get("avx512_bf16", False)
    return torch.bfloat16 if capable else torch.float32


def map_rows(
    generator: FaceGenerator,
    z: Tensor,
    label: Tensor | None,
    rows: slice,
    device: torch.device | str,
) -> Tensor:
    """Return the w of some rows of z [N, z_dim] and label [N, L], mapped on `device`."""
    own_label = None if label is None else label[rows].to(device)
    return generator.mapping(z[rows].to(device), own_label)


def prepare_drawing(
    generator: FaceGenerator,
    device: torch.device | str,
    precision: Precision = "auto",
    *,
    compiled_batch: int | None = None,
    finish: Callable[[Tensor], Tensor] = to_uint8,
) -> Draw:
    """Move the generator to `device`, in eval mode, and return a function that draws fast.

    Args:
        generator: of which the synthesis draws.
        device: where to draw.
        precision: of the convolutions; `auto` is `fastest_type`. All else is in float32.
        compiled_batch: size of the batches for which it is compiled; None: of none. Where the
            compiler fails, and for batches of other sizes, it runs as it is.
        finish: from images float [N, 3, H, W] to what is returned; compiled with the rest.
    """
    device = torch.device(device)
    generator.to(device).eval()
    dtype = fastest_type(device) if precision == "auto" else getattr(torch, precision)
    synthesis = _with_kept_kernels(generator.synthesis, device, dtype)

    def finished(latents: Tensor, **options: str) -> tuple[Tensor, Tensor]:
        images = synthesis(latents, **options)
        return finish(images), images.isfinite().all()

    compiled = torch.compile(finished, dynamic=False) if compiled_batch else finished

    @torch.inference_mode()
    def draw(latents: Tensor, **options: str) -> Tensor:
        if len(latents) != compiled_batch:
            return require_finite(*finished(latents, **options), dtype)
        # Only here: touching the compiler imports it, which takes seconds.
        with torch._dynamo.config.patch(suppress_errors=True):
            return require_finite(*compiled(latents, **options), dtype)

    return draw


def _with_kept_kernels(synthesis: nn.Module, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """Return a copy that shares the weights and does not make its kernels anew for every batch.

    Only its convolutions are in `dtype`: half precision of the other operations would save little
    and double what scores change by.
    """
    shared = {id(tensor): tensor for tensor in (*synthesis.parameters(), *synthesis.buffers())}
    copy = deepcopy(synthesis, memo=shared)
    channels_last = device.type == "cpu" or dtype != torch.float32
    layout = torch.channels_last if channels_last else torch.contiguous_format
    for layer in copy.modules():
        if isinstance(layer, ConvLayer):
            layer.keep_kernel(dtype, layout)
    return copy


def worth_compiling(
    generator: FaceGenerator, images: int, batch_size: int, device: torch.device | str
) -> int | None:
    """Return `batch_size` where a job of so many images is done sooner compiled, else None."""
    least = COMPILE_FROM.get(torch.device(device).type)
    activations = images * generator.activations
    return batch_size if least is not None and activations >= least else None
