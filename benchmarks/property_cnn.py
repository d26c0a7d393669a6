"""Property scores from pixels: the published merged CNN one image at a time against ours.

At 256 the naive side has the published shape, 20.1 M parameters and 10.85 GFLOP (system.md 4). At
the demo's 64 its unpadded convolutions do not fit into the windows: there the naive side is our
own scorer, one image at a time. Weights are random: they change no time. Which of the two is more
accurate is measured by `benchmarks.property_cnn_accuracy`.
"""

import numpy as np
import torch
from torch import nn

from benchmarks._harness import SIZES, arguments, count_flop, measure, report
from benchmarks._networks import our_scorer
from benchmarks._published import PublishedScorer
from vectorfind.images import to_network_range
from vectorfind.scoring import score_images

IMAGES, NAIVE_IMAGES = 256, 4


def main() -> None:
    """Time both on random images."""
    options = arguments("property_cnn")
    side = SIZES[options.size]
    torch.manual_seed(0)
    ours = our_scorer(options.size, options.device)
    naive = PublishedScorer().eval().to(options.device) if options.size == "256" else ours
    images = np.random.default_rng(0).integers(0, 256, (IMAGES, side, side, 3), dtype=np.uint8)
    batch_size = 32 if options.device.type == "cpu" else IMAGES
    measurement = measure(
        lambda: naive_scores(naive, images[:NAIVE_IMAGES], options.device),
        lambda: score_images(ours, images, batch_size, device=options.device),
        items=IMAGES,
        naive_items=NAIVE_IMAGES,
        rounds=options.rounds,
        device=options.device,
        jobs=options.jobs,
    )
    one = to_network_range(images[:1]).to(options.device)
    flop, naive_flop = (count_flop(lambda net=net: net(one)) for net in (ours, naive))
    report(
        "property_cnn",
        options.size,
        options.device,
        measurement,
        flop_per_item=flop,
        gflop_per_image=flop / 1e9,
        naive_gflop_per_image=naive_flop / 1e9,
    )


@torch.inference_mode()
def naive_scores(scorer: nn.Module, images: np.ndarray, device: torch.device) -> list[np.ndarray]:
    """Score one image after the other."""
    return [scorer(to_network_range(image[None]).to(device)).cpu().numpy() for image in images]


if __name__ == "__main__":
    main()
