"""The explorer page: candidates of the image test, and random faces, under sliders."""

import base64
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from vectorfind.apps.explorer import Explorer
from vectorfind.apps.thumbnails import data_url
from vectorfind.characters import PRESETS
from vectorfind.errors import InputError
from vectorfind.pictures.animations import save_animation
from vectorfind.steering.face import SteerableFace

OFFSETS, SCORES = "offsets along the directions", "requested scores"
LIMIT, FPS = 3.0, 12
"""Largest offset of a slider; pictures per second of a motion."""

Update = dict[str, Any]
"""Of a component of a page, as gradio takes it."""


def build_explorer_page(face: SteerableFace, bundle: str | Path) -> gr.Blocks:
    """Return the page that draws faces of a bundle under its sliders.

    The candidates are those of the image test beside the bundle, where there is one.
    """
    test = Path(bundle).parent / "image_test"
    explorer = Explorer(face, Path(bundle), test if (test / "latents.npz").exists() else None)
    candidates = explorer.gallery()
    with gr.Blocks(title="VectorFind explorer", analytics_enabled=False) as page:
        if candidates:
            gallery = gr.Gallery(
                candidates,
                label="Candidates: the faces that obey most. Click one.",
                columns=8,
                height=260,
                format="png",
                allow_preview=False,
                interactive=False,
            )
        with gr.Row():
            shown = gr.HTML(elem_id="face")
            with gr.Column():
                with gr.Row():
                    start = candidates[0][1] if candidates else "1"
                    name = gr.Textbox(start, label="Face: a seed, or `case N`")
                    another = gr.Button("Random face", variant="primary")
                mode = gr.Radio([OFFSETS, SCORES], value=OFFSETS, label="The sliders set")
                sliders = [
                    gr.Slider(-LIMIT, LIMIT, value=0, step=0.05, label=label, buttons=[])
                    for label in (caption_of(face, one) for one in face.names.steered)
                ]
                reset = gr.Button("Back to the face itself")
                note = gr.Markdown()
                command = gr.Code(
                    label="The same from the command line", language="shell", wrap_lines=True
                )
        with gr.Row():
            called = gr.Textbox(label="Pick this face as a character called", placeholder="aurora")
            pick = gr.Button("Pick")
            preset = gr.Dropdown(list(PRESETS), value="blink", label="Motion")
            play = gr.Button("Play")
        picked, moving = gr.Markdown(), gr.HTML()
        # Without a queue, whose rounds take longer than drawing.
        quick: dict[str, Any] = {"show_progress": "hidden", "queue": False}
        show = quick | {
            "fn": partial(draw, explorer),
            "inputs": [name, mode, *sliders],
            "outputs": [shown, note, command],
        }
        begin = quick | {
            "fn": partial(begin_at, explorer),
            "inputs": [name, mode],
            "outputs": sliders,
        }
        page.load(**show)
        for slider in sliders:
            # Only the last of a drag's many values is drawn.
            slider.input(**show, trigger_mode="always_last")
        if candidates:
            gallery.select(chosen, None, name, **quick).then(**begin).then(**show)
        another.click(random_seed, None, name, **quick).then(**begin).then(**show)
        for changed in (name.submit, name.blur, mode.input, reset.click):
            changed(**begin).then(**show)
        pick.click(partial(told, partial(pick_face, explorer)), [name, called], picked)
        play.click(partial(told, partial(play_motion, explorer)), [name, preset], moving)
    return page


def told(work: Callable[..., Any], *values: Any) -> Any:
    """Do what the page asks for; what cannot be done is told in one sentence."""
    try:
        return work(*values)
    except InputError as error:
        raise gr.Error(str(error), print_exception=False) from None


def draw(explorer: Explorer, name: str, mode: str, *values: float) -> tuple[Any, str, Any]:
    """Return the picture, what was measured, and the command that draws the same.

    What cannot be drawn is told in place of the measurements, since errors outside of the queue
    reach no toast.
    """
    try:
        return _drawn(explorer, name, mode, *values)
    except InputError as error:
        return gr.skip(), f"**{error}**", gr.skip()


def _drawn(explorer: Explorer, name: str, mode: str, *values: float) -> tuple[str, str, str]:
    wanted = dict(zip(explorer.face.names.steered, values, strict=True))
    by_scores = mode == SCORES
    image, note = (explorer.by_scores if by_scores else explorer.by_offsets)(name, wanted)
    return picture(image, name), note, explorer.command(name, by_scores, wanted)


def begin_at(explorer: Explorer, name: str, mode: str) -> list[Update]:
    """Return the sliders of a face: offsets of 0, or its own scores among those it reaches."""
    if mode == OFFSETS:
        return [
            gr.update(minimum=-LIMIT, maximum=LIMIT, value=0) for _ in explorer.face.names.steered
        ]
    try:
        reach = explorer.reach(name)
    except InputError:  # which `draw` tells next
        return [gr.skip() for _ in explorer.face.names.steered]
    return [
        gr.update(minimum=round(low, 2), maximum=round(high, 2), value=round(own, 2))
        for low, high, own in reach
    ]


def pick_face(explorer: Explorer, name: str, called: str) -> str:
    """Write a character and say where it is."""
    path = explorer.pick(name, called)
    return f"`{path}` is written. `vectorfind animate {path} --motion blink` moves it."


def play_motion(explorer: Explorer, name: str, preset: str) -> str:
    """Return a ready motion of a face as a moving picture in HTML; no file is left behind."""
    frames = explorer.character(name, "shown").frames(preset, FPS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "motion.webp")
        save_animation(path, frames, FPS)
        encoded = base64.b64encode(path.read_bytes()).decode()
    source = f"data:image/webp;base64,{encoded}"
    return f'<img src="{source}" alt="{preset}" style="width: min(384px, 100%)">'


def chosen(event: gr.SelectData) -> str:
    """Return the name of the candidate that was clicked: its caption."""
    return str(event.value["caption"])


def caption_of(face: SteerableFace, name: str) -> str:
    """Return what a property's slider says, as the bundle has it."""
    return face.facts.get("sliders", {}).get(name) or name.replace("_", " ").capitalize()


def random_seed() -> str:
    """Return the seed of some other face."""
    return str(np.random.default_rng().integers(1_000_000))


def picture(image: np.ndarray, name: str) -> str:
    """Return an image as HTML that a click saves; no file is left behind."""
    source = data_url(image, max(image.shape[:2]))
    file = f"face-{name.replace(' ', '-')}.png"
    return (
        f'<a href="{source}" download="{file}" title="Save this picture">'
        f'<img src="{source}" alt="{name}" style="width: min(512px, 100%); border-radius: 8px">'
        "</a>"
    )
