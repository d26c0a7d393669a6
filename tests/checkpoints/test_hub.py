"""Files of the hub, from a hub on this machine: first, again, offline, and what goes wrong."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.hub import COMMIT, Hub, running_hub
from helpers.networks import small_networks

from vectorfind.errors import InputError
from vectorfind.hub import hub_reference, local_path
from vectorfind.stylegan import save_networks

REPO, FILE = "someone/faces", "weights/generator.pth"
CALL = """
import sys
from vectorfind.errors import InputError
from vectorfind.hub import download, hub_reference
try:
    download(hub_reference(sys.argv[1]), sys.argv[2])
except InputError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def hub(tmp_path):
    save_networks(tmp_path / "generator.pth", small_networks())
    with running_hub() as running:
        running.files[REPO] = {FILE: (tmp_path / "generator.pth").read_bytes()}
        yield running


def environment(hub: Hub, tmp_path: Path, **more: str) -> dict[str, str]:
    """Return what a process needs to ask this hub and keep its own cache."""
    own = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "cache"), "no_proxy": "127.0.0.1"}
    return {**os.environ, **own, **more}


def fetched(hub, tmp_path, what=f"hf:{REPO}/{FILE}@main", **more):
    """Download in a process of its own; return its status, its words and the file."""
    output = tmp_path / "got" / "generator.pth"
    words = [sys.executable, "-c", CALL, what, str(output)]
    env = environment(hub, tmp_path, **more)
    done = subprocess.run(words, env=env, capture_output=True, text=True)
    return done.returncode, done.stderr, output


def bodies(hub):
    return [asked for asked in hub.asked if asked[0] == "GET" and "/resolve/" in asked[1]]


def test_a_file_comes_once_and_then_from_the_cache(hub, tmp_path):
    status, words, output = fetched(hub, tmp_path)
    assert (status, output.read_bytes()) == (0, hub.files[REPO][FILE]), words
    assert "generator.pth" in words  # the progress bar
    wanted = f"{hashlib.sha256(output.read_bytes()).hexdigest()}  {output.name}\n"
    assert Path(f"{output}.sha256").read_text() == wanted
    before = len(bodies(hub))
    output.unlink()
    assert fetched(hub, tmp_path)[0] == 0 and len(bodies(hub)) == before
    output.unlink()
    assert fetched(hub, tmp_path, HF_HUB_OFFLINE="1")[0] == 0 and output.exists()


def test_a_download_that_breaks_off_goes_on_where_it_was(hub, tmp_path):
    content = os.urandom(30 << 20)
    hub.files[REPO][FILE], hub.cut = content, 25 << 20
    _, words, output = fetched(hub, tmp_path)
    if not output.exists():
        assert "it goes on where it was" in words
        fetched(hub, tmp_path)
    assert output.read_bytes() == content
    assert any(asked[2] not in ("", "bytes=0-0") for asked in bodies(hub)), hub.asked


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (f"hf:{REPO}/{FILE}@v2", "it has no such revision; see https://huggingface.co/"),
        (f"hf:{REPO}/other.pth@main", "it has no such file; see"),
        (f"hf:nobody/faces/{FILE}@main", "the hub has no nobody/faces, or it is private"),
    ],
)
def test_what_is_not_there_is_named(hub, tmp_path, what, message):
    status, words, output = fetched(hub, tmp_path, what)
    assert status == 1 and words.strip().splitlines()[-1].startswith(f"{what}: {message}")
    assert not output.parent.exists() or not list(output.parent.iterdir())


def test_offline_says_how_to_fetch_it_elsewhere(hub, tmp_path):
    status, words, _ = fetched(hub, tmp_path, HF_HUB_OFFLINE="1")
    assert status == 1
    assert f"run `hf download {REPO} {FILE} --revision main`" in words and "HF_HOME" in words


def test_a_file_that_was_damaged_in_the_cache_is_not_used(hub, tmp_path):
    output = fetched(hub, tmp_path)[2]
    output.unlink()
    (blob,) = (path for path in (tmp_path / "cache").rglob("blobs/*") if len(path.name) == 64)
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)
    status, words, _ = fetched(hub, tmp_path)
    assert status == 1 and not output.exists()
    assert f"{blob}: is damaged in the hub's cache" in words and "delete it" in words
    blob.unlink()
    assert fetched(hub, tmp_path)[0] == 0 and output.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_disk_is_one_message(hub, tmp_path):
    hub.files[REPO][FILE] = os.urandom(3 << 20)
    disk = tmp_path / "got"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    try:
        status, words, _ = fetched(hub, tmp_path)
        assert status == 1 and "the disk is full; free space" in words
        assert not list(disk.iterdir())
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_model_s_folder_comes_without_its_code(hub, tmp_path):
    files = {"config.json": b"{}", "model.safetensors": b"weights", "run.py": b"", "x.bin": b"1"}
    hub.files["someone/parser"] = files
    status, words, output = fetched(hub, tmp_path, "hf:someone/parser@main")
    assert status == 0, words
    assert {path.name for path in output.iterdir()} == {"config.json", "model.safetensors"}


def test_inspect_takes_a_file_of_the_hub(hub, tmp_path):
    program = "from vectorfind.cli import app; app()"
    words = [sys.executable, "-c", program, "inspect", f"hf:{REPO}/{FILE}@{COMMIT}"]
    env = environment(hub, tmp_path, COLUMNS="200")
    done = subprocess.run(words, env=env, capture_output=True, text=True)
    assert done.returncode == 0 and "16" in done.stdout and "released" in done.stdout, done.stderr


def test_references_are_paths_of_their_own():
    assert hub_reference("faces/generator.pth") is None and local_path("a.pth") == "a.pth"
    assert local_path("hf:a/b/c/d.pth@main") == "results/downloads/files/a/b/main/c/d.pth"
    assert local_path("hf:a/b@v1.0") == "results/downloads/models/a/b/v1.0"


@pytest.mark.parametrize(
    "text", ["hf:a", "hf:a/b", "hf:a/b/c.pth", "hf:a/b/../c@main", "hf:/b/c@main", "hf:a/b/c@x/y"]
)
def test_other_forms_are_refused(text):
    with pytest.raises(InputError, match="hf:OWNER/REPO/FILE@REVISION"):
        hub_reference(text)
