"""Checkpoint layouts: round trips, inspection, and one clear message for each bad file."""

import pickle
import zipfile

import numpy as np
import pytest
import torch
from helpers.networks import SMALL, assert_same_state, facts_of, small_networks, states_in

from vectorfind.errors import InputError
from vectorfind.stylegan import (
    build_discriminator,
    load_networks,
    save_networks,
)


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "small.pth"
    save_networks(path, small_networks())
    return path


def damage(path, network, key, value):
    """Replace one tensor of a checkpoint, or take it out when `value` is None."""
    states = torch.load(path, weights_only=True)
    if value is None:
        del states[network][key]
    else:
        states[network][key] = value(states[network][key].clone())
    torch.save(states, path)


def refusal(path):
    """The one message of a checkpoint that both doors refuse alike."""
    with pytest.raises(InputError) as loading:
        load_networks(path)
    with pytest.raises(InputError) as inspecting:
        facts_of(path)
    message = str(loading.value)
    assert message == str(inspecting.value)
    assert str(path) in message and "\n" not in message
    return message


@pytest.mark.parametrize(
    "name",
    [
        "A1_uncond64_auto.pth",
        "A4_uncond32_fused.pth",
        "A5_runner_ckpt16.pth",
        "B2_cond128_mixed_fused_gen.pth",
        "B2_cond128_mixed_fused_dis.pth",
    ],
)
def test_reference_checkpoints_survive_a_round_trip(fixtures_dir, tmp_path, name):
    states = states_in(fixtures_dir / name).by_network
    networks = load_networks(fixtures_dir / name)
    for network, state in states.items():
        assert_same_state(state, getattr(networks, network).state_dict())
    save_networks(tmp_path / "again.pth", networks)
    again = torch.load(tmp_path / "again.pth", weights_only=True)
    assert list(again) == list(states)
    for network, state in states.items():
        assert_same_state(state, dict(again[network]))


def test_networks_are_ready_for_inference(checkpoint):
    networks = load_networks(checkpoint)
    for network in (networks.generator, networks.discriminator, networks.generator_smooth):
        assert not network.training
        assert all(weight.requires_grad for weight in network.parameters())


def test_training_run_layout_with_prefix(tmp_path, checkpoint):
    states = torch.load(checkpoint, weights_only=True)
    prefixed = {
        network: {f"module.{key}": value for key, value in state.items()}
        for network, state in states.items()
    }
    path = tmp_path / "run.pth"
    torch.save({"models": prefixed, "running_metadata": {"iter": 3}, "optimizers": {}}, path)
    loaded = load_networks(path)
    assert_same_state(states["generator"], loaded.generator.state_dict())
    assert facts_of(path)["layout"] == "training_run"


def test_bare_state_dicts_give_one_network(tmp_path):
    networks = small_networks(label_dim=7)
    torch.save(networks.generator.state_dict(), tmp_path / "gen.pth")
    torch.save(networks.discriminator.state_dict(), tmp_path / "dis.pth")
    drawn, judged = load_networks(tmp_path / "gen.pth"), load_networks(tmp_path / "dis.pth")
    assert drawn.generator.label_dim == judged.discriminator.label_dim == 7
    assert drawn.discriminator is drawn.generator_smooth is judged.generator is None


def test_equal_weights_are_stored_once_and_loaded_apart(tmp_path):
    networks = small_networks()
    save_networks(tmp_path / "apart.pth", networks)
    networks.generator_smooth.load_state_dict(networks.generator.state_dict())
    save_networks(tmp_path / "shared.pth", networks)
    size = {name: (tmp_path / name).stat().st_size for name in ("apart.pth", "shared.pth")}
    assert size["shared.pth"] < 0.8 * size["apart.pth"]
    loaded = load_networks(tmp_path / "shared.pth")
    with torch.no_grad():
        loaded.generator.mapping.dense0.weight.zero_()
    assert loaded.generator_smooth.mapping.dense0.weight.abs().sum() > 0


def test_inspection_reads_every_size(fixtures_dir, checkpoint):
    facts = facts_of(checkpoint)
    assert facts["layout"] == "released" and facts["start_from"] == ["original", "finetune_v8"]
    assert (facts["resolution"], facts["z_dim"], facts["w_dim"]) == (16, 8, 12)
    assert facts["mapping_dims"] == [12] * 8 and facts["label_dim"] == 0
    assert facts["fmaps"] == {"4": 8, "8": 8, "16": 4}
    generator = small_networks().generator
    count = sum(weight.numel() for weight in generator.parameters())
    assert facts["parameters"]["generator"] == count
    assert len(facts["sha256"]) == 64
    bare = facts_of(fixtures_dir / "B1_cond32_gen.pth")
    assert bare["layout"] == "bare" and bare["networks"] == ["generator"]
    assert (bare["label_dim"], bare["embedding_dim"]) == (7, 16)
    assert bare["start_from"] == ["finetune_v1", "finetune_v8"]
    assert facts_of(fixtures_dir / "B1_cond32_dis.pth")["start_from"] == []


