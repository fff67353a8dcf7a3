"""What a filter responds to, read off as its authors did: from its best windows in the sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import pearsonr

from motiflens.alphabet import Codes
from motiflens.motifs import Motif, from_counts
from motiflens.scanning.best_sites import best_sites

Floats32 = npt.NDArray[np.float32]
_SHARE = 0.02
_FEWEST = 50
_PSEUDOCOUNT = 1e-6


def maximal_activations(codes: Codes, filters: Floats32, bias: Floats32) -> tuple[Floats32, npt.NDArray[np.int64]]:
    """Return each filter's largest activation in each sequence, and the start of that window.

    Parameters
    ----------
    codes
        ``(n, length)`` in 0-3.
    filters, bias
        ``(F, 4, width)`` and ``(F,)``.

    Returns
    -------
    best, start
        ``(n, F)`` after the ReLU, and where; the first window where several are alike.
    """
    found = best_sites(codes, list(filters.astype(np.float64)), both_strands=False)
    best = np.maximum(found.scores + bias, np.float32(0))
    return best, np.where(best > 0, found.start, 0)


def filter_motif(codes: Codes, best: Floats32, start: npt.NDArray[np.int64], width: int, name: str) -> Motif | None:
    """Return the matrix of a filter's best windows: the top 2 % of the sequences, at least 50.

    Windows without activation do not count; None when there is none.
    """
    n = max(round(_SHARE * len(codes)), _FEWEST)
    chosen = np.argsort(-best, kind="stable")[:n]
    chosen = chosen[best[chosen] > 0]
    if not len(chosen):
        return None
    words = codes[chosen[:, None], start[chosen, None] + np.arange(width)]
    counts = np.stack([(words == base).sum(axis=0) for base in range(4)]) + _PSEUDOCOUNT
    return from_counts(counts, name)


def filter_table(codes: Codes, filters: Floats32, bias: Floats32, planted: Sequence[Motif]) -> dict[str, Any]:
    """Compare each filter with each planted motif.

    Returns
    -------
    table
        ``filters``: one entry a filter, those most like a planted motif first, with its number,
        ``consensus``, the ``motif`` it resembles most, ``similarity`` (mean probability of the
        motif's likeliest bases, at the best shift and strand), ``similarity_in_place`` (without
        either), ``information_content`` in bits and ``n_windows``. With several planted motifs
        also ``filter_similarity``, ``(F, n_motifs)`` as lists, and ``correlation``, Pearson's r of
        the maximal activations of the filters most like the first and the second motif; None
        when one of them is constant or both are one.
    """
    best, start = maximal_activations(codes, filters, bias)
    width = filters.shape[2]
    motifs = [filter_motif(codes, best[:, f], start[:, f], width, str(f)) for f in range(len(bias))]
    alike = np.array([[0.0 if one is None else similarity(one, true) for true in planted] for one in motifs])
    rows = [
        {
            "filter": f,
            "consensus": one.consensus,
            "motif": planted[int(alike[f].argmax())].name,
            "similarity": float(alike[f].max()),
            "similarity_in_place": max(_in_place(one, true) for true in planted),
            "information_content": one.ic_bits,
            "n_windows": round(one.n_sites),
        }
        for f, one in enumerate(motifs)
        if one is not None
    ]
    table: dict[str, Any] = {"filters": sorted(rows, key=lambda row: (-row["similarity"], row["filter"]))}
    if len(planted) > 1:
        table["filter_similarity"] = alike.tolist()
        table["correlation"] = _correlation(best, *alike.argmax(axis=0)[:2].tolist())
    return table


def similarity(motif: Motif, planted: Motif) -> float:
    """Return the mean probability of the planted motif's likeliest bases at the best shift and strand.

    Positions of the planted motif that the other does not reach count a quarter, what chance gives.

    Examples
    --------
    >>> word = from_counts(np.eye(4) * 9, "ACGT")
    >>> similarity(word, word), similarity(word.slice(1, 4), word)
    (1.0, 0.8125)
    """
    return max(
        _at(one, planted, shift)
        for one in (motif, motif.reverse_complement())
        for shift in range(1 - motif.width, planted.width)
    )


def _in_place(motif: Motif, planted: Motif) -> float:
    return _at(motif, planted, 0)


def _at(motif: Motif, planted: Motif, shift: int) -> float:
    first, last = max(shift, 0), min(shift + motif.width, planted.width)
    likeliest = planted.probabilities.argmax(axis=0)[first:last]
    reached = motif.probabilities[likeliest, np.arange(first - shift, last - shift)].sum()
    return float((reached + 0.25 * (planted.width - (last - first))) / planted.width)


def _correlation(best: Floats32, one: int, other: int) -> float | None:
    pair = best[:, [one, other]]
    if one == other or (pair.std(axis=0) == 0).any():
        return None
    return float(pearsonr(pair[:, 0], pair[:, 1]).statistic)
