"""The edit of the method `surrogate`: the shortest way to the wanted scores.

An edit is the point nearest to the face, in the population's own metric, at which a model of the
scores has the wanted ones and all else is as before (Gauss-Newton in small steps).
"""

import torch
from torch import Tensor

from vectorfind.directions.edits import Edit
from vectorfind.directions.score_model import ScoreModel

LARGEST_STEP = 0.6
"""Of one Gauss-Newton step, in the population's standard deviations; longer ones overshoot."""
OVERDRIVE = 1.1
"""Of the reach that the protocol's largest offset asks for: edits fall a little short."""
LEAST_SLOPE = 0.1
"""Wanted change per offset of a face that is at the end of its reach."""
POINTS_AT_ONCE = 1024
"""Whose Jacobians are in memory together: 0.2 GiB at 512 dimensions."""
STEEPEST = 1.5
"""Times as far as the one way, at most, does an offset lead the other."""
TINY = 1e-6
"""Instead of an end of 0, where offsets are tested one way only."""


def surrogate_edit(
    model: ScoreModel, straight: Edit, *, blend: float = 0.8, steps: int = 15
) -> Edit:
    """Return the edit that is part a straight step and part the surrogate's way.

    The straight part keeps an edit from following the surrogate's and the scorer's own errors.

    Args:
        model: fitted scores.
        straight: edit along the directions.
        blend: share of the surrogate's way.
        steps: of Gauss-Newton; the wanted change grows over the first ones.
    """

    @torch.inference_mode(False)
    @torch.no_grad()
    def edit(w: Tensor, groups: Tensor, offsets: Tensor) -> Tensor:
        model.to(w.device)
        w, offsets = w.clone(), offsets.to(w).clone()
        return straight(w, groups, offsets).lerp(_bent(model, w, offsets, steps), blend)

    return edit


def _bent(model: ScoreModel, w: Tensor, offsets: Tensor, steps: int) -> Tensor:
    """Return where the surrogate's way ends, [N, K, D], for w [N, D] and offsets [N, K, S]."""
    faces, count = offsets.shape[:2]
    start = model.whiten(w).repeat_interleave(count, 0)
    parts = (points.split(POINTS_AT_ONCE) for points in (start, offsets.flatten(0, 1)))
    pairs = zip(*parts, strict=True)
    moves = [follow_scores(model, points, wanted, steps) for points, wanted in pairs]
    return w[:, None] + (torch.cat(moves) @ model.factor.mT).view(faces, count, -1)


def follow_scores(model: ScoreModel, start: Tensor, offsets: Tensor, steps: int) -> Tensor:
    """Return the shortest moves [M, D] of whitened points that make the change offsets ask for.

    Gauss-Newton on |m|^2 + sum_k (f_k(x + m) - f_k(x) - c_k)^2 / price_k: each step solves
    m = J^T (J J^T + diag(price))^-1 (c - f(x + m) + f(x) + J m).
    """
    before, moves = model(start), torch.zeros_like(start)
    change = torch.zeros_like(before)
    change[:, model.own] = wanted_change(model, before[:, model.own], offsets)
    for step in range(steps):
        share = min(1.0, (step + 1) / max(steps - 2, 1))
        point = start + moves
        slopes = model.jacobian(point)
        residual = before + share * change - model(point)
        residual = residual + torch.einsum("mpd,md->mp", slopes, moves)
        weights, _ = torch.linalg.solve_ex(slopes @ slopes.mT + model.prices.diag(), residual)
        correction = torch.einsum("mpd,mp->md", slopes, weights) - moves
        length = correction.norm(dim=1, keepdim=True).clamp_min(1e-9)
        moves = moves + correction * (LARGEST_STEP / length).clamp_max(1)
    return moves


def wanted_change(model: ScoreModel, scores: Tensor, offsets: Tensor) -> Tensor:
    """Return the change that offsets [..., S] ask of faces with steered scores [..., S].

    Even steps within the face's reach: `slopes` where there is room, else so that the protocol's
    largest offset ends where the reach ends; the one way at most STEEPEST times the other. Larger
    offsets than the protocol's lead no farther than that end.
    """
    lowest, highest = model.ends.clamp_max(-TINY)[0], model.ends.clamp_min(TINY)[1]
    room_up = OVERDRIVE * (model.reach[1] - scores).clamp_min(0)
    room_down = OVERDRIVE * (scores - model.reach[0]).clamp_min(0)
    up, down = room_up / highest, room_down / -lowest
    up, down = (slope.clamp_min(LEAST_SLOPE).minimum(model.slopes) for slope in (up, down))
    up, down = up.minimum(STEEPEST * down), down.minimum(STEEPEST * up)
    change = torch.where(offsets > 0, up, down) * offsets
    least = LEAST_SLOPE * offsets.abs()
    return change.clamp(-room_down.maximum(least), room_up.maximum(least))
