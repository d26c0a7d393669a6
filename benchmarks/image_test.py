"""The image test (system.md 1.15): 50 edits per face, one image at a time against ours.

The naive side draws each edit by itself, writes and reads a JPEG and scores it alone; ours keeps
the images on the device. Same generator and scorer, random weights; the parser takes no part.
"""

import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks._harness import SIZES, arguments, measure, report
from vectorfind.directions.edits import TEST_OFFSETS, Edit, linear_edit
from vectorfind.directions.image_test import measure_faces, responses
from vectorfind.directions.judges import scorer_judge
from vectorfind.directions.samples import unit_vector
from vectorfind.images import to_network_range, to_uint8
from vectorfind.names import CONTROLLED, GROUPING, PROPERTIES
from vectorfind.scoring import PropertyScorer
from vectorfind.scoring.windows import PROPERTY_VIEWS, input_size
from vectorfind.stylegan import Generator, build_generator, draw_latents

NETWORKS = {
    "demo": {"z_dim": 64, "w_dim": 64, "fmaps_base": 1024, "fmaps_max": 96},
    "256": {"z_dim": 512, "w_dim": 512, "fmaps_base": 16384, "fmaps_max": 512},
}
FACES = {"cpu": {"demo": 4, "256": 1}, "cuda": {"demo": 64, "256": 32}}


def main() -> None:
    """Time one face the naive way, several ours."""
    options = arguments("image_test", rounds=3)
    kind = "cuda" if options.device.type == "cuda" else "cpu"
    side = SIZES[options.size]
    generator = build_generator(side, **NETWORKS[options.size]).to(options.device).eval()
    sizes = {name: input_size(PROPERTY_VIEWS[name], side, side) for name in PROPERTIES}
    scorer = PropertyScorer(sizes).to(options.device).eval()
    edit = random_edit(generator.w_dim)
    faces = FACES[kind][options.size]
    z, _ = draw_latents(0, 0, faces, generator.z_dim, 0)
    measurement = measure(
        lambda: naive_face(generator, scorer, edit, z[:1].to(options.device)),
        lambda: measure_faces(
            generator,
            edit,
            [scorer_judge(scorer)],
            dict.fromkeys(GROUPING, 0.0),
            z,
            None,
            device=options.device,
        ),
        items=faces,
        naive_items=1,
        rounds=options.rounds,
        device=options.device,
    )
    report("image_test", options.size, options.device, measurement, unit="faces")


def random_edit(size: int) -> Edit:
    """Return an edit along random directions."""
    rng = np.random.default_rng(0)
    return linear_edit({name: unit_vector(rng.normal(size=(16, size))) for name in CONTROLLED}, 1.0)


@torch.inference_mode()
def naive_face(
    generator: Generator, scorer: PropertyScorer, edit: Edit, z: torch.Tensor
) -> np.ndarray:
    """Test one face image by image, through JPEG files."""
    w, group = generator.mapping(z), torch.zeros(1, dtype=torch.int64)
    scores = []
    with tempfile.TemporaryDirectory() as folder:
        for offset in torch.as_tensor(TEST_OFFSETS):
            image = to_uint8(generator.synthesis(edit(w, group, offset[None, None])[:, 0]))
            path = Path(folder, "image.jpg")
            Image.fromarray(image[0].cpu().numpy()).save(path, quality=95)
            read = np.array(Image.open(path))[None]
            scores.append(scorer(to_network_range(read).to(z.device)).cpu().numpy()[0])
    return responses(TEST_OFFSETS, np.stack(scores)[None])[0]


if __name__ == "__main__":
    main()
