import io
import json
import zipfile

import cv2
import numpy as np
import pytest
from PIL import Image

from vectorfind.data.archives import (
    ArchivedImages,
    image_ids,
    read_archive,
    read_images,
    write_archive,
)
from vectorfind.errors import InputError


def noise(count, size=8, seed=0):
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def encoded(image, file_format):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, file_format)
    return buffer.getvalue()


def zip_of(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_archive_keeps_pixels_and_ids(tmp_path):
    images = noise(150)
    write_archive(tmp_path / "shard.zip", images, first_id=990)
    ids, again = read_archive(tmp_path / "shard.zip")
    assert ids.dtype == np.int64 and ids.tolist() == list(range(990, 1140))
    np.testing.assert_array_equal(again, images)


def test_archive_has_the_layout_of_the_dataset_tool(tmp_path):
    labels = np.array([[0.5, -1.0], [0.25, 2.0]], np.float32)
    write_archive(tmp_path / "shard.zip", noise(2), first_id=12345, labels=labels)
    with zipfile.ZipFile(tmp_path / "shard.zip") as archive:
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
        assert archive.namelist()[0] == "00012/img00012345.png"
        written = json.loads(archive.read("dataset.json"))["labels"]
    assert written == [
        ["00012/img00012345.png", [0.5, -1.0]],
        ["00012/img00012346.png", [0.25, 2.0]],
    ]


def test_equal_images_make_an_equal_file_from_array_or_generator(tmp_path):
    images = noise(80)
    write_archive(tmp_path / "a.zip", images)
    write_archive(tmp_path / "b.zip", (image for image in images))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_writer_may_reuse_its_buffer(tmp_path):
    def reusing():
        buffer = np.empty((8, 8, 3), np.uint8)
        for value in range(20):
            buffer[:] = value
            yield buffer

    write_archive(tmp_path / "shard.zip", reusing())
    assert read_archive(tmp_path / "shard.zip")[1][:, 0, 0, 0].tolist() == list(range(20))


def test_failed_writing_leaves_the_old_archive(tmp_path):
    path = tmp_path / "shard.zip"
    write_archive(path, noise(2))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="zip"):
        write_archive(path, noise(3), labels=np.zeros((2, 7)))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["shard.zip"]


def test_wanted_ids_come_in_the_wanted_order_over_shards(tmp_path):
    images = noise(6)
    write_archive(tmp_path / "a.zip", images[:3])
    write_archive(tmp_path / "b.zip", images[3:], first_id=3)
    shards = [tmp_path / "b.zip", tmp_path / "a.zip"]
    ids, some = read_images(shards, ids=[5, 0, 3])
    assert ids.tolist() == [5, 0, 3]
    np.testing.assert_array_equal(some, images[[5, 0, 3]])
    np.testing.assert_array_equal(read_images(shards)[1], images)
    assert image_ids(shards) == list(range(6))


def test_one_archive_gives_its_images_among_the_wanted(tmp_path):
    images = noise(10)
    write_archive(tmp_path / "shard.zip", images, first_id=20)
    ids, kept = read_archive(tmp_path / "shard.zip", among=[27, 99, 21])
    assert ids.tolist() == [21, 27]
    np.testing.assert_array_equal(kept, images[[1, 7]])
    ids, none = read_archive(tmp_path / "shard.zip", among=[5])
    assert len(ids) == len(none) == 0


def test_jpeg_and_grey_members_become_rgb(tmp_path):
    flat = np.full((8, 8, 3), 100, np.uint8)
    zip_of(
        tmp_path / "mixed.zip",
        {"x/img00000001.jpg": encoded(flat, "JPEG"), "x/7.PNG": encoded(flat[..., 0], "PNG")},
    )
    ids, images = read_archive(tmp_path / "mixed.zip")
    assert ids.tolist() == [1, 7]
    assert np.abs(images.astype(int) - 100).max() <= 1


