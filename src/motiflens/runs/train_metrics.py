"""How well a trained network does on test sequences, for `metrics.json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest
from sklearn.metrics import (  # type: ignore[import-untyped]
    confusion_matrix,
    precision_recall_fscore_support,
    roc_auc_score,
)

from motiflens.metrics import evaluate
from motiflens.results import Interval

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def two_class_figures(labels: Integers, probabilities: Floats, *, random_state: int) -> dict[str, Interval]:
    """Return AUROC, AUPRC and accuracy, each with a bootstrap interval.

    Parameters
    ----------
    labels
        ``(n,)`` of 0 and 1.
    probabilities
        ``(n,)`` of class 1.
    """
    found = evaluate(labels, probabilities, random_state=random_state)
    return {"auroc": found.auroc, "auprc": found.auprc, "accuracy": found.accuracy}


def many_class_figures(labels: Integers, probabilities: Floats, classes: Sequence[str]) -> dict[str, Any]:
    """Return the figures of many classes.

    Parameters
    ----------
    labels
        ``(n,)`` index of the class.
    probabilities
        ``(n, n_classes)``; the largest is the prediction.
    classes
        Their names.

    Returns
    -------
    figures
        ``accuracy`` with Wilson's 95 % interval (Wilson 1927, doi:10.2307/2276774); ``macro_auroc``,
        the mean over classes of each against the others; ``classes``, for each its ``precision``,
        ``recall``, ``f1``, ``auroc`` and test ``n``, NaN where it is not defined;
        ``confusion_matrix``, a row a true class and a column a predicted one.
    """
    predicted, every = probabilities.argmax(axis=1), np.arange(len(classes))
    right = binomtest(int((predicted == labels).sum()), len(labels))
    low, high = right.proportion_ci(method="wilson")
    precision, recall, f1, n = precision_recall_fscore_support(
        labels, predicted, labels=every, average=None, zero_division=np.nan
    )
    aurocs = [_against_the_others(labels == index, probabilities[:, index]) for index in every]
    known = [area for area in aurocs if not np.isnan(area)]
    rows = zip(classes, precision, recall, f1, aurocs, n, strict=True)
    names = ("name", "precision", "recall", "f1", "auroc", "n")
    return {
        "accuracy": Interval(float(right.statistic), float(low), float(high)),
        "macro_auroc": float(np.mean(known)) if known else float("nan"),
        "classes": [dict(zip(names, row, strict=True)) for row in rows],
        "confusion_matrix": confusion_matrix(labels, predicted, labels=every).tolist(),
    }


def _against_the_others(of_class: npt.NDArray[np.bool_], probabilities: Floats) -> float:
    """Return the AUROC of one class, NaN when the test holds it alone or not at all."""
    return float("nan") if of_class.all() or not of_class.any() else float(roc_auc_score(of_class, probabilities))
