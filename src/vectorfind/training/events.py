"""TensorBoard event files, where the tensorboard package is installed."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter as Writer

SummaryWriter: "type[Writer] | None"
try:
    from torch.utils.tensorboard import SummaryWriter
except ImportError:
    SummaryWriter = None


def open_events(folder: Path, step: int) -> "Writer | None":
    """Return a writer of event files in `folder`/events, or None without tensorboard.

    What an interrupted run wrote from `step` on, TensorBoard then leaves out.
    """
    return SummaryWriter(folder / "events", purge_step=step) if SummaryWriter else None
