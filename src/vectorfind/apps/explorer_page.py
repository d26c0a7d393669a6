"""The explorer page: a random face that follows a slider per steered property."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image
from torch import Tensor

from vectorfind.steering.face import SteerableFace
from vectorfind.steering.steered import Steered
from vectorfind.stylegan.sampling import draw_latents

OFFSETS, SCORES = "offsets along the directions", "requested scores"
SHOWN_SIDE = 512


def build_explorer_page(face: SteerableFace) -> gr.Blocks:
    """Return the page that draws faces of a bundle under its sliders."""
    with gr.Blocks(title="VectorFind explorer", analytics_enabled=False) as page:
        with gr.Row():
            picture = gr.Image(label="Face", format="png", buttons=["download"], height=SHOWN_SIDE)
            with gr.Column():
                with gr.Row():
                    seed = gr.Number(1, label="Face (seed)", precision=0, minimum=0)
                    another = gr.Button("Random face", variant="primary")
                mode = gr.Radio([OFFSETS, SCORES], value=OFFSETS, label="The sliders set")
                sliders = [
                    gr.Slider(-3, 3, value=0, step=0.05, label=caption_of(face, name), buttons=[])
                    for name in face.names.steered
                ]
                reset = gr.Button("Back to the face itself")
                note = gr.Markdown()
        show: dict[str, Any] = {
            "fn": partial(draw, face),
            "inputs": [seed, mode, *sliders],
            "outputs": [picture, note],
            "show_progress": "hidden",
        }
        begin: dict[str, Any] = {
            "fn": partial(own_values, face),
            "inputs": [seed, mode],
            "outputs": sliders,
            "show_progress": "hidden",
        }
        page.load(**show)
        for slider in sliders:
            # Only the last of a drag's many values is drawn.
            slider.input(**show, trigger_mode="always_last")
        another.click(random_seed, None, seed).then(**begin).then(**show)
        for changed in (seed.submit, seed.blur, mode.input, reset.click):
            changed(**begin).then(**show)
    return page


def caption_of(face: SteerableFace, name: str) -> str:
    """Return what a property's slider says, as the bundle has it."""
    return face.facts.get("sliders", {}).get(name) or name.replace("_", " ").capitalize()


def random_seed() -> int:
    """Return the seed of some other face."""
    return int(np.random.default_rng().integers(1_000_000))


def own_values(face: SteerableFace, seed: int, mode: str) -> list[float]:
    """Return where the sliders stand for the unchanged face: its own scores, or offsets of 0."""
    if mode == OFFSETS:
        return [0.0] * len(face.names.steered)
    return face.steer(_latent(face, seed)).requested[0].round(2).tolist()


def draw(face: SteerableFace, seed: int, mode: str, *values: float) -> tuple[Image.Image, str]:
    """Return the picture at the sliders' values and a line on what was done."""
    z = _latent(face, seed)
    group = face.names.groups[face.groups(face.map(z))[0]]
    wanted: dict[str, Any] = dict(zip(face.names.steered, values, strict=True))
    if mode == OFFSETS:
        return _picture(face.generate(z, **wanted)), f"Group **{group}**"
    steered = face.steer(z, **wanted)
    return _picture(
        steered.images
    ), f"Group **{group}**\n\n{_measured(steered, face.names.steered)}"


def _latent(face: SteerableFace, seed: int) -> Tensor:
    return draw_latents(int(seed), 0, 1, face.generator.z_dim, 0)[0]


def _picture(images: np.ndarray) -> Image.Image:
    picture = Image.fromarray(images[0])
    enlarge = max(1, SHOWN_SIDE // picture.width)
    return picture.resize(
        (picture.width * enlarge, picture.height * enlarge), Image.Resampling.BICUBIC
    )


def _measured(steered: Steered, names: Sequence[str]) -> str:
    scores = zip(
        names,
        steered.requested[0],
        steered.measured["scorer"][0],
        steered.offsets[0],
        strict=True,
    )
    rows = [
        f"| {name} | {asked:+.2f} | {got:+.2f} | {offset:+.2f} |"
        for name, asked, got, offset in scores
    ]
    head = "| score | requested | measured | offset |\n|---|---|---|---|"
    end = "" if steered.reached[0] else "\n\nOut of reach: this is the nearest that was found."
    return "\n".join([head, *rows]) + end
