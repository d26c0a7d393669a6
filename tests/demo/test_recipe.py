import numpy as np
import pytest
import torch
from helpers.killing import kill_three_times
from safetensors.torch import load_file

from vectorfind.demo.annotator_training import soften, train_reader
from vectorfind.demo.discriminator_training import train_discriminator
from vectorfind.demo.distill import distill, fresh_networks, score_matrix
from vectorfind.demo.loop import adam, rate_at, train
from vectorfind.demo.parser_training import train_parser
from vectorfind.demo.world.cache import Faces
from vectorfind.demo.world.population import normal_scores, parameters_of
from vectorfind.errors import InputError
from vectorfind.labels.annotator import (
    FaceReader,
    annotate,
    features,
    load_annotator,
    save_annotator,
)

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


def train_weight(folder, step_of):
    weight = torch.nn.ParameterDict({"value": torch.tensor([4.0])})
    optimizer = adam([{"params": weight.parameters(), "scale": 1.0}], CPU)
    parts = {"weight": weight, "optimizer": optimizer}
    step = step_of(weight["value"], optimizer)
    train(folder, 30, 0.5, step, parts, CPU, seed=1, fingerprint={})
    return weight["value"].item()


def test_a_training_learns_and_once_finished_only_loads(tmp_path):
    calls = []

    def step_of(weight, optimizer):
        def step():
            calls.append(1)
            loss = weight.square().sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            return {"loss": loss.detach()}

        return step

    found = train_weight(tmp_path, step_of)
    assert abs(found) < 1 and len(calls) == 30
    assert train_weight(tmp_path, step_of) == found and len(calls) == 30


def test_a_training_that_diverges_stops_without_saving(tmp_path):
    with pytest.raises(InputError, match=r"odd.*loss is nan"):
        train_weight(tmp_path / "odd", lambda *_: lambda: {"loss": torch.tensor(float("nan"))})
    assert not (tmp_path / "odd" / "checkpoint.pt").exists()


def few_faces():
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(24, 64, generator=generator)
    parameters = torch.from_numpy(parameters_of(z.numpy())).float()
    return Faces(
        z=z,
        scores=torch.from_numpy(normal_scores(z.numpy())).float(),
        parameters=parameters,
        images=torch.randint(256, (24, 3, 64, 64), generator=generator, dtype=torch.uint8),
        maps=torch.randint(11, (24, 64, 64), generator=generator, dtype=torch.uint8),
        attributes=torch.randint(2, (24, 4), generator=generator).float(),
        clear=torch.ones(24, dtype=torch.bool),
    )


def make_reader(folder):
    path = folder / "reader.safetensors"
    train_reader(path, folder / "work", few_faces(), 8, seed=3, batch=4)
    return load_file(path)


def make_generator(folder):
    torch.manual_seed(0)
    teacher = FaceReader().eval().requires_grad_(False)
    steps = (2, 2, 3, 3)
    networks = distill(fresh_networks(), folder / "work", few_faces(), steps, teacher, batch=2)
    return networks.generator.state_dict()


def make_discriminator(folder):
    networks = fresh_networks()
    discriminator = networks.discriminator
    train_discriminator(
        discriminator, networks.generator, folder / "work", few_faces(), (4, 6), batch=4
    )
    return discriminator.state_dict()


def make_parser(folder):
    generator = fresh_networks().generator.eval().requires_grad_(False)
    train_parser(folder / "parser", folder / "work", few_faces(), (4, 6), generator, batch=4)
    return load_file(folder / "parser" / "model.safetensors")


@pytest.mark.parametrize("make", [make_reader, make_generator, make_discriminator, make_parser])
def test_three_kills_leave_no_trace(tmp_path, make):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    for folder in (killed, whole):
        folder.mkdir()
    kill_three_times(make, killed)
    after_kills, uninterrupted = make(killed), make(whole)
    torch.set_num_threads(threads)
    assert after_kills.keys() == uninterrupted.keys()
    for name, value in uninterrupted.items():
        assert torch.equal(after_kills[name], value), name


def test_learning_rate_rises_and_falls():
    assert rate_at(0.0, 1.0) < rate_at(0.02, 1.0) == 1.0
    assert rate_at(1.0, 1.0) == pytest.approx(0.01)
