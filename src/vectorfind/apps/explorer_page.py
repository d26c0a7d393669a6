"""The explorer page: candidates of the image test, and random faces, under sliders."""

import io
import tempfile
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pandas as pd

from vectorfind.apps.explorer import Explorer, View
from vectorfind.apps.favourites import Favourites
from vectorfind.apps.languages import translations, words_for
from vectorfind.characters import PRESETS
from vectorfind.errors import InputError
from vectorfind.judges.judge import Judge
from vectorfind.pictures.animations import save_animation
from vectorfind.pictures.sheets import data_url, encode_picture
from vectorfind.steering.face import SteerableFace

OFFSETS, SCORES = "offsets", "scores"
LIMIT, FPS = 3.0, 12
"""Largest offset of a slider; pictures per second of a motion."""
FAVOURITES = Path("characters", "favourites.json")
ANY = "any"

Choices = list[Any]
"""Of a list: pairs of what is said and the value."""
Update = dict[str, Any]
"""Of a component of a page, as gradio takes it."""


def build_explorer_page(
    face: SteerableFace,
    bundle: str | Path,
    other_judge: Callable[[], Judge | None] = lambda: None,
) -> gr.Blocks:
    """Return the page that draws faces of a bundle under its sliders.

    The candidates are those of the image test beside the bundle, where there is one;
    `other_judge` is as in `Explorer`.
    """
    test = Path(bundle).parent / "image_test"
    test_folder = test if (test / "latents.npz").exists() else None
    explorer = Explorer(face, Path(bundle), test_folder, other_judge)
    return ExplorerPage(explorer, Favourites(FAVOURITES, tuple(face.names.steered))).build()


