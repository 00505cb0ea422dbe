"""How well axes and attributes go together one to one: the measures of the disentanglement literature.

    codes (N, latent), attributes (N, A), nan where one does not apply -> one number a measure

Mutual information is the plug-in estimate over at most 20 levels of equal share on either side, as Locatello et al.
2019 take 20 bins; an attribute of fewer values keeps them as its levels. Its bias is about levels^2 / 2N: 0.02 nats
for the 10,541 patterns of the corpus. An attribute is compared over the points where it applies.

Sources: modularity, Ridgeway & Mozer 2018; mutual information gap, Chen et al. 2018; separated attribute
predictability, Kumar et al. 2018; interpretability, Adel et al. 2018; Spearman's coefficient as a score (SCC) and the
five together, Pati & Lerch 2020.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import entropy, rankdata

from polate_training.evaluation.model import Floats
from polate_training.evaluation.report import Figure

__all__ = ["disentanglement_figures", "interpretability", "levels", "mig", "modularity", "mutual_information", "sap"]

_LEVELS = 20


def disentanglement_figures(section: str, codes: Floats, attributes: Sequence[Floats]) -> list[Figure]:
    """The five measures; ``attributes`` has one (N,) an attribute. One that does not vary is left out."""
    attributes = [a for a in attributes if len(np.unique(a[~np.isnan(a)])) > 1]
    if not attributes:
        return []
    information = np.array([[mutual_information(code, a) for a in attributes] for code in codes.T])  # (latent, A)
    entropies = np.array([_entropy(a) for a in attributes])
    pearson = np.array([[_correlation(code, a) for a in attributes] for code in codes.T])
    spearman = np.array([[_correlation(code, a, ranks=True) for a in attributes] for code in codes.T])
    measures = {
        "modularity": modularity(information),
        "mutual information gap (MIG)": mig(information, entropies),
        "separated attribute predictability (SAP)": sap(pearson**2),
        "Spearman's coefficient (SCC)": float(np.abs(spearman).max(0).mean()),
        "interpretability": interpretability(information, pearson**2),
    }
    return [Figure(section, name, (value,)) for name, value in measures.items()]


def modularity(information: Floats) -> float:
    """(latent, A) -> 1 where every axis tells of one attribute only; an axis that tells of none counts 0."""
    squares = information**2
    best = squares.max(1)
    others = (squares.sum(1) - best) / np.where(best > 0, best, 1) / max(information.shape[1] - 1, 1)
    return float(np.where(best > 0, 1 - others, 0).mean())


def mig(information: Floats, entropies: Floats) -> float:
    """(latent, A), (A,) -> the best axis' lead over the second in nats, over the attribute's entropy; the mean."""
    second, best = np.sort(information, axis=0)[-2:]
    return float(((best - second) / entropies).mean())


def sap(explained: Floats) -> float:
    """(latent, A) shares of variance -> by how much the best axis explains more than the second; the mean."""
    second, best = np.sort(explained, axis=0)[-2:]
    return float((best - second).mean())


def interpretability(information: Floats, explained: Floats) -> float:
    """(latent, A) twice -> what a line through the most informative axis explains of the variance; the mean."""
    return float(np.take_along_axis(explained, information.argmax(0)[None], axis=0).mean())


def mutual_information(code: Floats, attribute: Floats) -> float:
    """Of two (N,) in nats, over the points where the attribute is not nan."""
    known = ~np.isnan(attribute)
    a, b = levels(code[known]), levels(attribute[known])
    counts = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(counts, (a, b), 1)
    return float(entropy(counts.sum(0)) + entropy(counts.sum(1)) - entropy(counts.ravel()))


def levels(values: Floats) -> npt.NDArray[np.intp]:
    """(N,) -> to which of at most 20 levels each belongs: its own value's, or one of 20 of equal share."""
    distinct, own = np.unique(values, return_inverse=True)
    if len(distinct) > _LEVELS:  # ties go to one level: that of their first rank
        own = (rankdata(values, method="min") - 1).astype(np.intp) * _LEVELS // len(values)
    return np.asarray(own, dtype=np.intp)


def _entropy(attribute: Floats) -> float:
    return float(entropy(np.bincount(levels(attribute[~np.isnan(attribute)]))))


def _correlation(code: Floats, attribute: Floats, ranks: bool = False) -> float:
    known = ~np.isnan(attribute)
    a, b = code[known], attribute[known]
    if ranks:
        a, b = rankdata(a), rankdata(b)
    return float(np.corrcoef(a, b)[0, 1])
