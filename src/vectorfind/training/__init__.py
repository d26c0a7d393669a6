"""The frame that every long training runs in."""

from vectorfind.training.fingerprint import digest_code, digest_tensors
from vectorfind.training.placing import place
from vectorfind.training.run import TrainingRun
from vectorfind.training.seeding import seed_step, shuffled_batch

__all__ = [
    "TrainingRun",
    "digest_code",
    "digest_tensors",
    "place",
    "seed_step",
    "shuffled_batch",
]
