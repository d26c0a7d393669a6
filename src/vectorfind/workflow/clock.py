"""Files from the future: what a clock that went back leaves behind."""

import os
import time
from collections.abc import Iterable
from pathlib import Path


def take_back_future(folders: Iterable[str | Path]) -> float:
    """Make files that are newer than now as old as they were when the clock was ahead.

    Snakemake refuses outputs that are older than their inputs, which all new ones would be. The
    newest file becomes one of now, the others from the future keep their distance to it, so that
    nothing changes places.

    Returns:
        the seconds that were taken back, 0 where no file is from the future.
    """
    now = time.time_ns()
    files = [path for folder in folders for path in Path(folder).rglob("*")]
    times = {path: path.lstat().st_mtime_ns for path in files}
    ahead = max([0, *(when - now for when in times.values())])
    for path, when in times.items():
        if ahead and when > now:
            os.utime(path, ns=(when - ahead, when - ahead), follow_symlinks=False)
    return ahead / 10**9
