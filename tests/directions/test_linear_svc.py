import numpy as np
import pytest
import torch
from helpers.places import REPOSITORY
from sklearn.svm import LinearSVC

from vectorfind.demo.world.parameters import PARAMETERS
from vectorfind.directions.linear_svc import fit_linear_svc
from vectorfind.labels.annotator import load_annotator, read_parameters
from vectorfind.stylegan import draw_latents, load_networks
from vectorfind.stylegan.inference import prepare_drawing


def samples(noise, rows, size=30, seed=0):
    """Columns whose spread differs by a factor of 100 and whose means are far from 0."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, size)) @ rng.normal(size=(size, size)) * np.geomspace(0.02, 2, size)
    x = x + 10 * rng.normal(size=size)
    score = x @ rng.normal(size=size)
    score = score / score.std() + noise * rng.normal(size=rows)
    return x.astype(np.float32), score > np.median(score)


def demo_samples(count=600):
    """W of the embedded generator, and whether the mouth of its face is more open than most."""
    generator = load_networks(REPOSITORY / "resources/demo/stylegan.pth").inference_generator
    z, _ = draw_latents(3, 0, count, generator.z_dim, 0)
    with torch.inference_mode():
        w, draw = generator.mapping(z), prepare_drawing(generator, "cpu")
        images = torch.cat([draw(part) for part in w.split(50)]).numpy()
    annotator = load_annotator(REPOSITORY / "resources/demo/annotator.safetensors")
    mouth = read_parameters(annotator, images)[:, PARAMETERS.index("mouth")]
    return w.numpy(), mouth > np.median(mouth)


def converged(x, above):
    return LinearSVC(tol=1e-10, max_iter=1_000_000).fit(x.astype(np.float64), above)


def check(x, above):
    reference, model = converged(x, above), fit_linear_svc(x, above)
    wanted, found = reference.coef_[0], model.coef_[0]
    assert wanted @ found / np.linalg.norm(wanted) / np.linalg.norm(found) > 0.999999
    assert np.allclose(model.intercept_, reference.intercept_, rtol=1e-3, atol=1e-4)
    assert np.array_equal(model.predict(x), reference.predict(x))


@pytest.mark.parametrize("rows", [600, 25])
@pytest.mark.parametrize("noise", [0.05, 1.0])
def test_finds_the_optimum_of_scikit_learn_on_raw_rows(noise, rows):
    check(*samples(noise, rows))


def test_finds_it_on_the_samples_of_the_embedded_generator():
    check(*demo_samples())


def test_a_constant_column_shares_the_intercepts_work_as_in_scikit_learn():
    x, above = samples(0.3, 400)
    x[:, 4] = 7
    check(x, above)
