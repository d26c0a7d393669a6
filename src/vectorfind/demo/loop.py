"""A training loop with a wall-clock budget, replayed as one CUDA graph where there is a GPU."""

import logging
import math
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

log = logging.getLogger(__name__)

WARM_UP_STEPS = 11
CHECKPOINT_EVERY_S = 60.0
LOG_EVERY_S = 10.0

Step = Callable[[], dict[str, Tensor]]


def adam(groups: list[dict], device: torch.device, betas: tuple[float, float] = (0.9, 0.99)):
    """Make an Adam whose learning rate can change between replays of a CUDA graph.

    Each group holds `params` and `scale`, its learning rate as a multiple of the loop's.
    """
    cuda = device.type == "cuda"
    for group in groups:
        group["lr"] = torch.tensor(0.0, device=device) if cuda else 0.0
    return torch.optim.Adam(groups, betas=betas, capturable=cuda)


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate * group["scale"])
        else:
            group["lr"] = rate * group["scale"]


def _graphed(step: Step) -> Step:
    """Capture `step` (which must not wait for the GPU) once; what is returned replays it."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP_STEPS):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        outputs = step()

    def replay() -> dict[str, Tensor]:
        graph.replay()
        return outputs

    return replay


def _accelerated(step: Step, device: torch.device) -> Step:
    if device.type != "cuda":
        return step
    try:
        return _graphed(step)
    except RuntimeError as error:
        log.warning("no CUDA graph, stepping eagerly: %s", str(error).splitlines()[0])
        torch.cuda.synchronize()
        return step


def rate_at(progress: float, peak: float, final_share: float = 0.01) -> float:
    """Rise over the first 2 %, then fall as a cosine to `final_share` of the peak."""
    if progress < 0.02:
        return peak * (0.05 + progress / 0.02 * 0.95)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - 0.02) / 0.98)))
    return peak * (final_share + (1 - final_share) * cosine)


def train_for(
    name: str,
    seconds: float,
    peak_rate: float,
    optimizer: torch.optim.Optimizer,
    step: Step,
    save: Callable[[], None],
    device: torch.device,
    stage_progress: tuple[float, float] = (0.0, 1.0),
) -> int:
    """Run `step` until `seconds` are over, saving every minute and at the end.

    Args:
        name: what the log calls this training.
        seconds: the budget.
        peak_rate: learning rate after the warm-up; every group multiplies it by its `scale`.
        optimizer: made by `adam`.
        step: one update; returns what to log.
        save: writes the checkpoint.
        device: where the step computes.
        stage_progress: where in the schedule of the learning rate this training starts and ends.

    Returns:
        The number of steps made.

    Raises:
        FloatingPointError: a logged value is no longer finite; the last checkpoint stays.
    """
    first, last = stage_progress
    _set_rate(optimizer, rate_at(first, peak_rate) * 0.1)
    start = time.monotonic()
    fast_step = _accelerated(step, device)
    logged = saved = time.monotonic()
    steps = 0
    while (now := time.monotonic()) - start < seconds or steps == 0:
        progress = first + (last - first) * (now - start) / max(seconds, 1e-9)
        _set_rate(optimizer, rate_at(progress, peak_rate))
        outputs = fast_step()
        steps += 1
        if steps % 20 == 0 and device.type == "cuda":
            torch.cuda.synchronize()  # the wall clock must see the work, not its queue
        if now - logged > LOG_EVERY_S:
            _report(name, steps, steps / (now - start), outputs)
            logged = now
        if now - saved > CHECKPOINT_EVERY_S:
            save()
            saved = now
    _report(name, steps, steps / (time.monotonic() - start), outputs)
    save()
    return steps


def _report(name: str, steps: int, speed: float, outputs: dict[str, Tensor]) -> None:
    values = {key: float(value) for key, value in outputs.items()}
    text = ", ".join(f"{key} {value:.4f}" for key, value in values.items())
    log.info("%s: step %d, %.1f/s, %s", name, steps, speed, text)
    if not all(math.isfinite(value) for value in values.values()):
        raise FloatingPointError(f"{name}: {text} at step {steps}")


def average_into(average: Sequence[Tensor], current: Sequence[Tensor], decay: float) -> None:
    """Move the averaged tensors towards the current ones, without waiting for the GPU."""
    with torch.no_grad():
        torch._foreach_lerp_(list(average), list(current), 1 - decay)
