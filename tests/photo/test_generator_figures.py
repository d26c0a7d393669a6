"""The figures of the photo-like world's generator, and its sheets; without MediaPipe."""

import sys

import cv2
import numpy as np
import pytest
import torch
from helpers.places import REPOSITORY
from scipy.linalg import sqrtm
from typer.testing import CliRunner

from vectorfind.errors import InputError
from vectorfind.files import read_json
from vectorfind.photo import generator_sheets
from vectorfind.photo.faces import map_pictures, pictures_path, save_pictures
from vectorfind.photo.feature_distances import (
    BLOCK,
    face_features,
    frechet_distance,
    kernel_distance,
    load_encoder,
    squared_discrepancy,
)
from vectorfind.photo.generator_figures import app
from vectorfind.photo.generator_sheets import OF_EACH, draw_beside, draw_blind_sheets, mixed_faces
from vectorfind.photo.regression import fresh_networks
from vectorfind.stylegan import Networks, build_generator, save_networks

PARSER = REPOSITORY / "resources/photo/parser"
FAKE_MEDIAPIPE = f"""#!{sys.executable}
import sys
import numpy as np
count = len(np.load(sys.argv[3]))
measures = np.zeros((count, 4), np.float32)
measures[0] = np.nan
maps = np.zeros((count, 64, 64), np.uint8)
sides = np.zeros((count, 2, 468, 2), np.float32)
found = np.arange(count) > 1
drawn = dict(points=sides[:, 0], sides=sides, person=maps)
np.savez(sys.argv[4], maps=maps, found=found, measures=measures, **drawn)
"""
"""Finds no face in the first picture, and a profile in the second."""


def cloud(mean, covariance, count=500, seed=0):
    """Return rows whose mean and covariance are exactly these."""
    rows = np.random.default_rng(seed).standard_normal((count, len(mean)))
    rows -= rows.mean(0)
    white = rows @ np.linalg.inv(np.linalg.cholesky(np.cov(rows, rowvar=False))).T
    return mean + white @ np.linalg.cholesky(covariance).T


def some_covariance(size, seed):
    factor = np.random.default_rng(seed).standard_normal((size, size))
    return factor @ factor.T + 0.1 * np.eye(size)


def test_frechet_distance_is_that_of_the_gaussians():
    turn, _ = np.linalg.qr(some_covariance(4, 0))
    spreads = np.array([[1, 2, 3, 4], [2, 2, 1, 0.5]])
    covariances = [turn * spread**2 @ turn.T for spread in spreads]
    means = np.array([[0, 1, 0, -1], [2, 1, 0.5, 0]])
    # Of covariances with the same axes it is the squared distance of means and deviations.
    expected = np.square(means[0] - means[1]).sum() + np.square(spreads[0] - spreads[1]).sum()
    clouds = [cloud(means[seed], covariances[seed], seed=seed) for seed in (0, 1)]
    assert frechet_distance(*clouds) == pytest.approx(expected)
    assert frechet_distance(clouds[0], clouds[0]) == pytest.approx(0, abs=1e-8)


def test_frechet_distance_of_any_covariances_is_the_papers():
    first, second = some_covariance(5, 1), some_covariance(5, 2)
    expected = np.trace(first + second - 2 * sqrtm(first @ second).real)
    clouds = cloud(np.zeros(5), first), cloud(np.zeros(5), second, count=300, seed=1)
    assert frechet_distance(*clouds) == pytest.approx(expected)


def naive_discrepancy(first, second):
    """Equation 4 of Gretton et al. 2012, as it stands there."""
    count, size = first.shape

    def kernel(one, other):
        return (sum(one * other) / size + 1) ** 3

    total = 0
    for i in range(count):
        for j in range(count):
            if i != j:
                total += kernel(first[i], first[j]) + kernel(second[i], second[j])
                total -= kernel(first[i], second[j]) + kernel(first[j], second[i])
    return total / (count * (count - 1))


def test_squared_discrepancy_is_the_double_sum():
    random = np.random.default_rng(3)
    first, second = random.standard_normal((2, 12, 5))
    second += 0.7
    naive = naive_discrepancy(first, second)
    assert squared_discrepancy(first, second) == pytest.approx(naive)


@pytest.mark.parametrize(("shift", "expected"), [(0, 0), (0.5, 3.578125)])
def test_kernel_distance_is_near_its_population_value(shift, expected):
    # Of one dimension: 3 m^2 + 3 m^4 + (m^3 + 3 m)^2, from the Gaussians' first three moments.
    first, second = np.random.default_rng(4).standard_normal((2, 5 * BLOCK, 1))
    found, error = kernel_distance(first, second + shift)
    assert abs(found - expected) < 4 * error
    pairs = zip(np.split(first, 5), np.split(second + shift, 5), strict=True)
    of_blocks = [squared_discrepancy(*pair) for pair in pairs]
    assert error == pytest.approx(np.std(of_blocks, ddof=1) / 5**0.5)


def test_a_single_block_has_no_error():
    rows = np.random.default_rng(5).standard_normal((2, BLOCK + 1, 3))
    found, error = kernel_distance(*rows)
    assert found == pytest.approx(squared_discrepancy(*rows)) and error is None


