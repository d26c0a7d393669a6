"""Files of the hub that are not there, cannot be reached, are damaged, or do not fit the disk."""

import os
import subprocess

import pytest
from helpers.hub import fetched, running_hub

from vectorfind.config import resolve_config
from vectorfind.errors import InputError
from vectorfind.hub import hub_reference

REPO, FILE = "someone/faces", "weights/generator.pth"
WHAT = f"hf:{REPO}/{FILE}@main"
MISSING = {
    "hub-no-revision": (f"hf:{REPO}/{FILE}@v2", "it has no such revision; see https://hugg"),
    "hub-no-file": (f"hf:{REPO}/other.pth@main", "it has no such file; see"),
    "hub-no-repository": (f"hf:nobody/faces/{FILE}@main", "the hub has no nobody/faces, or it is"),
}
CASES = (*MISSING, "hub-form", "hub-offline", "hub-damaged", "hub-disk-full")


@pytest.fixture
def hub():
    with running_hub() as running:
        running.files[REPO] = {FILE: os.urandom(3 << 20)}
        yield running


@pytest.mark.parametrize(("what", "message"), MISSING.values(), ids=MISSING)
def test_what_is_not_there_is_named(hub, tmp_path, what, message):
    status, words, output = fetched(hub, tmp_path, what)
    assert status == 1 and words.strip().splitlines()[-1].startswith(f"{what}: {message}")
    assert not output.parent.exists() or not list(output.parent.iterdir())


def test_offline_says_how_to_fetch_it_elsewhere(hub, tmp_path):
    status, words, _ = fetched(hub, tmp_path, WHAT, HF_HUB_OFFLINE="1")
    assert status == 1
    assert f"run `hf download {REPO} {FILE} --revision main`" in words and "HF_HOME" in words


def test_a_file_that_was_damaged_in_the_cache_is_not_used(hub, tmp_path):
    output = fetched(hub, tmp_path, WHAT)[2]
    output.unlink()
    (blob,) = (path for path in (tmp_path / "cache").rglob("blobs/*") if len(path.name) == 64)
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)
    status, words, _ = fetched(hub, tmp_path, WHAT)
    assert status == 1 and not output.exists()
    assert f"{blob}: is damaged in the hub's cache" in words and "delete it" in words
    blob.unlink()
    assert fetched(hub, tmp_path, WHAT)[0] == 0 and output.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_disk_is_one_message(hub, tmp_path):
    disk = tmp_path / "got"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    try:
        status, words, _ = fetched(hub, tmp_path, WHAT)
        assert status == 1 and "the disk is full; free space" in words
        assert not list(disk.iterdir())
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize(
    "text", ["hf:a", "hf:a/b", "hf:a/b/c.pth", "hf:a/b/../c@main", "hf:/b/c@main", "hf:a/b/c@x/y"]
)
def test_other_forms_are_refused_with_the_configuration(text):
    with pytest.raises(InputError, match="hf:OWNER/REPO/FILE@REVISION"):
        hub_reference(text)
    with pytest.raises(InputError, match=r"checkpoint: .*hf:OWNER/REPO/FILE@REVISION"):
        resolve_config({"checkpoint": text})
