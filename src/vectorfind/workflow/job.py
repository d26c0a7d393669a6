"""How a job starts: its words go into its log, its configuration and device are at hand."""

import atexit
import logging
import os
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from vectorfind.config import Config, resolve_config
from vectorfind.errors import InputError
from vectorfind.hub import local_path
from vectorfind.workflow.last_words import MARK
from vectorfind.workflow.threads import bind_threads

if TYPE_CHECKING:
    import torch


class Job:
    """What the script of a rule works with.

    `params` decide the numbers: Snakemake runs the job again when they change. `config` says how
    the job computes, device and batch sizes: a change of it alone runs nothing again.
    """

    def __init__(self, snakemake: Any):
        """Start the job's log; `snakemake` is what Snakemake hands to a script."""
        start_job_log(snakemake.log[0])
        bind_threads(snakemake.threads)
        atexit.register(log_peak_memory)
        self.params, self.input, self.output = snakemake.params, snakemake.input, snakemake.output
        self.wildcards, self.threads = snakemake.wildcards, snakemake.threads
        self.resources = snakemake.resources
        self.config: Config = resolve_config(snakemake.config)

    def parser(self, decides: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of `load_parser`: what `decides` its scores, and its batch size."""
        here = {"model": local_path(decides["model"])}
        return {**decides, **here, "batch_size": self.config.parser.batch_size}

    @contextmanager
    def device(self) -> Iterator["torch.device"]:
        """Yield the device to compute on, alone on its GPU where there is one."""
        # Imported late: jobs that only read and write tables need no torch.
        from vectorfind.workflow.devices import claimed_device

        with claimed_device(self.config.device) as device:
            yield device


def log_peak_memory() -> None:
    """Write the most memory that this process had into its log, where the kernel tells.

    Snakemake's benchmarks look twice a second at first, later every half minute, and miss peaks.
    """
    status = Path("/proc/self/status")
    if status.exists() and (peak := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        logging.getLogger(__name__).info("peak memory %d MiB", int(peak[1]) // 1024)


def start_job_log(path: str | Path) -> None:
    """Send logging, stdout, stderr and uncaught exceptions of this process to a log file.

    An InputError is written as its message alone, anything else with its traceback.
    """
    file = Path(path).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115 (lives as long as the process)
    os.dup2(file.fileno(), sys.stdout.fileno())
    os.dup2(file.fileno(), sys.stderr.fileno())
    logging.basicConfig(
        stream=file, level=logging.INFO, format="%(asctime)s %(message)s", force=True
    )
    sys.excepthook = _write_exception


def _write_exception(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, InputError):
        print(f"\n{MARK}{error}", file=sys.stderr, flush=True)
    else:
        traceback.print_exception(kind, error, trace)
