"""Files of the Hugging Face hub, which a configuration names `hf:OWNER/REPO/FILE@REVISION`.

Without `/FILE` it is the folder of a model, such as a face parser.
"""

import errno
import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from vectorfind.errors import InputError
from vectorfind.files import atomic_path, sha256_of

PREFIX = "hf:"
DOWNLOADS = "results/downloads"
MODEL_FILES = ["*.json", "*.safetensors"]
"""What is taken of a model's folder: no code, no pickles."""
NAME = r"[A-Za-z0-9][\w.-]*"
PATTERN = re.compile(rf"hf:({NAME}/{NAME})(?:/([^@\\]+))?@({NAME})")


class _Bar(tqdm):  # type: ignore[misc]  # tqdm has no types
    """A progress bar in a job's log too; the hub's own ones are for terminals only."""

    def __init__(self, *args: Any, **options: Any):
        options.pop("name", None)
        super().__init__(*args, **options | {"disable": False, "mininterval": 5})


class HubReference(NamedTuple):
    """A file of the hub, or with an empty `file` the folder of a model."""

    repo: str
    file: str
    revision: str

    def __str__(self) -> str:
        return f"{PREFIX}{'/'.join(filter(None, (self.repo, self.file)))}@{self.revision}"

    @property
    def place(self) -> Path:
        """Where the rules `download_file` and `download_model` put it."""
        kind = "files" if self.file else "models"
        return Path(DOWNLOADS, kind, self.repo, self.revision, self.file)

    @property
    def command(self) -> str:
        """What fetches it into the hub's cache by hand."""
        words = ["hf download", self.repo, self.file, f"--revision {self.revision}"]
        return " ".join(filter(None, words))


def hub_reference(text: str | None) -> HubReference | None:
    """Return the file of the hub that a configuration's value names; None for a path.

    Raises:
        InputError: it begins with `hf:` and is of another form.
    """
    if text is None or not text.startswith(PREFIX):
        return None
    found = PATTERN.fullmatch(text)
    if found is None or ".." in (found[2] or "").split("/"):
        raise InputError(
            f"{text}: is no file of the hub; write hf:OWNER/REPO/FILE@REVISION, as "
            "hf:someone/faces/generator.pth@main, and for a model's folder leave /FILE out."
        )
    return HubReference(found[1], found[2] or "", found[3])


def local_path(text: str) -> str:
    """Return where the file is that a configuration's value names: itself, or its download."""
    reference = hub_reference(text)
    return str(reference.place) if reference else text


def download(reference: HubReference, output: str | Path) -> None:
    """Fetch a file, or a model's folder, through the hub's cache, and check it.

    An interrupted download goes on where it was; what the cache has is not fetched again. Beside a
    file its SHA-256 is written, as `sha256sum --check` reads it.

    Raises:
        InputError: it is not there, cannot be reached, is damaged, or the disk is full.
    """
    # Imported late: it takes a second, and planning needs none of it.
    from huggingface_hub import snapshot_download

    output = Path(output)
    with _explained(reference):
        if reference.file:
            _copy(fetch(reference), output)
            with atomic_path(f"{output}.sha256") as partial:
                partial.write_text(f"{sha256_of(output)}  {output.name}\n", encoding="utf-8")
            return
        folder = snapshot_download(
            reference.repo,
            revision=reference.revision,
            allow_patterns=MODEL_FILES,
            tqdm_class=_Bar,
        )
        for path in filter(Path.is_file, Path(folder).rglob("*")):
            _copy(path, output / path.relative_to(folder))


def fetch(reference: HubReference) -> Path:
    """Return a file's place in the hub's cache, fetched if need be.

    Raises:
        InputError: as download.
    """
    from huggingface_hub import hf_hub_download

    with _explained(reference):
        repo, revision = reference.repo, reference.revision
        return Path(hf_hub_download(repo, reference.file, revision=revision, tqdm_class=_Bar))


def _copy(cached: Path, output: Path) -> None:
    """Copy a file of the cache that is what its checksum, its name there, says."""
    _check(cached.resolve())
    with atomic_path(output) as partial:
        shutil.copyfile(cached, partial)


def _check(blob: Path) -> None:
    if len(blob.name) == 64:  # of large files
        found = sha256_of(blob)
    else:  # git's own
        content = blob.read_bytes()
        found = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    if found != blob.name:
        raise InputError(
            f"{blob}: is damaged in the hub's cache: its checksum is {found[:12]}.., not "
            f"{blob.name[:12]}..; delete it and run again."
        )


@contextmanager
def _explained(reference: HubReference) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # a download can fail in any way
        raise InputError(f"{reference}: {_reason(reference, error)}") from error


def _reason(reference: HubReference, error: Exception) -> str:
    from huggingface_hub import errors

    place = f"https://huggingface.co/{reference.repo}"
    if isinstance(error, errors.LocalEntryNotFoundError):
        return (
            "the hub cannot be reached, and its cache on this machine lacks the file. Where there "
            f"is a network run `{reference.command}` and copy the folder that HF_HOME names "
            "(~/.cache/huggingface) to this machine, or give the path of the file."
        )
    if isinstance(error, errors.GatedRepoError):
        return f"must be asked for at {place}; then log in with `hf auth login`."
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"the hub has no {reference.repo}, or it is private: then `hf auth login`."
    if isinstance(error, errors.RevisionNotFoundError):
        return f"it has no such revision; see {place}/commits/main."
    if isinstance(error, errors.EntryNotFoundError):
        return f"it has no such file; see {place}/tree/main."
    if getattr(error, "errno", None) == errno.ENOSPC:
        return "the disk is full; free space, or let HF_HOME name a folder on another one."
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"the download failed ({said}); run the command again, it goes on where it was."
