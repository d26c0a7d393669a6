"""How a training is going: a bar on a terminal, a line now and then in a log."""

import logging
import resource
import sys
import time
from collections.abc import Mapping

import torch
from tqdm import tqdm

logger = logging.getLogger("vectorfind.training")


class Progress:
    """Reports steps and the latest metrics; `line_every_s` is the pace of lines in a log."""

    def __init__(self, title: str, start: int, total: int, *, line_every_s: float = 10.0):
        self._title, self._total, self._line_every_s = title, total, line_every_s
        self._line_step, self._line_time = start, time.monotonic()
        hidden = not sys.stderr.isatty()
        self._bar = tqdm(
            desc=title, initial=start, total=total, disable=hidden, dynamic_ncols=True, leave=False
        )

    def show(self, step: int, metrics: Mapping[str, float]) -> None:
        """Report that `step` steps are done."""
        if not self._bar.disable:
            self._bar.update(step - self._bar.n)
            self._bar.set_postfix_str(_metrics_text(metrics), refresh=False)
        elif (seconds := time.monotonic() - self._line_time) >= self._line_every_s:
            rate = (step - self._line_step) / seconds
            logger.info("%s", self._line(step, rate, metrics))
            self._line_step, self._line_time = step, time.monotonic()

    def close(self) -> None:
        """Remove the bar from the terminal."""
        self._bar.close()

    def _line(self, step: int, rate: float, metrics: Mapping[str, float]) -> str:
        left = _duration_text((self._total - step) / max(rate, 1e-9))
        parts = [f"step {step}/{self._total}", f"{rate:.3g} steps/s", f"{left} left"]
        parts += [_metrics_text(metrics)] if metrics else []
        return f"{self._title}: {', '.join([*parts, _memory_text()])}"


def _metrics_text(metrics: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())


def _duration_text(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def _memory_text() -> str:
    # ru_maxrss is in KiB on Linux and in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    text = f"memory {peak / 2**30:.2f} GiB"
    if torch.cuda.is_available():
        text += f", GPU {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB"
    return text
