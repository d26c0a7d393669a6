"""The labelling page: a grid in which the rare ones are clicked, or one image at a time."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from vectorfind.apps.label_session import Choices, LabelSession, Suggestions
from vectorfind.apps.languages import WORDS, translations
from vectorfind.apps.review import Critic
from vectorfind.apps.thumbnails import Thumbnails
from vectorfind.data.archives import image_ids
from vectorfind.data.tables import read_table
from vectorfind.errors import InputError
from vectorfind.labels.store import LabelStore
from vectorfind.vocabulary import PUBLISHED, Attribute

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
    folder: str | Path,
    attributes: Mapping[str, Attribute],
    output: str | Path,
    count: int,
    prefill: str | Path | None = None,
) -> gr.Blocks:
    """Return the page that labels the first `count` images of a stage.

    Args:
        folder: a stage's results, whose `images/*.zip` are shown; labels can be held against its
            `attribute_cnn/*.safetensors`.
        attributes: rows of what is asked, in this order.
        output: the CSV that is resumed, and written after each answer.
        count: how many images; all when there are fewer.
        prefill: a CSV with a model's labels, which are shown as already chosen.

    Raises:
        InputError: there are no images, or `output` or `prefill` is no table of labels.
    """
    archives = stage_archives(folder)
    names, critic = list(attributes), Critic(folder, archives)
    store = partial(LabelStore, output, image_ids(archives)[:count], names)
    store()  # which refuses now what is no table of labels
    suggestions = read_suggestions(prefill, names) if prefill else {}
    thumbnails = Thumbnails(archives)

    def begin() -> LabelSession:
        return LabelSession(store(), attributes, thumbnails, critic, suggestions)

    say = translations()
    with gr.Blocks(title=f"Label {folder}", fill_width=True, analytics_enabled=False) as page:
        session = gr.State()
        with gr.Row():
            attribute = gr.Radio(_questions(names), value=names[0], label=say("label.question"))
            per_page = gr.Radio(PER_PAGE, value=24, label=say("label.at_once"))
            review = gr.Checkbox(
                label=say("label.review_mode"), visible=any(map(critic.knows, names))
            )
        board = _board()
        choices = [attribute, per_page, review]
        for chosen in (page.load, attribute.input, per_page.input, review.input):
            chosen(partial(show_page, begin), [session, *choices], [session, board])
        board.submit(
            partial(act, begin),
            [session, board, *choices],
            [session, attribute, board],
            show_progress="hidden",
            # Whose rounds take as long as all the rest.
            queue=False,
        )
    return page


def _questions(names: Sequence[str]) -> list[tuple[Any, str]]:
    say, known = translations(), PUBLISHED.attributes
    return [(say(f"label.{name}") if name in known else name, name) for name in names]


def read_suggestions(path: str | Path, attributes: Sequence[str]) -> Suggestions:
    """Return a model's labels of these attributes, as far as the CSV has any.

    Raises:
        InputError: it is no table of labels, or has none of the attributes.
    """
    table = read_table(path, "labels_so_far").set_index("image_id")
    if not (found := [name for name in attributes if name in table]):
        raise InputError(
            f"{path}: has no column {' or '.join(attributes)}; give a table of these labels, as "
            "results/original/labels.csv of a run with labels.source zero_shot."
        )
    return {name: table[name].dropna().astype(int).to_dict() for name in found}


def _board() -> gr.HTML:
    return gr.HTML(
        value={},
        page=None,
        texts=WORDS,
        html_template=(ASSETS / "label_page.html").read_text(encoding="utf-8"),
        css_template=(ASSETS / "label_page.css").read_text(encoding="utf-8"),
        js_on_load=(ASSETS / "label_page.js").read_text(encoding="utf-8"),
        elem_id="board",
        apply_default_css=False,
    )


Begin = Callable[[], LabelSession]
"""Begins a person's session: where the command was started again, an open page has none."""


def show_page(
    begin: Begin, session: LabelSession | None, attribute: str, per_page: int, review: bool
) -> tuple[LabelSession, Update]:
    """Return the session and the board with the images whose turn it is."""
    session = session or begin()
    return session, _shown(session, Choices(attribute, per_page, review))


def act(
    begin: Begin,
    session: LabelSession | None,
    answer: Mapping[str, Any],
    attribute: str,
    per_page: int,
    review: bool,
) -> tuple[LabelSession, str, Update]:
    """Do what the board sent; return the session, the question and the board as they are then."""
    session = session or begin()
    choices = Choices(attribute, per_page, review)
    try:
        choices = session.act(choices, answer)
    except (InputError, OSError) as error:
        # Outside of the queue an error reaches no toast.
        session.tell("failed", reason=str(error))
    return session, choices.attribute, _shown(session, choices)


def _shown(session: LabelSession, choices: Choices) -> Update:
    return gr.update(value={}, page=session.page(choices))
