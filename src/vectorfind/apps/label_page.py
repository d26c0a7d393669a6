"""The labelling page: a grid in which the rare ones are clicked, or one image at a time."""

import base64
import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import gradio as gr
import numpy as np
from PIL import Image

from vectorfind.apps.label_store import LabelStore
from vectorfind.data.archives import image_ids, read_images
from vectorfind.errors import InputError

ASSETS = Path(__file__).parent / "assets"
PER_PAGE = (1, 12, 24, 48)


class Question(NamedTuple):
    """What is asked about an attribute: the words for 0 and 1, the rarer label, and a hint."""

    words: tuple[str, str]
    rare: int
    hint: str


QUESTIONS = {
    "gender": Question(("man", "woman"), 0, "Click those that are men."),
    "quality": Question(
        ("bad", "good"),
        0,
        "Click those with flaws: smears (often at the top), melted or torn parts, stains.",
    ),
    "age": Question(("young", "old"), 1, "Click those that look old."),
    "glass": Question(("no glasses", "glasses"), 1, "Click those that wear glasses."),
}


def stage_archives(folder: str | Path) -> list[Path]:
    """Return the image archives of a stage's folder, in order.

    Raises:
        InputError: there are none.
    """
    paths = sorted(Path(folder, "images").glob("*.zip"))
    if not paths:
        raise InputError(
            f"{folder}: holds no images/*.zip. Give the folder of a stage, as results/original; "
            f"`snakemake {folder}/images/0000.zip` makes its first images."
        )
    return paths


def build_label_page(
    folder: str | Path, attributes: Sequence[str], output: str | Path, count: int
) -> gr.Blocks:
    """Return the page that labels the first `count` images of a stage.

    Args:
        folder: a stage's results, whose `images/*.zip` are shown.
        attributes: what is asked, in this order.
        output: the CSV that is resumed, and written after each answer.
        count: how many images; all when there are fewer.

    Raises:
        InputError: there are no images, or `output` is no table of labels.
    """
    archives = stage_archives(folder)
    store = LabelStore(output, image_ids(archives)[:count], attributes)
    show = partial(show_page, store, archives)
    with gr.Blocks(title=f"Label {folder}", fill_width=True, analytics_enabled=False) as page:
        with gr.Row():
            attribute = gr.Radio(list(attributes), value=attributes[0], label="Question")
            per_page = gr.Radio(PER_PAGE, value=24, label="Images at once")
        board = _board()
        choices = [attribute, per_page]
        page.load(show, choices, board)
        attribute.input(show, choices, board)
        per_page.input(show, choices, board)
        board.submit(partial(save_answer, store, show), [board, *choices], board)
        board.undo(partial(undo_answer, store, show), choices, [attribute, board])
    return page


def _board() -> gr.HTML:
    return gr.HTML(
        value={},
        page=None,
        html_template=(ASSETS / "label_page.html").read_text(),
        css_template=(ASSETS / "label_page.css").read_text(),
        js_on_load=(ASSETS / "label_page.js").read_text(),
        elem_id="board",
        apply_default_css=False,
    )


def show_page(store: LabelStore, archives: Sequence[Path], attribute: str, per_page: int) -> dict:
    """Return an update of the board: the next images that lack a label of this attribute."""
    wanted = store.pending(attribute, per_page)
    question = QUESTIONS[attribute]
    images = read_images(archives, wanted)[1] if wanted else []
    state = {
        "attribute": attribute,
        "words": question.words,
        "usual": 1 - question.rare,
        "hint": question.hint,
        "images": [
            {"id": image_id, "source": data_url(image)}
            for image_id, image in zip(wanted, images, strict=True)
        ],
        "done": store.done(attribute),
        "total": len(store.ids),
        "file": str(store.path),
    }
    return gr.update(value={}, page=state)


def data_url(image: np.ndarray) -> str:
    """Return uint8 [H,W,3] RGB as a PNG in a data URL."""
    encoded = io.BytesIO()
    Image.fromarray(image).save(encoded, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(encoded.getvalue()).decode()}"


def save_answer(
    store: LabelStore,
    show: Callable[[str, int], dict],
    answer: dict,
    attribute: str,
    per_page: int,
) -> dict:
    """Record what the board sent, labels by image id, and return the board with the next images."""
    labels = {int(image_id): int(label) for image_id, label in answer["labels"].items()}
    store.record(answer["attribute"], labels)
    return show(attribute, per_page)


def undo_answer(
    store: LabelStore, show: Callable[[str, int], dict], attribute: str, per_page: int
) -> tuple[str, dict]:
    """Take the last answer back; return its attribute and the board with its images."""
    undone = store.undo()
    if undone is None:
        gr.Info("Nothing to undo: answers given before this page was opened stay.")
    attribute = undone or attribute
    return attribute, show(attribute, per_page)
