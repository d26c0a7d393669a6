"""Every row of docs/bad-input.md has a test, and every case its row."""

import importlib
import re
from pathlib import Path

from helpers.places import REPOSITORY


def test_rows_and_cases_agree():
    text = (REPOSITORY / "docs/bad-input.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)
    cases = [
        case
        for path in sorted(Path(__file__).parent.glob("test_*.py"))
        for case in getattr(importlib.import_module(f"bad_input.{path.stem}"), "CASES", ())
    ]
    assert sorted(rows) == sorted(cases) and len(set(rows)) == len(rows) >= 60
