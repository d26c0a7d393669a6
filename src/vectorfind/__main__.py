"""`python -m vectorfind`: the `vectorfind` command."""

from vectorfind.cli import app

app(prog_name="vectorfind")
