"""What measures each property of a parsed face: a published score, or a function of the user's."""

import importlib.util
import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from vectorfind.data.tables import read_table
from vectorfind.errors import InputError
from vectorfind.faces.properties import measure_properties
from vectorfind.vocabulary import PUBLISHED, split_measure

Measure = str | Callable[[np.ndarray, np.ndarray], float]
"""A key of what `measure_properties` returns, or a function of parse map uint8 [224,224] (classes
of system.md 2.1) and image uint8 [224,224,3]."""

PUBLISHED_MEASURES: dict[str, Measure] = {name: name for name in PUBLISHED.properties}


def load_measures(measures: Mapping[str, str]) -> dict[str, Measure]:
    """Resolve `vocabulary.properties.NAME.measure` by name: `file.py:function` becomes a function.

    Raises:
        InputError: there is no such score, file or function.
    """
    return {name: _resolve(name, measure) for name, measure in measures.items()}


def _resolve(name: str, measure: str) -> Measure:
    key = f"vocabulary.properties.{name}.measure"
    path, function = split_measure(measure)
    if path is None:
        if measure not in PUBLISHED_MEASURES:
            raise InputError(
                f"{key}: {measure!r} is none of {', '.join(PUBLISHED_MEASURES)}; give one of them, "
                "or a function of yours as file.py:function."
            )
        return measure
    specification = importlib.util.spec_from_file_location(f"measure_{name}", path)
    if specification is None or specification.loader is None or not Path(path).is_file():
        raise InputError(f"{key}: there is no Python file {path}; correct the path.")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    if not callable(found := getattr(module, function, None)):
        raise InputError(f"{key}: {path} has no function {function!r}; correct the name.")
    return found


def with_own_scores(table: pd.DataFrame, paths: Mapping[str, str]) -> pd.DataFrame:
    """Return a table of scores with those of the user's CSVs, by property, of the same images.

    Raises:
        InputError: a file is no table with image_id and the property, or lacks an image.
    """
    for name, path in paths.items():
        own = read_table(path, "raw_properties", [name]).set_index("image_id")[name]
        table = table.assign(**{name: own.reindex(table.image_id).to_numpy()})
        if (missing := table.image_id[table[name].isna()]).size:
            raise InputError(
                f"{path}: {missing.size} images have no score of {name}, image {missing.iloc[0]} "
                "first; score every image that passes the filter."
            )
    return table


def measure_face(
    parse_map: np.ndarray, image: np.ndarray, measures: Mapping[str, Measure] = PUBLISHED_MEASURES
) -> dict[str, float]:
    """Measure one face: raw scores in the order of `measures`.

    Args:
        parse_map: uint8 [224,224], classes 0..10 of system.md 2.1.
        image: uint8 [224,224,3], the very picture that was parsed.
        measures: by property, as `load_measures` returns them.

    Raises:
        InputError: a function of the user's returned no finite number.
    """
    published = measure_properties(parse_map, image)
    return {
        name: published[measure]
        if isinstance(measure, str)
        else _by_function(name, measure, _read_only(parse_map), _read_only(image))
        for name, measure in measures.items()
    }


def _read_only(values: np.ndarray) -> np.ndarray:
    view = values.view()
    view.flags.writeable = False
    return view


def _by_function(
    name: str,
    function: Callable[[np.ndarray, np.ndarray], float],
    parse_map: np.ndarray,
    image: np.ndarray,
) -> float:
    score = function(parse_map, image)
    try:
        if math.isfinite(number := float(score)):
            return number
    except (TypeError, ValueError):
        pass
    raise InputError(
        f"vocabulary.properties.{name}.measure: your function returned {score!r} for a face; "
        "return a finite number, a fixed one where the part is missing."
    )
