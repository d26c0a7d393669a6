import numpy as np
import torch
from helpers.parsing import halves_parser, pictures

from vectorfind.directions.kept import COMPONENTS, NO_PRICE, PARSED_OF, PRICES, KeptMeasures
from vectorfind.faces.parser import COLOURS
from vectorfind.scoring import AttributeEnsemble
from vectorfind.vocabulary import View

WHOLE = View(((0, 1, 0, 1),), 64)


def ensembles():
    torch.manual_seed(0)
    return [AttributeEnsemble(name, (32, 32), 2, WHOLE).eval() for name in ("gender", "quality")]


def test_columns_are_standardised_on_what_they_were_fitted_to():
    measures = KeptMeasures(ensembles(), halves_parser())
    scores = np.random.default_rng(1).normal(size=(80, 8))
    seen = measures.look_at(pictures())
    columns = measures.fit(seen, scores).transform(seen, scores)
    assert columns.shape == (80, 2 + COMPONENTS + len(COLOURS))
    assert np.isnan(columns[:, -3:]).all() and (measures.prices_[-3:] == NO_PRICE).all()
    assert np.allclose(np.nanmean(columns[:, :-3], 0), 0, atol=1e-4)
    assert np.allclose(np.nanstd(columns[:, :-3], 0), 1, atol=1e-3)
    assert list(measures.prices_[[0, 2, -4]]) == list(PRICES.values())


def test_one_picture_of_a_few_is_parsed_and_the_others_colours_are_not_known():
    parser = halves_parser()
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
