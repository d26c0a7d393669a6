"""SVMs on disk; nothing here runs code when it is loaded."""

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import skops.io
from sklearn.svm import LinearSVC

from vectorfind.directions.svm import GroupFit
from vectorfind.errors import InputError
from vectorfind.files import atomic_path


def write_svm(path: str | Path, model: LinearSVC) -> None:
    """Write an SVM as a skops file, atomically and in equal bytes for equal SVMs."""
    with atomic_path(path) as partial:
        partial.write_bytes(_without_traces(skops.io.dumps(model)))


def _without_traces(content: bytes) -> bytes:
    """Number the objects of a skops file by place, not by address, and drop its times."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    schema = files.pop("schema.json").decode()
    addresses = dict.fromkeys(re.findall(r'"__id__": (\d+)', schema))
    numbers = {address: str(number) for number, address in enumerate(addresses)}
    whole = re.compile(r"\b(?:" + "|".join(numbers) + r")\b")

    def numbered(text: str) -> str:
        return whole.sub(lambda found: numbers[found[0]], text)

    clean = io.BytesIO()
    with zipfile.ZipFile(clean, "w") as archive:
        for name, value in files.items():
            archive.writestr(zipfile.ZipInfo(numbered(name)), value)
        archive.writestr(zipfile.ZipInfo("schema.json"), numbered(schema))
    return clean.getvalue()


def read_svm(path: str | Path) -> LinearSVC:
    """Read an SVM from a skops file that holds only scikit-learn's own types.

    Raises:
        InputError: the file is damaged or holds anything else.
    """
    try:
        unknown = skops.io.get_untrusted_types(file=path)
        model = None if unknown else skops.io.load(path)
    except Exception as error:
        raise InputError(f"{path}: not a readable SVM ({error}); delete it and rerun.") from error
    if not isinstance(model, LinearSVC):
        raise InputError(f"{path}: does not hold a LinearSVC; delete it and rerun.")
    return model


def figures_of(fits: Sequence[GroupFit], groups: Sequence[str]) -> pd.DataFrame:
    """Return a row of figures per group's SVM."""
    names = ("samples", "train_accuracy", "validation_accuracy", "gain", "pooled")
    columns = {name: [getattr(fit, name) for fit in fits] for name in names}
    return pd.DataFrame({"group": groups, **columns})
