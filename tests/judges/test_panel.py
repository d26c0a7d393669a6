import numpy as np
import pytest
import torch
from helpers.places import REPOSITORY

from vectorfind.errors import InputError
from vectorfind.faces.parser import COLOURS
from vectorfind.judges.panel import SECOND, independent_judges, load_judges
from vectorfind.scoring import AttributeEnsemble, PropertyScorer, save_ensemble, save_scorer
from vectorfind.scoring.property_cnn import Look
from vectorfind.vocabulary import View

CPU = torch.device("cpu")
PARSER = {"model": str(REPOSITORY / "resources" / "demo" / "parser")}
WHOLE = View(((0, 1, 0, 1),), 32)
MEASURES = {"eyes": "eyes", "bright": "{folder}/mine.py:bright"}


@pytest.fixture
def files(tmp_path):
    """A scorer of two properties, attribute CNNs, and the user's own measure."""
    torch.manual_seed(0)
    looks = dict.fromkeys(MEASURES, Look(WHOLE, (32, 32), False))
    save_scorer(tmp_path / "second.safetensors", PropertyScorer(looks))
    for name in ("beard", "age"):
        ensemble = AttributeEnsemble(name, (32, 32), 2, WHOLE)
        save_ensemble(tmp_path / f"{name}.safetensors", ensemble)
    (tmp_path / "mine.py").write_text("def bright(parse_map, image):\n    return image.mean()\n")
    return tmp_path


def measures_of(folder):
    return {name: measure.format(folder=folder) for name, measure in MEASURES.items()}


def pictures():
    rng = np.random.default_rng(0)
    return torch.as_tensor(rng.integers(0, 256, (2, 64, 64, 3), dtype=np.uint8))


def test_independent_judges_are_parser_and_second_scorer(files):
    second = str(files / "second.safetensors")
    judges = independent_judges(PARSER, measures_of(files), second, CPU)
    assert [judge.name for judge in judges] == ["parser", SECOND]
    assert all(judge.columns == ("eyes", "bright") for judge in judges)
    scores = judges[0].measure(pictures())
    assert np.allclose(scores[:, 1], pictures().float().mean((1, 2, 3)), atol=1)


@pytest.mark.parametrize("attributes", [(), ("beard", "age")])
def test_all_judges_are_these_and_the_bystanders(files, attributes):
    scorer = PropertyScorer({"eyes": Look(WHOLE, (32, 32), False)}).eval()
    paths = [str(files / f"{name}.safetensors") for name in attributes]
    second = str(files / "second.safetensors")
    judges = load_judges(scorer, PARSER, measures_of(files), second, paths, CPU)
    names = ["scorer", "parser", SECOND, "colours", *(["attributes"] if attributes else [])]
    assert [judge.name for judge in judges] == names
    wanted = [("eyes",), ("eyes", "bright"), ("eyes", "bright"), COLOURS, attributes]
    for judge, columns in zip(judges, wanted, strict=False):
        assert judge.columns == columns
        assert judge.measure(pictures()).shape == (2, len(columns))


def test_a_judge_that_cannot_be_loaded_is_named(files):
    with pytest.raises(InputError, match=r"none\.safetensors"):
        independent_judges(PARSER, {"eyes": "eyes"}, str(files / "none.safetensors"), CPU)
    second = str(files / "second.safetensors")
    with pytest.raises(InputError, match=r"properties\.eyes\.measure: 'eye' is none of"):
        independent_judges(PARSER, {"eyes": "eye"}, second, CPU)
