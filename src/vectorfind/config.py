"""Every configuration key: its type, default, range and meaning.

The defaults are the published numbers (system.md). `config/config.yaml` lays the embedded demo's
smaller numbers over them, `config/celeba256.yaml` spells the published ones out.
"""

import hashlib
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.names import METHODS

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]

STAGES = ("original", "finetune_v1", "finetune_v8")
Stage = Literal["original", "finetune_v1", "finetune_v8"]
Method = Literal[METHODS]


class Section(BaseModel):
    """A part of the configuration; unknown keys are refused by name."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, frozen=True)


class Bounds(Section):
    """The scores of one attribute that pass a filter."""

    min: Fraction = 0.0
    """Lowest score that passes."""
    max: Fraction = 1.0
    """Highest score that passes."""


class LabelsConfig(Section):
    """Where the human labels of the first images come from (system.md 1.2, 1.8)."""

    source: Literal["file", "zero_shot", "demo"] = "file"
    """`file`: your CSVs; `zero_shot`: a vision-language model; `demo`: the simulated annotator."""
    original: str = "labels/original.csv"
    """CSV of the original generator's labels: image_id, gender, quality."""
    finetune_v1: str = "labels/finetune_v1.csv"
    """CSV of FineTune-v1's labels: image_id, gender, quality, age, glass."""
    annotator: str = "resources/demo/annotator.safetensors"
    """The simulated annotator that `demo` labels with."""
    zero_shot_model: str = "google/siglip2-base-patch16-224"
    """Hugging Face model or folder that `zero_shot` labels with."""
    zero_shot_revision: str | None = "75de2d55ec2d0b4efc50b3e9ad70dba96a7b2fa2"
    """Pinned revision of that model."""


class ParserConfig(Section):
    """The face parser (system.md 2.1)."""

    model: str = "jonathandinu/face-parsing"
    """Hugging Face model or folder; classes are mapped by name."""
    revision: str | None = None
    """Pinned revision of a model from the hub."""
    left_is: Literal["image", "person"] = "image"
    """Whether the model's left eye is the one at the picture's left or the person's own left."""
    batch_size: Count = 32
    """Images parsed at once."""


class PopulationConfig(Section):
    """The images that one generator of the chain makes."""

    images: Count = 10_000
    """How many images are generated."""
    labelled: Annotated[int, Field(ge=0)] = 2_000
    """How many of the first images carry human labels."""
    filter: dict[Literal["gender", "quality", "age", "glass"], Bounds] = {}
    """Per attribute the lowest (`min`) and highest (`max`) score that passes."""
    exclude_labelled: bool = False
    """Whether hand-labelled images are left out of the filtered set."""


class PopulationsConfig(Section):
    """One population per generator of the chain."""

    shard_size: Count = 1_000
    """Images per archive."""
    batch_size: Count = 32
    """Images generated at once."""
    original: PopulationConfig = PopulationConfig(
        images=10_000,
        labelled=2_000,
        filter={"gender": Bounds(min=0.7), "quality": Bounds(min=0.9)},
    )
    """Images of the checkpoint you start from (system.md 1.2 to 1.4)."""
    finetune_v1: PopulationConfig = PopulationConfig(
        images=15_000,
        labelled=2_000,
        filter={
            "gender": Bounds(min=0.92),
            "quality": Bounds(min=0.9),
            "age": Bounds(max=0.008),
            "glass": Bounds(max=0.01),
        },
        exclude_labelled=True,
    )
    """Images of FineTune-v1 (system.md 1.8 to 1.10); its filter is the one of the pass share."""
    finetune_v8: PopulationConfig = PopulationConfig(images=20_000, labelled=0)
    """Images of FineTune-v8, whose medians cut the groups (system.md 1.13)."""


class AttributeCnnConfig(Section):
    """Attribute CNNs (system.md 3)."""

    folds: Annotated[int, Field(ge=2)] = 5
    """Stratified folds; the mean of the folds' CNNs is the score."""
    epochs: Count = 30
    """Most epochs of a fold; the learning rate falls as a cosine over them."""
    patience: Count = 6
    """Epochs without a better validation loss before a fold stops."""
    batch_size: Count = 32
    """Images per step."""
    learning_rate: Positive = 1e-3
    """AdamW's learning rate."""
    warm_start_learning_rate: Positive = 3e-4
    """AdamW's learning rate when starting from an earlier stage's weights."""
    tries: Count = 3
    """How often a fold that learned nothing is trained again from a new seed."""


