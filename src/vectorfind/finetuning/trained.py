"""Which of a network's parameters are trained."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from torch import nn

from vectorfind.errors import InputError


def parameters_of(network: nn.Module, parts: Iterable[str]) -> dict[str, nn.Parameter]:
    """Return the parameters of the named submodules, by their name in the network.

    Raises:
        InputError: there is no such submodule.
    """
    modules = dict(network.named_modules())
    if missing := [part for part in parts if part not in modules]:
        there = ", ".join(name for name in modules if len(name) > 0 and name.count(".") < 2)
        raise InputError(
            f"fine-tuning: the {type(network).__name__.lower()} has no part {missing[0]!r}; "
            f"change `generator_parts` to some of {there}."
        )
    inside = tuple(f"{part}." for part in parts)
    return {name: value for name, value in network.named_parameters() if name.startswith(inside)}


def set_trained(parameters: Mapping[str, nn.Parameter], trained: bool) -> None:
    """Let parameters get gradients, or not."""
    for parameter in parameters.values():
        parameter.requires_grad_(trained)


@contextmanager
def resting(parameters: Mapping[str, nn.Parameter]) -> Iterator[None]:
    """Within the block the parameters get no gradients; what flows through them still does."""
    trained = {name: value for name, value in parameters.items() if value.requires_grad}
    set_trained(trained, False)
    try:
        yield
    finally:
        set_trained(trained, True)
