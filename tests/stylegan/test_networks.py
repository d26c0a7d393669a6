"""The networks against the reference data, and what their shapes must be at full size."""

import numpy as np
import pytest
import torch

from vectorfind.stylegan import (
    Discriminator,
    Generator,
    build_discriminator,
    build_generator,
    load_networks,
)
from vectorfind.stylegan.layers import append_minibatch_std

FUSED = {
    "A1_uncond64_auto": "auto",
    "A2_uncond128_auto_mixed_fused": "auto",
    "A3_uncond32_nofuse": False,
    "A4_uncond32_fused": True,
    "A5_runner_ckpt16": False,
}
CONDITIONAL = ("B1_cond32", "B2_cond128_mixed_fused")
PSI = {"trunc_psi": 0.7, "trunc_layers": 4}


def assert_close(found, wanted, share):
    """Within `share` of the largest wanted magnitude."""
    wanted = torch.as_tensor(np.asarray(wanted, dtype=np.float32))
    torch.testing.assert_close(found, wanted, rtol=0, atol=share * wanted.abs().max().item())


def assert_image(found, wanted):
    assert_close(found, wanted, 5e-5)


def assert_scores(found, wanted):
    torch.testing.assert_close(found, torch.as_tensor(wanted), rtol=1e-5, atol=1e-4)


@pytest.fixture(autouse=True)
def no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture(params=FUSED)
def unconditional(request, fixtures_dir):
    arrays = np.load(fixtures_dir / f"{request.param}.npz")
    return load_networks(fixtures_dir / f"{request.param}.pth", FUSED[request.param]), arrays


@pytest.fixture(params=CONDITIONAL)
def conditional(request, fixtures_dir):
    generator = load_networks(fixtures_dir / f"{request.param}_gen.pth").generator
    discriminator = load_networks(fixtures_dir / f"{request.param}_dis.pth").discriminator
    return generator, discriminator, np.load(fixtures_dir / f"{request.param}.npz")


def test_unconditional_latents_match(unconditional):
    networks, arrays = unconditional
    generator, z = networks.generator_smooth, torch.tensor(arrays["z"])
    w = generator.mapping(z)
    wp = generator.truncation(w, 0.7, 4)
    assert_close(generator.mapping.normalized_input(z), arrays["z_normalized"], 1e-5)
    assert_close(w, arrays["w"], 1e-5)
    assert_close(wp, arrays["wp_psi07"], 1e-5)
    assert_close(generator.synthesis.layer0.style(wp[:, 0]), arrays["style00_psi07"], 1e-5)


def test_unconditional_images_and_scores_match(unconditional):
    networks, arrays = unconditional
    generator, z = networks.generator_smooth, torch.tensor(arrays["z"])
    plain, truncated = generator(z), generator(z, **PSI)
    assert_image(plain, arrays["image_psi10"])
    assert_image(truncated, arrays["image_psi07"])
    assert_image(networks.generator(z[:2], **PSI), arrays["generator_image_psi07"])
    assert_scores(networks.discriminator(plain), arrays["d_scores_psi10"])
    assert_scores(networks.discriminator(truncated), arrays["d_scores_psi07"])
    assert_scores(networks.discriminator(truncated[:1]), arrays["d_score_single_psi07_0"])


@pytest.mark.parametrize(
    ("name", "lods"),
    [
        ("A3_uncond32_nofuse", ["0", "0.25", "1", "1.75", "2", "3"]),
        ("A5_runner_ckpt16", ["0", "0.5", "1.0"]),
    ],
)
def test_every_level_of_detail_matches(fixtures_dir, name, lods):
    networks = load_networks(fixtures_dir / f"{name}.pth", fused_scale=False)
    arrays = np.load(fixtures_dir / f"{name}.npz")
    z = torch.tensor(arrays["z"][:2])
    for lod in lods:
        image = networks.generator_smooth(z, lod=float(lod))
        assert_image(image, arrays[f"image_lod_{lod}"])
        assert_scores(networks.discriminator(image, lod=float(lod)), arrays[f"d_scores_lod_{lod}"])


def test_the_stored_level_of_detail_is_the_default(fixtures_dir):
    networks = load_networks(fixtures_dir / "A5_runner_ckpt16.pth", fused_scale=False)
    assert networks.generator_smooth.synthesis.default_lod == 1.5
    assert networks.discriminator.default_lod == 1.5
    with pytest.raises(ValueError, match="lod"):
        networks.generator(torch.zeros(1, 32), lod=2.5)


def test_fused_scale_is_not_the_same_function(fixtures_dir):
    arrays = np.load(fixtures_dir / "A4_uncond32_fused.npz")
    generator = load_networks(fixtures_dir / "A4_uncond32_fused.pth").generator_smooth
    difference = generator(torch.tensor(arrays["z"])) - torch.tensor(arrays["image_psi10"])
    assert difference.abs().max() > 0.1


def test_conditional_networks_match(conditional):
    generator, discriminator, arrays = conditional
    z, label = torch.tensor(arrays["z"]), torch.tensor(arrays["label"])
    plain, truncated = generator(z, label), generator(z, label, **PSI)
    assert_close(label @ generator.mapping.label_weight, arrays["embedding"], 1e-5)
    assert_close(generator.mapping.normalized_input(z, label), arrays["z_normalized"], 1e-5)
    assert_close(generator.mapping(z, label), arrays["w"], 1e-5)
    assert_close(
        generator.truncation(generator.mapping(z, label), 0.7, 4), arrays["wp_psi07"], 1e-5
    )
    assert_image(plain, arrays["image_psi10"])
    assert_image(truncated, arrays["image_psi07"])
    assert_scores(discriminator(plain, label), arrays["d_scores_psi10"])
    assert_scores(discriminator(truncated, label), arrays["d_scores_psi07"])
    assert_scores(discriminator(plain[:4], label[:4]), arrays["d_scores_psi10_first4"])


