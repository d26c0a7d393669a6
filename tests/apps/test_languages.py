import re
from pathlib import Path

import pytest

pytest.importorskip("gradio")

from vectorfind.apps import languages
from vectorfind.apps.languages import WORDS
from vectorfind.vocabulary import PUBLISHED

ASSETS = Path(languages.__file__).parent / "assets"


def values(text):
    return set(re.findall(r"{(\w+)}", text))


def test_both_languages_say_everything():
    english, korean = WORDS["en"], WORDS["ko"]
    assert english.keys() == korean.keys()
    for key in english:
        assert english[key].strip() and korean[key].strip()
        assert values(english[key]) == values(korean[key])


def test_the_published_attributes_are_worded_as_in_the_vocabulary():
    for name, row in PUBLISHED.attributes.items():
        said = [WORDS["en"][f"label.{name}.{part}"] for part in (0, 1, "hint")]
        assert said == [*row.words, row.hint]


def test_what_the_labelling_page_says_has_words():
    page = (ASSETS / "label_page.html").read_text()
    said = set(re.findall(r'say\([^"`(]*"(\w+)"', page)) | set(re.findall(r': "(\w+)",', page))
    assert {"undo", "run_next", "suggested_hint"} <= said
    for key in said:
        assert f"label.{key}" in WORDS["en"], key
