"""The image test (system.md 1.15): 50 edits per face, one image at a time against ours.

The naive side draws each edit by itself, writes and reads a JPEG and scores it alone, at 256 by
the published network's shape; ours keeps the images on the device. Same generator, random weights;
the parser takes no part.
"""

import tempfile
from pathlib import Path

import numpy as np
import torch

from benchmarks._harness import arguments, measure, report
from benchmarks._naive import draw_to_jpeg, score_jpeg
from benchmarks._networks import (
    compile_as_in_long_jobs,
    our_scorer,
    published_generator,
    published_scorer,
    random_generator,
)
from vectorfind.directions.edits import TEST_OFFSETS, Edit, linear_edit
from vectorfind.evaluation.image_test import measure_faces
from vectorfind.evaluation.responses import responses
from vectorfind.judges.judge import scorer_judge
from vectorfind.samples.vectors import unit_vector
from vectorfind.stylegan import Generator, draw_latents
from vectorfind.vocabulary import PUBLISHED_NAMES

FACES = {"cpu": {"demo": 4, "256": 1}, "cuda": {"demo": 320, "256": 320}}


def main() -> None:
    """Time one face the naive way, several ours."""
    options = arguments("image_test")
    kind = "cuda" if options.device.type == "cuda" else "cpu"
    naive = published_generator(options.size, options.device)
    generator = random_generator(options.size, options.device)
    scorer = our_scorer(options.size, options.device)
    published = published_scorer(options.size, options.device)
    compile_as_in_long_jobs()
    edit = random_edit(generator.w_dim)
    faces = FACES[kind][options.size]
    z, _ = draw_latents(0, 0, faces, generator.z_dim, 0)
    measurement = measure(
        lambda: naive_face(naive, published, edit, z[:1].to(options.device)),
        lambda: measure_faces(
            generator,
            edit,
            [scorer_judge(scorer)],
            dict.fromkeys(PUBLISHED_NAMES.grouping, 0.0),
            z,
            None,
            device=options.device,
        ),
        items=faces,
        naive_items=1,
        rounds=options.rounds,
        device=options.device,
        jobs=options.jobs,
    )
    report("image_test", options.size, options.device, measurement, unit="faces")


def random_edit(size: int) -> Edit:
    """Return an edit along random directions."""
    rng = np.random.default_rng(0)
    names = PUBLISHED_NAMES.steered
    return linear_edit({name: unit_vector(rng.normal(size=(16, size))) for name in names}, 1.0)


def naive_face(
    generator: Generator, scorer: torch.nn.Module, edit: Edit, z: torch.Tensor
) -> np.ndarray:
    """Test one face image by image, through JPEG files."""
    w, group = generator.mapping(z), torch.zeros(1, dtype=torch.int64)
    scores = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "image.jpg")
        for offset in torch.as_tensor(TEST_OFFSETS):
            draw_to_jpeg(generator, edit(w, group, offset[None, None])[:, 0], path)
            scores.append(score_jpeg(scorer, path, z.device)[: len(PUBLISHED_NAMES.properties)])
    return responses(TEST_OFFSETS, np.stack(scores)[None])[0]


if __name__ == "__main__":
    main()
