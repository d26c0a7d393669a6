"""The photo-like world's generator: its teacher, and what it learns of it."""

import pytest
import torch
from typer.testing import CliRunner

from vectorfind.errors import InputError
from vectorfind.photo import regression
from vectorfind.photo.game import feature_gap
from vectorfind.photo.generator_recipe import app
from vectorfind.photo.teacher import load_teacher, teach
from vectorfind.stylegan import load_networks


def test_the_teacher_draws_what_its_z_points_at_however_long_it_is(weights):
    teacher, z = load_teacher(weights), torch.randn(3, 100)
    drawn = teach(teacher, z)
    assert drawn.shape == (3, 3, 64, 64)
    assert drawn.abs().max() <= 1
    torch.testing.assert_close(teach(teacher, 3 * z), drawn)


@pytest.mark.parametrize("content", [{}, {"netG_state_dict": {}}, [1.0]])
def test_other_files_are_refused_by_name(tmp_path, content):
    path = tmp_path / "weights.tar"
    with pytest.raises(InputError, match=r"weights\.tar: there is no such file"):
        load_teacher(path)
    torch.save(content, path)
    with pytest.raises(InputError, match=r"weights\.tar: holds no weights of gan-face-generate"):
        load_teacher(path)


def test_a_gap_is_relative_and_only_the_drawn_maps_answer_for_it():
    wanted = [torch.full((2, 3, 4, 4), 2.0, requires_grad=True)]
    drawn = [torch.full((2, 3, 4, 4), 3.0, requires_grad=True)]
    gap = feature_gap(drawn, wanted)
    gap.backward()
    assert gap.item() == pytest.approx(0.5)
    assert wanted[0].grad is None
    assert (drawn[0].grad > 0).all()


def test_the_recipe_goes_on_from_what_it_ended_with(weights, tmp_path, monkeypatch):
    monkeypatch.setattr(regression, "POOL", 256)
    first, second, last = (tmp_path / f"{name}.pth" for name in ("first", "second", "last"))
    words = ["--teacher", weights, "--game-steps", 2, "--effort", 0, "--no-compiled"]
    start = ["--start", first]
    for output, more in ((first, []), (second, start), (last, [*start, "--ends"])):
        told = ["--output", output, "--work", tmp_path / output.stem, *words, *more]
        found = CliRunner().invoke(app, [str(word) for word in told])
        assert found.exit_code == 0, found.output
    for name in ("generator", "discriminator"):
        one, other, ended = (
            getattr(load_networks(path), name).state_dict() for path in (first, second, last)
        )
        for before in (one, ended):
            assert any((before[key] != other[key]).any() for key in one)
        for after in (other, ended):
            assert all(value.isfinite().all() for value in after.values())
    trained = [path.name for path in (tmp_path / "second").iterdir()]
    assert trained == ["game"]
