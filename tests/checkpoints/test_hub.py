"""Files of the hub, from a hub on this machine: first, again, offline; bad_input has the rest."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.hub import COMMIT, environment_for, fetched, running_hub
from helpers.networks import small_networks

from vectorfind.hub import hub_reference, local_path
from vectorfind.stylegan import save_networks

REPO, FILE = "someone/faces", "weights/generator.pth"
WHAT = f"hf:{REPO}/{FILE}@main"


@pytest.fixture
def hub(tmp_path):
    save_networks(tmp_path / "generator.pth", small_networks())
    with running_hub() as running:
        running.files[REPO] = {FILE: (tmp_path / "generator.pth").read_bytes()}
        yield running


def bodies(hub):
    return [asked for asked in hub.asked if asked[0] == "GET" and "/resolve/" in asked[1]]


def test_a_file_comes_once_and_then_from_the_cache(hub, tmp_path):
    status, words, output = fetched(hub, tmp_path, WHAT)
    assert (status, output.read_bytes()) == (0, hub.files[REPO][FILE]), words
    assert "generator.pth" in words  # the progress bar
    wanted = f"{hashlib.sha256(output.read_bytes()).hexdigest()}  {output.name}\n"
    assert Path(f"{output}.sha256").read_text() == wanted
    before = len(bodies(hub))
    output.unlink()
    assert fetched(hub, tmp_path, WHAT)[0] == 0 and len(bodies(hub)) == before
    output.unlink()
    assert fetched(hub, tmp_path, WHAT, HF_HUB_OFFLINE="1")[0] == 0 and output.exists()


def test_a_download_that_breaks_off_goes_on_where_it_was(hub, tmp_path):
    content = os.urandom(30 << 20)
    hub.files[REPO][FILE], hub.cut = content, 25 << 20
    _, words, output = fetched(hub, tmp_path, WHAT)
    if not output.exists():
        assert "it goes on where it was" in words
        fetched(hub, tmp_path, WHAT)
    assert output.read_bytes() == content
    assert any(asked[2] not in ("", "bytes=0-0") for asked in bodies(hub)), hub.asked


def test_a_model_s_folder_comes_without_its_code(hub, tmp_path):
    files = {"config.json": b"{}", "model.safetensors": b"weights", "run.py": b"", "x.bin": b"1"}
    hub.files["someone/parser"] = files
    status, words, output = fetched(hub, tmp_path, "hf:someone/parser@main")
    assert status == 0, words
    assert {path.name for path in output.iterdir()} == {"config.json", "model.safetensors"}


def test_inspect_takes_a_file_of_the_hub(hub, tmp_path):
    program = "from vectorfind.cli import app; app()"
    words = [sys.executable, "-c", program, "inspect", f"hf:{REPO}/{FILE}@{COMMIT}"]
    env = environment_for(hub, tmp_path, COLUMNS="200")
    done = subprocess.run(words, env=env, capture_output=True, text=True)
    assert done.returncode == 0 and "16" in done.stdout and "released" in done.stdout, done.stderr


def test_references_are_paths_of_their_own():
    assert hub_reference("faces/generator.pth") is None and local_path("a.pth") == "a.pth"
    assert local_path("hf:a/b/c/d.pth@main") == "results/downloads/files/a/b/main/c/d.pth"
    assert local_path("hf:a/b@v1.0") == "results/downloads/models/a/b/v1.0"
