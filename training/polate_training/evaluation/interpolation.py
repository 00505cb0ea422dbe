"""Blends as pictures: the interpolation metrics of the starting system, corrected (docs/evaluation.md).

two prior draws -> 10 points evenly between -> piano rolls of 37 notes by 88 keys -> SSIM, LBP, L2
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter
from scipy.spatial.distance import jensenshannon
from skimage.feature import local_binary_pattern
from skimage.metrics import structural_similarity

from polate.theory.pattern import PIANO, Pattern
from polate_training.evaluation.model import Model
from polate_training.evaluation.report import Figure
from polate_training.evaluation.steering import lines

__all__ = ["interpolation_figures", "lbp_distance", "piano_roll", "ssim"]

NOTES = 37  # in a piano roll, as in the starting system
_POINTS = 10
_WINDOW = 7  # the window of SSIM, in notes and keys


def interpolation_figures(model: Model, ends: NDArray[np.float64]) -> list[Figure]:
    """``ends``: (2, L, latent), the two ends of L lines. A line with an illegal pattern is left out."""
    steps: dict[str, list[float]] = {"ssim": [], "lbp": []}
    whole: dict[str, list[float]] = {"ssim": [], "lbp": []}
    detours: list[float] = []
    evenness: list[float] = []
    decoded = model.decode(lines(ends[0], ends[1], _POINTS))
    for line in decoded.index:
        rolls = [piano_roll(pattern) for i in line if (pattern := decoded.patterns[i]) is not None]
        if len(rolls) < _POINTS:
            continue
        for name, of in (("ssim", ssim), ("lbp", lbp_distance)):
            steps[name] += [of(a, b) for a, b in pairwise(rolls) if not np.array_equal(a, b)]
            whole[name].append(of(rolls[0], rolls[-1]))
        lengths = np.array([((a - b) ** 2).sum() for a, b in pairwise(rolls)])
        if (across := ((rolls[0] - rolls[-1]) ** 2).sum()) > 0:
            detours.append(lengths.sum() / across)
            evenness.append(lengths.std() / lengths.mean())
    section = f"blends of {_POINTS} points, as piano rolls"
    values = {
        "SSIM of neighbours that differ": steps["ssim"],
        "SSIM of the two ends": whole["ssim"],
        "LBP distance of neighbours that differ": steps["lbp"],
        "LBP distance of the two ends": whole["lbp"],
        "squared L2: length of the way over the ends' distance": detours,
        "squared L2: deviation of the steps over their mean": evenness,
    }
    return [Figure(section, name, (float(np.mean(each)) if each else np.nan,)) for name, each in values.items()]


def piano_roll(pattern: Pattern) -> NDArray[np.float64]:
    """(37, 88), 1 for a note, else 0: the scale from middle C, folded into the piano and repeated."""
    notes = pattern.render()[:-1]  # without the closing tonic, because the scale is repeated
    roll = np.zeros((NOTES, PIANO.highest - PIANO.lowest + 1))
    for place in range(NOTES):
        roll[place, notes[place % len(notes)] - PIANO.lowest] = 1
    return roll


def ssim(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Structural similarity (Wang et al. 2004) of (37, 88) and (37, 88), where the window holds a note of either."""
    _, similarity = structural_similarity(a, b, win_size=_WINDOW, data_range=1.0, full=True)
    return float(similarity[_near(np.maximum(a, b), _WINDOW)].mean())


def lbp_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Jensen-Shannon distance, 0..1, of the histograms of uniform local binary patterns (Ojala et al. 2002).

    Radius 1, 8 neighbours, at the places that are a note or beside one. The pictures are blurred first, by one note and
    one key: in black and white every empty place has the same pattern, whatever is around it.
    """
    histograms = []
    for image in (a, b):
        grey = gaussian_filter(image, sigma=1)
        codes = local_binary_pattern((255 * grey / grey.max()).astype(np.uint8), P=8, R=1, method="uniform")
        histograms.append(np.bincount(codes[_near(image, 3)].astype(int), minlength=10))
    return float(jensenshannon(*histograms, base=2))


def _near(image: NDArray[np.float64], window: int) -> NDArray[np.bool_]:
    """Whether the square window at each place holds a note: (37, 88)."""
    return np.asarray(maximum_filter(image, size=window, mode="constant") > 0)
