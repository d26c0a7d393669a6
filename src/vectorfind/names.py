"""The names and orders that every stage shares (system.md 0 and 2)."""

from itertools import product

LABELS = (
    "eyes",
    "hair_color",
    "hair_length",
    "mouth",
    "pose",
    "background_mean",
    "background_std",
)
"""The conditioning values, in the order of the label vector."""

PROPERTIES = (*LABELS, "hairstyle")
"""Everything the merged scorer predicts, in output order."""


ATTRIBUTES = ("gender", "quality", "age", "glass")
"""The probabilities used for filtering."""

STAGE_ATTRIBUTES = {"original": ("gender", "quality"), "finetune_v1": ATTRIBUTES}
"""The attributes that are labelled and scored on each population."""

CONTROLLED = ("eyes", "mouth", "pose")
"""The properties that directions steer."""

CONTROLLED_COLUMNS = tuple(PROPERTIES.index(name) for name in CONTROLLED)
"""Their columns among PROPERTIES."""

MIRRORED = ("pose",)
"""Those that change sign when a face is mirrored."""

METHODS = ("svm", "dual", "surrogate")
"""Ways to find directions (`directions.method`); `directions/methods.py` says how each does."""

BENT = ("surrogate",)
"""Those whose edits bend the way, so that their exported directions are something else."""

GROUPING = ("hair_color", "hair_length", "background_mean", "hairstyle")
"""The properties whose medians split the population into groups."""

GROUPS = tuple("".join(letters) for letters in product("hl", repeat=len(GROUPING)))
"""Group names, `hhhh` .. `llll`; letter i says high or low in GROUPING[i]."""
