"""What a file is, importing it, and GenForce's layout of it."""

import json

import pytest
import torch
from helpers.networks import assert_same_state, facts_of

from vectorfind.checkpoints import (
    convert_checkpoint,
    import_checkpoint,
    load_generator,
    open_checkpoint,
    pack_generator,
    unpack_generator,
)
from vectorfind.errors import InputError
from vectorfind.stylegan import load_networks

FAMILIES = {
    "F6_ada64.pkl": ("StyleGAN2", "official"),
    "F6b_tfstylegan2_64.pkl": ("StyleGAN2", "official"),
    "F7_rosinality64.pt": ("StyleGAN2", "rosinality"),
    "F8_stylegan3t64.pkl": ("StyleGAN3", "official"),
    "F8_stylegan3r64.pkl": ("StyleGAN3", "official"),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_facts_of_another_family(fixtures_dir, name):
    facts = facts_of(fixtures_dir / name)
    assert (facts["family"], facts["layout"]) == FAMILIES[name]
    assert (facts["start_from"], facts["unit"]) == (["finetune_v8"], "auto")
    assert facts["resolution"] == 64 and facts["activations"] > 0
    assert ("NVIDIA" in facts["licence"]) and json.dumps(facts)


def test_what_a_file_lacks_is_said(fixtures_dir):
    facts = facts_of(fixtures_dir / "F7_rosinality64_nonoise.pt")
    assert facts["added"] == ["noise maps: missing, drawn from seed 0"]


@pytest.mark.parametrize("name", FAMILIES)
@torch.inference_mode()
def test_an_imported_and_a_packed_generator_draw_what_the_file_draws(fixtures_dir, tmp_path, name):
    facts = import_checkpoint(fixtures_dir / name, tmp_path / "networks.pth", "finetune_v8")
    given = load_generator(fixtures_dir / name)
    z = torch.randn(2, given.z_dim, generator=torch.Generator().manual_seed(1))
    wanted = given.synthesis(given.mapping(z, None))
    torch.save(pack_generator(given), tmp_path / "packed.pt")
    packed = unpack_generator(torch.load(tmp_path / "packed.pt", weights_only=True))
    for again in (load_generator(tmp_path / "networks.pth"), packed):
        assert torch.equal(again.synthesis(again.mapping(z, None)), wanted)
    assert facts == facts_of(fixtures_dir / name)
    assert open_checkpoint(tmp_path / "networks.pth").layout == "vectorfind"


@pytest.mark.parametrize(
    ("name", "start", "message"),
    [
        ("F8_stylegan3t64.pkl", "original", "is a StyleGAN3, and only StyleGAN v1 is fine-tuned"),
        ("F6c_ada64_cond3.pkl", "finetune_v8", "is a StyleGAN2 of 3 classes; give one without"),
        ("F2_higan64.pth", "original", "holds no `discriminator`, which `start_from: original`"),
        ("B1_cond32_gen.pth", "original", "is conditional, so already fine-tuned"),
    ],
)
def test_a_start_that_the_networks_cannot_make_is_refused(
    fixtures_dir, tmp_path, name, start, message
):
    with pytest.raises(InputError, match=f"{name}: {message}"):
        import_checkpoint(fixtures_dir / name, tmp_path / "networks.pth", start)
    assert not list(tmp_path.iterdir())


def test_another_familys_file_has_no_discriminator(fixtures_dir, tmp_path):
    with pytest.raises(InputError, match=r"F6_ada64\.pkl: holds no discriminator"):
        import_checkpoint(
            fixtures_dir / "A3_uncond32_nofuse.pth",
            tmp_path / "networks.pth",
            "original",
            discriminator=fixtures_dir / "F6_ada64.pkl",
        )


def test_a_converted_file_is_genforces_and_holds_the_same(fixtures_dir, tmp_path):
    output = tmp_path / "genforce.pth"
    assert convert_checkpoint(fixtures_dir / "F5_tfstylegan64.pkl", output) == []
    same = torch.load(fixtures_dir / "F5_tfstylegan64_genforce.pth", weights_only=True)
    written = torch.load(output, weights_only=True)
    assert sorted(written) == sorted(same)
    for name, state in written.items():
        assert_same_state({key: same[name][key] for key in state}, dict(state))
    assert load_networks(output).discriminator is not None
    with pytest.raises(InputError, match="is there already"):
        convert_checkpoint(fixtures_dir / "F5_tfstylegan64.pkl", output)


def test_what_was_added_is_told_and_another_family_is_not_converted(fixtures_dir, tmp_path):
    said = convert_checkpoint(fixtures_dir / "F4_huangzh64.pth", tmp_path / "a.pth")
    assert any("noise maps" in remark for remark in said)
    with pytest.raises(InputError, match="is a StyleGAN2, which GenForce's layout cannot hold"):
        convert_checkpoint(fixtures_dir / "F6_ada64.pkl", tmp_path / "b.pth")


def test_a_damaged_file_of_ours_is_one_message(tmp_path):
    torch.save({"family": "stylegan2", "arguments": {}, "weights": {}}, tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"a\.pth: is no generator that was saved here"):
        open_checkpoint(tmp_path / "a.pth")