class PropertyCnnConfig(Section):
    """Property Score CNN (system.md 4)."""

    epochs: Count = 30
    """Most epochs; the learning rate falls as a cosine over them."""
    patience: Count = 10
    """Epochs without a better validation loss before training stops."""
    batch_size: Count = 64
    """Images per step."""
    learning_rate: Positive = 2e-3
    """Peak learning rate."""
    validation_share: Share = 0.1
    """Share of the images held out; correlations are measured on them."""
    per_job: Count = 1
    """Properties that one job trains; more save starts of jobs where a training takes seconds."""


class SamplingConfig(Section):
    """The samples that directions are found in (system.md 1.14)."""

    samples: Count = 240_000
    """How many (z, label) are drawn."""
    shard_size: Count = 10_000
    """Samples per job and file."""
    batch_size: Count = 64
    """Images generated and scored at once."""


class DirectionsConfig(Section):
    """Finding the directions (system.md 1.14)."""

    method: Method = "surrogate"
    """Finder of the directions in the bundle; `svm` is the published one."""
    unit: Literal["auto"] | Positive = 1.0
    """Length in `w` of an offset of 1; `auto`: the offset 1.8 is two standard deviations of `w`."""
    class_share: Annotated[float, Field(gt=0, le=0.5)] = 0.2
    """Share of a group's samples at the top, and at the bottom, that form the SVM's classes."""
    validation_share: Share = 0.2
    """Share of each class that validates the SVM."""
    svm_c: Positive = 1.0
    """The SVM's regularisation parameter C."""
    validation_faces: Count = 20
    """Faces on whose edits the methods other than `svm` choose their regularisation."""
    tries: Count = 20_000
    """Edited faces that `surrogate` learns from in each of its three rounds."""


class PassConfig(Section):
    """The correlations that a steerable face reaches (system.md 1.15)."""

    eyes: Fraction = 0.92
    """Least correlation of the eyes' offset with their score."""
    mouth: Fraction = 0.88
    """Least correlation of the mouth's offset with its score."""
    pose: Fraction = 0.88
    """Least correlation of the pose's offset with its score."""


class ImageTestConfig(Section):
    """The test of every direction on new faces (system.md 1.15)."""

    faces: Count = 2_000
    """New faces, 50 images each."""
    shard_size: Count = 100
    """Faces per job."""
    pass_at: PassConfig = PassConfig()
    """The pass rule."""


class IdentityConfig(Section):
    """The network that tells whether an edited face is still the same person."""

    model: str | None = None
    """ONNX file (ArcFace, SFace, ..), folder or hub name; none: the demo's annotator, if any."""
    revision: str | None = None
    """Pinned revision of a network from the hub."""
    crop: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the image's height and width, from its middle, that the network sees."""
    mean: float = 127.5
    """Of an ONNX network's input, which is (pixel - mean) / std, RGB."""
    std: Positive = 127.5
    """See `mean`."""


class CompareConfig(Section):
    """`snakemake compare_directions`: all methods on the same new faces, at the same unit."""

    methods: Annotated[tuple[Method, ...], Field(min_length=1)] = METHODS
    """Finders that are compared."""
    faces: Count = 2_000
    """New faces, 50 images each per method; none of them was seen by any finder."""
    shard_size: Count = 100
    """Faces per job."""
    retest_faces: Count = 500
    """How many of these faces are tested again on fresh noise."""
    closed_loop_faces: Count = 200
    """How many of these faces are steered to requested scores."""
    strength_faces: Count = 200
    """How many of these faces are edited by one property at a time, from faint to strong."""
    identity: IdentityConfig = IdentityConfig()
    """Who a face is, by a face-recognition network."""


class PassShareConfig(Section):
    """The share of fresh images that pass FineTune-v1's filter, before and after training."""

    images: Count = 2_000
    """Fresh images per generator."""


