"""The whole configuration."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from vectorfind.config.directions import DirectionsConfig, SamplingConfig
from vectorfind.config.evaluation import CompareConfig, ImageTestConfig, PassShareConfig
from vectorfind.config.finetune import FineTunesConfig
from vectorfind.config.labels import LabelsConfig, ParserConfig
from vectorfind.config.places import Place
from vectorfind.config.populations import PopulationConfig, PopulationsConfig
from vectorfind.config.scoring import AttributeCnnConfig, PropertyCnnConfig
from vectorfind.vocabulary import STAGES, Vocabulary, stages_from
from vectorfind.vocabulary.section import Section

if TYPE_CHECKING:
    StageName = str
else:
    StageName = Literal[tuple(STAGES)]


class Config(Section):
    """The whole configuration."""

    seed: Annotated[int, Field(ge=0)] = 1
    """Every random draw of the workflow comes from it."""
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    """`auto` takes CUDA, then MPS, then the CPU."""
    start_from: StageName = "original"
    """The stage whose generator your checkpoint is; earlier stages are skipped."""
    checkpoint: Place = "checkpoints/stylegan_celeba_partial256x256.pth"
    """The checkpoint that you start from: its path, or `hf:OWNER/REPO/FILE@REVISION` of the hub."""
    discriminator_checkpoint: Place | None = None
    """File with its discriminator, where `checkpoint` lacks one; only fine-tuning needs it."""
    fused_scale: Literal["auto"] | bool = "auto"
    """Whether upsampling is fused into the convolution; `auto`: from 128 up, as released."""
    vocabulary: Vocabulary = Vocabulary()
    """Properties and attributes."""
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
    def _generator_can_be_conditional(self) -> "Config":
        if self.start_from == "original" and not self.vocabulary.labels:
            raise ValueError("vocabulary.properties: no property is a `label` for FineTune-v1")
        return self

    @model_validator(mode="after")
    def _stages_can_be_labelled(self) -> "Config":
        for name in stages_from(self.start_from):
            population, key = self.population(name), f"populations.{name}"
            if population.labelled > population.images:
                raise ValueError(
                    f"{key}: {population.labelled} labelled images are more than its "
                    f"{population.images} images"
                )
            known = self.vocabulary.attributes
            if unknown := [name for name in population.filter if name not in known]:
                raise ValueError(
                    f"{key}.filter: {unknown[0]} is none of the attributes {', '.join(known)}"
                )
            if not STAGES[name].labelled:
                continue
            if not population.filter:
                raise ValueError(f"{key}.filter: names no attribute, so that nothing is labelled")
            self._refuse_without_prompts(name)
        return self

    def _refuse_without_prompts(self, stage: str) -> None:
        rows = self.vocabulary.attributes
        without = [name for name in self.attributes_of(stage) if not all(rows[name].prompts)]
        if self.labels.source == "zero_shot" and without:
            raise ValueError(
                f"vocabulary.attributes.{without[0]}.prompts: `labels.source: zero_shot` needs both"
            )

    def population(self, stage: str) -> PopulationConfig:
        """Return the section of a stage's images."""
        return getattr(self.populations, stage)

    def attributes_of(self, stage: str) -> tuple[str, ...]:
        """Return the attributes that a stage's images are labelled with: those of its filter."""
        wanted = self.population(stage).filter
        return tuple(name for name in self.vocabulary.attributes if name in wanted)
