import pytest
from matplotlib.axes import Axes

from vectorfind.finetuning.metrics import read_metrics
from vectorfind.pictures.training_curves import ATTRIBUTES_PANEL, plot_curves


def test_curves_are_drawn_from_rows_of_two_kinds(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(
        '{"step": 0, "seconds": 0.1, "gender": 0.5, "pass_share": 0.1, "variety": 30.0}\n'
        '{"step": 9, "seconds": 0.2, "d_loss": 1.3, "g_loss": 0.7, "auroc": 0.6}\n'
    )
    plot_curves(read_metrics(path), tmp_path / "curves.png", "FineTune-v1", 9)
    assert (tmp_path / "curves.png").stat().st_size > 10_000


@pytest.mark.parametrize("names", [("beard", "hat"), ("gender",), ()])
def test_attributes_of_any_name_share_a_panel(names, tmp_path, monkeypatch):
    panels = {}
    plot, title = Axes.plot, Axes.set_title
    labels = []

    def note_line(axis, *values, label, **style):
        labels.append(label)
        return plot(axis, *values, label=label, **style)

    def note_title(axis, name, **style):
        panels[name] = labels.copy()
        labels.clear()
        return title(axis, name, **style)

    monkeypatch.setattr(Axes, "plot", note_line)
    monkeypatch.setattr(Axes, "set_title", note_title)
    path = tmp_path / "metrics.jsonl"
    scores = "".join(f'"{name}": 0.5, ' for name in names)
    path.write_text(
        f'{{"step": 0, "seconds": 0.1, {scores}"pass_share": 0.1, "spread_eyes": 1.0}}\n'
        '{"step": 9, "seconds": 0.2, "d_loss": 1.3, "g_loss": 0.7, "auroc": 0.6}\n'
    )
    plot_curves(read_metrics(path), tmp_path / "curves.png", "FineTune-v1", 9)
    assert tuple(panels.get(ATTRIBUTES_PANEL, ())) == names
    assert panels["losses"] == ["d_loss", "g_loss"]
    assert panels["pass share of the fixed faces"] == ["pass_share"]
