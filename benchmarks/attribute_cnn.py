"""Attribute scores (four attributes, five folds each): one image at a time against ours.

At 256 the naive side has the published network's shape, at the demo's 64, where its unpadded
convolutions do not fit, it is our own. Weights are random: they change no time.
"""

import numpy as np
import torch
from torch import nn

from benchmarks._harness import SIZES, arguments, count_flop, measure, report
from benchmarks._published import ATTRIBUTE_VIEWS, PublishedAttributeCnn
from vectorfind.images import to_unit_range
from vectorfind.scoring import AttributeEnsemble, score_attributes
from vectorfind.scoring.views import input_size

IMAGES, NAIVE_IMAGES, FOLDS = 256, 2, 5


def main() -> None:
    """Time both on random images."""
    options = arguments("attribute_cnn")
    side = SIZES[options.size]
    torch.manual_seed(0)
    ours = [
        AttributeEnsemble(name, input_size(view, side, side), FOLDS, view).eval()
        for name, view in ATTRIBUTE_VIEWS.items()
    ]
    naive: list[nn.Module] = list(ours)
    if options.size == "256":
        naive = [
            PublishedAttributeCnn(name).eval() for name in ATTRIBUTE_VIEWS for _ in range(FOLDS)
        ]
    for network in (*ours, *naive):
        network.to(options.device)
    images = np.random.default_rng(0).integers(0, 256, (IMAGES, side, side, 3), dtype=np.uint8)
    batch_size = 32 if options.device.type == "cpu" else IMAGES
    measurement = measure(
        lambda: naive_scores(naive, images[:NAIVE_IMAGES], options.device),
        lambda: [score_attributes(net, images, batch_size, device=options.device) for net in ours],
        items=IMAGES,
        naive_items=NAIVE_IMAGES,
        rounds=options.rounds,
        device=options.device,
        jobs=options.jobs,
    )
    one = to_unit_range(images[:1]).to(options.device)
    flop, naive_flop = (count_flop(lambda all=all: [n(one) for n in all]) for all in (ours, naive))
    report(
        "attribute_cnn",
        options.size,
        options.device,
        measurement,
        flop_per_item=flop,
        gflop_per_image=flop / 1e9,
        naive_gflop_per_image=naive_flop / 1e9,
    )


@torch.inference_mode()
def naive_scores(networks: list[nn.Module], images: np.ndarray, device: torch.device) -> list:
    """Score one image after the other, one network after the other."""
    return [
        [net(to_unit_range(image[None]).to(device)).cpu().numpy() for net in networks]
        for image in images
    ]


if __name__ == "__main__":
    main()
