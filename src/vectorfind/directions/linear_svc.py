"""A linear SVM fitted by Newton's method in the primal.

The optimum of `sklearn.svm.LinearSVC()`, reached by the modified finite Newton method (Keerthi &
DeCoste 2005): a dozen solves of one linear system, where liblinear takes hundreds of conjugate
gradient steps and by default stops before it is there (`benchmarks/svm.py`).
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from sklearn.svm import LinearSVC

MOST_STEPS = 100


def fit_linear_svc(
    x: np.ndarray, above: np.ndarray, c: float = 1.0, *, tol: float = 1e-6
) -> LinearSVC:
    """Fit a `LinearSVC`: squared hinge, L2, raw rows, intercept penalised as liblinear does.

    Args:
        x: float [N, D].
        above: bool [N], the class of each row.
        c: regularisation parameter.
        tol: the fit ends when the gradient's norm falls below this share of its first value.

    Returns:
        LinearSVC with `classes_` False and True, as if fitted by scikit-learn.
    """
    rows = np.ones((len(x), x.shape[1] + 1))
    rows[:, :-1] = x
    weights, steps = _minimise(rows, np.where(above, 1.0, -1.0), c, tol)
    model = LinearSVC(dual=False, C=c, tol=tol)
    model.coef_, model.intercept_ = weights[None, :-1], weights[-1:]
    model.classes_ = np.array([False, True])
    model.n_features_in_, model.n_iter_ = x.shape[1], steps
    return model


def _minimise(rows: np.ndarray, sign: np.ndarray, c: float, tol: float) -> tuple[np.ndarray, int]:
    weights, margins = np.zeros(rows.shape[1]), np.zeros(len(rows))
    first, steps = None, 0
    while steps < MOST_STEPS:
        slack = np.maximum(1 - sign * margins, 0)
        violating = rows[slack > 0]
        gradient = weights - 2 * c * (violating.T @ (sign * slack)[slack > 0])
        first = first or np.linalg.norm(gradient)
        if np.linalg.norm(gradient) <= tol * first:
            break
        move = -_solve(violating, gradient, c)
        change = rows @ move
        losses = partial(_loss_at, weights, move, margins, change, sign, c)
        length = _step_length(losses, float(gradient @ move))
        weights, margins = weights + length * move, margins + length * change
        steps += 1
    return weights, steps


def _loss_at(
    weights: np.ndarray,
    move: np.ndarray,
    margins: np.ndarray,
    change: np.ndarray,
    sign: np.ndarray,
    c: float,
    length: float,
) -> float:
    slack = np.maximum(1 - sign * (margins + length * change), 0)
    moved = weights + length * move
    return float(0.5 * moved @ moved + c * slack @ slack)


def _step_length(losses: Callable[[float], float], slope: float) -> float:
    """Halve the Newton step until it lowers the loss enough (Armijo)."""
    start, length = losses(0.0), 1.0
    while length > 1e-4 and losses(length) > start + 1e-4 * length * slope:
        length /= 2
    return length


def _solve(violating: np.ndarray, gradient: np.ndarray, c: float) -> np.ndarray:
    """Solve (I + 2c A^T A) x = gradient, by Woodbury's identity when A has few rows."""
    count, size = violating.shape
    if count >= size:
        hessian = 2 * c * (violating.T @ violating)
        hessian.flat[:: size + 1] += 1
        return cho_solve(cho_factor(hessian, check_finite=False), gradient, check_finite=False)
    kernel = violating @ violating.T
    kernel.flat[:: count + 1] += 0.5 / c
    factor = cho_factor(kernel, check_finite=False)
    inner = cho_solve(factor, violating @ gradient, check_finite=False)
    return gradient - violating.T @ inner
