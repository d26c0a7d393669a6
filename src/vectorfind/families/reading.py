"""Which of the families a file's content is, and its generator."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from vectorfind.families.nvidia import read_ada, read_stylegan3
from vectorfind.families.rosinality import is_rosinality, lacks_noise, read_rosinality
from vectorfind.families.saved import FamilyGenerator, from_plain, is_plain
from vectorfind.families.tensorflow import is_stylegan2, read_tensorflow

NOISE_DRAWN = "the file holds no noise maps: they are drawn from a fixed seed"


def read_family(content: Any) -> tuple[FamilyGenerator, str] | None:
    """Return the generator that images are made with, and a remark; None for other content.

    Args:
        content: plain data: what torch.load or the reader of NVIDIA's pickles returned.

    Raises:
        InputError: it is of a family, but of a kind that is not read, or damaged.
    """
    if is_plain(content):
        return from_plain(content), ""
    if isinstance(content, tuple) and len(content) == 3:  # G, D, Gs
        return (read_tensorflow(content[2]), "") if is_stylegan2(content[2]) else None
    if not isinstance(content, Mapping):
        return None
    state = getattr(content.get("G_ema"), "state", None)
    if state is not None:
        read = read_stylegan3 if _is_stylegan3(state) else read_ada
        return read(content["G_ema"]), ""
    return _rosinality(content)


def _is_stylegan3(state: Mapping[str, Any]) -> bool:
    return "input" in state["_modules"]["synthesis"].state["_modules"]


def _rosinality(content: Mapping[str, Any]) -> tuple[FamilyGenerator, str] | None:
    state: Mapping[str, Tensor] = content.get("g_ema") or content.get("g") or content
    if not isinstance(state, Mapping) or not is_rosinality(state):
        return None
    generator = read_rosinality(state, content.get("latent_avg"))
    return generator, NOISE_DRAWN if lacks_noise(state) else ""
