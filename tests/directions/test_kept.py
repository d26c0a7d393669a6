from types import SimpleNamespace

import numpy as np
import pytest
import torch

from vectorfind.directions.kept import COMPONENTS, NO_PRICE, PARSED_OF, PRICES, KeptMeasures
from vectorfind.faces.parser import COLOURS
from vectorfind.judges.judge import NO_COLOUR, parser_judges
from vectorfind.scoring import AttributeEnsemble
from vectorfind.vocabulary import View

WHOLE = View(((0, 1, 0, 1),), 64)


@pytest.fixture
def parser():
    """A parser that sees skin above, background below, no hair; it knows how often it was asked."""
    asked = []

    def parse(images, batch_size=16):
        asked.append(len(images))
        maps = np.zeros((len(images), 224, 224), np.uint8)
        maps[:, :112] = 1
        return maps

    return SimpleNamespace(parse=parse, asked=asked)


def pictures(count=80, seed=0):
    rng = np.random.default_rng(seed)
    return torch.as_tensor(rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8))


def ensembles():
    torch.manual_seed(0)
    return [AttributeEnsemble(name, (32, 32), 2, WHOLE).eval() for name in ("gender", "quality")]


def test_columns_are_standardised_on_what_they_were_fitted_to(parser):
    measures = KeptMeasures(ensembles(), parser)
    scores = np.random.default_rng(1).normal(size=(80, 8))
    seen = measures.look_at(pictures())
    columns = measures.fit(seen, scores).transform(seen, scores)
    assert columns.shape == (80, 2 + COMPONENTS + len(COLOURS))
    assert np.isnan(columns[:, -3:]).all() and (measures.prices_[-3:] == NO_PRICE).all()
    assert np.allclose(np.nanmean(columns[:, :-3], 0), 0, atol=1e-4)
    assert np.allclose(np.nanstd(columns[:, :-3], 0), 1, atol=1e-3)
    assert list(measures.prices_[[0, 2, -4]]) == list(PRICES.values())


def test_one_picture_of_a_few_is_parsed_and_the_others_colours_are_not_known(parser):
    measures = KeptMeasures((), parser)
    seen = measures.look_at(pictures(10))
    assert parser.asked == [-(-10 // PARSED_OF)]
    known = ~np.isnan(seen[:, -6:-3]).any(axis=1)
    assert list(np.flatnonzero(known)) == list(range(0, 10, PARSED_OF))


def test_what_the_scores_explain_of_the_look_is_not_kept():
    scores = np.random.default_rng(1).normal(size=(200, 8)).astype(np.float32)
    faces = pictures(200).float()
    faces[:, :16] = 128 + 20 * torch.as_tensor(scores[:, 0])[:, None, None, None]
    measures = KeptMeasures()
    seen = measures.look_at(faces.clamp(0, 255).to(torch.uint8))
    columns = measures.fit(seen, scores).transform(seen, scores)
    assert np.abs(np.corrcoef(columns.T, scores[:, 0])[-1, :-1]).max() < 0.05


def test_logits_are_those_of_the_ensembles():
    measures = KeptMeasures(ensembles())
    unit = pictures(5).permute(0, 3, 1, 2).float() / 255
    with torch.inference_mode():
        wanted = [ensemble.logit(unit).numpy() for ensemble in ensembles()]
        assert (wanted[0] > 0).tolist() == (ensembles()[0](unit) > 0.5).tolist()
    assert np.allclose(measures.look_at(pictures(5))[:, :2].T, wanted, atol=1e-5)


def test_parser_and_colours_judge_from_one_parse(parser):
    parsed, colours = parser_judges(parser)
    faces = pictures(4)
    scores, found = parsed.measure(faces), colours.measure(faces)
    assert parser.asked == [4] and scores.shape == (4, 8) and found.shape == (4, 9)
    assert NO_COLOUR not in found[:, :6] and (found[:, 6:] == NO_COLOUR).all()
    other = pictures(4, seed=2)
    assert not np.allclose(colours.measure(other), found)
    assert parser.asked == [4, 4]
