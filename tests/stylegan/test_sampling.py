"""Latents that do not depend on shards, images that do not depend on batches, and archives."""

import numpy as np
import torch

from vectorfind.data.archives import read_archive
from vectorfind.stylegan import build_generator, draw_latents, generate, generate_archive
from vectorfind.stylegan.inference import prepare_drawing


def test_a_sample_depends_on_its_number_alone():
    z, label = draw_latents(7, 0, 10, 8, 3)
    later_z, later_label = draw_latents(7, 6, 4, 8, 3)
    assert torch.equal(z[6:], later_z) and torch.equal(label[6:], later_label)
    assert torch.equal(z, draw_latents(7, 0, 10, 8, 0)[0])
    assert not torch.equal(z, draw_latents(8, 0, 10, 8, 3)[0])
    assert draw_latents(7, 0, 10, 8, 0)[1] is None


def test_latents_are_standard_normal():
    z, label = draw_latents(0, 0, 4000, 16, 7)
    assert z.dtype == label.dtype == torch.float32
    assert (z.shape, label.shape) == ((4000, 16), (4000, 7))
    joined = torch.cat([z, label], dim=1)
    assert joined.mean(dim=0).abs().max() < 0.06
    assert (joined.std(dim=0) - 1).abs().max() < 0.05
    off_diagonal = torch.corrcoef(joined.T) - torch.eye(23)
    assert off_diagonal.abs().max() < 0.07


def test_batches_of_any_size_draw_the_same_images():
    generator = build_generator(16, 8, 12, 64, 8, label_dim=7)
    z, label = draw_latents(1, 0, 7, 8, 7)
    whole = list(generate(generator, z, label, 7, "cpu"))
    parts = list(generate(generator, z, label, 3, "cpu"))
    assert [len(w) for w, _ in parts] == [3, 3, 1] and len(whole) == 1
    w, images = (torch.cat(column) for column in zip(*parts, strict=True))
    assert (w.shape, w.dtype) == ((7, 12), torch.float32)
    assert (images.shape, images.dtype) == ((7, 16, 16, 3), torch.uint8)
    torch.testing.assert_close(w, whole[0][0])
    assert (images.int() - whole[0][1].int()).abs().max() <= 1
    assert not w.requires_grad


def test_generation_follows_the_label():
    generator = build_generator(16, 8, 12, 64, 8, label_dim=7)
    z, label = draw_latents(1, 0, 2, 8, 7)
    ((_, one),) = generate(generator, z, label, 2, "cpu")
    ((_, other),) = generate(generator, z, -label, 2, "cpu")
    assert not torch.equal(one, other)


def test_an_archive_written_while_drawing_is_whole(tmp_path):
    generator = build_generator(16, 8, 12, 64, 8)
    z, _ = draw_latents(0, 5, 7, generator.z_dim, 0)
    w = generate_archive(tmp_path / "a.zip", generator, z, None, 3, "cpu", first_id=5)
    ids, images = read_archive(tmp_path / "a.zip")
    torch.testing.assert_close(torch.from_numpy(w), generator.mapping(z))
    assert ids.tolist() == [*range(5, 12)]
    draw = prepare_drawing(generator, "cpu")
    drawn = np.concatenate([draw(part).numpy() for part in torch.from_numpy(w).split(3)])
    assert np.array_equal(drawn, images)