FAST_RECIPE: dict[str, Any] = {
    "label_start": "silent",
    "generator_learning_rate": 1e-4,
    "mapping_learning_rate": 2e-3,
    "discriminator_learning_rate": 1e-3,
    "betas": (0.0, 0.99),
    "weight_decay": 0.0,
    "r1_interval": 16,
    "generator_steps": 1,
    "style_mixing": 0.0,
    "ema_decay": 0.98,
    "reuse_fakes": True,
    "generator_labels": "random",
    "precision": "auto",
}
"""What `recipe: fast` sets; docs/training.md has the measurements behind it."""


class FineTuneConfig(Section):
    """Fine-tuning of the GAN (system.md 5)."""

    recipe: Literal["published", "fast"] = "published"
    """`fast` replaces the optimisation keys below by those of docs/training.md."""
    generator_parts: tuple[str, ...] = ("mapping",)
    """Modules of the generator that are trained."""
    label_start: Literal["random", "silent"] = "random"
    """What new label inputs do at first: shift faces at random, as published, or nothing."""
    steps: Count = 11_500
    """Discriminator steps."""
    batch_size: Count = 16
    """Images per step."""
    generator_learning_rate: Positive = 1e-4
    """AdamW's learning rate of the generator."""
    mapping_learning_rate: Positive = 1e-4
    """That of the mapping, whose weights are stored 100 times larger than their effect."""
    discriminator_learning_rate: Positive = 1e-4
    """AdamW's learning rate of the discriminator."""
    betas: tuple[Fraction, Fraction] = (0.9, 0.999)
    """AdamW's decay rates."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    """AdamW's weight decay."""
    r1_gamma: Annotated[float, Field(ge=0)] = 10.0
    """Weight of the R1 penalty: 0.5 * gamma * |gradient|^2 on reals."""
    r1_interval: Count = 1
    """Steps between two R1 penalties (lazy regularisation when above 1)."""
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    """First steps, in which the whole discriminator learns and the generator rests."""
    style_mixing: Fraction = 0.9
    """Probability of style mixing."""
    w_average_decay: Fraction = 0.995
    """Decay of the running mean of `w`."""
    ema_decay: Fraction | None = None
    """Decay of the generator's weight average, which is what is kept; none: the last weights."""
    generator_steps: Count = 4
    """Most generator steps after each discriminator step."""
    loss_ratio: Positive = 2.0
    """The generator steps until its loss is below this multiple of the discriminator's."""
    discriminator_layers: Count = 3
    """How many of the discriminator's last layers are trained."""
    reuse_fakes: bool = False
    """Whether both players learn from one drawn batch and reals pass the untrained layers once."""
    generator_labels: Literal["training", "random"] = "training"
    """Labels that images are drawn with where the reals have none: zeros, or N(0, 1)."""
    precision: Literal["float32", "bfloat16", "auto"] = "float32"
    """Of the networks' passes; `auto` takes bfloat16 where the device computes in it."""
    channels_last: bool = False
    """Whether activations are stored pixel by pixel."""
    compile: bool = False
    """Whether torch.compile fuses the synthesis network; needs a compiler and minutes."""
    monitor_interval: Count = 500
    """Steps between two looks at fixed images."""
    patience: Count | None = None
    """Looks without a better pass share after which training stops; none: train all steps."""
    monitor_images: Count = 100
    """Fixed images that are looked at."""

    @model_validator(mode="before")
    @classmethod
    def _follow_recipe(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {**values, **FAST_RECIPE} if values.get("recipe") == "fast" else values


class CoresConfig(Section):
    """CPU cores of the fine-tunings."""

    v1: Count = 1
    """Of FineTune-v1, without a GPU; no other job of the chain can run beside it."""
    v8: Count = 1
    """Of FineTune-v8, without a GPU; FineTune-v1's images are measured beside it."""


class FineTunesConfig(Section):
    """The two fine-tunings."""

    gpus: Count = 1
    """GPUs that one fine-tuning shares its batches among."""
    cores: CoresConfig = CoresConfig()
    """CPU cores of each where there is no GPU; fewer where there are fewer."""
    v1: FineTuneConfig = FineTuneConfig()
    """FineTune-v1: conditional on the seven properties, trained on the first filtered set."""
    v8: FineTuneConfig = FineTuneConfig(
        generator_parts=("mapping", "synthesis.layer0", "synthesis.layer1", "synthesis.output0"),
        steps=44_400,
        batch_size=8,
        style_mixing=0.0,
    )
    """FineTune-v8: trained on the second filtered set, labels all zero."""

    @model_validator(mode="after")
    def _batches_can_be_shared(self) -> "FineTunesConfig":
        for name in ("v1", "v8"):
            if (batch := getattr(self, name).batch_size) % self.gpus:
                raise ValueError(
                    f"finetune.{name}.batch_size: {batch} images cannot be shared evenly by "
                    f"`finetune.gpus: {self.gpus}`"
                )
        return self


class Config(Section):
    """The whole configuration."""

    seed: Annotated[int, Field(ge=0)] = 1
    """Every random draw of the workflow comes from it."""
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    """`auto` takes CUDA, then MPS, then the CPU."""
    start_from: Stage = "original"
    """The stage whose generator your checkpoint is; earlier stages are skipped."""
    checkpoint: str = "checkpoints/stylegan_celeba_partial256x256.pth"
    """The GenForce checkpoint that you start from."""
    discriminator_checkpoint: str | None = None
    """File with its discriminator, where `checkpoint` lacks one; only fine-tuning needs it."""
    fused_scale: Literal["auto"] | bool = "auto"
    """Whether upsampling is fused into the convolution; `auto`: from 128 up, as released."""
    labels: LabelsConfig = LabelsConfig()
    """Human labels."""
    parser: ParserConfig = ParserConfig()
    """Face parser."""
    populations: PopulationsConfig = PopulationsConfig()
    """Generated images and their filters."""
    attribute_cnn: AttributeCnnConfig = AttributeCnnConfig()
    """Attribute CNNs."""
    property_cnn: PropertyCnnConfig = PropertyCnnConfig()
    """Property Score CNN."""
    finetune: FineTunesConfig = FineTunesConfig()
    """Fine-tuning."""
    pass_share: PassShareConfig = PassShareConfig()
    """Measuring what fine-tuning did."""
    sampling: SamplingConfig = SamplingConfig()
    """Samples of `w` and scores."""
    directions: DirectionsConfig = DirectionsConfig()
    """Finding directions."""
    image_test: ImageTestConfig = ImageTestConfig()
    """Testing directions."""
    compare: CompareConfig = CompareConfig()
    """Comparing methods."""

    @model_validator(mode="after")
    def _labelled_images_exist(self) -> "Config":
        for stage in STAGES:
            population = getattr(self.populations, stage)
            if population.labelled > population.images:
                raise ValueError(
                    f"populations.{stage}: {population.labelled} labelled images are more than "
                    f"its {population.images} images"
                )
        return self


def resolve_config(values: dict[str, Any], source: str = "the configuration") -> Config:
    """Check `values` and fill in the defaults, key by key: part of a section keeps the rest.

    Raises:
        InputError: naming every key that is unknown, of a wrong type or out of range.
    """
    try:
        return Config.model_validate(lay_over(Config().model_dump(), values))
    except ValidationError as error:
        raise InputError(_explain(error, source)) from None


def lay_over(values: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return `values` with those of `over` on top, section by section, as Snakemake does."""
    result = dict(values)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = lay_over(result[key], value) if both else value
    return result


def _explain(error: ValidationError, source: str) -> str:
    problems: dict[str, list[str]] = {}
    for problem in error.errors():
        unknown = problem["type"] == "extra_forbidden"
        # pydantic ends the place of a union's problem with the name of the alternative.
        place = [str(part) for part in problem["loc"] if unknown or not _ALTERNATIVE(str(part))]
        messages = problems.setdefault(".".join(place) or "configuration", [])
        messages.append("unknown key" if unknown else problem["msg"])
    lines = "\n".join(f"  {key}: {', or '.join(texts)}" for key, texts in problems.items())
    return f"{source} has {len(problems)} problem(s):\n{lines}\nconfig/README.md lists every key."


_ALTERNATIVE = re.compile(r"literal\[|constrained-|(bool|int|float|str)$").match


def stage_seed(seed: int, name: str) -> int:
    """Return the seed of one stage, below 2**32: stable, and unlike that of any other stage."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:4], "big")


def write_config(path: str | Path, config: Config) -> None:
    """Write the resolved configuration as YAML."""
    with atomic_path(path) as partial:
        partial.write_text(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False))