def test_features_are_of_each_face_alone_and_of_what_the_parser_computes():
    images = np.random.default_rng(6).integers(0, 256, (51, 64, 64, 3), dtype=np.uint8)
    encoder = load_encoder(PARSER)
    features = face_features(encoder, images)
    assert features.shape == (51, 2 * (32 + 48 + 80 + 96)) and features.dtype == np.float64
    np.testing.assert_allclose(face_features(encoder, images[50:]), features[50:], atol=1e-5)
    with torch.no_grad():
        maps = encoder(torch.from_numpy(images[:1]).permute(0, 3, 1, 2) / 127.5 - 1)
    np.testing.assert_allclose(features[0, :32], maps[0].mean((0, 1, 2)), atol=1e-5)
    np.testing.assert_allclose(features[0, -96:], maps[3].flatten(0, 2).std(0), atol=1e-5)


def test_other_parsers_are_refused(tmp_path):
    with pytest.raises(InputError, match="missing: is no segmentation model"):
        load_encoder(tmp_path / "missing")
    folder = tmp_path / "parser"
    folder.mkdir()
    for name in ("config.json", "model.safetensors"):
        (folder / name).symlink_to(PARSER / name)
    with pytest.raises(InputError, match=r"parser: is no SegFormer for pixels \[3,64,64\]"):
        load_encoder(folder)


def plain(value):
    """Return a network that draws one colour."""
    return lambda z: torch.full((len(z), 3, 64, 64), value)


def test_the_key_names_the_teachers_faces_in_a_shuffled_order(tmp_path):
    draw_blind_sheets(tmp_path / "first", plain(-1.0), plain(0.5))
    draw_blind_sheets(tmp_path / "second", plain(-1.0), plain(0.5))
    key = read_json(tmp_path / "first/blind_key.json")
    assert key == read_json(tmp_path / "second/blind_key.json")
    assert {name: len(numbers) for name, numbers in key.items()} == dict.fromkeys(key, OF_EACH)
    assert sorted(key["teacher"] + key["generator"]) == list(range(1, 2 * OF_EACH + 1))
    assert 20 < sum(number <= OF_EACH for number in key["teacher"]) < OF_EACH - 20
    sheets = [cv2.imread(str(tmp_path / f"first/blind_{sheet}.png")) for sheet in (1, 2)]
    for number in range(1, 2 * OF_EACH + 1):
        sheet, place = divmod(number - 1, 64)
        row, column = divmod(place, 8)
        bright = sheets[sheet][row * 144 + 64, column * 128 + 64, 0] > 100
        assert bright == (number in key["teacher"])


def test_both_draw_other_latents_for_the_mixed_faces():
    def shown(z):
        return z[:, :3, None, None].expand(-1, -1, 64, 64) / 4

    faces, taught = mixed_faces(shown, shown)
    assert taught.sum() == OF_EACH
    assert len(np.unique(faces[:, 0, 0], axis=0)) == 2 * OF_EACH
    others, _ = mixed_faces(shown, shown, look=2)
    assert len(np.unique(np.concatenate([faces, others])[:, 0, 0], axis=0)) == 4 * OF_EACH


def test_the_teachers_rows_are_above_the_generators(tmp_path):
    draw_beside(tmp_path / "beside.png", plain(-1.0), plain(1.0))
    sheet = cv2.imread(str(tmp_path / "beside.png"))
    assert sheet.shape == (16 * 64, 16 * 64, 3)
    assert (sheet.reshape(8, 2, -1) == [[[255], [0]]]).all()


def fake_mediapipe(folder):
    path = folder / "python"
    path.write_text(FAKE_MEDIAPIPE)
    path.chmod(0o755)
    return path


def test_a_python_without_mediapipe_is_named(tmp_path):
    save_pictures(pictures_path(tmp_path, "shown"), np.zeros((1, 64, 64, 3), np.uint8))
    with pytest.raises(InputError, match="Give --mediapipe"):
        map_pictures(tmp_path, "shown", None)
    for python in ("no-such-python", sys.executable):
        with pytest.raises(InputError, match=f"{python}: made no maps of faces"):
            map_pictures(tmp_path, "shown", python)


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_program_measures_and_pictures_a_generator(weights, tmp_path, monkeypatch):
    monkeypatch.setattr(generator_sheets, "PAIRS_OF_ROWS", 1)
    checkpoint, output = tmp_path / "stylegan.pth", tmp_path / "output"
    save_networks(checkpoint, fresh_networks())
    told = ["--generator", checkpoint, "--teacher", weights, "--parser", PARSER]
    told += ["--mediapipe", fake_mediapipe(tmp_path), "--faces", 6, "--found", 5]
    found = run(*told, "--output", output)
    assert found.exit_code == 0, found.output
    pictures = {"beside.png", "blind_1.png", "blind_2.png"}
    assert {path.name for path in output.iterdir()} == pictures | {"blind_key.json", "figures.json"}
    figures = read_json(output / "figures.json")
    assert figures["generator"]["FID"] > figures["teacher, of other z"]["FID"] > 0
    assert figures["generator"]["KID"] > abs(figures["teacher, of other z"]["KID"])
    assert figures["MediaPipe"]["generator"] == figures["MediaPipe"]["teacher"]
    assert figures["MediaPipe"]["teacher"] == {
        "pictures": 5,
        "with a face": 4,
        "share with a face": 0.8,
        "share used, without profiles": 0.6,
    }


def test_generators_of_another_kind_are_refused(weights, tmp_path):
    told = ["--teacher", weights, "--parser", PARSER, "--output", tmp_path]
    other = tmp_path / "other.pth"
    save_networks(other, Networks(generator=build_generator(32, 100, 16, 64, 16)))
    refused = {tmp_path / "missing.pth": "no such file", other: "lengths of z, side and label"}
    for path, message in refused.items():
        error = run("--generator", path, *told).exception
        assert isinstance(error, InputError)
        assert str(path) in str(error) and message in str(error)
