"""Training of the attribute CNNs and of the property CNN."""

from typing import Annotated

from pydantic import Field

from vectorfind.vocabulary.section import Count, Positive, Section, Share


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
