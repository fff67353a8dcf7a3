"""Motifs of networks made whole: fitted to the sequences, as far as that keeps what they say.

A filter is as wide as it is, and its best windows hold some by chance: piled up, they blur the motif and end it
early. Fitted by likelihood it ends where its letters no longer go beyond chance. Composition in which the classes
differ is held fixed, or a motif would grow into the letters that one class has more of.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from motiflens.contrasts import contrast_of
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.composition import composition
from motiflens.extraction.matrices import Scanner
from motiflens.extraction.refine import rescored
from motiflens.extraction.site_models import Sample, fitted, sample_of, scored
from motiflens.extraction.word_search import screen
from motiflens.metrics import auroc
from motiflens.sequences import SequenceSet

Floats = npt.NDArray[np.float64]
_STILL_THE_SAME = 0.6
_KEEP = 0.9


def polished(candidate: Candidate, train: SequenceSet, scanner: Scanner, *, lengths: Floats | None = None) -> Candidate:
    """Return a motif fitted by likelihood, or as it was where that makes it another or a worse one.

    Parameters
    ----------
    candidate
        A motif with its cut-off.
    train
        Sequences with labels 0 and 1; of many, a part does the fitting.
    scanner
        How sites are found.
    lengths
        ``(n,)`` known letters of each sequence before any motif was erased. Default: those of ``train``.

    Returns
    -------
    candidate
        Whose best-site score tells the classes apart at least as well, by AUROC, with nine tenths of the
        evidence (log p) at its cut-off at least.
    """
    part = _part(train, scanner, lengths)
    matrix = fitted(scored(candidate.matrix, part), part, team=scanner.team).motif(part.base)
    if scanner.likeness(matrix, candidate.matrix) < _STILL_THE_SAME:
        return candidate
    [anew] = rescored([replace(candidate, matrix=matrix)], train, scanner)
    scores = scanner.best(train.codes, [candidate.matrix, anew.matrix]).scores
    before, after = (auroc(train.positive, np.asarray(scores[:, index])) for index in (0, 1))
    better = after >= before and anew.cut_off.log_p <= _KEEP * candidate.cut_off.log_p
    return anew if better else candidate


def _part(train: SequenceSet, scanner: Scanner, lengths: Floats | None) -> Sample:
    """Return the sequences to fit to, their classes beyond composition."""
    sample = sample_of(train, scanner)
    rows = screen(sample)
    part, positive = sample.of_rows(rows), train.positive[rows]
    lengths = None if lengths is None else lengths[rows]
    fixed = composition(train.codes[rows], positive, both_strands=scanner.both_strands, lengths=lengths)
    return part if fixed is None else replace(part, contrast=contrast_of(positive, fixed))
