"""How well axes and attributes correspond one to one: the measures of the disentanglement literature.

    codes (N, latent), attributes (N, A), nan where one does not apply -> one number a measure

Mutual information is the plug-in estimate over at most 20 levels of equal share for codes and attributes; Locatello et
al. 2019 also take 20 bins. An attribute of fewer values keeps them as its levels. The bias of the estimate is about
levels^2 / 2N: 0.02 nats for the 10,541 patterns of the corpus. An attribute is compared over the points to which it
applies.

Sources: modularity, Ridgeway & Mozer 2018; mutual information gap, Chen et al. 2018; separated attribute
predictability, Kumar et al. 2018; interpretability, Adel et al. 2018; Spearman's coefficient as a score (SCC) and the
five together, Pati & Lerch 2020.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import entropy, rankdata

from polate_training.evaluation.report import Figure

__all__ = ["disentanglement_figures", "interpretability", "levels", "mig", "modularity", "mutual_information", "sap"]

_LEVELS = 20


def disentanglement_figures(
    section: str, codes: NDArray[np.float64], attributes: Sequence[NDArray[np.float64]]
) -> list[Figure]:
    """The five measures of ``codes`` (N, latent) and ``attributes`` (N,) each; those that do not vary are left out."""
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


def modularity(information: NDArray[np.float64]) -> float:
    """(latent, A) nats -> 0..1: 1 if every axis informs of one attribute only; 0 for an axis that informs of none."""
    squares = information**2
    best = squares.max(1)
    others = (squares.sum(1) - best) / np.where(best > 0, best, 1) / max(information.shape[1] - 1, 1)
    return float(np.where(best > 0, 1 - others, 0).mean())


def mig(information: NDArray[np.float64], entropies: NDArray[np.float64]) -> float:
    """(latent, A), (A,) nats -> the best axis minus the second, divided by the attribute's entropy; the mean."""
    second, best = np.sort(information, axis=0)[-2:]
    return float(((best - second) / entropies).mean())


def sap(explained: NDArray[np.float64]) -> float:
    """(latent, A) shares of variance -> the best axis minus the second; the mean."""
    second, best = np.sort(explained, axis=0)[-2:]
    return float((best - second).mean())


def interpretability(information: NDArray[np.float64], explained: NDArray[np.float64]) -> float:
    """(latent, A) each -> the share of variance that a line over the most informative axis explains; the mean."""
    return float(np.take_along_axis(explained, information.argmax(0)[None], axis=0).mean())


def mutual_information(code: NDArray[np.float64], attribute: NDArray[np.float64]) -> float:
    """The mutual information of (N,) and (N,) in nats, over the points where the attribute is not nan."""
    known = ~np.isnan(attribute)
    a, b = levels(code[known]), levels(attribute[known])
    counts = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(counts, (a, b), 1)
    return float(entropy(counts.sum(0)) + entropy(counts.sum(1)) - entropy(counts.ravel()))


def levels(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """The level of each value, (N,) -> (N,): one level a value, or 20 levels of equal share if there are more."""
    distinct, own = np.unique(values, return_inverse=True)
    if len(distinct) > _LEVELS:  # ties share the level of their first rank
        own = (rankdata(values, method="min") - 1).astype(np.intp) * _LEVELS // len(values)
    return np.asarray(own, dtype=np.intp)


def _entropy(attribute: NDArray[np.float64]) -> float:
    return float(entropy(np.bincount(levels(attribute[~np.isnan(attribute)]))))


def _correlation(code: NDArray[np.float64], attribute: NDArray[np.float64], ranks: bool = False) -> float:
    known = ~np.isnan(attribute)
    a, b = code[known], attribute[known]
    if ranks:
        a, b = rankdata(a), rankdata(b)
    return float(np.corrcoef(a, b)[0, 1])
