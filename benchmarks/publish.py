"""Put collected figures into docs/performance.md: python -m benchmarks.publish KIND FILE...

KIND names the place there (`cpu` or `gpu`); a FILE is what `make bench` wrote, or JSON lines.
"""

import argparse
import json
import re
from datetime import date
from pathlib import Path

from benchmarks._table import markdown

PAGE = Path("docs/performance.md")


def main() -> None:
    """Replace the table of one kind of device."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publish")
    parser.add_argument("kind", choices=("cpu", "gpu"))
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args()
    rows = [row for path in options.files for row in read_rows(path)]
    PAGE.write_text(with_table(PAGE.read_text(), options.kind, rows))


def read_rows(path: Path) -> list[dict]:
    """Read a JSON list or JSON lines; rows without a date are from the file's day."""
    text = path.read_text()
    rows = json.loads(text) if text.startswith("[") else map(json.loads, text.splitlines())
    day = f"{date.fromtimestamp(path.stat().st_mtime)}"
    return [{"date": day} | row for row in rows if "ratio" in row]


def with_table(page: str, kind: str, rows: list[dict]) -> str:
    """Return the page with the table between the marks of `kind` replaced.

    Raises:
        ValueError: the page has no such marks.
    """
    start, end = f"<!-- {kind} figures -->", f"<!-- end of {kind} figures -->"
    pattern = re.compile(f"{start}.*?{end}", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"the page has no {start} ... {end}")
    return pattern.sub(lambda _: f"{start}\n{markdown(rows)}\n{end}", page)


if __name__ == "__main__":
    main()
