"""Fine-tuning of the GAN."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from vectorfind.vocabulary.section import Count, Fraction, Positive, Section

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
    must_learn: bool = True
    """Whether a training of which no look is better than the start, which is kept then, fails."""

    @model_validator(mode="before")
    @classmethod
    def _follow_recipe(cls, values: Any) -> Any:
        fast = isinstance(values, dict) and values.get("recipe") == "fast"
        return {**values, **FAST_RECIPE} if fast else values


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
    retries: Annotated[int, Field(ge=0)] = 3
    """How often one that failed or met a cluster's time limit is started again, where it was."""
    v1: FineTuneConfig = FineTuneConfig()
    """FineTune-v1: conditional on the `label` properties, trained on the first filtered set."""
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
