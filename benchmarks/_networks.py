"""Networks with random weights at the demo's and the published sizes; weights change no time."""

import torch

from benchmarks._harness import SIZES
from benchmarks._published import PublishedScorer, PublishedSynthesis
from vectorfind.scoring import PropertyScorer
from vectorfind.scoring.property_cnn import look_of
from vectorfind.stylegan import Generator, build_generator, inference
from vectorfind.vocabulary import PUBLISHED

GENERATORS = {
    "demo": {"z_dim": 64, "w_dim": 64, "fmaps_base": 1024, "fmaps_max": 96},
    "256": {"z_dim": 512, "w_dim": 512, "fmaps_base": 16384, "fmaps_max": 512},
}
"""The demo's generator, and the published one: 26.09 M parameters."""

BATCH = {"cpu": {"demo": 50, "256": 4}, "cuda": {"demo": 500, "256": 100}}
"""Images at once; more are no faster."""

IMAGES = {"cpu": {"demo": 1_000, "256": 32}, "cuda": {"demo": 16_000, "256": 16_000}}
NAIVE_IMAGES = {"cpu": {"demo": 100, "256": 4}, "cuda": {"demo": 100, "256": 100}}
"""Images in one call of either side of what draws them by the thousand."""


def compile_as_in_long_jobs() -> None:
    """Compile however few images a benchmark draws: its rate then is that of a long job."""
    inference.COMPILE_FROM.update(dict.fromkeys(inference.COMPILE_FROM, 0))


def random_generator(size: str, device: torch.device) -> Generator:
    """Return a generator whose noise and constant input are not those of a fresh one."""
    generator = build_generator(SIZES[size], **GENERATORS[size])
    torch.manual_seed(0)
    with torch.no_grad():
        generator.synthesis.layer0.const.normal_()
        for name, parameter in generator.synthesis.named_parameters():
            if name.endswith("apply_noise.weight"):
                parameter.normal_(std=0.1)
    return generator.requires_grad_(False).to(device).eval()


def published_generator(size: str, device: torch.device) -> Generator:
    """Return the same generator, drawing from `w` [N, w_dim] as GenForce's does."""
    generator = random_generator(size, device)
    generator.synthesis = PublishedSynthesis(generator.synthesis)
    return generator


def our_scorer(size: str, device: torch.device) -> PropertyScorer:
    """Return our scorer for images of this size."""
    side = SIZES[size]
    torch.manual_seed(0)
    rows = PUBLISHED.properties
    looks = {name: look_of(row.input, side, side) for name, row in rows.items()}
    return PropertyScorer(looks).to(device).eval()


def published_scorer(size: str, device: torch.device) -> torch.nn.Module:
    """Return the published scorer; its convolutions do not fit the demo's images: there ours."""
    if size == "demo":
        return our_scorer(size, device)
    torch.manual_seed(0)
    return PublishedScorer().to(device).eval()


def batch_size(size: str, device: torch.device) -> int:
    """Return how many images to draw at once."""
    return BATCH[_kind(device)][size]


def image_counts(size: str, device: torch.device) -> tuple[int, int]:
    """Return how many images ours draws in one call, and how many the naive side."""
    return IMAGES[_kind(device)][size], NAIVE_IMAGES[_kind(device)][size]


def _kind(device: torch.device) -> str:
    return "cpu" if device.type == "cpu" else "cuda"
