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
