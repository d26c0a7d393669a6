"""A resumable training of the demo's recipe, replayed as one CUDA graph where there is a GPU."""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vectorfind.training import TrainingRun, digest_code, seed_step

log = logging.getLogger(__name__)

WARM_UP_STEPS = 11
LOG_EVERY = 100
"""Steps between two looks at the losses, for which a GPU is waited for."""

Step = Callable[[], dict[str, Tensor]]


def adam(
    groups: list[dict[str, Any]], device: torch.device, betas: tuple[float, float] = (0.9, 0.99)
) -> torch.optim.Adam:
    """Make an Adam whose learning rate can change between replays of a CUDA graph.

    Each group holds `params` and `scale`, its learning rate as a multiple of the loop's.
    """
    optimizer = torch.optim.Adam(groups, lr=0.0, betas=betas, capturable=device.type == "cuda")
    _keep_rates_on(optimizer, device)
    return optimizer


def _keep_rates_on(optimizer: torch.optim.Optimizer, device: torch.device) -> None:
    """Let a CUDA graph read the learning rates from where they are changed."""
    for group in optimizer.param_groups:
        group["lr"] = torch.tensor(0.0, device=device) if device.type == "cuda" else 0.0


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


def _accelerated(step: Step, optimizer: torch.optim.Optimizer, device: torch.device) -> Step:
    if device.type != "cuda":
        return step
    _set_rate(optimizer, 0.0)  # the steps before the capture are to leave the weights alone
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


def train(
    folder: Path,
    steps: int,
    peak_rate: float,
    step: Step,
    parts: Mapping[str, Any],
    device: torch.device,
    *,
    seed: int,
    fingerprint: Mapping[str, Any],
    span: tuple[float, float] = (0.0, 1.0),
) -> None:
    """Make `steps` updates, or those that are left; a finished training only loads its `parts`.

    Trainings that follow on each other each have a folder: the later one starts with the parts as
    the earlier one leaves them, unless it has begun itself.

    Args:
        folder: working folder of the `TrainingRun`; its name is what the log calls it.
        steps: how many updates in all.
        peak_rate: learning rate after the warm-up; every group multiplies it by its `scale`.
        step: one update; returns what to log.
        parts: modules by name and, as `optimizer`, what `adam` made; all that a step changes.
        device: where the step computes. On a CPU an interrupted training ends bit for bit as one
            that was not; a CUDA graph's warm-up moves Adam's moments and the averages a little.
        seed: decides every random draw of a step.
        fingerprint: further JSON values that decide the numbers.
        span: where in the schedule of the learning rate this training starts and ends.

    Raises:
        InputError: a logged value is no longer finite, or another process is training here.
    """
    first, last = span
    optimizer = parts["optimizer"]
    decides = {"steps": steps, "rate": peak_rate, "seed": seed, "span": span, **fingerprint}
    code = digest_code("vectorfind.demo", "vectorfind.demo.world")
    with TrainingRun(folder, decides, steps, title=folder.name, code=code) as run:
        if (saved := run.load()) is not None:
            for name, part in parts.items():
                part.load_state_dict(saved[name])
            _keep_rates_on(optimizer, device)
        fast_step = _accelerated(step, optimizer, device) if run.step < steps else step
        for index in run.steps(lambda: {name: part.state_dict() for name, part in parts.items()}):
            _set_rate(optimizer, rate_at(first + (last - first) * index / steps, peak_rate))
            seed_step(seed, index)
            outputs = fast_step()
            if index % LOG_EVERY == 0 or index + 1 == steps:
                run.log(outputs)


def descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """Take one step down the gradient of a loss."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def average_into(average: Sequence[Tensor], current: Sequence[Tensor], decay: float) -> None:
    """Move the averaged tensors towards the current ones, without waiting for the GPU."""
    with torch.no_grad():
        torch._foreach_lerp_(list(average), list(current), 1 - decay)
