"""Try what the documents say: run it where that costs a second, else ask who would do it."""

import argparse
import ast
import inspect
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import snakemake.cli
import typer
from _pytest.mark.expression import Expression
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from helpers.documented import Documented
from helpers.places import REPOSITORY
from vectorfind import cli

STAND_INS = {
    "pick 57": "pick 4",
    "inspect FILE": "inspect checkpoint.pth",
    "config check FILE": "config check mine.yaml",
    "benchmarks.NAME": "benchmarks.svm",
    "--rounds N": "--rounds 1",
    "--jobs N": "--jobs 1",
    "--prefill CSV": "--prefill results/original/labels.csv",
}
"""What a command says that the small world has under another name."""

OPTIONS_OF = {
    "--config labels='{source: zero_shot}'": "snakemake",
    "--config seed=2": "snakemake",
    "--pose yaw": "python -m vectorfind.photo.landmark_judge IMAGES.zip ANSWERS.csv",
    "--directory photo": "snakemake --configfile config/photo64.yaml",
    "--look 2": (
        "python -m vectorfind.photo.generator_figures --generator FILE --teacher FILE "
        "--output FOLDER"
    ),
    "--resources gpu=4": "snakemake",
    "--scheduler greedy": "snakemake",
    "--set-resources finetune_v1:runtime=600 finetune_v1:slurm_partition=long": "snakemake",
    "--prefill CSV": "vectorfind label results/original",
    "--effort 0.1": "python -m vectorfind.demo.recipe --stage all --output FOLDER",
    "--size 256 --rounds 3 --names generation sampling image_test property_cnn svm": (
        "python -m benchmarks"
    ),
    "--jobs 2 --names generation sampling image_test": "python -m benchmarks",
    "--start NETWORKS": (
        "python -m vectorfind.photo.generator_recipe --output FILE --teacher FILE --work FOLDER "
        "--game-steps 10"
    ),
    '--seconds 30 --variants "fast, random start" "fast, random start, zero labels"': (
        "python -m benchmarks.finetune_share"
    ),
}
"""Of which command a sentence tells the options."""

