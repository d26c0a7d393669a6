import numpy as np
import pytest
import torch

from vectorfind.demo.annotator import (
    FaceReader,
    annotate,
    features,
    load_annotator,
    save_annotator,
)
from vectorfind.demo.annotator_training import soften
from vectorfind.demo.distill import fresh_networks, rescale_w, score_matrix
from vectorfind.demo.loop import adam, rate_at, train_for
from vectorfind.errors import InputError

CPU = torch.device("cpu")


def test_annotator_survives_the_disk(tmp_path):
    torch.manual_seed(0)
    reader = FaceReader().eval()
    save_annotator(tmp_path / "a.safetensors", reader)
    loaded = load_annotator(tmp_path / "a.safetensors")
    images = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
    probabilities = annotate(loaded, images)
    assert probabilities.shape == (3, 4) and probabilities.dtype == np.float32
    assert np.array_equal(probabilities, annotate(reader, images))
    assert features(loaded, images).shape == (3, 128)


def test_what_is_no_annotator_is_named(tmp_path):
    path = tmp_path / "annotator.safetensors"
    path.write_text("no tensors")
    with pytest.raises(InputError, match="not an annotator"):
        load_annotator(path)


def test_rescaling_w_changes_w_but_no_image():
    generator = fresh_networks().generator.eval()
    z = torch.randn(2, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        w, images = generator.mapping(z), generator.synthesis(generator.mapping(z))
        rescale_w(generator, 3.0)
        assert torch.allclose(generator.mapping(z), 3 * w, rtol=1e-4, atol=1e-6)
        again = generator.synthesis(generator.mapping(z))
    assert torch.allclose(again, images, atol=1e-3)


def test_score_rows_are_orthonormal():
    rows = score_matrix(CPU)
    assert torch.allclose(rows @ rows.T, torch.eye(len(rows)), atol=1e-5)


def test_softening_keeps_flat_images_flat_and_never_sharpens():
    torch.manual_seed(0)
    edges = (torch.arange(64) // 4 % 2 * 2.0 - 1).expand(8, 3, 64, 64)
    softened = soften(edges)
    assert softened.shape == edges.shape
    assert softened.diff(dim=3).abs().amax() < 2 + 6 * 0.06 * 2
    assert softened[:, :, :, 2:-2].square().mean() < edges.square().mean()


def test_training_follows_its_budget_and_learns():
    weight = torch.nn.Parameter(torch.tensor([4.0]))
    optimizer = adam([{"params": [weight], "scale": 1.0}], CPU)
    saved = []

    def step():
        loss = weight.square().sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return {"loss": loss.detach()}

    steps = train_for("test", 0.5, 0.5, optimizer, step, lambda: saved.append(1), CPU)
    assert steps > 1 and saved == [1]
    assert abs(float(weight.detach())) < 1


def test_a_training_that_diverges_stops_without_saving():
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = adam([{"params": [weight], "scale": 1.0}], CPU)
    saved = []
    with pytest.raises(FloatingPointError, match="odd"):
        train_for(
            "odd",
            0.0,
            0.1,
            optimizer,
            lambda: {"loss": torch.tensor(float("nan"))},
            lambda: saved.append(1),
            CPU,
        )
    assert saved == []


def test_learning_rate_rises_and_falls():
    assert rate_at(0.0, 1.0) < rate_at(0.02, 1.0) == 1.0
    assert rate_at(1.0, 1.0) == pytest.approx(0.01)
