"""Draws the workflow's rule graph into README.md: `python docs/rulegraph.py`."""

import re
import subprocess
import sys
from pathlib import Path

from vectorfind.files import atomic_path

REPOSITORY = Path(__file__).resolve().parent.parent
README = REPOSITORY / "README.md"
BLOCK = re.compile(r"(?<=<!-- rulegraph: make docs -->\n).*?(?=<!-- /rulegraph -->)", re.DOTALL)


def rule_graph() -> str:
    """Return the graph as a Mermaid block whose lines do not depend on Snakemake's numbering."""
    command = ["--snakefile", "Snakefile", "--rulegraph", "mermaid-js", "-F", "--", "all"]
    drawn = subprocess.run(
        [sys.executable, "-m", "snakemake", *command],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = dict(re.findall(r"(id\d+)\[(.+?)\]", drawn))
    edges = sorted(
        f"    {names[start]} --> {names[end]}"
        for start, end in re.findall(r"(id\d+) --> (id\d+)", drawn)
        if names[end] != "all"
    )
    return "\n".join(["```mermaid", "flowchart TB", *edges, "```", ""])


def with_rule_graph(readme: str) -> str:
    """Return the README's text with the current graph between its marks."""
    return BLOCK.sub(lambda _: rule_graph(), readme)


if __name__ == "__main__":
    text = with_rule_graph(README.read_text())
    with atomic_path(README) as partial:
        partial.write_text(text)
