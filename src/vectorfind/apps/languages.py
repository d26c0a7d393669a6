"""The words of both pages, in every language that they speak."""

import json
from pathlib import Path

import gradio as gr

WORDS: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "assets" / "words.json").read_text(encoding="utf-8")
)
"""What the pages say: language, then key, as `label.undo`; `{name}` stands for a value."""


def translations() -> gr.I18n:
    """Return what a page is launched with; called with a key, it gives a component's caption."""
    return gr.I18n(**WORDS)


def words_for(request: gr.Request) -> dict[str, str]:
    """Return the words of the first language that a browser asks for and that is spoken here."""
    asked = request.headers.get("accept-language", "").split(",")
    spoken = (WORDS[one] for part in asked if (one := part.strip()[:2].lower()) in WORDS)
    return next(spoken, WORDS["en"])