def test_conditional_networks_match_with_zero_labels(conditional):
    generator, discriminator, arrays = conditional
    z, label = torch.tensor(arrays["z"]), torch.tensor(arrays["label"])
    zero = torch.zeros_like(label)
    assert_close(generator.mapping(z, zero), arrays["w_label0"], 1e-5)
    assert_image(generator(z[:2], zero[:2]), arrays["image_label0_first2"])
    assert_scores(discriminator(generator(z, label), zero), arrays["d_scores_label0"])


def test_a_batch_of_32_is_scored_in_two_groups_of_16(fixtures_dir):
    arrays = np.load(fixtures_dir / "B1_cond32.npz")
    discriminator = load_networks(fixtures_dir / "B1_cond32_dis.pth").discriminator
    image = torch.tensor(arrays["mb_image"].astype(np.float32))
    scores = discriminator(image, torch.tensor(arrays["mb_label"]))
    assert_scores(scores, arrays["mb_d_scores"])


def test_a_batch_that_cannot_be_grouped_is_refused():
    x = torch.zeros(18, 1, 4, 4)
    with pytest.raises(ValueError, match=r"18.*groups of 16"):
        append_minibatch_std(x, 16)


def test_a_label_must_be_given_where_it_is_wanted_and_only_there():
    conditional = build_generator(16, 8, 8, 64, 8, label_dim=7)
    z, label = torch.zeros(2, 8), torch.zeros(2, 7)
    with pytest.raises(ValueError, match=r"\[N, 7\]"):
        conditional(z)
    with pytest.raises(ValueError, match="no label"):
        build_generator(16, 8, 8, 64, 8)(z, label)
    with pytest.raises(ValueError, match="no label"):
        build_discriminator(16, 64, 8)(torch.zeros(2, 3, 16, 16), label)


def test_synthesis_takes_w_and_wp_alike():
    generator = build_generator(16, 8, 8, 64, 8)
    w = generator.mapping(torch.randn(3, 8))
    torch.testing.assert_close(
        generator.synthesis(w), generator.synthesis(generator.truncation(w)), rtol=0, atol=0
    )


def test_noise_is_fixed_unless_asked_to_vary():
    generator = build_generator(16, 8, 8, 64, 8)
    for module in generator.modules():
        if hasattr(module, "noise"):
            module.weight.fill_(0.5)
    z = torch.randn(1, 8).repeat(2, 1)
    fixed = generator(z)
    torch.testing.assert_close(fixed, generator(z), rtol=0, atol=0)
    first, second = generator(z, noise="random")
    assert (first - second).abs().max() > 0.01
    assert fixed.shape == (2, 3, 16, 16)


def test_building_depends_on_the_seed_alone():
    one, two = build_generator(16, 8, 8, 64, 8, seed=3), build_generator(16, 8, 8, 64, 8, seed=3)
    other = build_generator(16, 8, 8, 64, 8, seed=4)
    weight = "mapping.dense0.weight"
    assert torch.equal(one.state_dict()[weight], two.state_dict()[weight])
    assert not torch.equal(one.state_dict()[weight], other.state_dict()[weight])
    with pytest.raises(ValueError, match="power of two"):
        build_generator(48, 8, 8, 64, 8)


def test_names_and_shapes_at_256():
    channels = [512, 512, 512, 512, 256, 128, 64]
    with torch.device("meta"):
        generator = Generator(512, [512] * 8, channels)
        discriminator = Discriminator(channels, 512, label_dim=7)
    drawn, judged = generator.state_dict(), discriminator.state_dict()
    assert (generator.resolution, generator.num_layers) == (256, 14)
    assert drawn["synthesis.layer12.weight"].shape == (64, 128, 3, 3)
    assert drawn["synthesis.layer12.blur.kernel"].shape == (64, 1, 3, 3)
    assert drawn["synthesis.layer13.style.weight"].shape == (128, 512)
    assert drawn["synthesis.layer13.apply_noise.noise"].shape == (1, 1, 256, 256)
    assert drawn["synthesis.output6.weight"].shape == (3, 64, 1, 1)
    assert not any(key.startswith(("synthesis.layer14", "synthesis.output7")) for key in drawn)
    assert judged["input0.weight"].shape == (64, 3, 1, 1)
    assert judged["input6.weight"].shape == (512, 3, 1, 1)
    assert judged["layer12.weight"].shape == (512, 513, 3, 3)
    assert judged["layer13.weight"].shape == (512, 16 * 512)
    assert judged["layer14.weight"].shape == (1, 512 + 7)
    assert not any(key.startswith(("layer15", "input7")) for key in judged)
    assert generator.synthesis.layer10.fused and generator.synthesis.layer12.fused
    assert not generator.synthesis.layer8.fused


def test_builders_use_the_published_widths():
    with torch.device("meta"):
        generator = build_generator(256, 512, 512, 16384, 512)
        discriminator = build_discriminator(256, 16384, 512)
    assert generator.channels == discriminator.channels == (512, 512, 512, 512, 256, 128, 64)
    assert discriminator.dense_width == 512


def test_inference_is_one_graph_without_reading_tensor_values():
    generator = build_generator(16, 8, 8, 64, 8).eval()
    truncation = {"trunc_psi": 0.7, "trunc_layers": 2}
    program = torch.export.export(generator, (torch.zeros(2, 8),), truncation)
    called = {str(node.target) for node in program.graph.nodes}
    assert not any("aten.item" in name or "_local_scalar_dense" in name for name in called)
    z = torch.randn(2, 8)
    torch.testing.assert_close(program.module()(z, **truncation), generator(z, **truncation))
