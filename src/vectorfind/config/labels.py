"""Where labels come from, and the face parser."""

from typing import Literal

from vectorfind.config.places import Place
from vectorfind.vocabulary.section import Count, Section


class LabelsConfig(Section):
    """Where the human labels of the first images come from (system.md 1.2, 1.8)."""

    source: Literal["file", "zero_shot", "demo"] = "file"
    """`file`: your CSVs; `zero_shot`: a vision-language model; `demo`: the simulated annotator."""
    original: str = "labels/original.csv"
    """CSV of the original generator's labels: image_id, and the attributes of its filter."""
    finetune_v1: str = "labels/finetune_v1.csv"
    """CSV of FineTune-v1's labels: image_id, and the attributes of its filter."""
    annotator: str = "resources/demo/annotator.safetensors"
    """The simulated annotator that `demo` labels with."""
    zero_shot_model: str = "google/siglip2-base-patch16-224"
    """Hugging Face model or folder that `zero_shot` labels with."""
    zero_shot_revision: str | None = "75de2d55ec2d0b4efc50b3e9ad70dba96a7b2fa2"
    """Pinned revision of that model."""


class ParserConfig(Section):
    """The face parser (system.md 2.1)."""

    model: Place = "jonathandinu/face-parsing"
    """Hugging Face model, `hf:OWNER/REPO@REVISION` or folder; classes are mapped by name."""
    revision: str | None = "a2bf62f39dfd8f8856a3c19be8b0707a8d68abdd"
    """Pinned revision of that model; a folder needs none."""
    left_is: Literal["image", "person"] = "image"
    """Whether the model's left eye is the one at the picture's left or the person's own left."""
    batch_size: Count = 32
    """Images parsed at once."""
