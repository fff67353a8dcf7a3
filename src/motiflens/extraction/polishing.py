"""Motifs of networks made whole: fitted to the sequences, as far as that keeps what they say.

A filter is as wide as it is, and its best windows hold some by chance: piled up, they blur the motif and end it
early. Fitted by likelihood it ends where its letters no longer go beyond chance. Composition in which the classes
differ is held fixed, or a motif would grow into the letters that one class has more of.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from motiflens.contrasts import contrast_of
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.composition import composition
from motiflens.extraction.matrices import Scanner
from motiflens.extraction.refine import rescored
from motiflens.extraction.site_models import Sample, fitted, sample_of, scored
from motiflens.extraction.word_search import screen
from motiflens.metrics import auroc
from motiflens.sequences import SequenceSet

_STILL_THE_SAME = 0.6
_KEEP = 0.9


def polished(candidate: Candidate, train: SequenceSet, scanner: Scanner) -> Candidate:
    """Return a motif fitted by likelihood, or as it was where that makes it another or a worse one.

    Parameters
    ----------
    candidate
        A motif with its cut-off.
    train
        Sequences with labels 0 and 1; of many, a part does the fitting.
    scanner
        How sites are found.

    Returns
    -------
    candidate
        Whose best-site score tells the classes apart at least as well, by AUROC, with nine tenths of the
        evidence (log p) at its cut-off at least.
    """
    sample = _beyond_composition(train, scanner)
    part = sample.of_rows(screen(sample))
    matrix = fitted(scored(candidate.matrix, part), part, team=scanner.team).motif(sample.base)
    if scanner.likeness(matrix, candidate.matrix) < _STILL_THE_SAME:
        return candidate
    [anew] = rescored([replace(candidate, matrix=matrix)], train, scanner)
    scores = scanner.best(train.codes, [candidate.matrix, anew.matrix]).scores
    before, after = (auroc(train.positive, np.asarray(scores[:, index])) for index in (0, 1))
    better = after >= before and anew.cut_off.log_p <= _KEEP * candidate.cut_off.log_p
    return anew if better else candidate


def _beyond_composition(train: SequenceSet, scanner: Scanner) -> Sample:
    sample = sample_of(train, scanner)
    fixed = composition(train.codes, train.positive, both_strands=scanner.both_strands)
    return sample if fixed is None else replace(sample, contrast=contrast_of(train.positive, fixed))