ONLY_PARSED = {"snakemake --report report.zip": "needs the files of a finished run"}
UNTRIED = {
    "source .venv/bin/activate": "needs the environment that `make setup` makes",
    ".venv/bin/pre-commit install": "writes into the clone's .git",
    "pip install pre-commit": "needs a network",
    "apt install chromium chromium-driver": "needs a network and root",
    "pip install mediapipe==0.10.21": "needs a network, and an environment of its own",
    "pip download --no-deps gan-face-generate==1.1.1": "needs a network",
    "python -m zipfile -e gan_face_generate-1.1.1-py3-none-any.whl .": "unpacks that",
    "git lfs pull": "is about somebody else's clone",
    "--device cuda --rounds 5": "needs CUDA",
    "tensorboard --logdir work": "belongs to an extra that is not among the requirements",
}
"""What no test can run, and why; no program of ours is in it."""

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)(/[^\s\"]+)")
KEYFRAMES = "keyframes:"
LISTENING = ("label", "explore", "serve")


@dataclass
class World:
    """A folder like a clone after a small run, in which the lines of a page are tried in order.

    Attributes:
        folder: the current one.
        patch: undone after the test.
        plans: what Snakemake has planned, for all worlds.
        names: of the page's Python.
        listening: what would listen by now, and at which port.
    """

    folder: Path
    patch: pytest.MonkeyPatch
    plans: set[tuple[str, ...]]
    names: dict[str, Any] = field(default_factory=dict)
    listening: list[tuple[Any, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nothing listens, opens a browser or looks for the hub."""
        self.patch.chdir(self.folder)
        self.patch.setenv("no_proxy", "")
        listen = self.listening.append
        self.patch.setattr("uvicorn.run", lambda app, port, **_: listen((app, port)))
        self.patch.setattr(
            "gradio.Blocks.launch", lambda page, server_port, **_: listen((page, server_port))
        )
        self.patch.setattr("vectorfind.hub.fetch", lambda reference: self.folder / "checkpoint.pth")

    def attempt(self, told: Documented) -> None:
        """Try one thing.

        Raises:
            Exception, SystemExit: it is wrong; AssertionError says so in words.
        """
        assert told.kind != "unknown", (
            "name the block's language, or teach helpers/documented.py it"
        )
        if told.kind == "python":
            exec(compile(told.text, told.place, "exec"), self.names)
        elif told.text not in UNTRIED:
            text = _with_command(told.text) if told.kind == "options" else told.text
            for line in text.split(" && "):
                self._run(line, mentioned=told.kind == "mention")
        for port, question in ADDRESS.findall(told.text):
            self._ask(int(port), question)

    def _run(self, line: str, mentioned: bool) -> None:
        words = _words(line)
        assert words[0] in PROGRAMS, (
            f"nobody knows how to try {words[0]!r}: add it to PROGRAMS of helpers/trying.py, or "
            "the whole line to UNTRIED with a reason"
        )
        if mentioned and words[0] == "vectorfind" and len(words) == 2:
            words.append("--help")
        PROGRAMS[words[0]](self, words)

    def _ask(self, port: int, question: str) -> None:
        assert self.listening, "nothing was started that would answer"
        app, at = self.listening[-1]
        assert port == at, f"it listens at {at}"
        answer = TestClient(app, base_url=f"http://127.0.0.1:{port}").get(question)
        assert answer.status_code == 200, answer.text


def _with_command(options: str) -> str:
    assert options in OPTIONS_OF, "say whose they are in OPTIONS_OF of helpers/trying.py"
    return f"{OPTIONS_OF[options]} {options}"


def _words(line: str) -> list[str]:
    for said, here in STAND_INS.items():
        line = re.sub(rf"{re.escape(said)}\b", here, line)
    if line.startswith(KEYFRAMES):
        return [KEYFRAMES, line.removeprefix(KEYFRAMES)]
    # Of [--option this|that] the first.
    return shlex.split(re.sub(r"\[(--[^]|]+)[^]]*\]", r"\1", line), comments=True)


def _vectorfind(world: World, words: list[str]) -> None:
    before = len(world.listening)
    ran = CliRunner().invoke(cli.app, words[1:])
    assert ran.exit_code == 0, f"{ran.output} {ran.exception!r}"
    if words[1] in LISTENING and "--help" not in words:
        assert len(world.listening) > before, "nothing would listen"


def _keyframes(world: World, words: list[str]) -> None:
    Path("keyframes.json").write_text(json.dumps(json.loads(words[1])))
    command = "vectorfind animate characters/aurora.safetensors --motion keyframes.json"
    _vectorfind(world, command.split())


def _snakemake(world: World, words: list[str]) -> None:
    parser, options = snakemake.cli.parse_args(["--quiet", "rules", "progress", "-n", *words[1:]])
    # A configuration by what is in it, so that two names of one are planned once.
    plan = tuple(Path(word).read_text() if word.endswith(".yaml") else word for word in words)
    if plan in world.plans or " ".join(words) in ONLY_PARSED:
        return
    before, path = signal.getsignal(signal.SIGTERM), sys.path.copy()
    try:
        assert snakemake.cli.args_to_api(options, parser), "Snakemake refuses; it says why below"
    finally:
        os.chdir(world.folder)
        signal.signal(signal.SIGTERM, before)
        sys.path[:] = path
    world.plans.add(plan)


def _srun(world: World, words: list[str]) -> None:
    _snakemake(world, words[words.index("snakemake") :])


def _make(world: World, words: list[str]) -> None:
    command = ["make", "-n", *words[1:]]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _python(world: World, words: list[str]) -> None:
    assert words[1] == "-m", "only modules are tried"
    name = "benchmarks.__main__" if words[2] == "benchmarks" else words[2]
    module = import_module(name)
    if inspect.signature(module.main).parameters:
        app = typer.Typer()
        app.command()(module.main)
        typer.main.get_command(app).make_context(name, words[3:])
    elif "Parser" in (source := inspect.getsource(module)) or " arguments(" in source:
        _parse(world, module.main, words[2:])
    else:
        assert not words[3:], "it takes no options"


class _Parsed(Exception):
    """The options were right."""


def _parse(world: World, main: Callable[[], object], words: list[str]) -> None:
    parse = argparse.ArgumentParser.parse_args

    def parse_and_stop(parser: argparse.ArgumentParser) -> None:
        parse(parser)
        raise _Parsed

    with world.patch.context() as patch:
        patch.setattr("sys.argv", words)
        patch.setattr(argparse.ArgumentParser, "parse_args", parse_and_stop)
        with pytest.raises(_Parsed):
            main()


def _pip(world: World, words: list[str]) -> None:
    extra = re.fullmatch(r"pip install -e \.\[([\w-]+)\]", " ".join(words))
    assert extra, "add the line to UNTRIED, with a reason"
    assert extra[1] in _pyproject()["project"]["optional-dependencies"], "no such extra"


def _pytest(world: World, words: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("places", nargs="*", default=["tests"])
    parser.add_argument("-k", default="")
    parser.add_argument("-m", default="")
    options = parser.parse_args(words[1:])
    settings = _pyproject()["tool"]["pytest"]["ini_options"]
    marks = {mark.partition(":")[0] for mark in settings["markers"]}
    unknown = set(re.findall(r"\w+", options.m)) - {"not", "and", "or"} - marks
    assert not unknown, f"no such marks: {unknown}"
    chosen = Expression.compile(options.k) if options.k else None
    for place in options.places:
        tests = _tests(REPOSITORY / place)
        assert tests, f"{place} has no tests"
        if chosen:
            assert any(chosen.evaluate(lambda part, t=test: part in t) for test in tests), options.k


def _tests(place: Path) -> list[str]:
    files = sorted(place.rglob("test_*.py")) if place.is_dir() else [place]
    if not place.exists():
        return []
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text())))
    functions = (node.name for node in nodes if isinstance(node, ast.FunctionDef))
    return [name for name in functions if name.startswith("test_")]


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text())


def _bash(world: World, words: list[str]) -> None:
    subprocess.run(["bash", "-n", REPOSITORY / words[1]], check=True)


def _curl(world: World, words: list[str]) -> None:
    assert ADDRESS.fullmatch(words[1]), "only questions to this machine are asked"


def _cp(world: World, words: list[str]) -> None:
    shutil.copy(words[1], words[2])


def _cat(world: World, words: list[str]) -> None:
    rules = "".join(path.read_text() for path in Path("rules").glob("*.smk"))
    written = (re.escape(path) for path in re.findall(r'"(results/[^"]+)"', rules))
    patterns = [re.sub(r"\\\{\w+\\\}", r"\\w+", path) for path in written]
    assert any(re.fullmatch(path, words[1]) for path in patterns), "no rule writes it"


PROGRAMS: dict[str, Callable[[World, list[str]], None]] = {
    "bash": _bash,
    "cat": _cat,
    "cp": _cp,
    "curl": _curl,
    KEYFRAMES: _keyframes,
    "make": _make,
    "pip": _pip,
    "pytest": _pytest,
    "python": _python,
    "snakemake": _snakemake,
    "srun": _srun,
    "vectorfind": _vectorfind,
}
KNOWN = {*PROGRAMS, *(line.split()[0] for line in UNTRIED)}
