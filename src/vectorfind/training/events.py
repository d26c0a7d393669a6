"""TensorBoard event files, where the tensorboard package is installed."""

from pathlib import Path

try:
    from torch.utils.tensorboard import SummaryWriter
except ImportError:
    SummaryWriter = None


def open_events(folder: Path, step: int) -> "SummaryWriter | None":
    """Return a writer of event files in `folder`/events, or None without tensorboard.

    What an interrupted run wrote from `step` on, TensorBoard then leaves out.
    """
    return SummaryWriter(folder / "events", purge_step=step) if SummaryWriter else None
