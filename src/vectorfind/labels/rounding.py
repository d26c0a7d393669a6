"""From probabilities to labels."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd


def labels_of(ids: Sequence[int], probabilities: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return a table of 0 and 1: image_id, and a column per attribute from its probability [N]."""
    columns = {name: (values >= 0.5).astype(np.int64) for name, values in probabilities.items()}
    return pd.DataFrame({"image_id": np.asarray(ids, np.int64), **columns})
