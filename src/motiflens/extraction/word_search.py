"""The motif that explains most of what is left: from words to a fitted model.

Many beginnings are fitted a little, few of them further. How good the best would be by chance,
`motiflens.extraction.chance` asks the same search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.alphabet import Codes
from motiflens.extraction.matrices import likeness
from motiflens.extraction.site_models import Sample, SiteModel, fitted, presence
from motiflens.extraction.words import Word, enriched_words, worth
from motiflens.threads import Team

Floats = npt.NDArray[np.float64]
_WORDS = 150
_STARTS = 32
_FINALISTS = 5
_SHARE = 0.05
_SCREENED = 600_000
"""Letters of the sequences on which many beginnings are compared."""
_LAST_ROUNDS = 3
_ALIKE = 0.9
"""Likeness from which on two beginnings lead to the same."""
_OTHERS, _UNRELATED = 10, 0.6
"""Beginnings that are kept for what the best leaves, each less like those before it than that."""


@dataclass(frozen=True)
class Beginning:
    """A model on its way from a word.

    Attributes
    ----------
    model
        The motif as far as it is fitted.
    price
        How many words there are to choose from that are like the one it grew from, see `Word.price`.
    """

    model: SiteModel
    price: float

    @property
    def worth(self) -> float:
        """What the motif is worth for its price, in nats; see `motiflens.extraction.words.worth`."""
        return worth(self.model.z, self.price)


@dataclass(frozen=True)
class Proposal(Beginning):
    """A motif as one search found it.

    Attributes
    ----------
    presence
        ``(n,)`` log of how much likelier its sites make each sequence; ``model.z`` is as likely by chance as these
        are, had nothing been searched: see `motiflens.extraction.chance` for what a search makes of that.
    """

    presence: Floats


def best_motif(sample: Sample, *, screened: bool = False, team: Team) -> Proposal | None:
    """Return the motif that tells the classes apart best for its price, None where nothing leans to the positives.

    Parameters
    ----------
    sample
        The sequences.
    screened
        Compare beginnings on a part of many sequences alone: quicker, and enough for a motif that
        stands out. Default False.
    team
        Threads to use; no result depends on them.
    """
    return _best_and_tried(sample, screened=screened, team=team)[0]


def best_and_others(
    sample: Sample, *, screened: bool = False, team: Team
) -> tuple[Proposal | None, tuple[Beginning, ...]]:
    """Return `best_motif`, and beginnings unlike it, of which one may be the best of what it leaves."""
    best, tried = _best_and_tried(sample, screened=screened, team=team)
    others = [] if best is None else _unlike([best, *tried], sample, 1 + _OTHERS, _UNRELATED)[1:]
    return best, tuple(others)


def _best_and_tried(sample: Sample, *, screened: bool, team: Team) -> tuple[Proposal | None, list[Beginning]]:
    part = sample.of_rows(screen(sample)) if screened else sample
    tried = _tried(sample, part, team)
    finalists = team.map(
        lambda each: replace(each, model=_fitted_on_both(each.model, part, sample)),
        _unlike(tried, sample, _FINALISTS, _ALIKE),
    )  # fmt: skip
    proposals = team.map(lambda each: proposed(each, sample), finalists)
    return max(proposals, key=lambda each: each.worth, default=None), tried


def best_of(others: Sequence[Beginning], sample: Sample, team: Team) -> Proposal | None:
    """Fit beginnings to other sequences, or to what is left of these, and return the best; None of none."""

    def again(each: Beginning) -> Proposal:
        return proposed(replace(each, model=fitted(each.model, sample, rounds=_LAST_ROUNDS)), sample)

    return max(team.map(again, others), key=lambda each: each.worth, default=None)


def is_large(codes: Codes) -> bool:
    """Tell whether there are more sequences than are needed to compare beginnings."""
    return bool(codes.size > _SCREENED)


def screen(sample: Sample, letters: int = _SCREENED) -> npt.NDArray[np.bool_]:
    """Return ``(n,)`` every so many sequence, with about so many letters together, or all."""
    rows = np.zeros(len(sample.sequences.codes), dtype=np.bool_)
    rows[:: max(1, round(sample.sequences.codes.size / letters))] = True
    return rows


def _tried(sample: Sample, part: Sample, team: Team) -> list[Beginning]:
    """Fit many beginnings a little, best first."""
    words = enriched_words(
        sample.sequences.codes, sample.contrast.residuals, sample.contrast.variances,
        most=_WORDS, both_strands=sample.both_strands, team=team,
    )  # fmt: skip
    starts = _unlike([Beginning(start_of(word, sample.base), word.price) for word in words], sample, _STARTS, _ALIKE)
    tried = team.map(lambda each: replace(each, model=fitted(each.model, part, rounds=2)), starts)
    return sorted(tried, key=lambda each: -each.worth)


def proposed(found: Beginning, sample: Sample) -> Proposal:
    """Return a motif with what its sites say of each sequence, and how good it is by that."""
    column = presence(sample.sequences, found.model, sample)
    return Proposal(replace(found.model, z=sample.contrast.exact_z(column)), found.price, column)


def start_of(word: Word, base: Floats) -> SiteModel:
    """Return the model that a word is as it is, in a twentieth of the positives; not measured yet."""
    return SiteModel(word.matrix(base), _SHARE, -np.inf)


def _fitted_on_both(model: SiteModel, part: Sample, sample: Sample) -> SiteModel:
    """Fit a model to a part first and then, from near its end, to all."""
    if part is sample:
        return fitted(model, sample)
    return fitted(fitted(model, part), sample, rounds=_LAST_ROUNDS)


def _unlike(tries: Sequence[Beginning], sample: Sample, most: int, alike: float) -> list[Beginning]:
    """Return the first of which none is as like one before it as that."""
    kept: list[Beginning] = []
    for each in tries:
        if len(kept) == most:
            break
        if all(
            likeness(each.model.matrix, other.model.matrix, sample.base, both_strands=sample.both_strands) < alike
            for other in kept
        ):
            kept.append(each)
    return kept
