"""The frame that every long training runs in."""

from vectorfind.training.run import TrainingRun
from vectorfind.training.seeding import seed_step, shuffled_batch

__all__ = ["TrainingRun", "seed_step", "shuffled_batch"]
