"""Which of the families a file's content is, and its generator."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

from vectorfind.errors import InputError
from vectorfind.families.nvidia import read_ada, read_stylegan3
from vectorfind.families.rosinality import is_rosinality, lacks_noise, read_rosinality
from vectorfind.families.saved import FamilyGenerator, from_plain, is_plain
from vectorfind.families.tensorflow import is_stylegan2, read_tensorflow

NOISE_DRAWN = "noise maps: missing, drawn from seed 0"
MALFORMED = (LookupError, AttributeError, TypeError, ValueError, RuntimeError)


class FoundFamily(NamedTuple):
    """What `read_family` finds in a file."""

    generator: FamilyGenerator
    layout: str
    """Whose form of the file it is."""
    remark: str = ""
    """What the file lacks and got, for people."""


def read_family(content: Any) -> FoundFamily | None:
    """Return the generator that images are made with; None for content of no such family.

    Args:
        content: plain data: what torch.load or the reader of NVIDIA's pickles returned.

    Raises:
        InputError: it is of a family, but of a kind that is not read, or damaged.
    """
    try:
        return _read(content)
    except MALFORMED as error:
        raise InputError(
            f"holds a generator of another form than StyleGAN2 and StyleGAN3 have ({error!r}); "
            "give the file as its project wrote it"
        ) from error


def _read(content: Any) -> FoundFamily | None:
    if is_plain(content):
        return FoundFamily(from_plain(content), "vectorfind")
    if isinstance(content, tuple) and len(content) == 3:  # G, D, Gs
        found = is_stylegan2(content[2])
        return FoundFamily(read_tensorflow(content[2]), "official") if found else None
    if not isinstance(content, Mapping):
        return None
    network = content.get("G_ema")
    state = getattr(network, "state", None)
    if network is not None and state is not None:
        read = read_stylegan3 if _is_stylegan3(state) else read_ada
        return FoundFamily(read(network), "official")
    return _rosinality(content)


def _is_stylegan3(state: Mapping[str, Any]) -> bool:
    return "input" in state["_modules"]["synthesis"].state["_modules"]


def _rosinality(content: Mapping[str, Any]) -> FoundFamily | None:
    state: Mapping[str, Tensor] = content.get("g_ema") or content.get("g") or content
    if not isinstance(state, Mapping) or not is_rosinality(state):
        return None
    generator = read_rosinality(state, content.get("latent_avg"))
    return FoundFamily(generator, "rosinality", NOISE_DRAWN if lacks_noise(state) else "")
