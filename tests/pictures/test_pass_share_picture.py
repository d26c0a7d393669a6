import pandas as pd
import pytest
from PIL import Image

from vectorfind.pictures.pass_share import draw_comparison


@pytest.mark.parametrize("attributes", [("gender",), ("gender", "quality", "age", "glass"), ()])
def test_the_picture_is_drawn(attributes, tmp_path):
    comparison = pd.DataFrame({"stage": ["original", "finetune_v1"], "pass_share": [0.4, 0.6]})
    comparison = comparison.assign(spread_eyes=1.0, spread_pose=0.8)
    comparison = comparison.assign(**{f"mean_{name}": 0.5 for name in attributes})
    draw_comparison(tmp_path / "share.png", comparison)
    with Image.open(tmp_path / "share.png") as image:
        assert image.size == (2100, 510)
