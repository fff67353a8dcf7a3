"""Evidence for a motif from all sequences, which counts how many words it could have been.

Two tests, of which the better counts:

- the motif's word as it is, 0.9 for each of its letters: it was built by nothing;
- cross-fitting: in turn each block of the sequences is tested by the model that the others
  make of the word, so that every sequence is tested once, by a model that it did not build.

Either p-value is that of one word named beforehand. It was not: so it is multiplied by the word's price
(see `motiflens.extraction.words`), which holds whatever made the choice. An E-value is twice the smaller product.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.extraction.site_models import Sample, SiteModel, fitted, presence
from motiflens.extraction.words import Word, words_in

Floats = npt.NDArray[np.float64]
_SHARE = 0.05
_WORTH_A_TEST = 3


@dataclass(frozen=True)
class WordEvidence:
    """What all sequences say of a word and of the models that it grows into.

    Attributes
    ----------
    word
        The word.
    log_p_word, log_p_crossed
        Natural logs of the p-values of the word as it is, and of the cross-fitted models, 0 without these.
    """

    word: Word
    log_p_word: float
    log_p_crossed: float = 0.0

    @property
    def log_p(self) -> float:
        """Natural log of the p-value: twice the smaller of the two, at most 1."""
        return min(min(self.log_p_word, self.log_p_crossed) + float(np.log(2)), 0.0)

    @property
    def log_e(self) -> float:
        """Natural log of the p-value times the price of the word."""
        return self.log_p + float(np.log(self.word.price))


def best_word(model: SiteModel, sample: Sample) -> WordEvidence | None:
    """Return the motif's word that is worth most as it is, not cross-fitted; None for a motif narrower than any word.

    Parameters
    ----------
    model
        The motif.
    sample
        All sequences.
    """
    words = list(words_in(model.matrix, sample.base, both_strands=sample.both_strands))
    scores = [presence(sample.sequences, start_of(word, sample.base), sample) for word in words]
    promise = [
        np.log(word.price) - max(float(sample.contrast.z(each)), 0.0) ** 2 / 2
        for word, each in zip(words, scores, strict=True)
    ]
    best = np.argsort(promise)[:_WORTH_A_TEST]
    found = [WordEvidence(words[i], sample.contrast.log_p(scores[i])) for i in best]
    return min(found, key=lambda each: each.log_e, default=None)


def cross_fitted(evidence: WordEvidence, sample: Sample, blocks: npt.NDArray[np.int64]) -> WordEvidence:
    """Add what the models say that the word grows into.

    Parameters
    ----------
    evidence
        Of the word as it is.
    sample
        All sequences.
    blocks
        ``(n,)`` which block each belongs to.
    """
    start = start_of(evidence.word, sample.base)
    return replace(evidence, log_p_crossed=sample.contrast.log_p(_crossed(start, sample, blocks)))


def start_of(word: Word, base: Floats) -> SiteModel:
    """Return the model that a word is as it is, in a twentieth of the positives; not measured yet."""
    return SiteModel(word.matrix(base), _SHARE, -np.inf)


def as_it_is(word: Word, sample: Sample) -> WordEvidence:
    """Return the evidence of a word, not cross-fitted."""
    scores = presence(sample.sequences, start_of(word, sample.base), sample)
    return WordEvidence(word, sample.contrast.log_p(scores))


def _crossed(start: SiteModel, sample: Sample, blocks: npt.NDArray[np.int64]) -> Floats:
    """Return ``(n,)`` scores, each by the model that the other blocks make of the start, in their units."""
    scores = np.zeros(len(blocks))
    for block in np.unique(blocks):
        here = blocks == block
        others = sample.of_rows(~here)
        model = fitted(start, others)
        unit = float(presence(others.sequences, model, sample).std())
        found = presence(sample.sequences[here], model, sample)
        scores[here] = (found - found.mean()) / max(unit, 1e-9)
    return scores
