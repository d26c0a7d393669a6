"""One training step of both networks against the reference data (fixture C1)."""

import numpy as np
import pytest
import torch

from vectorfind.finetuning.losses import (
    discriminator_loss,
    draw_training_images,
    generator_loss,
    real_fake_auroc,
)
from vectorfind.stylegan import build_generator, load_networks

LABELS = pytest.mark.parametrize("suffix", ["", "_label0"])


@pytest.fixture
def step(fixtures_dir):
    """Networks of B1, the arrays of C1 and the real images."""
    generator = load_networks(fixtures_dir / "B1_cond32_gen.pth").generator
    discriminator = load_networks(fixtures_dir / "B1_cond32_dis.pth").discriminator
    arrays = np.load(fixtures_dir / "C1_losses_cond32.npz")
    return generator.train(), discriminator.train(), arrays


def label_of(arrays, suffix):
    label = torch.tensor(arrays["labels"])
    return torch.zeros_like(label) if suffix else label


def discriminator_step(step, suffix=""):
    generator, discriminator, arrays = step
    label = label_of(arrays, suffix)
    with torch.no_grad():
        fakes = draw_training_images(
            generator, torch.tensor(arrays["latents_d"]), label, noise="fixed"
        )
    reals = torch.tensor(arrays["reals"].astype(np.float32))
    return discriminator_loss(discriminator, reals, fakes, label=label, r1_gamma=10.0)


def assert_gradient_norms(network, names, norms):
    parameters = dict(network.named_parameters())
    for name, norm in zip(names, norms, strict=True):
        found = parameters[str(name)].grad.norm().item()
        assert found == pytest.approx(norm, rel=1e-3), name


@LABELS
def test_discriminator_loss_matches(step, suffix):
    arrays, found = step[2], discriminator_step(step, suffix)
    assert found.loss.item() == pytest.approx(float(arrays[f"d_loss{suffix}"]), rel=1e-4)
    for name, value in {
        "d_loss_logistic_only": found.logistic,
        "r1_penalty": found.r1_penalty,
        "real_scores_mean": found.real_scores.mean(),
        "fake_scores_mean": found.fake_scores.mean(),
        "real_fake_auroc": real_fake_auroc(found.real_scores, found.fake_scores),
    }.items():
        assert value.item() == pytest.approx(float(arrays[name + suffix]), rel=1e-4), name
        assert not value.requires_grad


def test_discriminator_gradients_match(step):
    _, discriminator, arrays = step
    discriminator_step(step).loss.backward()
    assert_gradient_norms(discriminator, arrays["d_grad_names"], arrays["d_grad_norms"])
    wanted = torch.tensor(arrays["d_grad_final_dense_weight"])
    torch.testing.assert_close(discriminator.layer8.weight.grad, wanted, rtol=1e-3, atol=1e-5)


@LABELS
def test_generator_loss_matches(step, suffix):
    generator, discriminator, arrays = step
    label = label_of(arrays, suffix)
    fakes = draw_training_images(generator, torch.tensor(arrays["latents_g"]), label, noise="fixed")
    loss = generator_loss(discriminator, fakes, label)
    assert loss.item() == pytest.approx(float(arrays[f"g_loss{suffix}"]), rel=1e-4)


def generator_gradients(step, latents):
    generator, discriminator, arrays = step
    generator.zero_grad()
    label = label_of(arrays, "")
    fakes = draw_training_images(generator, latents, label, noise="fixed")
    generator_loss(discriminator, fakes, label).backward()
    parameters = dict(generator.named_parameters())
    norms = [parameters[str(name)].grad.norm().item() for name in arrays["g_grad_names"]]
    return np.abs(np.array(norms) / arrays["g_grad_norms"] - 1).max()


def test_generator_gradients_match(step):
    """At latents within rounding: a leaky ReLU there is at its kink, on this or that side of it."""
    generator, _, arrays = step
    latents = torch.tensor(arrays["latents_g"])
    draws = torch.Generator().manual_seed(0)
    near = [latents * (1 + 1e-7 * torch.randn(latents.shape, generator=draws)) for _ in range(8)]
    errors = [generator_gradients(step, at) for at in (latents, *near)]
    best = (latents, *near)[int(np.argmin(errors))]
    assert generator_gradients(step, best) < 1e-4
    wanted = torch.tensor(arrays["g_grad_label_weight"])
    torch.testing.assert_close(
        generator.mapping.label_weight.grad, wanted, rtol=1e-3, atol=1e-3 * wanted.abs().max()
    )
    assert generator.synthesis.output0.weight.grad is None


def test_mean_w_moves_as_in_the_original(step):
    generator, _, arrays = step
    before = torch.tensor(arrays["w_avg_before"])
    torch.testing.assert_close(generator.truncation.w_avg, before, rtol=0, atol=0)
    discriminator_step(step)
    after = torch.tensor(arrays["w_avg_after_one_d_step"])
    torch.testing.assert_close(
        generator.truncation.w_avg, after, rtol=0, atol=1e-5 * after.abs().max()
    )
    assert not torch.equal(after, before)


def test_the_penalty_can_be_left_out(step):
    _, discriminator, arrays = step
    reals = torch.tensor(arrays["reals"].astype(np.float32))
    found = discriminator_loss(
        discriminator, reals, reals, label=label_of(arrays, ""), r1_gamma=0.0
    )
    assert found.r1_penalty == 0
    assert found.loss.item() == found.logistic.item()


def test_style_mixing_changes_only_the_layers_after_the_cut():
    generator = build_generator(16, 8, 8, 64, 8)
    seen = []
    generator.synthesis.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    z = torch.randn(4, 8)
    with torch.no_grad():
        for seed in range(20):
            torch.manual_seed(seed)
            draw_training_images(generator, z, style_mixing=1.0)
    plain = generator.truncation(generator.mapping(z))
    cuts = set()
    for mixed in seen:
        same = [torch.equal(mixed[:, layer], plain[:, layer]) for layer in range(6)]
        cuts.add(sum(same))
        assert same == sorted(same, reverse=True)
    assert cuts == {1, 2, 3, 4, 5}


def test_style_mixing_happens_with_the_asked_probability():
    generator = build_generator(16, 8, 8, 64, 8)
    mapped = []
    generator.mapping.register_forward_hook(lambda *_: mapped.append(1))
    torch.manual_seed(0)
    with torch.no_grad():
        for _ in range(100):
            draw_training_images(generator, torch.randn(1, 8), style_mixing=0.3)
    assert 115 <= len(mapped) <= 145


def test_training_images_repeat_with_the_seed_and_vary_without():
    generator = build_generator(16, 8, 8, 64, 8)
    torch.nn.init.constant_(generator.synthesis.layer5.apply_noise.weight, 0.5)
    z = torch.randn(2, 8)
    torch.manual_seed(1)
    one = draw_training_images(generator, z)
    other = draw_training_images(generator, z)
    torch.manual_seed(1)
    again = draw_training_images(generator, z)
    torch.testing.assert_close(one, again, rtol=0, atol=0)
    assert not torch.equal(one, other)


def test_auroc_counts_ties_as_half():
    assert real_fake_auroc(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.0])) == 0.875
