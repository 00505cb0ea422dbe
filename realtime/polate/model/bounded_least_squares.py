"""Linear least squares with bounds, for a few unknowns.

Source: Stark & Parker, *Bounded-variable least-squares: an algorithm and applications*, Computational Statistics 10,
1995. scipy has the same as `scipy.optimize.lsq_linear`; the live side does without scipy.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["bounded_least_squares"]

_TOLERANCE = 1e-9  # relative to the largest gradient


def bounded_least_squares(
    rows: NDArray[np.float64], sides: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The x in ``low`` .. ``high`` (n,) for which |rows x - sides| is smallest: (m, n), (m,) -> (n,).

    ``rows`` must have full column rank. An active-set method: unknowns at a bound are held there as long as the
    gradient presses them against it, and the others are solved for.
    """
    free = np.ones(len(low), dtype=bool)
    x = low / 2 + high / 2
    at_low = np.zeros(len(low), dtype=bool)
    gram, target = rows.T @ rows, rows.T @ sides
    scale = _TOLERANCE * max(1.0, float(np.abs(target).max()))
    for _ in range(10 * len(low)):
        while free.any():
            held = ~free
            wished = x.copy()
            wished[free] = np.linalg.solve(gram[np.ix_(free, free)], target[free] - gram[np.ix_(free, held)] @ x[held])
            outside = free & ((wished < low) | (wished > high))
            if not outside.any():
                x = wished
                break
            bound = np.where(wished < low, low, high)
            way = (wished - x)[outside]
            shares = np.divide((bound - x)[outside], way, out=np.zeros_like(way), where=way != 0)
            stopped = np.flatnonzero(outside)[shares.argmin()]
            x = np.where(free, x + shares.min() * (wished - x), x)
            x[stopped], free[stopped], at_low[stopped] = bound[stopped], False, wished[stopped] < low[stopped]
        gradient = gram @ x - target
        press = np.where(at_low, -gradient, gradient)  # above 0: the unknown wants to leave its bound
        press[free] = -np.inf
        leaves = int(press.argmax())
        if press[leaves] <= scale:
            break
        free[leaves] = True
    return x.clip(low, high)
