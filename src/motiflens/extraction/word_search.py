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
from motiflens.extraction.words import Word, enriched_words
from motiflens.threads import Team

Floats = npt.NDArray[np.float64]
_WORDS = 150
_STARTS = 32
_FINALISTS = 5
_SHARE = 0.05
_SCREENED = 600_000
"""Letters of the sequences on which many beginnings are compared."""
_LAST_ROUNDS = 3
_ALIKE = 0.8


@dataclass(frozen=True)
class Proposal:
    """A motif as one search found it.

    Attributes
    ----------
    model
        The motif; its ``z`` is as likely by chance as its scores are, had nothing been searched: see
        `motiflens.extraction.chance` for what a search makes of that.
    presence
        ``(n,)`` log of how much likelier its sites make each sequence.
    """

    model: SiteModel
    presence: Floats


def best_motif(sample: Sample, *, screened: bool = False, team: Team) -> Proposal | None:
    """Return the motif that tells the classes apart best, None where nothing leans towards the positives.

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
    models = _finalists(sample, sample.of_rows(screen(sample)) if screened else sample, team)
    found = team.map(lambda model: presence(sample.sequences, model, sample), models)
    exact = team.map(sample.contrast.exact_z, found)
    proposals = [Proposal(replace(model, z=z), column) for model, column, z in zip(models, found, exact, strict=True)]
    return max(proposals, key=lambda each: each.model.z, default=None)


def is_large(codes: Codes) -> bool:
    """Tell whether there are more sequences than are needed to compare beginnings."""
    return bool(codes.size > _SCREENED)


def screen(sample: Sample, letters: int = _SCREENED) -> npt.NDArray[np.bool_]:
    """Return ``(n,)`` every so many sequence, with about so many letters together, or all."""
    rows = np.zeros(len(sample.sequences.codes), dtype=np.bool_)
    rows[:: max(1, round(sample.sequences.codes.size / letters))] = True
    return rows


def _finalists(sample: Sample, part: Sample, team: Team) -> list[SiteModel]:
    """Fit many beginnings a little and the best of them until they no longer change; the best first."""
    words = enriched_words(
        sample.sequences.codes, sample.contrast.residuals, sample.contrast.variances,
        most=_WORDS, both_strands=sample.both_strands, team=team,
    )  # fmt: skip
    starts = [start_of(word, sample.base) for word in words]
    tried = team.map(lambda model: fitted(model, part, rounds=2), _unlike(starts, sample, _STARTS))
    best = _unlike(sorted(tried, key=lambda model: -model.z), sample, _FINALISTS)
    done = team.map(lambda model: _fitted_on_both(model, part, sample), best)
    return sorted(done, key=lambda model: -model.z)


def start_of(word: Word, base: Floats) -> SiteModel:
    """Return the model that a word is as it is, in a twentieth of the positives; not measured yet."""
    return SiteModel(word.matrix(base), _SHARE, -np.inf)


def _fitted_on_both(model: SiteModel, part: Sample, sample: Sample) -> SiteModel:
    """Fit a model to a part first and then, from near its end, to all."""
    if part is sample:
        return fitted(replace(model, z=-np.inf), sample)
    near = fitted(replace(model, z=-np.inf), part)
    return fitted(replace(near, z=-np.inf), sample, rounds=_LAST_ROUNDS)


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
