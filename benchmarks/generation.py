"""Generation to images on disk: one JPEG after the other against archives written meanwhile."""

import tempfile
from pathlib import Path

from torch import Tensor

from benchmarks._harness import arguments, count_flop, measure, report
from benchmarks._naive import draw_to_jpeg
from benchmarks._networks import (
    batch_size,
    compile_as_in_long_jobs,
    image_counts,
    published_generator,
    random_generator,
)
from vectorfind.stylegan import Generator, draw_latents, generate_archive
from vectorfind.stylegan.inference import fastest_type


def main() -> None:
    """Time both on the same generator."""
    options = arguments("generation")
    size, device = options.size, options.device
    images, naive_images = image_counts(size, device)
    naive, ours = published_generator(size, device), random_generator(size, device)
    compile_as_in_long_jobs()
    z, _ = draw_latents(0, 0, images, ours.z_dim, 0)
    with tempfile.TemporaryDirectory() as folder:
        measurement = measure(
            lambda: naive_images_to_disk(naive, z[:naive_images].to(device), Path(folder)),
            lambda: generate_archive(
                Path(folder, "images.zip"), ours, z, None, batch_size(size, device), device
            ),
            items=images,
            naive_items=naive_images,
            rounds=options.rounds,
            device=device,
            jobs=options.jobs,
        )
        mib = Path(folder, "images.zip").stat().st_size / images / 2**20
    flop = count_flop(lambda: ours(z[:1].to(device)))
    dtype = fastest_type(device)
    notes = {"mib_per_image": mib}
    report("generation", size, device, measurement, flop_per_item=flop, dtype=dtype, **notes)


def naive_images_to_disk(generator: Generator, z: Tensor, folder: Path) -> None:
    """Draw and write one image after the other."""
    for index, row in enumerate(z.split(1)):
        draw_to_jpeg(generator, generator.mapping(row), folder / f"{index}.jpg")


if __name__ == "__main__":
    main()
