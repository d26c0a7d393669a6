import pytest
import torch
from helpers.networks import assert_same_state, small_networks

from vectorfind.finetuning.start import conditional_networks
from vectorfind.stylegan import make_conditional, silence_labels


@pytest.mark.parametrize("start", ["random", "silent"])
def test_unconditional_networks_get_labels(start):
    networks = small_networks()
    found = conditional_networks(networks, 5, start, seed=3)
    assert found.generator.label_dim == found.discriminator.label_dim == 5
    wanted = make_conditional(networks, 5, seed=3)
    if start == "silent":
        silence_labels(wanted, networks)
    assert_same_state(found.generator.state_dict(), wanted.generator.state_dict())
    assert_same_state(found.discriminator.state_dict(), wanted.discriminator.state_dict())


def test_silent_labels_change_no_more_than_the_pixel_norm():
    networks, z = small_networks(), torch.randn(4, 8)
    w = networks.generator.mapping(z)
    silent, loud = (
        conditional_networks(networks, 7, start, 3).generator.mapping(z, torch.zeros(4, 7))
        for start in ("silent", "random")
    )
    cosine = torch.nn.functional.cosine_similarity
    assert (cosine(silent, w) > 0.99).all() and not (cosine(loud, w) > 0.99).all()


def test_conditional_networks_and_those_for_no_label_stay_as_they_are():
    conditional, plain = small_networks(label_dim=7), small_networks()
    for start in ("random", "silent"):
        assert conditional_networks(conditional, 7, start, 3) is conditional
        assert conditional_networks(plain, 0, start, 3) is plain
