"""The figures of the report, each an inline SVG picture drawn from plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from motiflens.metrics import precision_recall_curve, roc_curve
from motiflens.report.svg import Frame, area, dot, key, line, nice_ticks, note, plot, stairs
from motiflens.results import Interval

if TYPE_CHECKING:
    from motiflens.discovery import History

Floats = npt.NDArray[np.float64]

_UNIT = (0.0, 1.0)
_SCORE_BINS = 20
_POSITION_BINS = 25  # about


def roc_figure(labels: npt.ArrayLike, scores: npt.ArrayLike) -> str:
    """Draw the ROC curve with the no-skill diagonal; ``(n,)`` labels 0 or 1, and scores."""
    frame = Frame(_UNIT, _UNIT)
    curve = roc_curve(labels, scores)
    marks = [
        line(frame, _UNIT, _UNIT, "guide"),
        line(frame, curve.false_positive_rate, curve.true_positive_rate, "a"),
        *key(frame, [("a", "network"), ("guide", "no skill")]),
    ]
    return plot(frame, marks, x_label="False positive rate", y_label="True positive rate (recall)")


def precision_recall_figure(labels: npt.ArrayLike, scores: npt.ArrayLike) -> str:
    """Draw the precision-recall curve with the no-skill line: the share of positives."""
    frame = Frame(_UNIT, _UNIT)
    curve = precision_recall_curve(labels, scores)
    share = float(np.asarray(labels, dtype=np.float64).mean())
    recall, precision = _steps(curve.recall, curve.precision)
    marks = [
        line(frame, _UNIT, (share, share), "guide"),
        line(frame, recall, precision, "a"),
        *key(frame, [("a", "network"), ("guide", "no skill")]),
    ]
    return plot(frame, marks, x_label="Recall", y_label="Precision")


def score_figure(labels: npt.NDArray[np.int64], probabilities: Floats) -> str:
    """Draw the histogram of predicted probabilities of each class, as a share of the class."""
    edges = np.linspace(0, 1, _SCORE_BINS + 1)
    shares = [_shares(probabilities[labels == label], edges) for label in (0, 1)]
    frame = Frame(_UNIT, (0.0, _headroom(max(share.max() for share in shares))))
    marks = []
    for share, style in zip(shares, ("b", "a"), strict=True):
        outline = stairs(edges, share)
        marks += [area(frame, *outline, style), line(frame, *outline, style)]
    marks += key(frame, [("a", "positives"), ("b", "negatives")])
    return plot(frame, marks, x_label="Predicted probability", y_label="Share of the class", percent=True)


def loss_figure(history: History, *, top: float, bottom: float) -> str:
    """Draw one network's losses by epoch, the kept epoch marked.

    Parameters
    ----------
    history
        Losses, ``(epochs,)`` each.
    top, bottom
        Highest and lowest loss shown: give all networks the same, to compare them.
    """
    epochs = np.arange(1, len(history.train_loss) + 1)
    frame = Frame((1.0, max(2.0, float(len(epochs)))), _padded(bottom, top), width=320, height=220)
    kept = history.best_epoch
    marks = [
        line(frame, epochs, history.train_loss, "b"),
        line(frame, epochs, history.valid_loss, "a"),
        dot(frame, float(epochs[kept]), float(history.valid_loss[kept]), "a"),
        *key(frame, [("a", "validation"), ("b", "training")]),
    ]
    return plot(frame, marks, x_label="Epoch", y_label="Loss (nats)", x_whole=True)


def position_figure(positions: Floats, half_width: float) -> str:
    """Draw where a motif's sites lie about the centres of the sequences.

    Parameters
    ----------
    positions
        ``(n,)`` centres of the sites relative to the centre of their sequence, in bases.
    half_width
        Bases shown on either side of the centre, > 0.
    """
    step = max(1.0, np.ceil(2 * half_width / _POSITION_BINS))  # whole bases, or bins would differ in their bases
    n_bins = int(np.ceil(half_width / step))
    edges = np.arange(-n_bins, n_bins + 1) * step
    counts = np.histogram(positions, edges)[0].astype(np.float64)
    frame = Frame((edges[0], edges[-1]), (0.0, _headroom(max(1.0, counts.max()))), height=200)
    outline = stairs(edges, counts)
    _, top, _, bottom = frame.box
    centre = float(frame.across(0.0))
    marks = [
        area(frame, *outline, "a"),
        line(frame, *outline, "a"),
        f'<path class="line guide" d="M{centre:.1f} {top}V{bottom}"/>',
        note(centre, top - 6, "centre", style="key", anchor="middle"),
    ]
    return plot(frame, marks, x_label="Distance from the sequence's centre (bp)", y_label="Sites")


def interval_figure(interval: Interval, *, low: float, no_skill: float, style: str) -> str:
    """Draw a figure with its interval on a bare scale from ``low`` to 1, ``no_skill`` marked.

    The scale is the same in every row of a table, so that the rows compare at a glance.
    """
    width, middle = 200, 11

    def place(value: float) -> float:
        return 4 + (value - low) / (1 - low) * (width - 8)

    parts = [
        f'<svg class="bar" viewBox="0 0 {width} {2 * middle}" aria-hidden="true" focusable="false">',
        f'<path class="axis" d="M4 {middle}H{width - 4}"/>',
        f'<path class="line guide" d="M{place(no_skill):.1f} 1V{2 * middle - 1}"/>',
    ]
    if np.isfinite([interval.low, interval.high]).all():
        parts.append(f'<path class="span {style}" d="M{place(interval.low):.1f} {middle}H{place(interval.high):.1f}"/>')
    if np.isfinite(interval.value):
        parts.append(f'<circle class="dot {style}" cx="{place(interval.value):.1f}" cy="{middle}" r="5"/>')
    return "".join([*parts, "</svg>"])


def _steps(recall: Floats, precision: Floats) -> tuple[Floats, Floats]:
    """Return precision as steps: the average precision is the area under them, not under a slope."""
    return np.repeat(recall, 2)[:-1], np.repeat(precision, 2)[1:]


def _shares(values: Floats, edges: Floats) -> Floats:
    return np.histogram(values, edges)[0] / max(1, len(values))


def _headroom(highest: float) -> float:
    ticks = nice_ticks(0.0, highest * 1.05)
    return max(highest * 1.05, ticks[-1])


def _padded(low: float, high: float) -> tuple[float, float]:
    margin = 0.06 * (high - low) or 0.05
    return max(0.0, low - margin), high + margin
