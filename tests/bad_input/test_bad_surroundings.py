"""Other folders, locales and homes than the ones the workflow was written in."""

import os
import subprocess
import sys

import pytest
from helpers.places import REPOSITORY
from helpers.refusals import contents

SURROUNDINGS = {
    "run-elsewhere": {},
    "run-locale": {"LC_ALL": "C", "PYTHONUTF8": "0"},
    "run-no-home": {"HOME": "/nonexistent", "XDG_CACHE_HOME": ""},
}
CASES = SURROUNDINGS | {"run-bad-configuration": None}


def plan(folder, *words, **surroundings):
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY / "src")}
    command = [sys.executable, "-m", "snakemake", "-s", str(REPOSITORY / "Snakefile"), "-n"]
    return subprocess.run(
        [*command, "--directory", str(folder), "--cores", "1", *words],
        env=kept | {"HOME": str(folder)} | surroundings,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("surroundings", SURROUNDINGS.values(), ids=SURROUNDINGS)
def test_the_demo_is_planned_in_another_folder(tmp_path, surroundings):
    folder = tmp_path / "größe 1"
    folder.mkdir()
    planned = plan(folder, **surroundings)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "profiles/default" in planned.stdout + planned.stderr
    assert "import_checkpoint" in planned.stdout + planned.stderr


def test_a_bad_configuration_stops_the_plan(tmp_path):
    (tmp_path / "own.yaml").write_text("seed: 1\nseed: 2\n")
    before = contents(tmp_path)
    planned = plan(tmp_path, "--configfile", "own.yaml")
    output = planned.stdout + planned.stderr
    assert planned.returncode != 0 and "the key 'seed' stands twice" in output
    assert "Traceback" not in output
    assert {
        name: content for name, content in contents(tmp_path).items() if name in before
    } == before
    assert not (tmp_path / "results").exists()
