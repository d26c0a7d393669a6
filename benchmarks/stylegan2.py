"""Drawing with StyleGAN2: NVIDIA's own code against our networks, from the same weights.

On a CPU NVIDIA's code takes its reference operations. The network goes to us as its pickle, and the
largest difference of the images is noted: of a range of 2.
"""

import pickle
import sys
import tempfile
from pathlib import Path

import torch
from torch import nn

from benchmarks._harness import SIZES, arguments, measure, report
from benchmarks._networks import GENERATORS, batch_size, image_counts
from vectorfind.checkpoints import load_generator
from vectorfind.networks import FaceGenerator
from vectorfind.stylegan import draw_latents, generate
from vectorfind.stylegan.inference import prepare_drawing


def main() -> None:
    """Time both on the same latents."""
    options = arguments("stylegan2", folder="a clone of NVlabs/stylegan2-ada-pytorch")
    size, device = options.size, options.device
    sys.path.insert(0, str(options.folder))
    theirs, ours = networks(size)
    theirs.to(device)
    images, naive_images = image_counts(size, device)
    at_once = batch_size(size, device)
    z, _ = draw_latents(0, 0, images, ours.z_dim, 0)

    @torch.inference_mode()
    def draw_theirs(count: int) -> None:
        for part in z[:count].to(device).split(at_once):
            theirs(part, None, noise_mode="const")

    def draw_ours() -> None:
        for _ in generate(ours, z, None, at_once, device):
            pass

    measurement = measure(
        lambda: draw_theirs(naive_images),
        draw_ours,
        items=images,
        naive_items=naive_images,
        rounds=options.rounds,
        device=device,
        jobs=options.jobs,
    )
    with torch.inference_mode():
        wanted = theirs(z[:4].to(device), None, noise_mode="const")
        draw = prepare_drawing(ours, device, finish=lambda drawn: drawn)
        difference = (draw(ours.mapping(z[:4].to(device), None)) - wanted).abs().max().item()
    report("stylegan2", size, device, measurement, largest_difference=difference)


def networks(size: str) -> tuple[nn.Module, FaceGenerator]:
    """Return a network of NVIDIA's code, and ours from its pickle."""
    from training.networks import Generator  # in the folder that was given

    sizes = GENERATORS[size]
    torch.manual_seed(0)
    theirs = Generator(
        z_dim=sizes["z_dim"],
        c_dim=0,
        w_dim=sizes["w_dim"],
        img_resolution=SIZES[size],
        img_channels=3,
        synthesis_kwargs={
            "channel_base": sizes["fmaps_base"],
            "channel_max": sizes["fmaps_max"],
            "conv_clamp": 256,
        },
    )
    theirs.eval().requires_grad_(False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "network.pkl")
        path.write_bytes(pickle.dumps({"G": theirs, "D": None, "G_ema": theirs}))
        return theirs, load_generator(path)


if __name__ == "__main__":
    main()
