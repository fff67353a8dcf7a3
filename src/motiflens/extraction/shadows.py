"""Shadows of motifs: shifted copies, halves and faint sites of one that is known, which look enriched too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from motiflens.contrasts import Contrast, contrast_of
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.matrices import SAME, Scanner
from motiflens.extraction.site_models import Floats, Sample, SiteModel, presence, presences, sample_of, scored
from motiflens.sequences import SequenceSet

RELATED = 0.4
"""Likeness from which on a motif may be a shadow of another."""
_SIGNIFICANT = 0.01
_LEAST_LEFT = 0.5


def casters(candidate: Candidate, known: Sequence[Candidate], scanner: Scanner) -> tuple[list[int], bool]:
    """Return which known motifs a motif may be a shadow of, and whether it is the same as one of them.

    Parameters
    ----------
    candidate
        A motif.
    known
        Motifs that are known already.
    scanner
        Tells the strands that are read.
    """
    likeness = [scanner.likeness(candidate.matrix, other.matrix) for other in known]
    return [i for i, alike in enumerate(likeness) if alike > RELATED], max(likeness, default=0.0) > SAME


def shadows(candidates: Sequence[Candidate], train: SequenceSet, heldout: SequenceSet, scanner: Scanner) -> list[bool]:
    """Tell for each motif whether it is a shadow of one before it.

    It is when it is the same, or when it is like some of these and, once the presence of their sites is known, that of
    its own tells the classes of the held-out sequences apart no better (p > 0.01), or has lost most of what it told.

    Parameters
    ----------
    candidates
        Best first.
    train
        Sequences with labels 0 and 1 that made the motifs; say how common each is.
    heldout
        Sequences that did not.
    scanner
        How sites are found.
    """
    made, test = (sample_of(part, scanner) for part in (train, heldout))
    kept, known, found = list[Candidate](), list[Floats](), list[bool]()
    for candidate in candidates:
        model = scored(candidate.matrix, made)
        related, same = casters(candidate, kept, scanner)
        shadow = same or (bool(related) and not _tells_more(model, [known[i] for i in related], test))
        found.append(shadow)
        if not shadow:
            kept.append(candidate)
            known.append(presences(test.sequences, model, test))
    return found


def mostly_explained(column: Floats, alone: Contrast, beyond: Contrast) -> bool:
    """Tell whether what is known takes half of its standard errors or more from the presence of a motif.

    A motif that is only like a known one keeps them, but for what is taken from every motif where less of the
    classes is left to tell.

    Parameters
    ----------
    column
        ``(n,)`` presence of the motif.
    alone, beyond
        The classes by themselves, and beyond what is known.
    """
    left = float(np.sqrt(beyond.variances.sum() / alone.variances.sum()))
    return beyond.exact_z(column) < _LEAST_LEFT * left * alone.exact_z(column)


def _tells_more(model: SiteModel, known: Sequence[Floats], test: Sample) -> bool:
    column = presence(test.sequences, model, test)
    beyond = contrast_of(test.contrast.residuals > 0, np.hstack(known))
    new = beyond.log_p(column) <= float(np.log(_SIGNIFICANT))
    return new and not mostly_explained(column, test.contrast, beyond)
