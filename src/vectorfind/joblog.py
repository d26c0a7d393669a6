"""Where a job's words go: everything into its log, bad input as one message."""

import logging
import os
import sys
import traceback
from pathlib import Path

from vectorfind.errors import InputError


def start_job_log(path: str | Path) -> None:
    """Send logging, stdout, stderr and uncaught exceptions of this process to a log file.

    An InputError is written as its message alone, anything else with its traceback.
    """
    file = Path(path).open("a", buffering=1)  # noqa: SIM115 (lives as long as the process)
    os.dup2(file.fileno(), sys.stdout.fileno())
    os.dup2(file.fileno(), sys.stderr.fileno())
    logging.basicConfig(
        stream=file, level=logging.INFO, format="%(asctime)s %(message)s", force=True
    )
    sys.excepthook = _write_exception


def _write_exception(kind, error, trace) -> None:
    if issubclass(kind, InputError):
        print(f"\nVectorFind cannot go on: {error}", file=sys.stderr, flush=True)
    else:
        traceback.print_exception(kind, error, trace)
