"""Configurations that are none, or say what cannot be."""

import re

import pytest
from helpers.refusals import contents
from typer.testing import CliRunner

from vectorfind import cli

REFUSED = {
    "config-empty": ("", "holds no `key: value` lines"),
    "config-list": ("- seed\n", "holds no `key: value` lines"),
    "config-tab": ("sampling:\n\tsamples: 3\n", "cannot be read as YAML .*line 2"),
    "config-double-key": ("seed: 1\nseed: 2\n", "the key 'seed' stands twice .*line 2"),
    "config-bad-date": ("seed: 2026-13-45\n", "cannot be read as YAML"),
    "config-latin1": ("# größe\nseed: 1\n".encode("latin-1"), "cannot be read as YAML"),
    "config-unknown-key": ("sampling: {sample: 3}\n", "sampling.sample: unknown key"),
    "config-type": ("sampling: {samples: many}\n", "sampling.samples: .*integer"),
    "config-range": ("sampling: {samples: 0}\n", "sampling.samples: .*greater than or equal to 1"),
    "config-null-section": ("sampling: null\n", "sampling: "),
    "config-number-as-key": ("1: 2\n", "1: "),
    "config-unpinned": (
        "parser: {model: some/parser, revision: null}\n",
        "parser.revision: some/parser is no file .*commits/main, or a folder",
    ),
    "config-measure": (
        "vocabulary: {properties: {smile: {measure: 'absent.py:smile'}}}\n",
        "no Python file absent.py; correct the path",
    ),
}
READ = {
    "config-bom": "\ufeffseed: 7\n".encode(),
    "config-utf16": "seed: 7\n".encode("utf-16"),
    "config-windows-lines": b"seed: 7\r\n",
    "config-json": b'{\n\t"seed": 7\n}',
    "config-other-letters": 'seed: 7\ncheckpoint: "Gesichter für 顔/netz 1.pth"\n'.encode(),
}
CASES = REFUSED | READ | {"config-missing": None}


def check(path):
    ran = CliRunner().invoke(cli.app, ["config", "check", str(path)], env={"COLUMNS": "9999"})
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, " ".join(ran.output.split())


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_a_bad_configuration_is_refused(tmp_path, content, words):
    path = tmp_path / "own one.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = contents(tmp_path)
    code, output = check(path)
    assert code == 1
    assert re.search(words, output), output
    assert contents(tmp_path) == before


@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_another_program_s_configuration_is_read(tmp_path, content):
    path = tmp_path / "größe 1.yaml"
    path.write_bytes(content)
    assert check(path)[0] == 0


def test_an_absent_configuration_is_named(tmp_path):
    assert check(tmp_path / "absent.yaml")[1].endswith(
        "absent.yaml: no such file; correct the path."
    )