class ExplorerPage:
    """The page of an explorer, and what its components do."""

    def __init__(self, explorer: Explorer, favourites: Favourites):
        self.explorer, self.favourites = explorer, favourites
        self.steered = list(explorer.face.names.steered)

    def build(self) -> gr.Blocks:
        """Return the page."""
        say, steered = translations(), self.steered
        candidates = self.explorer.gallery()
        captions = {name: caption_of(self.explorer.face, name) for name in steered}
        with gr.Blocks(title="VectorFind explorer", analytics_enabled=False) as page:
            if candidates:
                with gr.Row():
                    groups: Choices = [
                        (say("explorer.any"), ANY),
                        *((one, one) for one in self.explorer.groups()),
                    ]
                    group = gr.Dropdown(groups, value=ANY, label=say("explorer.group"))
                    orders: Choices = [
                        (say("explorer.least"), "least"),
                        *((captions[one], one) for one in steered),
                    ]
                    sort = gr.Dropdown(orders, value="least", label=say("explorer.sort"))
                gallery = gr.Gallery(
                    candidates,
                    label=say("explorer.candidates"),
                    columns=8,
                    height=260,
                    format="png",
                    allow_preview=False,
                    interactive=False,
                )
            with gr.Row():
                with gr.Column():
                    shown = gr.HTML(elem_id="face")
                    scores = gr.Markdown(elem_id="scores")
                with gr.Column():
                    with gr.Row():
                        start = candidates[0][1] if candidates else "1"
                        name = gr.Textbox(start, label=say("explorer.face"))
                        another = gr.Button(say("explorer.random"), variant="primary")
                    modes = [(say(f"explorer.{mode}"), mode) for mode in (OFFSETS, SCORES)]
                    mode = gr.Radio(modes, value=OFFSETS, label=say("explorer.mode"))
                    sliders = [
                        gr.Slider(
                            -LIMIT, LIMIT, value=0, step=0.05, label=captions[one], buttons=[]
                        )
                        for one in steered
                    ]
                    truncation = gr.Slider(
                        0, 1, value=1, step=0.05, label=say("explorer.truncation"), buttons=[]
                    )
                    reset = gr.Button(say("explorer.reset"))
                    command = gr.Code(
                        label=say("explorer.command"), language="shell", wrap_lines=True
                    )
            with gr.Row():
                kept = gr.Dropdown(
                    list(self.favourites.views()), value=None, label=say("explorer.favourites")
                )
                keep = gr.Button(say("explorer.keep"))
                drop = gr.Button(say("explorer.drop"))
            with gr.Row():
                called = gr.Textbox(label=say("explorer.called"), placeholder="aurora")
                pick = gr.Button(say("explorer.pick"))
                preset = gr.Dropdown(list(PRESETS), value="blink", label=say("explorer.motion"))
                play = gr.Button(say("explorer.play"))
            picked, moving = gr.Markdown(), gr.HTML(elem_id="motion")
            if len(steered) > 1:
                choices = [(captions[one], one) for one in steered]
                with gr.Row():
                    down = gr.Dropdown(choices, value=steered[0], label=say("explorer.down"))
                    across = gr.Dropdown(choices, value=steered[1], label=say("explorer.across"))
                    spread = gr.Button(say("explorer.grid"))
                grid = gr.HTML(elem_id="grid")
                grid_command = gr.Code(
                    label=say("explorer.command"), language="shell", wrap_lines=True
                )

            # Without a queue, whose rounds take longer than drawing.
            quick: dict[str, Any] = {"show_progress": "hidden", "queue": False}
            view = [name, truncation, mode, *sliders]
            show = quick | {"fn": self.draw, "inputs": view, "outputs": [shown, scores, command]}
            measure = quick | {"fn": self.measure, "inputs": view, "outputs": scores}
            begin = quick | {
                "fn": self.begin,
                "inputs": [name, truncation, mode],
                "outputs": sliders,
            }
            page.load(**show).then(**measure)
            for slider in sliders:
                # Only the last of a drag's many values is drawn.
                slider.input(**show, trigger_mode="always_last").then(**measure)
            begins: list[Callable[..., Any]] = [
                *(name.submit, name.blur, mode.input, reset.click, truncation.release),
                another.click(random_seed, None, name, **quick).then,
            ]
            if candidates:
                begins.append(gallery.select(chosen, None, name, **quick).then)
                for choice in (group, sort):
                    choice.input(self.candidates, [group, sort], gallery, **quick)
            for changed in begins:
                changed(**begin).then(**show).then(**measure)
            keep.click(partial(told, self.keep), view, kept, **quick)
            drop.click(partial(told, self.drop), kept, kept, **quick)
            kept.input(self.recall, kept, view, **quick).then(**show).then(**measure)
            pick.click(self.pick, [*view, called], picked)
            play.click(partial(told, self.play), [*view, preset], moving)
            if len(steered) > 1:
                spread.click(partial(told, self.grid), [*view, down, across], [grid, grid_command])
        return page

    def view(self, name: str, truncation: float, mode: str, *values: float) -> View:
        """Return what the components ask for."""
        return View(name.strip(), tuple(map(float, values)), mode == SCORES, float(truncation))

    def candidates(self, group: str, sort: str) -> Update:
        """Return the gallery of a group, in an order."""
        return gr.update(value=self.explorer.gallery(None if group == ANY else group, sort))

    def draw(self, *asked: Any) -> tuple[Any, Any, Any]:
        """Return the pictures before and after, a line on them, and the command of the latter.

        What cannot be drawn is told in place of the scores, since errors outside of the queue reach
        no toast.
        """
        view = self.view(*asked)
        try:
            drawn = self.explorer.draw(view)
            pictures = [
                picture(self.explorer.itself(view), f"before-{self.explorer.file_of('picture')}"),
                picture(drawn.image, self.explorer.file_of("picture")),
                saved_latent(drawn.w),
            ]
            command = self.explorer.command(view)
        except InputError as error:
            return gr.skip(), f"**{error}**", gr.skip()
        return f'<div class="pair">{"".join(pictures)}</div>{STYLE}', gr.skip(), command

    def measure(self, request: gr.Request, *asked: Any) -> Any:
        """Return the scores of a view as a table; what cannot be drawn, `draw` tells."""
        view = self.view(*asked)
        if not self.explorer.shows(view):
            return gr.skip()
        try:
            table, group = self.explorer.scores(view), self.explorer.group(view)
            reached = self.explorer.draw(view).reached
        except InputError:
            return gr.skip()
        if not self.explorer.shows(view):  # the sliders went on meanwhile
            return gr.skip()
        words = words_for(request)
        table.columns = [words.get(f"explorer.column_{name}", name) for name in table.columns]
        lines = [words["explorer.of_group"].format(group=group), as_markdown(table)]
        if not reached:
            lines.append(words["explorer.out_of_reach"])
        return "\n\n".join(lines)

    def begin(self, name: str, truncation: float, mode: str) -> list[Update]:
        """Return the sliders of a face: offsets of 0, or its own scores among those it reaches."""
        if mode == OFFSETS:
            return [gr.update(minimum=-LIMIT, maximum=LIMIT, value=0) for _ in self.steered]
        try:
            reach = self.explorer.reach(name.strip(), float(truncation))
        except InputError:  # which `draw` tells next
            return [gr.skip() for _ in self.steered]
        return [
            gr.update(minimum=round(low, 2), maximum=round(high, 2), value=round(own, 2))
            for low, high, own in reach
        ]

    def keep(self, *asked: Any) -> Update:
        """Keep a view among the favourites."""
        view = self.view(*asked)
        self.explorer.latent(view.name)  # which refuses what is no face
        self.favourites.keep(view)
        return self._favourites(self.favourites.caption(view))

    def drop(self, caption: str | None) -> Update:
        """Take a view out of the favourites."""
        self.favourites.drop(caption or "")
        return self._favourites(None)

    def _favourites(self, chosen: str | None) -> Update:
        return gr.update(choices=list(self.favourites.views()), value=chosen)

    def recall(self, caption: str | None) -> list[Any]:
        """Return the components' values of a favourite."""
        view = self.favourites.views().get(caption or "")
        if view is None:
            return [gr.skip() for _ in range(3 + len(self.steered))]
        mode = SCORES if view.by_scores else OFFSETS
        limits = self.begin(view.name, view.truncation, mode)
        sliders = [
            limit | {"value": value} for limit, value in zip(limits, view.values, strict=True)
        ]
        return [view.name, view.truncation, mode, *sliders]

    def pick(self, request: gr.Request, *asked: Any) -> str:
        """Write a character and say where it is."""
        *components, called = asked
        view = self.view(*components)
        path = told(self.explorer.pick, view, called)
        command = self.explorer.pick_command(view, called)
        return words_for(request)["explorer.picked"].format(path=path, command=command)

    def play(self, *asked: Any) -> str:
        """Return a ready motion of a face as a moving picture in HTML; no file is left behind."""
        *components, preset = asked
        view = self.view(*components)
        frames = self.explorer.character(view, "shown").frames(preset, FPS)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "motion.webp")
            save_animation(path, frames, FPS)
            source = data_url("image/webp", path.read_bytes())
        command = escape(self.explorer.motion_command(view, preset, FPS))
        return (
            f'<a href="{source}" download="motion.webp"><img src="{source}" alt="{preset}" '
            f'style="width: min(384px, 100%)"></a><pre>{command}</pre>'
        )

    def grid(self, *asked: Any) -> tuple[str, str]:
        """Return a grid of two properties, and its command."""
        *components, down, across = asked
        view = self.view(*components)
        image = self.explorer.grid(view, down, across)
        command = self.explorer.grid_command(view, down, across)
        return picture(image, self.explorer.file_of("grid")), command