def test_a_missing_file_says_where_to_put_it(tmp_path):
    assert "put your checkpoint there" in refusal(tmp_path / "absent.pth")


def test_a_text_file_is_named_as_such(tmp_path):
    path = tmp_path / "page.pth"
    path.write_text("<!doctype html>\n<title>Not found ü</title>\n" * 50, encoding="utf-8")
    assert "text file" in refusal(path)
    path.write_bytes(b"")
    assert "empty" in refusal(path)
    path.write_bytes(bytes(range(128, 256)) * 9)
    assert "not a file written by torch.save" in refusal(path)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.98])
def test_a_truncated_zip_is_named_as_damaged(checkpoint, share):
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content[: int(share * len(content))])
    assert "truncated or damaged" in refusal(checkpoint)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.2, 0.5, 0.999])
def test_a_truncated_file_of_the_old_format_is_named_as_damaged(tmp_path, share):
    path = tmp_path / "old.pth"
    state = {"generator": small_networks().generator.state_dict()}
    torch.save(state, path, _use_new_zipfile_serialization=False)
    assert load_networks(path).generator.resolution == 16
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert "truncated or damaged" in refusal(path)


def test_a_foreign_zip_is_refused(tmp_path):
    path = tmp_path / "pictures.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    refusal(path)


class _Payload:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (open, (str(self.marker), "w"))


@pytest.mark.parametrize("layout", ["pickle", "zip"])
def test_code_in_a_checkpoint_is_not_run(tmp_path, layout):
    path, marker = tmp_path / "evil.pth", tmp_path / "ran"
    content = {"generator": _Payload(marker)}
    if layout == "zip":
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps(content))
    assert "run code" in refusal(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("network", "key"),
    [
        ("generator", "synthesis.layer3.apply_noise.weight"),
        ("generator", "mapping.dense0.weight"),
        ("generator_smooth", "synthesis.output2.weight"),
        ("generator", "synthesis.layer5.weight"),
        ("generator", "synthesis.layer0.const"),
        ("discriminator", "layer6.weight"),
        ("discriminator", "layer1.blur.kernel"),
        ("discriminator", "input2.weight"),
        ("discriminator", "lod"),
    ],
)
def test_a_missing_key_is_named(checkpoint, network, key):
    damage(checkpoint, network, key, None)
    message = refusal(checkpoint)
    assert f"`{key}` is missing" in message and f"`{network}`" in message


def test_an_unexpected_shape_is_named_with_the_expected_one(checkpoint):
    damage(checkpoint, "generator", "synthesis.layer2.weight", lambda value: value[:, :3])
    message = refusal(checkpoint)
    assert "`synthesis.layer2.weight`" in message
    assert "(8, 3, 3, 3)" in message and "(8, 8, 3, 3)" in message


@pytest.mark.parametrize("key", ["mapping.dense0.weight", "synthesis.layer3.weight"])
def test_a_wrong_rank_is_refused(checkpoint, key):
    damage(checkpoint, "generator", key, lambda value: value.flatten())
    assert f"`{key}`" in refusal(checkpoint)


def test_an_unknown_key_is_named(checkpoint):
    damage(checkpoint, "discriminator", "layer6.weight", lambda value: value)
    states = torch.load(checkpoint, weights_only=True)
    states["discriminator"]["extra.weight"] = torch.zeros(1)
    torch.save(states, checkpoint)
    assert "extra.weight" in refusal(checkpoint)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_named(checkpoint, value):
    damage(checkpoint, "generator", "synthesis.layer1.bias", lambda bias: bias.fill_(value))
    message = refusal(checkpoint)
    assert "NaN or infinite" in message and "synthesis.layer1.bias" in message


def test_networks_that_do_not_belong_together_are_refused(checkpoint):
    states = torch.load(checkpoint, weights_only=True)
    states["discriminator"] = build_discriminator(32, **SMALL).state_dict()
    torch.save(states, checkpoint)
    assert "differ" in refusal(checkpoint)


@pytest.mark.parametrize(
    "content", [{"conv1.weight": torch.zeros(2)}, {}, [1, 2], torch.zeros(3), {"generator": 1}]
)
def test_other_torch_files_are_no_stylegan(tmp_path, content):
    path = tmp_path / "other.pth"
    torch.save(content, path)
    assert "no StyleGAN" in refusal(path)
