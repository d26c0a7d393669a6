"""The generators of the chain (system.md 1)."""

from typing import NamedTuple


class Stage(NamedTuple):
    """One generator and its images."""

    starts_from: str | None
    """The stage whose generator is fine-tuned into this one."""
    section: str
    """Its key below `finetune` in the configuration."""
    labelled: bool
    """Whether its images are labelled and filtered."""
    teaches: str
    """Which regressors learn from its images: of the `labels`, of the `others`, or none."""


STAGES = {
    "original": Stage(None, "", labelled=True, teaches="labels"),
    "finetune_v1": Stage("original", "v1", labelled=True, teaches="others"),
    "finetune_v8": Stage("finetune_v1", "v8", labelled=False, teaches=""),
}


def stages_from(start: str) -> tuple[str, ...]:
    """Return the stages of a chain that starts with the generator of one of them."""
    names = tuple(STAGES)
    return names[names.index(start) :]
