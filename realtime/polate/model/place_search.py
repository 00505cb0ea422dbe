"""Search for a point that decodes to a given pattern.

    Pattern --Encoder--> mean --find_place--> z --Decoder--> the pattern, or the most similar one found

A pattern that the model has learned decodes from its mean. Another pattern may decode to a neighbour there.
"""

import numpy as np
from numpy.typing import NDArray

from polate.model.decoder import Decoder
from polate.theory.pattern import Pattern

__all__ = ["difference", "find_place"]

_ROUNDS, _SCATTERED, _KEPT = 12, 256, 4


def find_place(pattern: Pattern, mean: NDArray[np.float32], decoder: Decoder) -> tuple[float, ...]:
    """A point that decodes to the pattern, near its mean; if none is found, one that decodes to the most similar found.

    ``mean``: (latent_size,), the mean of the pattern's posterior. It is the answer if it decodes to the pattern.

    A small evolution strategy with a fixed seed. Each round scatters points round the four best, at radii from 0.05 to
    1, and keeps the four whose patterns are most similar; of equally similar ones, the nearest to the mean.
    """
    rng = np.random.default_rng(0)
    radii = np.geomspace(0.05, 1, _SCATTERED // _KEPT)[:, np.newaxis]  # (scattered / kept, 1)
    best = mean[np.newaxis]  # (kept, latent_size)
    for _ in range(_ROUNDS):
        noise = radii * rng.standard_normal((len(radii), mean.size))
        scattered = (best[:, np.newaxis] + noise).reshape(-1, mean.size)  # (scattered, latent_size)
        z = np.concatenate([best, scattered]).astype(np.float32)
        differences = np.array([difference(found, pattern) for found in decoder.decode_many(z)])  # (kept + scattered,)
        best = z[np.lexsort((np.linalg.norm(z - mean, axis=1), differences))[:_KEPT]]
        if not differences.all():
            break
    return tuple(best[0].tolist())


def difference(a: Pattern, b: Pattern) -> int:
    """How different two patterns are, 0 for equal ones. A parameter that moves all later notes has more weight."""
    cells = [(a.cell, b.cell), (a.descending or (), b.descending or ())]
    return (
        2 * abs(a.interval - b.interval)
        + 2 * (a.symmetric != b.symmetric)
        + sum(4 * abs(len(x) - len(y)) + sum(abs(p - q) for p, q in zip(x, y, strict=False)) for x, y in cells)
    )
