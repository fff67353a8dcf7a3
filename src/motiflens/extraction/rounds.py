"""Motifs that grow from words, one after the other, each for what those before it leave unexplained.

The sites of a motif that is known are erased, and its shifted copies and halves with them. What is like it
and still enriched may be its fainter sites: it must tell the classes apart beyond what the presence
of the known one does. What is only more frequent, and has no sites, is held fixed like composition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.contrasts import Contrast, contrast_of
from motiflens.enrichment import site_odds
from motiflens.extraction.candidates import WORDS, Candidate
from motiflens.extraction.chance import Chance, chance_of
from motiflens.extraction.composition import composition, known_letters
from motiflens.extraction.hybrids import pure
from motiflens.extraction.matrices import Scanner, information
from motiflens.extraction.refine import measured, refine
from motiflens.extraction.selection import erased
from motiflens.extraction.shadows import casters, mostly_explained
from motiflens.extraction.site_models import Sample, SiteModel, fitted, presence, presences, sample_of, scored
from motiflens.extraction.word_search import Beginning, Proposal, best_and_others, best_of, is_large, proposed
from motiflens.extraction.words import worth
from motiflens.sequences import SequenceSet

Floats = npt.NDArray[np.float64]
_MOST_IN_VAIN = 3
"""Rounds in a row that bring no new motif."""
_CLEARLY_BETTER = 0.5
"""Standard errors by which another beginning must end higher."""
_LEAST_IN_SITES, _LEAST_BITS = 0.25, 5.0
"""Of z squared, and of the matrix: with less, there are no sites; see `_has_sites`."""
_LEAST_ODDS = 0.1
_STANDS_OUT = 10.0
"""A z that no search without signal comes near: a part of many sequences is enough to find such a motif, and what an
earlier search has tried is as good as a new one."""


@dataclass(frozen=True)
class Known:
    """A motif that is known, and all that its sites may tell of each sequence, ``(n, m)``."""

    candidate: Candidate
    presences: Floats


@dataclass(frozen=True)
class Found:
    """A motif that passed.

    Attributes
    ----------
    candidate
        The motif, and the cut-off that makes a site.
    z
        How much more the positives of all sequences have of it, in standard errors.
    log_p
        Natural log of the chance that a search without signal finds a motif as good.
    rest_log_p
        Natural log of the chance, were there nothing, that positives which did not build the matrix have so much more
        of it than such negatives; NaN where all sequences did.
    """

    candidate: Candidate
    z: float
    log_p: float
    rest_log_p: float


@dataclass(frozen=True)
class _Left:
    """What is left to explain: the sequences, ready to search, and their composition where it differs."""

    sample: Sample
    composition: Floats | None

    def beyond(self, candidate: Candidate, known: Sequence[Known], scanner: Scanner) -> Contrast | None:
        """Return the classes beyond the presence of the motifs that one may be a shadow of; None for one of them."""
        related, same = casters(candidate, [each.candidate for each in known], scanner)
        if same:
            return None
        if not related:
            return self.sample.contrast
        columns = [known[i].presences for i in related]
        columns += [] if self.composition is None else [self.composition]
        return contrast_of(self.sample.contrast.residuals > 0, np.hstack(columns))


def find_motifs(
    sequences: SequenceSet,
    learn: npt.NDArray[np.bool_],
    scanner: Scanner,
    *,
    before: Sequence[Candidate] = (),
    pvalue: float,
    random_state: int = 0,
) -> Iterator[Found]:
    """Yield motifs of the positives, best first, until a search finds no more than one without signal would.

    Parameters
    ----------
    sequences
        With labels 0 and 1.
    learn
        ``(n,)`` which build the matrices. What is there to be built, and how good it is, all say together.
    scanner
        How sites are found.
    before
        Motifs that are known already.
    pvalue
        Highest chance that a search without signal finds a motif as good, in (0, 1).
    random_state
        Seed of the searches without signal. Default 0.
    """
    team, bar = scanner.team, float(np.log(pvalue))
    known, left, frequent, n_in_vain = list[Known](), sequences, list[SiteModel](), 0
    for candidate in before:
        sample = sample_of(left, scanner)
        known.append(_known(candidate, scored(candidate.matrix, sample), sample))
        left = erased(left, candidate, scanner)
    lengths = known_letters(sequences.codes)
    chance: Chance | None = None
    others: tuple[Beginning, ...] = ()
    screened = is_large(left.codes)
    now = _what_is_left(left, lengths, frequent, scanner)
    while n_in_vain < _MOST_IN_VAIN:
        best = best_of(others, now.sample, team)
        if not _stands_out(best):
            best, others = best_and_others(now.sample, screened=screened, team=team)
        if screened and not _stands_out(best):
            screened, others = False, ()  # nothing stands out now, nor will it later
            continue
        if best is None:
            return
        chance = chance or chance_of(now.sample, now.composition, random_state=random_state, team=team)
        if chance.log_p(best.worth) > bar:
            return
        motif, best = _built(best, left, learn, now.sample, scanner)
        n_in_vain += 1
        if motif is None or not _has_sites(motif, best, left, now.sample.contrast, scanner):
            frequent.append(best.model)
        elif not _tells_more(best, now.sample.contrast, now.beyond(motif, known, scanner), chance, bar):
            left = _without(left, motif, learn, scanner)
        else:
            yield Found(motif, best.model.z, chance.log_p(best.worth), _in_the_rest(motif, now.sample, learn))
            n_in_vain = 0
            known.append(_known(motif, best.model, now.sample))
            left = erased(left, motif, scanner)
        now = _what_is_left(left, lengths, frequent, scanner)


def _stands_out(best: Proposal | None) -> bool:
    return best is not None and best.model.z >= _STANDS_OUT


def _known(candidate: Candidate, model: SiteModel, sample: Sample) -> Known:
    return Known(candidate, presences(sample.sequences, model, sample))


def _what_is_left(left: SequenceSet, lengths: Floats, frequent: Sequence[SiteModel], scanner: Scanner) -> _Left:
    """Return what is left, its composition without what was erased: motifs rich in GC are not what is held fixed.

    What is only more frequent in one class, and is no motif, belongs to the composition.
    """
    sample = sample_of(left, scanner)
    fixed = [presence(sample.sequences, model, sample) for model in frequent]
    columns = composition(left.codes, left.positive, both_strands=scanner.both_strands, lengths=lengths)
    fixed += [] if columns is None else [columns]
    if not fixed:
        return _Left(sample, None)
    columns = np.column_stack(fixed)
    return _Left(replace(sample, contrast=contrast_of(left.positive, columns)), columns)


def _tells_more(best: Proposal, alone: Contrast, beyond: Contrast | None, chance: Chance, bar: float) -> bool:
    """Tell whether a motif is believed by itself, and beyond what is known, and keeps most of what it tells."""
    if beyond is None:
        return False
    least = min(best.worth, worth(beyond.exact_z(best.presence), best.price))
    return chance.log_p(least) <= bar and not mostly_explained(best.presence, alone, beyond)


def _in_the_rest(candidate: Candidate, sample: Sample, learn: npt.NDArray[np.bool_]) -> float:
    """Return the log of the chance that positives which did not build a motif have so much more of it.

    All windows count, as in the search: of a motif in few sequences, a site or the best window tells much less.
    """
    if learn.all():
        return float("nan")
    model, rest = scored(candidate.matrix, sample.of_rows(learn)), sample.of_rows(~learn)
    return rest.contrast.log_p(presence(rest.sequences, model, rest))


def _has_sites(candidate: Candidate, best: Proposal, left: SequenceSet, contrast: Contrast, scanner: Scanner) -> bool:
    """Tell whether sites say of the classes what all windows together do, and not the many faint ones.

    A motif whose evidence goes when its sites are counted, or that is at home anywhere, is how often a few letters
    follow each other.
    """
    scores = scanner.best(left.codes, [candidate.matrix]).scores[:, 0]
    z = contrast.exact_z((scores >= candidate.cut_off.score).astype(np.float64))
    says = max(z, 0.0) ** 2 >= _LEAST_IN_SITES * best.model.z**2
    return says and float(information(candidate.matrix, scanner.base).sum()) >= _LEAST_BITS


def _built(
    best: Proposal, left: SequenceSet, learn: npt.NDArray[np.bool_], sample: Sample, scanner: Scanner
) -> tuple[Candidate | None, Proposal]:
    """Return a motif as the sequences that build it make it, and how good it is; of a hybrid, its first kind.

    None in its place where these sequences have no sites of it to speak of. A fit may stop at the word that it began
    with, short of columns that are faint each: what its best sites pile up to is another beginning.
    """
    part, of_part = left[learn], sample.of_rows(learn)
    fit = fitted(best.model, of_part, anew=True, team=scanner.team)
    if not np.isfinite(fit.z):
        return None, best
    [whole] = measured([fit.motif(sample.base)], part, scanner)
    [piled] = refine([whole], part, scanner)
    wider = fitted(replace(fit, matrix=piled.matrix), of_part, team=scanner.team)
    if wider.z > fit.z + _CLEARLY_BETTER:
        [whole] = measured([wider.motif(sample.base)], part, scanner)
    first, *others = pure(whole, part, scanner)
    if others:  # what the hybrid was worth is not what its first kind is
        best = proposed(replace(best, model=scored(first.matrix, sample)), sample)
    return replace(first, n_filters=0, sources=frozenset({WORDS})), best


def _without(
    sequences: SequenceSet, candidate: Candidate, learn: npt.NDArray[np.bool_], scanner: Scanner
) -> SequenceSet:
    """Erase the sites of a motif, down to where a site in a positive is no likelier than one in ten to be real."""
    scores = scanner.best(sequences.codes[learn], [candidate.matrix]).scores[:, 0]
    odds = site_odds(scores, sequences.positive[learn])
    likely = scores[odds >= _LEAST_ODDS]
    lowest = min(float(likely.min(initial=np.inf)), candidate.cut_off.score)
    return erased(sequences, replace(candidate, cut_off=candidate.cut_off._replace(score=lowest)), scanner)
