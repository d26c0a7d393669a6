"""The frame around every training: resume, checkpoints, signals, metrics, one process at a time."""

import fcntl
import json
import logging
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from vectorfind.errors import InputError
from vectorfind.files import write_weights
from vectorfind.training.events import open_events
from vectorfind.training.progress import Progress

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

logger = logging.getLogger("vectorfind.training")


class TrainingRun:
    """A training that picks up where it was, however it ended.

    The working folder holds `checkpoint.pt`, `metrics.jsonl`, `lock` and, where tensorboard is
    installed, `events`; no Snakemake rule may declare it, since a failed job's outputs are
    deleted. Use:

        with TrainingRun(folder, {"config": ..., "images": sha256}, total_steps=5000) as run:
            if (saved := run.load()) is not None:
                model.load_state_dict(saved["model"])
            for step in run.steps(lambda: {"model": model.state_dict()}):
                seed_step(seed, step)
                ...
                run.log({"loss": loss})

    The state may hold what `torch.load(weights_only=True)` reads: tensors, numbers, strings, None
    and lists and dicts of them. With `seed_step` a resumed run on CPU equals an uninterrupted one
    bit for bit.
    """

    def __init__(
        self,
        folder: str | Path,
        fingerprint: Mapping[str, Any],
        total_steps: int,
        *,
        title: str = "training",
        advice: str = "lower the learning rate",
        code: str = "",
        save_every_s: float = 30.0,
        line_every_s: float = 10.0,
    ):
        """Describe a run; nothing is read or written before the `with` block.

        Args:
            folder: working folder, made when absent; one training per folder.
            fingerprint: JSON values of all inputs and config keys that decide the numbers; with
                another fingerprint than the checkpoint's the training starts afresh.
            total_steps: steps of the whole training.
            title: what the progress bar and the log call this training.
            advice: which config key to change when a metric stops being finite.
            code: `digest_code` of the package that trains; a finished training is done again when
                it has changed, an unfinished one goes on, so that a fix costs no days.
            save_every_s: seconds between checkpoints, all that kill -9 can cost.
            line_every_s: seconds between lines in a log.
        """
        self.folder, self.total_steps, self.step = Path(folder), total_steps, 0
        self._fingerprint = json.loads(json.dumps(fingerprint))
        self._title, self._advice, self._code = title, advice, code
        self._save_every_s, self._line_every_s = save_every_s, line_every_s
        self._stopped, self._latest = False, dict[str, float]()
        self._signal: int | None = None
        self._seconds_before, self._started = 0.0, time.monotonic()

    @property
    def checkpoint_path(self) -> Path:
        """Where the state is kept."""
        return self.folder / "checkpoint.pt"

    @property
    def metrics_path(self) -> Path:
        """One JSON object per logged step: `step`, `seconds` and the metrics."""
        return self.folder / "metrics.jsonl"

    def __enter__(self) -> "TrainingRun":
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.folder / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise InputError(
                f"{self.folder}: another process is training here; wait for it or stop it."
            ) from None
        for left_by_kill in self.folder.glob(".checkpoint.partial-*"):
            left_by_kill.unlink()
        self._metrics = self.metrics_path.open("a")
        self._events: SummaryWriter | None = None
        self._started = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        # On a full disk the rows that are left cannot be written; the message is already given.
        with suppress(OSError):
            self._metrics.close()
        with suppress(OSError):
            if self._events is not None:
                self._events.close()
        self._lock.close()

    def load(self) -> dict[str, Any] | None:
        """Return the saved state to continue from, tensors on the CPU, or None to start afresh.

        Raises:
            InputError: the checkpoint cannot be read.
        """
        saved = self._read_checkpoint()
        size = saved["metrics_size"] if saved else 0
        self._metrics.truncate(min(size, self.metrics_path.stat().st_size))
        self.step = saved["step"] if saved else 0
        self._events = open_events(self.folder, self.step)
        if saved is None:
            return None
        self._stopped, self._seconds_before = saved["stopped"], saved["seconds"]
        logger.info("%s: continues at step %d of %d", self._title, self.step, self.total_steps)
        return saved["state"]

    def steps(self, state: Callable[[], dict[str, Any]]) -> Iterator[int]:
        """Yield the steps still to do; save `state()` when due, on a signal and at the end.

        Raises:
            SystemExit: with status 143 after SIGTERM, once the state is saved.
            KeyboardInterrupt: after SIGINT, once the state is saved.
            InputError: the checkpoint cannot be written; the one before is left as it was.
        """
        progress = Progress(
            self._title, self.step, self.total_steps, line_every_s=self._line_every_s
        )
        saved_at = time.monotonic()
        with self._signals_kept():
            try:
                while not self._done():
                    yield self.step
                    self.step += 1
                    progress.show(self.step, self._latest)
                    due = time.monotonic() - saved_at >= self._save_every_s
                    if due or self._done() or self._signal is not None:
                        self._save(state())
                        saved_at = time.monotonic()
                    self._leave_on_signal()
            finally:
                progress.close()

    def log(self, metrics: Mapping[str, float | torch.Tensor]) -> None:
        """Add a row to metrics.jsonl; reading tensors from a GPU waits for it, so not every step.

        Raises:
            InputError: a value is not finite.
        """
        self._latest = {name: torch.as_tensor(value).item() for name, value in metrics.items()}
        for name, value in self._latest.items():
            if not math.isfinite(value):
                raise InputError(
                    f"{self._title} ({self.folder}): {name} is {value} at step {self.step}; "
                    f"{self._advice} and start again."
                )
        row = {"step": self.step, "seconds": round(self.seconds, 3), **self._latest}
        with self._disk_errors_explained("metrics"):
            self._metrics.write(json.dumps(row) + "\n")
            if self._events:
                for name, value in self._latest.items():
                    self._events.add_scalar(name, value, self.step)

    def stop(self) -> None:
        """End the training after this step, as if it were the last (early stopping)."""
        self._stopped = True

    @property
    def seconds(self) -> float:
        """Seconds of training so far, without those that a kill cost."""
        return self._seconds_before + time.monotonic() - self._started

    def _done(self) -> bool:
        return self._stopped or self.step >= self.total_steps

    def _read_checkpoint(self) -> dict[str, Any] | None:
        if not self.checkpoint_path.exists():
            return None
        try:
            saved = torch.load(self.checkpoint_path, map_location="cpu", weights_only=True)
            before = json.loads(saved["fingerprint"])
        except Exception as error:
            raise InputError(
                f"{self.checkpoint_path}: cannot be read ({error}); delete it to start afresh."
            ) from error
        changed = sorted(
            key
            for key in {*before, *self._fingerprint}
            if before.get(key) != self._fingerprint.get(key)
        )
        done = saved["stopped"] or saved["step"] >= self.total_steps
        if done and saved.get("code") != self._code:
            changed.append("code")
        if not changed:
            return saved
        logger.warning(
            "%s: starts afresh, the checkpoint in %s was made with another %s",
            *(self._title, self.folder, ", ".join(changed)),
        )
        return None

    def _save(self, state: dict[str, Any]) -> None:
        with self._disk_errors_explained("checkpoint"):
            self._metrics.flush()
            os.fsync(self._metrics.fileno())
            checkpoint = {
                "state": state,
                "step": self.step,
                "stopped": self._stopped,
                "seconds": self.seconds,
                "metrics_size": self.metrics_path.stat().st_size,
                "code": self._code,
                "fingerprint": json.dumps(self._fingerprint),
            }
            write_weights(self.checkpoint_path, checkpoint)

    @contextmanager
    def _disk_errors_explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(
                f"{self.folder}: the {what} of step {self.step} could not be written "
                f"({error.strerror}); the checkpoint before it is intact. "
                "Make room there and start again."
            ) from error

    @contextmanager
    def _signals_kept(self) -> Iterator[None]:
        """Note SIGTERM and SIGINT until the step is done; a second one acts at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGTERM, signal.SIGINT)
        handlers: dict[int, Any] = {number: signal.getsignal(number) for number in numbers}

        def note(number: int, _: object) -> None:
            self._signal = number
            signal.signal(number, handlers[number])

        for number in handlers:
            signal.signal(number, note)
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _leave_on_signal(self) -> None:
        if self._signal is None:
            return
        logger.warning("%s: interrupted, saved at step %d", self._title, self.step)
        if self._signal == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + self._signal)
