"""Which step a training keeps."""

import pandas as pd

from vectorfind.finetuning.metrics import kept_step


def test_the_first_of_the_best_looks_is_kept_and_else_the_last_step():
    steps, objective = [0, 9, 10, 20, 30], [0.2, None, 0.5, 0.5, 0.4]
    table = pd.DataFrame({"step": steps, "objective": objective})
    assert kept_step(table) == 10
    assert kept_step(table[["step"]]) == 30
