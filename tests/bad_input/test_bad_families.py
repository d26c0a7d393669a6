"""Files of StyleGAN2 and StyleGAN3 that are damaged, incomplete or of a kind that is not read."""

import pickle
from copy import deepcopy

import pytest
import torch
from helpers.refusals import refusal

from vectorfind.checkpoints import open_checkpoint, pack_generator
from vectorfind.stylegan.unpickling import read_torch_file

ROSINALITY = "F7_rosinality64.pt"


def without(key):
    return lambda content: content["g_ema"].pop(key)


def of(key, change):
    return lambda content: content["g_ema"].update({key: change(content["g_ema"][key])})


OTHER = "of another form than StyleGAN2"
STATES = {
    "family-no-tensor": (without("convs.1.conv.weight"), OTHER),
    "family-shape": (
        of("convs.1.conv.weight", lambda t: t[:, :2]),
        OTHER,
    ),
    "family-nan": (of("conv1.activate.bias", lambda t: t * torch.nan), "NaN or infinite"),
    "family-text": (of("input.input", lambda t: "weights"), OTHER),
}
CASES = (*STATES, "family-truncated", "family-other-pickle", "family-ours-damaged")


@pytest.mark.parametrize(("change", "words"), STATES.values(), ids=STATES)
def test_a_damaged_rosinality_is_refused(fixtures_dir, tmp_path, change, words):
    content = deepcopy(read_torch_file(fixtures_dir / ROSINALITY))
    change(content)
    torch.save(content, tmp_path / "faces.pt")
    refusal(open_checkpoint, tmp_path / "faces.pt", words)


@pytest.mark.parametrize("name", ["F6_ada64.pkl", "F6b_tfstylegan2_64.pkl", "F8_stylegan3t64.pkl"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_truncated_pickle_is_refused(fixtures_dir, tmp_path, name, share):
    content = (fixtures_dir / name).read_bytes()
    path = tmp_path / "network.pkl"
    path.write_bytes(content[: int(share * len(content))])
    refusal(open_checkpoint, path, "truncated or damaged")


@pytest.mark.parametrize("content", [{"G_ema": {"weights": [1.0]}}, [1, 2], {"a": 1}])
def test_a_pickle_of_something_else_is_refused(tmp_path, content):
    path = tmp_path / "network.pkl"
    path.write_bytes(pickle.dumps(content))
    refusal(open_checkpoint, path, "holds no StyleGAN networks")


def test_a_damaged_copy_of_ours_is_refused(fixtures_dir, tmp_path):
    stored = pack_generator(open_checkpoint(fixtures_dir / ROSINALITY).generator)
    del stored["weights"]["synthesis.const"]
    torch.save(stored, tmp_path / "networks.pth")
    refusal(open_checkpoint, tmp_path / "networks.pth", "is no generator that was saved here")