STYLE = (
    "<style>.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; max-width: 720px }"
    ".pair img, #grid img { width: 100%; border-radius: 8px; image-rendering: auto }"
    "#grid img { max-width: 720px }</style>"
)


def told(work: Callable[..., Any], *values: Any) -> Any:
    """Do what the page asks for; what cannot be done is told in one sentence."""
    try:
        return work(*values)
    except InputError as error:
        raise gr.Error(str(error), print_exception=False) from None


def chosen(event: gr.SelectData) -> str:
    """Return the name of the candidate that was clicked: its caption."""
    return str(event.value["caption"])


def caption_of(face: SteerableFace, name: str) -> str:
    """Return what a property's slider says, as the bundle has it."""
    return face.facts.get("sliders", {}).get(name) or name.replace("_", " ").capitalize()


def random_seed() -> str:
    """Return the seed of some other face."""
    return str(np.random.default_rng().integers(1_000_000))


def as_markdown(table: pd.DataFrame) -> str:
    """Return numbers by property as a table in Markdown."""
    rows = [["", *map(str, table.columns)], ["---"] * (1 + table.shape[1])]
    rows += [[str(name), *(f"{value:+.2f}" for value in row)] for name, *row in table.itertuples()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def picture(image: np.ndarray, file: str) -> str:
    """Return an image as HTML that a click saves as what a command writes as this file."""
    suffix = Path(file).suffix
    kind = {".jpg": "image/jpeg"}.get(suffix, "image/png")
    source = data_url(kind, encode_picture(image, suffix))
    return (
        f'<a href="{source}" download="{file}" title="{file}"><img src="{source}" alt="{file}"></a>'
    )


def saved_latent(w: np.ndarray) -> str:
    """Return a link that saves w as --latents does."""
    memory = io.BytesIO()
    np.save(memory, w)
    source = data_url("application/octet-stream", memory.getvalue())
    return f'<a href="{source}" download="w.npy">w.npy</a>'