def test_sixteen_bits_are_scaled_to_eight(tmp_path):
    ramp = np.linspace(0, 65535, 64).reshape(8, 8).astype(np.uint16)
    colour = cv2.imencode(".png", np.stack([ramp, 0 * ramp, ramp], axis=2))[1].tobytes()
    zip_of(tmp_path / "deep.zip", {"1.png": encoded(ramp, "PNG"), "2.png": colour})
    _, images = read_archive(tmp_path / "deep.zip")
    wanted = (ramp >> 8).astype(np.uint8)
    np.testing.assert_array_equal(images[0], np.repeat(wanted[..., None], 3, axis=2))
    np.testing.assert_array_equal(images[1], np.stack([wanted, 0 * wanted, wanted], axis=2))


def test_what_other_systems_put_beside_images_is_no_image(tmp_path):
    members = {"img1.png": PNG, "._img1.png": b"notes", "__MACOSX/._img1.png": b"notes"}
    zip_of(tmp_path / "mac.zip", members)
    assert read_archive(tmp_path / "mac.zip")[0].tolist() == [1]


PNG = encoded(noise(1, size=32)[0], "PNG")


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"img1.png": PNG, "img2.png": PNG[:-200]}, "image img2.png cannot be read"),
        ({"img1.png": b"no picture"}, "image img1.png cannot be read"),
        ({"img1.png": PNG, "img2.png": encoded(noise(1)[0], "PNG")}, "img2.png is 8x8.*32x32"),
        ({"face.png": PNG}, "face.png has no number"),
        ({"a/img1.png": PNG, "b/img01.png": PNG}, "b/img01.png has the id of a/img1.png"),
        ({"readme.txt": b""}, "holds no PNG or JPEG"),
    ],
)
def test_bad_member_is_named_with_its_archive(tmp_path, members, words):
    zip_of(tmp_path / "shard.zip", members)
    with pytest.raises(InputError, match=rf"shard.zip: .*{words}"):
        read_archive(tmp_path / "shard.zip")


def test_damaged_bytes_are_noticed(tmp_path):
    path = tmp_path / "shard.zip"
    write_archive(path, noise(2, size=32))
    content = bytearray(path.read_bytes())
    content[1000] ^= 255
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"shard.zip: image 00000/img00000000.png cannot be read"):
        read_archive(path)


def test_truncated_archive_is_named(tmp_path):
    path = tmp_path / "shard.zip"
    write_archive(path, noise(2))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(InputError, match=r"shard.zip: is not a whole zip"):
        read_archive(path)
    with pytest.raises(InputError, match=r"absent.zip: no such file"):
        read_archive(tmp_path / "absent.zip")


def test_absent_id_is_named(tmp_path):
    write_archive(tmp_path / "shard.zip", noise(2))
    with pytest.raises(InputError, match=r"shard.zip: 2 wanted images are not there, id 9 first"):
        read_images([tmp_path / "shard.zip"], ids=[1, 9, 12])


def test_an_archive_of_another_run_is_refused_and_one_that_says_nothing_is_not(tmp_path):
    paths = [tmp_path / f"{name}.zip" for name in ("0", "1", "mine")]
    for first, path in enumerate(paths):
        write_archive(path, noise(1), first, origin=["seed 1", "seed 2", ""][first])
    with pytest.raises(InputError, match=r"1\.zip: is of another run \(seed 2\) than .*0\.zip"):
        read_images(paths)
    assert list(read_images([paths[0], paths[2]])[0]) == [0, 2]


def test_an_opened_archive_decodes_what_is_asked_for(tmp_path):
    images = noise(6)
    write_archive(tmp_path / "a.zip", images[:4])
    write_archive(tmp_path / "b.zip", images[4:], first_id=4)
    opened = ArchivedImages([tmp_path / "a.zip", tmp_path / "b.zip"], [5, 0, 4])
    assert opened.shape == (3, *images.shape[1:]) and opened.ids.tolist() == [5, 0, 4]
    assert (opened[1:3] == images[[0, 4]]).all()
    assert opened[3:].shape == (0, *images.shape[1:])


def test_an_image_of_another_size_is_named_in_whatever_part_it_is(tmp_path):
    write_archive(tmp_path / "a.zip", noise(2))
    write_archive(tmp_path / "b.zip", noise(1, size=32), first_id=2)
    opened = ArchivedImages([tmp_path / "a.zip", tmp_path / "b.zip"])
    with pytest.raises(InputError, match=r"b\.zip: .*is 32x32, other images are"):
        opened[2:3]
