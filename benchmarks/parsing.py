"""Face parsing: one image at a time against batches, on the same SegFormer.

`--size demo` takes the demo's parser; `256` a SegFormer-B5 with random weights, the shape of the
published parser, on pictures enlarged to 512 pixels.
"""

from pathlib import Path

import numpy as np
import torch

from benchmarks._harness import SIZES, arguments, count_flop, measure, report
from vectorfind.faces.parser import FaceParser, load_parser
from vectorfind.faces.segformer import Segformer

DEMO_PARSER = Path("resources/demo/parser")
CLASSES = 19
IMAGES = {"cpu": {"demo": 64, "256": 2}, "cuda": {"demo": 512, "256": 128}}
NAIVE_IMAGES = {"cpu": {"demo": 8, "256": 1}, "cuda": {"demo": 32, "256": 32}}
BATCH = {"cpu": {"demo": 16, "256": 1}, "cuda": {"demo": 128, "256": 32}}


def main() -> None:
    """Time both on random images."""
    options = arguments("parsing")
    size, kind = options.size, "cpu" if options.device.type == "cpu" else "cuda"
    parser = (
        load_parser(DEMO_PARSER, device=options.device)
        if size == "demo"
        else published_parser(options.device)
    )
    side, count = SIZES[size], IMAGES[kind][size]
    images = np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)
    naive_count = NAIVE_IMAGES[kind][size]
    measurement = measure(
        lambda: [parser.parse(image[None]) for image in images[:naive_count]],
        lambda: parser.parse(images, BATCH[kind][size]),
        items=count,
        naive_items=naive_count,
        rounds=options.rounds,
        device=options.device,
        jobs=options.jobs,
    )
    flop = count_flop(lambda: parser.parse(images[:1]))
    report("parsing", size, options.device, measurement, flop_per_item=flop)


def published_parser(device: torch.device) -> FaceParser:
    """Return a parser of the published shape, MiT-B5 with a head of 768 channels."""
    config = {
        "depths": [3, 6, 40, 3],
        "hidden_sizes": [64, 128, 320, 512],
        "decoder_hidden_size": 768,
    }
    torch.manual_seed(0)
    model = Segformer(config, CLASSES).to(device).eval()
    classes = (torch.arange(CLASSES, device=device) % 11).to(torch.uint8)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    return FaceParser(model, device, (512, 512), mean, std, classes)


if __name__ == "__main__":
    main()
