import numpy as np
import torch
from helpers.toy_world import toy_judge

from vectorfind.judges.judge import Judge, attribute_judge, both_ways_round, on_scale_of
from vectorfind.scoring import AttributeEnsemble, score_attributes
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
