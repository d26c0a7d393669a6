import numpy as np
import pytest

from vectorfind.data.latents import read_latents, write_latents
from vectorfind.errors import InputError


@pytest.mark.parametrize("label", [None, np.ones((3, 7), np.float32)])
def test_latents_read_back(tmp_path, label):
    z, w = np.arange(12.0).reshape(3, 4), np.arange(15.0).reshape(3, 5)
    write_latents(tmp_path / "shard.npz", [5, 6, 7], z, label, w)
    latents = read_latents(tmp_path / "shard.npz")
    assert latents.image_id.tolist() == [5, 6, 7]
    assert latents.z.dtype == latents.w.dtype == np.float32
    np.testing.assert_array_equal(latents.z, z)
    np.testing.assert_array_equal(latents.w, w)
    assert (latents.label is None) if label is None else latents.label.shape == (3, 7)


def test_unequal_lengths_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="different lengths"):
        write_latents(tmp_path / "shard.npz", [1, 2], np.zeros((2, 4)), None, np.zeros((3, 4)))
    assert list(tmp_path.iterdir()) == []


def test_damaged_latents_are_named(tmp_path):
    path = tmp_path / "shard.npz"
    write_latents(path, [0], np.zeros((1, 400)), None, np.zeros((1, 400)))
    path.write_bytes(path.read_bytes()[:-900])
    with pytest.raises(InputError, match=r"shard.npz: does not hold whole latents"):
        read_latents(path)
    np.savez(path, image_id=[0])
    with pytest.raises(InputError, match=r"shard.npz: does not hold whole latents.*'z"):
        read_latents(path)
    with pytest.raises(InputError, match="no such file"):
        read_latents(tmp_path / "absent.npz")
