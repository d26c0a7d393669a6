"""Our own form of a generator in a file: its weights, and its constructor's arguments as data."""

from collections.abc import Mapping
from typing import Any, TypeVar

from torch import Tensor, nn

from vectorfind.errors import InputError
from vectorfind.families.stylegan2 import StyleGAN2
from vectorfind.families.stylegan3 import StyleGAN3

FamilyGenerator = StyleGAN2 | StyleGAN3
FAMILIES: dict[str, type[StyleGAN2] | type[StyleGAN3]] = {
    "stylegan2": StyleGAN2,
    "stylegan3": StyleGAN3,
}
Network = TypeVar("Network", bound=nn.Module)


def filled(network: Network, weights: Mapping[str, Tensor]) -> Network:
    """Give a network its weights, in eval mode; `filter` may be missing, since it is fixed.

    Raises:
        RuntimeError: weights are missing, unknown or of other shapes.
    """
    own = network.state_dict()
    fixed = {name: value for name, value in own.items() if name.endswith(".filter")}
    network.load_state_dict(fixed | dict(weights))
    return network.eval()


def to_plain(generator: FamilyGenerator) -> dict[str, Any]:
    """Return what torch.load reads with `weights_only`, and `from_plain` turns back."""
    (family,) = [name for name, kind in FAMILIES.items() if isinstance(generator, kind)]
    weights = {name: value.detach().cpu() for name, value in generator.state_dict().items()}
    return {"family": family, "arguments": generator.arguments, "weights": weights}


def is_plain(content: object) -> bool:
    """Tell whether a file's content is that of `to_plain`."""
    return isinstance(content, Mapping) and {"family", "arguments", "weights"} <= content.keys()


def from_plain(content: Mapping[str, Any]) -> FamilyGenerator:
    """Build a generator from what `to_plain` returned.

    Raises:
        InputError: the content is none of ours.
    """
    try:
        return filled(FAMILIES[content["family"]](**content["arguments"]), content["weights"])
    except (KeyError, TypeError, AttributeError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"is no generator that was saved here ({reason}); import it anew"
        ) from None
