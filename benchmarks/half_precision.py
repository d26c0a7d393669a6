"""What half precision costs: how far it moves a trained scorer's scores, in % of their deviation.

Against float32 images that are not rounded to 8 bits. Needs a bundle, such as `make demo` makes.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from vectorfind.bundle import load_bundle
from vectorfind.samples.score_latents import scoring_of_drawn
from vectorfind.steering.face import SteerableFace
from vectorfind.stylegan import draw_latents
from vectorfind.stylegan.inference import Precision, images_at_once, prepare_drawing
from vectorfind.workflow.devices import select_device

ROWS: tuple[tuple[str, Precision], ...] = (
    ("8 bits alone", "float32"),
    ("bfloat16", "bfloat16"),
    ("float16", "float16"),
)


def main() -> None:
    """Print two tables in Markdown: root mean squares and means of the absolute change."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.half_precision")
    parser.add_argument("bundle", type=Path, nargs="?", default=Path("results/vectorfind_v8.pt"))
    parser.add_argument("--images", type=int, default=1_000)
    parser.add_argument("--device", type=select_device, default=select_device("auto"))
    options = parser.parse_args()
    face = load_bundle(options.bundle, options.device)
    exact = scores(face, options.images, "float32", lambda images: face.scorer(images.clamp(-1, 1)))
    rounding = scoring_of_drawn(face.scorer)
    changes = {
        title: (scores(face, options.images, precision, rounding) - exact) / exact.std(0)
        for title, precision in ROWS
    }
    for heading, power in (("root mean square", 2), ("mean absolute", 1)):
        names = face.names.properties
        print(f"| {heading} change in % |", " | ".join(names).replace("_", " "), "|")
        print("|", " | ".join(["---"] * (1 + len(names))), "|")
        for title, change in changes.items():
            means = change.abs().pow(power).mean(0).pow(1 / power)
            cells = " | ".join(f"{100 * value:.2f}" for value in means.tolist())
            print("|", title, "|", cells, "|")
        print()


@torch.inference_mode()
def scores(
    face: SteerableFace, images: int, precision: Precision, finish: Callable[[Tensor], Tensor]
) -> Tensor:
    """Return what `finish` makes of the faces of fixed latents: their scores [images, P]."""
    generator, device = face.generator, face.device
    z, label = draw_latents(0, 0, images, generator.z_dim, generator.label_dim)
    w = generator.mapping(z.to(device), None if label is None else label.to(device))
    draw = prepare_drawing(generator, device, precision, finish=finish)
    return torch.cat([draw(part) for part in w.split(images_at_once(generator.resolution, device))])


if __name__ == "__main__":
    main()
