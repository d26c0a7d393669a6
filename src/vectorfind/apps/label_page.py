"""The labelling page: a grid in which the rare ones are clicked, or one image at a time."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from vectorfind.apps.thumbnails import GRID_SIDE, SINGLE_SIDE, Thumbnails
from vectorfind.data.archives import image_ids
from vectorfind.errors import InputError
from vectorfind.labels.store import LabelStore
from vectorfind.vocabulary import Attribute

ASSETS = Path(__file__).parent / "assets"
PER_PAGE = (1, 12, 24, 48)

Update = dict[str, Any]
"""Of a component of a page, as gradio takes it."""


def stage_archives(folder: str | Path) -> list[Path]:
    """Return the image archives of a stage's folder, in order.

    Raises:
        InputError: there are none.
    """
    # Some systems put `._0000.zip` beside 0000.zip; what a kill leaves begins with a dot as well.
    found = Path(folder, "images").glob("*.zip")
    paths = sorted(path for path in found if not path.name.startswith("."))
    if not paths:
        raise InputError(
            f"{folder}: holds no images/*.zip. Give the folder of a stage, as results/original; "
            f"`snakemake {folder}/images/0000.zip` makes its first images."
        )
    return paths


def build_label_page(
    folder: str | Path, attributes: Mapping[str, Attribute], output: str | Path, count: int
) -> gr.Blocks:
    """Return the page that labels the first `count` images of a stage.

    Args:
        folder: a stage's results, whose `images/*.zip` are shown.
        attributes: rows of what is asked, in this order.
        output: the CSV that is resumed, and written after each answer.
        count: how many images; all when there are fewer.

    Raises:
        InputError: there are no images, or `output` is no table of labels.
    """
    archives = stage_archives(folder)
    store = LabelStore(output, image_ids(archives)[:count], list(attributes))
    show = partial(show_page, store, Thumbnails(archives), attributes)
    with gr.Blocks(title=f"Label {folder}", fill_width=True, analytics_enabled=False) as page:
        with gr.Row():
            attribute = gr.Radio(list(attributes), value=next(iter(attributes)), label="Question")
            per_page = gr.Radio(PER_PAGE, value=24, label="Images at once")
        board = _board()
        choices = [attribute, per_page]
        page.load(show, choices, board)
        attribute.input(show, choices, board)
        per_page.input(show, choices, board)
        board.submit(partial(save_answer, store, show), [board, *choices], board)
        board.undo(partial(undo_answer, store, show), choices, [attribute, board])
        board.apply(partial(next_question, store, show), choices, [attribute, board])
    return page


def _board() -> gr.HTML:
    return gr.HTML(
        value={},
        page=None,
        html_template=(ASSETS / "label_page.html").read_text(encoding="utf-8"),
        css_template=(ASSETS / "label_page.css").read_text(encoding="utf-8"),
        js_on_load=(ASSETS / "label_page.js").read_text(encoding="utf-8"),
        elem_id="board",
        apply_default_css=False,
    )


def show_page(
    store: LabelStore,
    thumbnails: Thumbnails,
    rows: Mapping[str, Attribute],
    attribute: str,
    per_page: int,
) -> Update:
    """Return an update of the board: the next images that lack a label of this attribute."""
    missing, row = store.missing(), rows[attribute]
    pending, side = missing[attribute], SINGLE_SIDE if per_page == 1 else GRID_SIDE
    wanted, later = pending[:per_page], pending[per_page : 2 * per_page]
    urls = thumbnails.urls(wanted, side)
    thumbnails.prepare(later, side)
    state = {
        "attribute": attribute,
        "words": row.words,
        "usual": 1 - row.rare,
        "hint": row.hint or f"Click those with the answer {row.words[row.rare]!r}.",
        "images": [
            {"id": image_id, "source": url} for image_id, url in zip(wanted, urls, strict=True)
        ],
        "open": [name for name, ids in missing.items() if ids],
        "done": len(store.ids) - len(pending),
        "total": len(store.ids),
        "file": str(store.path),
    }
    return gr.update(value={}, page=state)


def save_answer(
    store: LabelStore,
    show: Callable[[str, int], Update],
    answer: Mapping[str, Any],
    attribute: str,
    per_page: int,
) -> Update:
    """Record what the board sent, labels by image id, and return the board with the next images."""
    labels = {int(image_id): int(label) for image_id, label in answer["labels"].items()}
    answered = len(labels) - store.record(answer["attribute"], labels)
    if answered:
        gr.Info(f"{answered} of these were labelled elsewhere meanwhile: those labels stay.")
    return show(attribute, per_page)


def next_question(
    store: LabelStore, show: Callable[[str, int], Update], attribute: str, per_page: int
) -> tuple[str, Update]:
    """Return the first question with images that wait, and the board with them."""
    waiting = (name for name, ids in store.missing().items() if ids)
    attribute = next(waiting, attribute)
    return attribute, show(attribute, per_page)


def undo_answer(
    store: LabelStore, show: Callable[[str, int], Update], attribute: str, per_page: int
) -> tuple[str, Update]:
    """Take the last answer back; return its attribute and the board with its images."""
    undone = store.undo()
    if undone is None:
        gr.Info("Nothing to undo: answers given before this page was opened stay.")
    attribute = undone or attribute
    return attribute, show(attribute, per_page)
