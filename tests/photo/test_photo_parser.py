import numpy as np
import pytest
import torch
from helpers.killing import kill_three_times
from helpers.places import REPOSITORY
from safetensors.torch import load_file

from vectorfind.demo.parser_training import CLASS_WEIGHTS, CLASSES, build_parser
from vectorfind.errors import InputError
from vectorfind.faces.parser import load_parser
from vectorfind.photo.faces import PseudoFaces, load_faces, maps_path, pictures_path
from vectorfind.photo.parser import (
    jitter,
    mirror_some,
    take_weights_back,
    train_photo_parser,
)
from vectorfind.photo.parser_figures import (
    found_shares,
    joined_overlaps,
    own_agreement,
    parser_figures,
)


def few_faces(count=12):
    random = np.random.default_rng(0)
    found = np.arange(count) % 4 > 0
    measures = np.where(found[:, None], random.random((count, 4)), np.nan).astype(np.float32)
    return PseudoFaces(
        images=random.integers(0, 256, (count, 64, 64, 3), dtype=np.uint8),
        maps=random.integers(0, 11, (count, 64, 64), dtype=np.uint8),
        found=found,
        measures=measures,
        points=random.random((count, 468, 2), dtype=np.float32),
        person=np.full((count, 64, 64), 255, np.uint8),
        sides=random.random((count, 2, 468, 2), dtype=np.float32),
    )


def test_mirrored_faces_swap_sides():
    images = torch.arange(2 * 3 * 4 * 4, dtype=torch.float32).reshape(2, 3, 4, 4)
    maps = torch.zeros(2, 4, 4, dtype=torch.uint8)
    maps[:, 0, 0] = CLASSES.index("l_eye")
    maps[:, 1, 3] = CLASSES.index("r_brow")
    maps[:, 2, 1] = CLASSES.index("l_lip")
    mirrored, found = mirror_some(images, maps, torch.tensor([True, False]))
    assert torch.equal(mirrored, torch.stack([images[0].flip(2), images[1]]))
    assert torch.equal(found[1], maps[1])
    assert found[0, 0, 3] == CLASSES.index("r_eye")
    assert found[0, 1, 0] == CLASSES.index("l_brow")
    assert found[0, 2, 2] == CLASSES.index("l_lip")


def test_mirroring_twice_is_the_same():
    images, maps = torch.rand(3, 3, 8, 8), torch.randint(11, (3, 8, 8), dtype=torch.uint8)
    turned = torch.ones(3, dtype=torch.bool)
    twice = mirror_some(*mirror_some(images, maps, turned), turned)
    assert torch.equal(twice[0], images) and torch.equal(twice[1], maps)


def test_the_weights_of_the_loss_are_taken_back_of_the_logits():
    parser = build_parser().eval()
    images = torch.zeros(1, 3, 64, 64)
    with torch.no_grad():
        before = parser(images).logits
        take_weights_back(parser)
        after = parser(images).logits
    lost = (before - after).mean(dim=(0, 2, 3))
    assert torch.allclose(lost, torch.tensor(CLASS_WEIGHTS).log(), atol=1e-5)


def test_jitter_changes_colours_a_little():
    torch.manual_seed(0)
    images = 0.5 * (2 * torch.rand(50, 3, 8, 8) - 1)
    changed = jitter(images)
    assert 0.02 < (changed - images).abs().mean() < 0.2
    assert changed.abs().max() <= 1


def test_overlaps_join_both_eyes_and_lips():
    right = np.array([[[0, 4, 5, 7, 9, 10]]], np.uint8)
    found = np.array([[[0, 5, 4, 9, 7, 1]]], np.uint8)
    overlaps = joined_overlaps(found, right)
    assert overlaps["eyes"] == overlaps["lips"] == overlaps["background"] == 1
    assert overlaps["hair"] == overlaps["skin"] == 0


def make_parser(folder):
    faces, start = few_faces().with_a_face(), REPOSITORY / "resources/demo/parser"
    train_photo_parser(folder / "parser", folder / "work", faces, start, 4, batch=3)
    return load_file(folder / "parser" / "model.safetensors")


def test_three_kills_leave_no_trace(tmp_path):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    for folder in (killed, whole):
        folder.mkdir()
    kill_three_times(make_parser, killed)
    after_kills, uninterrupted = make_parser(killed), make_parser(whole)
    torch.set_num_threads(threads)
    for name, value in uninterrupted.items():
        assert torch.equal(after_kills[name], value), name


def test_the_workflow_reads_the_parser_and_figures_are_of_faces_alone(tmp_path):
    make_parser(tmp_path)
    assert load_parser(tmp_path / "parser").size == (64, 64)
    figures = parser_figures(tmp_path / "parser", few_faces())
    assert figures["held-out faces"] == 9
    assert set(figures["IoU"]) == {"mean", *CLASSES}
    itself = own_agreement(few_faces())
    assert set(itself["correlation"]) > {"eyes", "mouth", "pose"}
    assert found_shares(few_faces())["share with a face"] == 0.75


def test_pictures_and_maps_that_do_not_belong_together_are_named(tmp_path):
    with pytest.raises(InputError, match=r"held-out\.npy: is missing"):
        load_faces(tmp_path, "held-out")
    faces = few_faces()
    np.save(pictures_path(tmp_path, "held-out"), faces.images[:5])
    arrays = {name: values for name, values in vars(faces).items() if name != "images"}
    np.savez(maps_path(tmp_path, "held-out"), **arrays)
    with pytest.raises(InputError, match="12 maps for 5 pictures"):
        load_faces(tmp_path, "held-out")
