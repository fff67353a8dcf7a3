"""What two classes differ in beyond what is known already: a score test, exact in its tails.

A logistic regression on what is known says how likely each sequence is a positive; what is new is
tested on the residuals (Rao's score test). The chance of so large a sum of residuals comes from the
saddlepoint of its cumulant generating function (Lugannani and Rice 1980, doi:10.2307/1426607; for
score tests Dey et al. 2017, doi:10.1016/j.ajhg.2017.05.014): a normal distribution is far off where
few sequences make up the sum, or one class is much larger than the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, log_ndtr, ndtri_exp

Floats = npt.NDArray[np.float64]
_STEPS = 50
_ENOUGH = 1e-10
_CLOSE = 1e-6
_RIDGE = 1e-6
_INDEPENDENT = 1e-6
"""Of the largest singular value: what is smaller is rounding."""
_SURE = 1e-9
"""A class that is known for sure is known as far as this."""
_NEAR = 0.1
"""Below this many standard errors the saddlepoint formula loses its digits, and the normal is good."""


@dataclass(frozen=True)
class Contrast:
    """Two classes, and what is known to differ.

    Attributes
    ----------
    expected
        ``(n,)`` how likely each sequence is a positive, by what is known.
    residuals
        ``(n,)`` 1 or 0 for the class, less what is expected.
    variances
        ``(n,)`` of the residuals by chance.
    known
        ``(n, m)`` columns that span what is known, orthonormal when sequences are weighted by
        their variances.
    """

    expected: Floats
    residuals: Floats
    variances: Floats
    known: Floats

    @property
    def log_likelihood(self) -> float:
        """Natural log of how likely the classes are, by what is known."""
        return float(np.log1p(-np.abs(self.residuals)).sum())

    def of_rows(self, rows: npt.NDArray[np.bool_]) -> Contrast:
        """Return the contrast of some sequences: what is expected stays, what is known is spanned anew."""
        return Contrast(self.expected[rows], self.residuals[rows], *_spanned(self.known[rows], self.variances[rows]))

    def beyond(self, scores: Floats) -> Floats:
        """Return ``(k, n)`` or ``(n,)`` scores without the part that what is known explains."""
        return np.asarray(scores - (scores * self.variances) @ self.known @ self.known.T)

    def z(self, scores: Floats) -> Floats:
        """Return, in standard errors, how much more the positives have of each score, ``(k,)`` for ``(k, n)``."""
        scores = np.asarray(scores)
        weighed = scores * self.variances
        scale = np.maximum((weighed * scores).sum(axis=-1), 1e-300)
        explained = weighed @ self.known
        variance = scale - (explained**2).sum(axis=-1)
        sums = scores @ self.residuals - explained @ (self.known.T @ self.residuals)
        return np.asarray(np.where(variance > _ENOUGH * scale, sums / np.sqrt(np.maximum(variance, 1e-300)), 0.0))

    def exact_z(self, scores: Floats) -> float:
        """Return what z would be as likely by chance, were it normal, as ``(n,)`` scores are in fact."""
        return -float(ndtri_exp(self.log_p(scores)))

    def log_p(self, scores: Floats) -> float:
        """Return the natural log of the chance that the positives have so much more of ``(n,)`` scores, or more."""
        z = float(self.z(scores))
        if z < _NEAR:
            return float(log_ndtr(-z))
        new = self.beyond(scores)
        new = new / np.sqrt((new**2) @ self.variances)
        return _tail(new, self.expected, float(new @ self.residuals))


def contrast_of(positive: npt.NDArray[np.bool_], known: Floats | None = None) -> Contrast:
    """Return the contrast of two classes beyond what is known.

    Parameters
    ----------
    positive
        ``(n,)`` of each class at least one.
    known
        ``(n, m)`` scores whose difference is known; nothing by default. How many there are of each class is
        known always. Scores that others make up, as the powers of a measure of two values, add nothing.

    Examples
    --------
    >>> classes = contrast_of(np.array([True, True, False, False]))
    >>> float(classes.z(np.array([1.0, 1.0, 0.0, 0.0])))
    2.0
    """
    labels = positive.astype(np.float64)
    columns = np.ones((len(labels), 1))
    if known is not None and known.shape[1]:
        centred = known - known.mean(axis=0)
        columns = np.hstack([columns, _independent(centred / np.maximum(centred.std(axis=0), 1e-12))])
    expected = expit(columns @ _fitted(columns, labels))
    expected = np.clip(expected, _SURE, 1 - _SURE)
    return Contrast(expected, labels - expected, *_spanned(columns, expected * (1 - expected)))


def _independent(columns: Floats) -> Floats:
    """Return the columns, or fewer that span as much where some make up others: rounding would choose directions."""
    axes, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    new = sizes > _INDEPENDENT * sizes[0]
    return columns if new.all() else np.asarray(axes[:, new] * np.sqrt(len(columns)))


def _spanned(columns: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Return the variances, and what spans the columns, orthonormal under them."""
    root, _ = np.linalg.qr(columns * np.sqrt(variances)[:, None])
    return variances, root / np.sqrt(np.maximum(variances, 1e-300))[:, None]


def _fitted(columns: Floats, labels: Floats) -> Floats:
    """Return the coefficients of a logistic regression, held a little to 0, by Newton's steps."""
    beta = np.zeros(columns.shape[1])
    beta[0] = np.log(labels.mean() / (1 - labels.mean()))
    ridge = _RIDGE * len(labels) * np.eye(len(beta))
    ridge[0, 0] = 0.0
    for _ in range(_STEPS):
        expected = expit(columns @ beta)
        gradient = columns.T @ (labels - expected) - ridge @ beta
        curvature = (columns * (expected * (1 - expected))[:, None]).T @ columns + ridge
        step = np.linalg.solve(curvature + 1e-12 * np.eye(len(beta)), gradient)
        beta = beta + step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < _ENOUGH:
            break
    return beta


def _tail(scores: Floats, expected: Floats, reached: float) -> float:
    """Return the log of the chance that independent labels give a sum of residuals of at least ``reached`` > 0."""
    s = _saddlepoint(scores, expected, reached)
    tilt = s * scores
    shifted = expected * np.exp(np.minimum(tilt, 700.0))
    cumulant = float(
        np.where(tilt < 700, np.log1p(shifted - expected), tilt + np.log(expected)).sum() - tilt @ expected
    )
    chance = expit(np.log(expected / (1 - expected)) + tilt)
    curvature = float((scores**2) @ (chance * (1 - chance)))
    w = np.sqrt(max(2 * (s * reached - cumulant), 0.0))
    v = s * np.sqrt(curvature)
    if w < _NEAR or not v > 0:
        return float(log_ndtr(-reached))
    return float(log_ndtr(-(w + np.log(v / w) / w)))


def _saddlepoint(scores: Floats, expected: Floats, reached: float) -> float:
    """Return where the slope of the cumulant generating function is ``reached``, between 0 and a large number."""
    logits = np.log(expected / (1 - expected))
    low, high, s = 0.0, np.inf, reached
    for _ in range(_STEPS):
        chance = expit(logits + s * scores)
        excess = float(scores @ (chance - expected)) - reached
        low, high = (s, high) if excess < 0 else (low, s)
        slope = float((scores**2) @ (chance * (1 - chance)))
        new = s - excess / slope if slope > 0 else np.inf
        if not low < new < high:
            new = 2 * s if np.isinf(high) else (low + high) / 2
        if abs(new - s) < _CLOSE * max(abs(s), 1.0) or new > 1e6:
            break
        s = new
    return s
