from itertools import product

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from PIL import Image

from vectorfind.evaluation.figures import TARGET_CHANGES
from vectorfind.evaluation.strength import STRENGTHS
from vectorfind.pictures.field_figures import draw_field_figures

METHODS = ("svm", "dual")
FIGURES = ("success", "preservation", "identity", "kid", "dependency", "linearity")


def table(properties, **levels):
    """A table as `field_tables` makes them, with made-up numbers."""
    columns = {"method": METHODS, "judge": ("scorer", "parser"), "property": properties} | levels
    rows = pd.DataFrame(list(product(*columns.values())), columns=list(columns))
    rng = np.random.default_rng(0)
    return rows.assign(**{name: rng.uniform(0, 1, len(rows)) for name in FIGURES})


@pytest.mark.parametrize("properties", [("smile",), ("eyes", "mouth", "pose"), tuple("abcdefg")])
def test_one_page_shows_all_methods(properties, tmp_path):
    strength = table(properties, strength=STRENGTHS)
    dependency = table(properties, target_change=TARGET_CHANGES)
    rows = list(product(METHODS, properties, (0, 1, "all")))
    layers = pd.DataFrame(rows, columns=["method", "property", "layer"])
    layers = layers.assign(**dict.fromkeys(properties, 0.5))
    page = tmp_path / "page.png"
    draw_field_figures(page, strength, dependency, table(properties), layers)
    assert page.stat().st_size > 50_000
    assert np.asarray(Image.open(page).convert("L")).std() > 5


def test_every_property_has_its_curves(tmp_path, monkeypatch):
    drawn = []
    plot = Axes.plot

    def note(axes, *values, label="", **style):
        drawn.append(label)
        return plot(axes, *values, label=label, **style)

    monkeypatch.setattr(Axes, "plot", note)
    properties = tuple("abcdefg")
    layers = pd.DataFrame({"method": METHODS, "property": "a", "layer": "all", "a": 1.0})
    tables = (table(properties, strength=STRENGTHS), table(properties, target_change=[1, 2]))
    draw_field_figures(tmp_path / "page.png", *tables, table(properties), layers)
    wanted = {f"{method}, {name}" for method, name in product(METHODS, properties)}
    assert {label for label in drawn if ", " in label} == wanted
