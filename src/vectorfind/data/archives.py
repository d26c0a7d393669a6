"""Image archives: one zip per shard in the layout of StyleGAN's dataset tool.

Members are stored, not deflated, PNGs named `00000/img00000123.png`; the number is the image id.
`dataset.json` holds `{"labels": [[name, [values]], ...]}`, or null labels.
"""

import io
import json
import re
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from vectorfind.data.origin import require_one_origin
from vectorfind.errors import InputError
from vectorfind.files import atomic_path

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
OTHER_PICTURES = (
    ".avif",
    ".bmp",
    ".gif",
    ".heic",
    ".heif",
    ".jp2",
    ".jxl",
    ".ppm",
    ".tif",
    ".tiff",
    ".webp",
)
"""Refused by name: leaving them out in silence would lose images."""
LARGEST_ID = 2**63 - 1
ENCODED_AHEAD = 256
"""Images that may wait for the disk while the caller makes the next ones."""


def member_name(image_id: int) -> str:
    """Return the name of an image inside its archive."""
    digits = f"{image_id:08d}"
    return f"{digits[:5]}/img{digits}.png"


def write_archive(
    path: str | Path,
    images: Iterable[np.ndarray],
    first_id: int = 0,
    *,
    labels: np.ndarray | None = None,
    origin: str = "",
) -> None:
    """Write uint8 [H,W,3] RGB images, numbered from `first_id`, as one archive, atomically.

    Args:
        path: the zip to write.
        images: an array [N,H,W,3], or any iterable that makes the images as it goes: they are
            encoded by threads meanwhile, where OpenCV may use some, and only a few are held.
        first_id: the id of the first image.
        labels: [N,L] conditioning values, or None.
        origin: what the images were made from, in the archive's comment.
    """
    names = []
    with atomic_path(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        archive.comment = origin.encode()
        for image_id, encoded in enumerate(_encode_ahead(images), start=first_id):
            names.append(member_name(image_id))
            _add(archive, names[-1], encoded)
        _add(archive, "dataset.json", json.dumps(_metadata(names, labels)).encode())


def _metadata(names: list[str], labels: np.ndarray | None) -> dict[str, Any]:
    if labels is None:
        return {"labels": None}
    rows = np.asarray(labels).tolist()
    return {"labels": [[name, row] for name, row in zip(names, rows, strict=True)]}


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # ZipInfo's fixed date makes equal images an equal file.
    archive.writestr(zipfile.ZipInfo(name), content)


def _encode_ahead(images: Iterable[np.ndarray]) -> Iterator[bytes]:
    """Encode with as many threads as OpenCV may use, of which the caller is one."""
    waiting: deque[Future[bytes]] = deque()
    if (threads := cv2.getNumThreads()) == 1:
        yield from map(_encode, images)
        return
    with ThreadPoolExecutor(threads - 1) as pool:
        for image in images:
            # A copy, since the caller may reuse its buffer.
            waiting.append(pool.submit(_encode, image.copy()))
            if len(waiting) > ENCODED_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _encode(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes()


def read_archive(
    path: str | Path, among: Iterable[int] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return (ids int64 [N] ascending, images uint8 [N,H,W,3] RGB) of one archive.

    Args:
        path: the archive.
        among: ids; images of others are left out. None takes all.

    Raises:
        InputError: as `read_images`.
    """
    images = open_archive(path, among)
    return images.ids, images[:]


def read_images(
    paths: Sequence[str | Path], ids: Sequence[int] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return (ids int64 [N], images uint8 [N,H,W,3] RGB) from several archives.

    Args:
        paths: archives with PNG or JPEG members whose names end in the image id.
        ids: the images wanted, in this order; None takes all in ascending order.

    Raises:
        InputError: an archive is missing, damaged or empty, an image cannot be decoded or has
            another size than the first, an id occurs twice or is not there.
    """
    images = ArchivedImages(paths, ids)
    return images.ids, images[:]


class ArchivedImages:
    """The images of several archives as an array uint8 [N,H,W,3] that is decoded when sliced.

    Attributes:
        ids: int64 [N].
    """

    def __init__(self, paths: Sequence[str | Path], ids: Sequence[int] | None = None):
        """Find the images; arguments and errors as those of `read_images`."""
        members = _find_members(paths)
        self.ids = np.array(sorted(members) if ids is None else ids, dtype=np.int64)
        if lacking := [int(image_id) for image_id in self.ids if int(image_id) not in members]:
            raise InputError(
                f"{_list(paths)}: {len(lacking)} wanted images are not there, id {lacking[0]} "
                "first; make the image archives and the score table from the same run."
            )
        self._members = [members[int(image_id)] for image_id in self.ids]

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """N, H, W and 3; H and W are the first image's."""
        first = _decode_all(self._members[:1], None)
        return len(self), *first.shape[1:]

    def __len__(self) -> int:
        return len(self._members)

    def __getitem__(self, rows: slice) -> np.ndarray:
        """Decode images, uint8 [n,H,W,3]."""
        return _decode_all(self._members[rows], self.shape[1:])


def open_archive(path: str | Path, among: Iterable[int] | None = None) -> ArchivedImages:
    """Open one archive as `read_archive` reads it."""
    if among is None:
        return ArchivedImages([path])
    among = set(among)
    return ArchivedImages([path], [one for one in image_ids([path]) if one in among])


def image_ids(paths: Sequence[str | Path]) -> list[int]:
    """Return the ids of the images in several archives, ascending, without decoding any.

    Raises:
        InputError: an archive is missing, damaged or empty, or an id occurs twice.
    """
    return sorted(_find_members(paths))


def _find_members(paths: Sequence[str | Path]) -> dict[int, tuple[Path, str]]:
    members: dict[int, tuple[Path, str]] = {}
    said = [(path, _collect_members(path, members)) for path in map(Path, paths)]
    require_one_origin(said)
    return members


def _list(paths: Sequence[str | Path]) -> str:
    return ", ".join(map(str, paths[:3])) + (", ..." if len(paths) > 3 else "")


def _collect_members(path: Path, members: dict[int, tuple[Path, str]]) -> str:
    """Add the images of an archive; return what it says that they were made from."""
    with _open(path) as archive:
        origin = archive.comment.decode(errors="replace")
        names = [name for name in archive.namelist() if not _is_hidden(name)]
    if others := [name for name in names if name.lower().endswith(OTHER_PICTURES)]:
        raise InputError(f"{path}: {others[0]} is no PNG or JPEG; save it as PNG.")
    names = [name for name in names if name.lower().endswith(IMAGE_SUFFIXES)]
    if not names:
        raise InputError(f"{path}: holds no PNG or JPEG; give an archive of images.")
    for name in names:
        number = re.search(r"([0-9]+)$", PurePosixPath(name).stem)
        if number is None or int(number[1]) > LARGEST_ID:
            raise InputError(
                f"{path}: {name} has no number that could be its id; name images as "
                f"{member_name(0)}."
            )
        image_id = int(number[1])
        if image_id in members:
            first = members[image_id]
            raise InputError(
                f"{path}: {name} has the id of {first[1]} in {first[0]}; give each image its own."
            )
        members[image_id] = (path, name)
    return origin


def _is_hidden(name: str) -> bool:
    # Some systems put `._img0.png` beside img0.png, or such files into a folder of their own.
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or any(part.startswith(".") for part in parts if part != "..")


def _open(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; make it, or correct the path.") from None
    except Exception as error:  # a damaged list of members can fail in any way
        raise InputError(
            f"{path}: is not a whole zip ({error}); delete it and make or copy it again."
        ) from error


def _decode_all(members: list[tuple[Path, str]], shape: tuple[int, ...] | None) -> np.ndarray:
    """Decode images of one shape, by default the first one's."""
    images = np.empty((len(members), *(shape or (0, 0, 3))), np.uint8)
    archives = {path: _open(path) for path in dict.fromkeys(path for path, _ in members)}
    try:
        for index, (path, name) in enumerate(members):
            image = _decode(archives[path], path, name)
            if index == 0 and shape is None:
                images = np.empty((len(members), *image.shape), np.uint8)
            if image.shape != images.shape[1:]:
                raise InputError(
                    f"{path}: {name} is {image.shape[1]}x{image.shape[0]}, other images are "
                    f"{images.shape[2]}x{images.shape[1]}; make all of one size."
                )
            images[index] = image
    finally:
        for archive in archives.values():
            archive.close()
    return images


def _decode(archive: zipfile.ZipFile, path: Path, name: str) -> np.ndarray:
    """Decode an image to uint8 [H,W,3] RGB."""
    # PIL refuses a truncated image, which OpenCV may fill with grey.
    try:
        content = io.BytesIO(archive.read(name))
        with Image.open(content, formats=("PNG", "JPEG")) as image:
            return _eight_bit(image)
    except UnidentifiedImageError:
        reason = "it is neither PNG nor JPEG, whatever its name says"
    except Exception as error:  # a damaged picture can fail in any way
        reason = str(error)
    raise InputError(
        f"{path}: image {name} cannot be read ({reason}); delete it and run again, or copy it anew."
    )


def _eight_bit(image: Image.Image) -> np.ndarray:
    """Return uint8 [H,W,3], turned as the camera says, without transparency."""
    image = ImageOps.exif_transpose(image)
    # PIL's own conversion clips 16-bit grey to white.
    if image.mode.startswith("I;16"):
        grey = (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.mode in ("I", "F"):
        raise ValueError(f"its mode {image.mode} has no largest value; save it with 8 bits")
    return np.asarray(image.convert("RGB"))
