import numpy as np

from vectorfind.steering.closed_loop import solve_offsets


def test_the_solver_backs_off_from_overshoot():
    def measure(offsets):
        return np.tanh(1.5 * offsets) + 0.1 * offsets[:, [1, 2, 0]]

    targets = np.array([[0.9, -0.8, 0.2], [0.0, 0.0, 0.0]])
    offsets, scores = solve_offsets(measure, targets, np.full((2, 3), 1.5))
    assert np.abs(scores - targets).max() < 0.05
    assert np.array_equal(scores, measure(offsets))
