"""Archives and pictures of other systems: read rightly, or refused with archive and member."""

import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from helpers.refusals import refusal
from PIL import Image

from vectorfind.data.archives import read_archive

PIXELS = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
PICTURE = Image.fromarray(PIXELS)


def encoded(picture, kind="PNG", **options):
    memory = io.BytesIO()
    picture.save(memory, kind, **options)
    return memory.getvalue()


PNG = encoded(PICTURE)
TURNED = Image.Exif()
TURNED[0x0112] = 6


def archive(members, compression=zipfile.ZIP_STORED):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return memory.getvalue()


def changed(offset, value, directory_offset):
    """Return an archive of which a field is changed in the member's header and the directory."""
    content = bytearray(archive({"1.png": PNG}))
    content[offset] = value
    content[content.find(b"PK\x01\x02") + directory_offset] = value
    return bytes(content)


def zip64():
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file, file.open("1.png", "w", force_zip64=True) as member:
        member.write(PNG)
    return memory.getvalue()


def link():
    member = zipfile.ZipInfo("1.png")
    member.create_system, member.external_attr = 3, 0o120777 << 16
    return archive({member: "../../secret.png"})


def bomb(side=60_000):
    head = b"IHDR" + struct.pack(">II", side, side) + b"\x08\x02\0\0\0"
    return PNG[:8] + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + PNG[33:]


def flipped():
    content = bytearray(archive({"1.png": PNG}))
    content[100] ^= 255
    return bytes(content)


GREY = np.asarray(PICTURE.convert("L"))[..., None].repeat(3, axis=2)
DEEP = Image.fromarray(GREY[..., 0].astype(np.uint16) * 257)
READ = {
    "archive-mac": archive(
        {"a/1.png": PNG, "__MACOSX/a/2.png": b"notes", "a/._1.png": b"notes", ".DS_Store": b""}
    ),
    "archive-windows": archive({"a\\img1.png": PNG, "Thumbs.db": b"x", "desktop.ini": b"x"}),
    "archive-folders": archive({"a/": b"", "a/1.PNG": PNG}),
    "archive-deflated": archive({"größe_1.png": PNG}, zipfile.ZIP_DEFLATED),
    "archive-zip64": zip64(),
    "picture-rgba": archive({"1.png": encoded(PICTURE.convert("RGBA"))}),
    "picture-rotated": archive({"1.png": encoded(PICTURE.rotate(90, expand=True), exif=TURNED)}),
}
GREYS = {
    "picture-grey": encoded(Image.fromarray(GREY[..., 0])),
    "picture-grey-alpha": encoded(PICTURE.convert("LA")),
    "picture-16-bit": encoded(DEEP),
    "picture-palette": encoded(Image.fromarray(GREY[..., 0]).convert("P")),
}
REFUSED = {
    "archive-text": (b"no archive", "not a whole zip"),
    "archive-empty": (b"", "not a whole zip"),
    "archive-7z": (b"7z\xbc\xaf\x27\x1c" + bytes(50), "not a whole zip"),
    "archive-truncated": (archive({"1.png": PNG})[:-30], "not a whole zip.*make or copy it again"),
    "archive-without-images": (archive({"readme.txt": b""}), "holds no PNG or JPEG"),
    "archive-bit-flip": (flipped(), "image 1.png cannot be read .*CRC"),
    "archive-encrypted": (changed(6, 1, 8), "image 1.png .*encrypted"),
    "archive-method": (changed(8, 99, 10), "image 1.png .*compression method"),
    "archive-link": (link(), "image 1.png .*neither PNG nor JPEG"),
    "archive-same-name": (archive({"a/1.png": PNG, "b/01.png": PNG}), "01.png has the id of a/1"),
    "archive-no-id": (archive({"face.png": PNG}), "face.png has no number"),
    "archive-huge-id": (archive({"9" * 30 + ".png": PNG}), "9.png has no number"),
    "picture-sizes": (
        archive({"1.png": PNG, "2.png": encoded(PICTURE.resize((8, 8)))}),
        "2.png is 8x8, other images are 48x32",
    ),
    "picture-zero": (archive({"1.png": b""}), "image 1.png cannot be read"),
    "picture-truncated": (archive({"1.jpg": encoded(PICTURE, "JPEG")[:-300]}), "1.jpg .*truncated"),
    "picture-bomb": (archive({"1.png": bomb()}), "image 1.png .*exceeds limit"),
    "picture-gif-as-png": (archive({"1.png": encoded(PICTURE, "GIF")}), "neither PNG nor JPEG"),
    "picture-postscript": (archive({"1.png": b"%!PS-Adobe-3.0 EPSF-3.0"}), "neither PNG nor JPEG"),
    "picture-heic": (archive({"1.png": PNG, "2.HEIC": b"x"}), "2.HEIC is no PNG or JPEG; save it"),
    "picture-tiff": (archive({"1.tif": encoded(DEEP, "TIFF")}), "1.tif is no PNG or JPEG"),
    "picture-webp": (archive({"1.webp": encoded(PICTURE, "WEBP")}), "1.webp is no PNG or JPEG"),
    "picture-gif": (archive({"1.gif": encoded(PICTURE, "GIF")}), "1.gif is no PNG or JPEG"),
}
CASES = READ | GREYS | REFUSED | {"picture-cmyk": None, "picture-1-bit": None}


@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_an_archive_of_another_system_is_read(tmp_path, content):
    (tmp_path / "0000.zip").write_bytes(content)
    ids, images = read_archive(tmp_path / "0000.zip")
    assert ids.tolist() == [1]
    np.testing.assert_array_equal(images[0], PIXELS)


@pytest.mark.parametrize("picture", GREYS.values(), ids=GREYS)
def test_a_grey_picture_becomes_rgb(tmp_path, picture):
    (tmp_path / "0000.zip").write_bytes(archive({"1.png": picture}))
    np.testing.assert_array_equal(read_archive(tmp_path / "0000.zip")[1][0], GREY)


def test_print_colours_and_one_bit_become_rgb(tmp_path):
    flat = Image.new("RGB", (48, 32), (0, 255, 0))
    cmyk, bits = flat.convert("CMYK"), Image.fromarray(GREY[..., 0] > 127)
    members = {"1.jpg": encoded(cmyk, "JPEG", quality=100), "2.png": encoded(bits)}
    (tmp_path / "0000.zip").write_bytes(archive(members))
    _, images = read_archive(tmp_path / "0000.zip")
    assert np.abs(images[0].astype(int) - np.asarray(flat)).max() <= 2
    np.testing.assert_array_equal(images[1], np.where(GREY > 127, 255, 0))


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_a_bad_archive_is_refused(tmp_path, content, words):
    (tmp_path / "0000.zip").write_bytes(content)
    refusal(read_archive, tmp_path / "0000.zip", words)
