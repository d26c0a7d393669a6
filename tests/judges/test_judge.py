import numpy as np
import torch
from helpers.parsing import halves_parser, pictures
from helpers.published import PROPERTIES
from helpers.toy_world import toy_judge

from vectorfind.faces.parser import COLOURS
from vectorfind.images import to_network_range
from vectorfind.judges.judge import (
    NO_COLOUR,
    Judge,
    attribute_judge,
    both_ways_round,
    look_at,
    on_scale_of,
    parser_judges,
    scorer_judge,
)
from vectorfind.scoring import AttributeEnsemble, PropertyScorer, score_attributes
from vectorfind.scoring.property_cnn import Look
from vectorfind.vocabulary import View


def test_attributes_are_judged_by_their_ensembles():
    torch.manual_seed(0)
    view = View(((0, 1, 0, 1),), 32)
    names = ("gender", "glass")
    ensembles = [AttributeEnsemble(name, (32, 32), 2, view).eval() for name in names]
    images = torch.randint(0, 256, (5, 64, 64, 3), dtype=torch.uint8)
    judge = attribute_judge(ensembles)
    scores = judge.measure(images)
    assert judge.columns == ("gender", "glass") and scores.shape == (5, 2)
    assert np.allclose(scores[:, 1], score_attributes(ensembles[1], images.numpy()))


def test_a_judge_is_brought_to_anothers_scale():
    images = torch.randint(0, 256, (40, 16, 16, 3), dtype=torch.uint8)
    plain = toy_judge()
    scores = plain.measure(images)
    wanted = 3 * scores + 1
    assert np.allclose(on_scale_of(plain, scores, wanted).measure(images), wanted, atol=1e-4)


def test_a_mirrored_face_counts_with_its_pose_turned():
    columns = ("eyes", "pose")

    def measure(images):
        """Eyes: the mean; pose: how much brighter the right half is than the left one."""
        grey = images.float().mean(3)
        pose = grey[:, :, 8:].mean((1, 2)) - grey[:, :, :8].mean((1, 2))
        noise = grey[:, 0, 0]
        return torch.stack([grey.mean((1, 2)) + noise, pose], 1).numpy()

    images = torch.randint(0, 256, (6, 16, 16, 3), dtype=torch.uint8)
    judge = Judge("", columns, measure, negated=("pose",))
    once, both = measure(images), both_ways_round(judge).measure(images)
    assert np.allclose(both[:, 1], once[:, 1], atol=1e-3)
    noise = (images[:, 0, 15].float().mean(1) - images[:, 0, 0].float().mean(1)).numpy()
    assert np.allclose(both[:, 0] - once[:, 0], noise / 2, atol=1e-3)


def test_parser_and_colours_judge_from_one_parse():
    parser = halves_parser()
    parsed, colours = parser_judges(parser)
    assert parsed.columns == PROPERTIES and colours.columns == COLOURS
    faces = pictures(4)
    scores, found = parsed.measure(faces), colours.measure(faces)
    assert parser.asked == [4] and scores.shape == (4, 8) and found.shape == (4, 9)
    assert NO_COLOUR not in found[:, :6] and (found[:, 6:] == NO_COLOUR).all()
    other = pictures(4, seed=2)
    assert not np.allclose(colours.measure(other), found)
    assert parser.asked == [4, 4]


def test_the_parser_judges_by_measures_of_ones_own():
    measures = {"red": lambda parse_map, face: face[..., 0].mean(), "mean": "background_mean"}
    parsed, _ = parser_judges(halves_parser(), measures)
    faces = pictures(4)
    scores = parsed.measure(faces)
    assert parsed.columns == ("red", "mean") and scores.dtype == np.float32
    assert np.allclose(scores[:, 0], faces[..., 0].float().mean((1, 2)), atol=1)
    assert (scores[:, 1] == 192).all()


def test_a_scorer_judges_what_it_scores_and_knows_what_a_mirror_turns():
    torch.manual_seed(0)
    view = View(((0, 1, 0, 1),), 32)
    looks = {"smile": Look(view, (32, 32), False), "tilt": Look(view, (32, 32), True)}
    scorer = PropertyScorer(looks).eval()
    judge = scorer_judge(scorer, "second")
    assert (judge.name, judge.columns, judge.negated) == ("second", ("smile", "tilt"), ("tilt",))
    images = pictures(3)
    found, turned = judge.measure(images), judge.measure(images.flip(2))
    with torch.inference_mode():
        assert np.array_equal(found, scorer(to_network_range(images)).numpy())
    both = both_ways_round(judge).measure(images)
    assert np.allclose(both[:, 0], (found + turned)[:, 0] / 2)
    assert np.allclose(both[:, 1], (found - turned)[:, 1] / 2)


def test_judges_and_features_look_at_the_same_images():
    images = pictures(3)
    judges = [
        Judge(name, ("x",), lambda x, n=n: n * x[:, :1, 0, 0].numpy())
        for n, name in ((1, "one"), (2, "two"))
    ]
    scores, features = look_at(images, judges, None)
    assert list(scores) == ["one", "two"] and features.shape == (3, 0)
    assert np.array_equal(scores["two"], 2 * scores["one"])
    assert look_at(images, judges, lambda x: x.flatten(1).numpy())[1].shape == (3, 32 * 32 * 3)
