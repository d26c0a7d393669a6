"""Checkpoints that are none, damaged or of other networks."""

import io
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from helpers.networks import small_networks
from helpers.refusals import contents, refusal
from safetensors.torch import save
from typer.testing import CliRunner

from vectorfind import cli
from vectorfind.stylegan import load_networks, save_networks

CONST, BIAS = "synthesis.layer0.const", "mapping.dense0.bias"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("good") / "good.pth"
    save_networks(path, small_networks())
    return path.read_bytes()


def zipped(content):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        file.writestr("model.pth", content)
    return memory.getvalue()


def flipped(content):
    start = content.rfind(b"archive/data/", 0, content.find(b"PK\x01\x02"))
    return content[: start + 100] + bytes([content[start + 100] ^ 255]) + content[start + 101 :]


def tarred():
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as file:
        file.addfile(tarfile.TarInfo("model.pth"))
    return memory.getvalue()


def arrays():
    memory = io.BytesIO()
    np.savez(memory, weights=np.zeros(3))
    return memory.getvalue()


FILES = {
    "checkpoint-empty": (lambda good: b"", "is empty; download"),
    "checkpoint-truncated": (lambda good: good[: len(good) // 2], "truncated or damaged"),
    "checkpoint-bit-flip": (flipped, "truncated or damaged; download or copy it again"),
    "checkpoint-web-page": (lambda good: b"<!doctype html>", "text file, not a checkpoint"),
    "checkpoint-git-lfs": (
        lambda good: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        "git lfs pull",
    ),
    "checkpoint-zipped": (zipped, "zip of other files"),
    "checkpoint-tar": (lambda good: tarred(), "not a file written by torch.save"),
    "checkpoint-7z": (lambda good: b"7z\xbc\xaf\x27\x1c\0\4" + bytes(99), "not a file written by"),
    "checkpoint-safetensors": (lambda good: save({"a": torch.zeros(3)}), "not a file written by"),
    "checkpoint-npz": (lambda good: arrays(), "zip of other files"),
}


def of_generator(key, change):
    return lambda states: states["generator"].update({key: change(states["generator"][key])})


def without(key):
    return lambda states: states["generator"].pop(key)


STATES = {
    "checkpoint-no-key": (without(CONST), f"`generator`: `{CONST}` is missing"),
    "checkpoint-unknown-key": (
        lambda states: states["generator"].update(extra=torch.zeros(3)),
        "`extra` belongs to no such network",
    ),
    "checkpoint-shape": (of_generator(BIAS, lambda t: t[:3]), r"shape \(3,\) where \(12,\)"),
    "checkpoint-rank": (of_generator(CONST, lambda t: t.flatten()), "has shape"),
    "checkpoint-nan": (of_generator(BIAS, lambda t: t * torch.nan), "NaN or infinite"),
    "checkpoint-overflow": (of_generator(BIAS, lambda t: t.double() + 1e300), "NaN or infinite"),
    "checkpoint-integers": (of_generator(BIAS, lambda t: t.int()), "IntTensor"),
    "checkpoint-complex": (of_generator(BIAS, lambda t: t.cfloat()), "ComplexFloatTensor"),
    "checkpoint-sparse": (of_generator(BIAS, lambda t: t.to_sparse()), "sparse"),
    "checkpoint-no-numbers": (of_generator(BIAS, lambda t: t.to("meta")), "meta"),
    "checkpoint-text": (of_generator(BIAS, lambda t: "weights"), "is missing"),
    "checkpoint-other-network": (
        lambda states: (states.clear(), states.update(encoder={"a": torch.zeros(3)})),
        "holds no StyleGAN networks; give",
    ),
}
CASES = FILES | STATES | {"checkpoint-missing": None, "checkpoint-folder": None}


@pytest.mark.parametrize(("make", "words"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, good, make, words):
    path = tmp_path / "faces.pth"
    path.write_bytes(make(good))
    refusal(load_networks, path, words)
    ran = CliRunner().invoke(cli.app, ["inspect", str(path)])
    assert ran.exit_code == 1 and isinstance(ran.exception, SystemExit)
    assert str(path) in ran.output.replace("\n", "")


@pytest.mark.parametrize(("change", "words"), STATES.values(), ids=STATES)
def test_a_checkpoint_of_another_network_is_refused(tmp_path, good, change, words):
    states = torch.load(io.BytesIO(good), weights_only=True)
    change(states)
    torch.save(states, tmp_path / "faces.pth")
    refusal(load_networks, tmp_path / "faces.pth", words)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    refusal(load_networks, tmp_path / "absent.pth", "there is no such file; put your checkpoint")
    (tmp_path / "folder.pth").mkdir()
    refusal(load_networks, tmp_path / "folder.pth", "is a folder; give the checkpoint's file")
    assert contents(tmp_path) == {}
