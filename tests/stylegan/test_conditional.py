"""The conditional form of unconditional networks."""

import pytest
import torch
from helpers.networks import assert_same_state, small_networks

from vectorfind.errors import InputError
from vectorfind.stylegan import (
    Networks,
    build_discriminator,
    build_generator,
    load_networks,
    make_conditional,
    silence_labels,
)


def test_conditional_form_keeps_all_but_the_new_weights():
    networks = small_networks()
    networks.generator.truncation.w_avg.fill_(0.5)
    conditional = make_conditional(networks, seed=5)
    old, new = networks.generator.state_dict(), conditional.generator.state_dict()
    changed = {key for key in new if key not in old or not torch.equal(old[key], new[key])}
    assert changed == {"mapping.label_weight", "mapping.dense0.weight"}
    assert new["mapping.label_weight"].shape == (7, 16)
    assert new["mapping.dense0.weight"].shape == (12, 8 + 16)
    assert new["mapping.dense0.weight"].std() == pytest.approx(100, rel=0.2)
    old, new = networks.discriminator.state_dict(), conditional.discriminator.state_dict()
    changed = {key for key in new if not torch.equal(old[key], new[key])}
    assert changed <= {"layer6.weight", "layer6.bias"} and "layer6.weight" in changed
    assert new["layer6.weight"].shape == (1, 8 + 7)
    assert conditional.discriminator.group_size == 16
    assert conditional.generator_smooth is None


def test_conditional_form_depends_on_the_seed_and_runs():
    networks = small_networks()
    one, two, other = (make_conditional(networks, seed=seed).generator for seed in (5, 5, 6))
    assert_same_state(one.state_dict(), two.state_dict())
    assert not torch.equal(one.mapping.label_weight, other.mapping.label_weight)
    z, label = torch.randn(3, 8), torch.randn(3, 7)
    conditional = make_conditional(networks, seed=5)
    assert conditional.discriminator(conditional.generator(z, label), label).shape == (3, 1)


def test_conditional_form_needs_two_unconditional_networks():
    with pytest.raises(InputError, match="both"):
        make_conditional(Networks(generator=small_networks().generator))
    with pytest.raises(InputError, match="conditional already"):
        make_conditional(small_networks(label_dim=7))


def test_conditional_form_of_a_reference_checkpoint_has_the_reference_names(fixtures_dir):
    conditional = make_conditional(load_networks(fixtures_dir / "A3_uncond32_nofuse.pth", False))
    for suffix, network in (("gen", conditional.generator), ("dis", conditional.discriminator)):
        reference = torch.load(fixtures_dir / f"B1_cond32_{suffix}.pth", weights_only=True)
        assert list(network.state_dict()) == list(reference)
    assert not conditional.generator.synthesis.layer2.fused


def test_silent_labels_leave_faces_and_scores_as_they_were():
    plain = Networks(build_generator(16, 16, 16, 128, 16), build_discriminator(16, 128, 16))
    networks = make_conditional(plain, seed=3)
    silence_labels(networks, plain)
    z, label = torch.randn(16, 16), torch.randn(16, 7)
    embedding = label @ networks.generator.mapping.label_weight
    # Where the embedding is as long as its part of the input should be, nothing has changed.
    label *= 16**0.5 / embedding.norm(dim=1, keepdim=True)
    z *= 16**0.5 / z.norm(dim=1, keepdim=True)
    with torch.no_grad():
        drawn = plain.generator(z)
        torch.testing.assert_close(networks.generator(z, label), drawn, rtol=1e-4, atol=1e-4)
        scores = plain.discriminator(drawn[:4]), networks.discriminator(drawn[:4], label[:4])
        torch.testing.assert_close(*scores, rtol=1e-4, atol=1e-4)
