"""The watch keeps the best look and tells collapse and saturation; the real images."""

import numpy as np
import pandas as pd
import pytest
import torch

from vectorfind.data.archives import write_archive
from vectorfind.errors import InputError
from vectorfind.finetuning.reals import RealBatches, digest, map_images
from vectorfind.finetuning.watch import (
    Watch,
    attribute_monitor,
    image_variety,
    scoring_monitor,
)
from vectorfind.scoring import AttributeEnsemble, PropertyScorer, score_attributes, score_images
from vectorfind.scoring.property_cnn import Look
from vectorfind.vocabulary import View

FACES = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)


def test_monitor_measures_scores_share_and_spread():
    monitor = attribute_monitor(
        {"gender": lambda faces: np.linspace(0, 1, len(faces)), "age": lambda faces: np.zeros(6)},
        {"gender": {"min": 0.5}, "age": {"max": 0.1}},
        lambda faces: pd.DataFrame({"pose": np.arange(6.0)}),
    )
    figures = monitor(FACES)
    assert figures["gender"] == pytest.approx(0.5)
    assert figures["pass_share"] == 0.5
    assert figures["spread_pose"] == pytest.approx(np.std(np.arange(6), ddof=1))


def test_the_monitor_of_a_stage_scores_as_its_networks_do():
    torch.manual_seed(0)
    view = View(((0, 1, 0, 1),), 32)
    ensembles = [AttributeEnsemble(name, (32, 32), 2, view).eval() for name in ("beard", "age")]
    looks = {name: Look(view, (32, 32), False) for name in ("eyes", "smile")}
    scorer = PropertyScorer(looks).eval()
    beard, age = (score_attributes(ensemble, FACES) for ensemble in ensembles)
    least = float(np.median(beard))
    figures = scoring_monitor(ensembles, scorer, {"beard": {"min": least}, "age": {}})(FACES)
    assert figures["beard"] == pytest.approx(beard.mean(), abs=1e-6)
    assert figures["age"] == pytest.approx(age.mean(), abs=1e-6)
    assert figures["pass_share"] == pytest.approx((beard >= least).mean())
    spread = score_images(scorer, FACES).std(0, ddof=1)
    assert figures["spread_eyes"] == pytest.approx(spread[0], rel=1e-4)
    assert figures["spread_smile"] == pytest.approx(spread[1], rel=1e-4)


def test_best_look_needs_variety():
    watch = Watch("finetune.v8", None)
    looks = [(0.2, 1.0), (0.4, 0.95), (0.5, 0.5), (0.45, 0.92)]
    better = [
        watch.look(FACES, lambda _, s=share, v=spread: {"pass_share": s, "spread_pose": v})[1]
        for share, spread in looks
    ]
    assert better == [True, True, False, True]


def test_patience_counts_looks_without_a_better_one():
    watch = Watch("finetune.v8", 2)
    for share, exhausted in [(0.2, False), (0.1, False), (0.3, False), (0.3, False), (0.2, True)]:
        watch.look(FACES, lambda _, s=share: {"pass_share": s})
        assert watch.exhausted == exhausted


def test_collapse_is_told_at_the_second_look():
    watch = Watch("finetune.v1", None)
    watch.look(FACES, None)
    one_face = np.repeat(FACES[:1], 6, axis=0)
    watch.look(one_face, None)
    with pytest.raises(InputError, match=r"variety.*finetune\.v1\.mapping_learning_rate"):
        watch.look(one_face, None)


def test_saturation_is_told_when_it_lasts():
    watch = Watch("finetune.v1", None, saturated_rows=3)
    for auroc in (1.0, 1.0, 0.99, 1.0, 1.0):
        watch.see_auroc(auroc)
    with pytest.raises(InputError, match=r"AUROC 1\.0.*discriminator_learning_rate"):
        watch.see_auroc(1.0)


def test_a_reloaded_watch_goes_on_counting():
    watch = Watch("finetune.v1", 2, saturated_rows=2)
    watch.look(FACES, lambda _: {"pass_share": 0.5})
    watch.see_auroc(1.0)
    other = Watch("finetune.v1", 2, saturated_rows=2)
    other.load_state_dict(watch.state_dict())
    assert not other.look(FACES, lambda _: {"pass_share": 0.4})[1]
    with pytest.raises(InputError, match=r"AUROC"):
        other.see_auroc(1.0)


def test_variety_is_none_for_one_face():
    assert image_variety(np.repeat(FACES[:1], 3, axis=0)) == 0
    assert image_variety(FACES) > 1


def test_archives_are_mapped_in_the_order_of_the_ids(tmp_path):
    paths = [tmp_path / "0.zip", tmp_path / "1.zip"]
    write_archive(paths[0], FACES[:3], first_id=0)
    write_archive(paths[1], FACES[3:], first_id=3)
    mapped = map_images(paths, [4, 1, 5], tmp_path / "reals.npy")
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, FACES[[4, 1, 5]])
    with pytest.raises(InputError, match="no image passed"):
        map_images(paths, [], tmp_path / "none.npy")


def test_batches_depend_on_the_step_alone():
    device, labels = torch.device("cpu"), np.arange(6.0)[:, None]
    with RealBatches(FACES, labels, 2, 7, device) as first:
        forward = [first.images(step) for step in range(5)]
        labelled = [first.labels(step) for step in range(5)]
    with RealBatches(FACES, labels, 2, 7, device) as other:
        for step in (3, 1):
            torch.testing.assert_close(other.images(step), forward[step], rtol=0, atol=0)
    seen = torch.cat(labelled[:3]).flatten().long()
    assert sorted(seen.tolist()) == list(range(6))
    expected = torch.from_numpy(FACES[seen[:2].numpy()]).permute(0, 3, 1, 2) / 127.5 - 1
    torch.testing.assert_close(forward[0], expected)


def test_digest_sees_shape_content_and_absence():
    changed = FACES.copy()
    changed[-1, 0, 0, 0] ^= 1
    assert len({digest(FACES), digest(FACES[:5]), digest(changed), digest(None)}) == 4
