"""The motif that explains most of what is left: from words to a fitted model.

Many beginnings are fitted a little, few of them further, and the best are weighed by evidence that
does not depend on how hard was searched: see `motiflens.extraction.word_evidence`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.extraction.matrices import likeness
from motiflens.extraction.site_models import Sample, SiteModel, fitted
from motiflens.extraction.word_evidence import WordEvidence, best_word, cross_fitted, start_of
from motiflens.extraction.words import enriched_words
from motiflens.threads import Team

_WORDS = 150
_STARTS = 32
_FINALISTS = 5
_SCREENED = 600_000
"""Letters of the sequences on which many beginnings are compared."""
_WEIGHED = 3
_ALIKE = 0.8
_PLAIN = float(np.log(1e-4))
"""A word that is as good as this by itself needs no other test to be believed, and the best fit is chosen."""


@dataclass(frozen=True)
class Proposal:
    """A motif with its evidence.

    Attributes
    ----------
    model
        Fitted to the sequences of `learn`.
    evidence
        Of its best word, on all sequences.
    """

    model: SiteModel
    evidence: WordEvidence


@dataclass(frozen=True)
class Parts:
    """The sequences of a search, by what they may do.

    Attributes
    ----------
    learn
        Those that build the motif.
    everything
        All of them.
    blocks
        ``(n,)`` block of each sequence of ``everything``; none is tested by a model that it built.
    """

    learn: Sample
    everything: Sample
    blocks: npt.NDArray[np.int64]


def best_motif(parts: Parts, *, screened: bool = False, threads: int = 1) -> Proposal | None:
    """Return the motif with the best evidence, None where nothing leans towards the positives.

    Parameters
    ----------
    parts
        The sequences.
    screened
        Compare beginnings on a part of many sequences alone: quicker, and enough for a motif that
        stands out. Default False.
    threads
        Threads to use; no result depends on it.
    """
    team = Team(threads)
    models = _finalists(parts.learn, _screen(parts.learn) if screened else parts.learn, team)[:_WEIGHED]
    words = team.map(lambda model: best_word(model, parts.everything), models)
    weighed = [(model, word) for model, word in zip(models, words, strict=True) if word is not None]
    plain = [pair for pair in weighed if pair[1].log_e < _PLAIN][:1]
    proposals = team.map(lambda pair: _proposal(*pair, parts), plain or weighed)
    return min(proposals, key=lambda each: each.evidence.log_e, default=None)


def is_large(sample: Sample) -> bool:
    """Tell whether there are more sequences than are needed to compare beginnings."""
    return bool(sample.sequences.codes.size > _SCREENED)


def _screen(sample: Sample) -> Sample:
    rows = np.zeros(len(sample.sequences.codes), dtype=np.bool_)
    rows[:: max(1, round(sample.sequences.codes.size / _SCREENED))] = True
    return sample.of_rows(rows)


def _proposal(model: SiteModel, word: WordEvidence, parts: Parts) -> Proposal:
    """Cross-fit a motif's word, and let the motif be what it grows into, unless it is better and the same."""
    evidence = cross_fitted(word, parts.everything, parts.blocks)
    learn = parts.learn
    grown = fitted(start_of(evidence.word, learn.base), learn)
    alike = likeness(grown.matrix, model.matrix, learn.base, both_strands=learn.both_strands) >= _ALIKE
    return Proposal(model if alike and model.z > grown.z else grown, evidence)


def _finalists(learn: Sample, screen: Sample, team: Team) -> list[SiteModel]:
    """Fit many beginnings a little and the best of them until they no longer change; the best first."""
    words = enriched_words(
        learn.sequences.codes, learn.contrast.residuals, learn.contrast.variances,
        most=_WORDS, both_strands=learn.both_strands,
    )  # fmt: skip
    starts = [start_of(word, learn.base) for word in words]
    tried = team.map(lambda model: fitted(model, screen, rounds=2), _unlike(starts, learn, _STARTS))
    best = _unlike(sorted(tried, key=lambda model: -model.z), learn, _FINALISTS)
    done = team.map(lambda model: fitted(replace(model, z=-np.inf), learn), best)
    return _unlike(sorted(done, key=lambda model: -model.z), learn, _FINALISTS)


def _unlike(models: Sequence[SiteModel], sample: Sample, most: int) -> list[SiteModel]:
    """Return the first models of which none is like one before it."""
    kept: list[SiteModel] = []
    for model in models:
        if len(kept) == most:
            break
        if all(
            likeness(model.matrix, other.matrix, sample.base, both_strands=sample.both_strands) < _ALIKE
            for other in kept
        ):
            kept.append(model)
    return kept
