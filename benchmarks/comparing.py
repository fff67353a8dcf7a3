"""Motifs and known profiles on the same test sequences: AUROC alone, and paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from recovery.truth import crossed_log10_p

import motiflens as ml
from motiflens.backgrounds import base_frequencies, of_both_strands
from motiflens.metrics import auroc, auroc_interval
from motiflens.motifs import Motif
from motiflens.preparing import Prepared
from motiflens.results import Interval
from motiflens.scanning.best_sites import best_sites

Floats = npt.NDArray[np.float64]
_PSEUDOCOUNT = 0.01
_N_BOOTSTRAP = 2000
_N_PERMUTED = 20


@dataclass(frozen=True)
class Bench:
    """The sequences of a run, and how a motif is scored on them.

    Attributes
    ----------
    prepared
        Labelled sequences in their parts.
    base
        ``(4,)`` base frequencies of the training sequences.
    both_strands
        Whether the reverse strand is read.
    """

    prepared: Prepared
    base: Floats
    both_strands: bool

    @classmethod
    def of(cls, prepared: Prepared, *, both_strands: bool) -> Bench:
        """Take the base frequencies that `discover` takes."""
        base = base_frequencies(prepared.train)
        return cls(prepared, of_both_strands(base) if both_strands else base, both_strands)

    @property
    def positive(self) -> npt.NDArray[np.bool_]:
        """Labels of the test sequences."""
        return self.prepared.test.positive

    def smoothed(self, profile: Motif) -> Motif:
        """Return a known profile with the pseudocounts that the motifs of a run have: one, or a hundredth of its sites.

        Without them one strange letter would forbid a site.
        """
        extra = max(1.0, _PSEUDOCOUNT * profile.n_sites)
        smooth = (profile.counts + extra * self.base[:, None]) / (profile.n_sites + extra)
        return replace(profile, probabilities=smooth)

    def scores(self, motifs: Sequence[Motif], sequences: ml.SequenceSet | None = None) -> npt.NDArray[np.float32]:
        """Return ``(n, n_motifs)`` best-site scores in bits, of the test sequences unless others are given."""
        codes = (self.prepared.test if sequences is None else sequences).codes
        matrices = [np.log2(motif.probabilities / self.base[:, None]) for motif in motifs]
        return best_sites(codes, matrices, both_strands=self.both_strands).scores

    def alone(self, motif: Motif) -> Interval:
        """Return the test AUROC of a motif's best site alone."""
        return auroc_interval(self.positive, self.scores([motif])[:, 0])

    def log10_p(self, motif: Motif) -> float:
        """Return log10 of Fisher's p of a known profile on all sequences; see `crossed_log10_p`."""
        everything = self.prepared.everything
        return crossed_log10_p(self.scores([motif], everything)[:, 0], everything.positive)

    def shares(self, motif: Motif, cut_off: float) -> tuple[float, float]:
        """Return the shares of the test positives and negatives whose best site reaches the cut-off."""
        hit = self.scores([motif])[:, 0] >= cut_off
        return float(hit[self.positive].mean()), float(hit[~self.positive].mean())

    def composition(self, motif: Motif, *, random_state: int = 0) -> float:
        """Return how much of a motif's AUROC beyond chance its columns keep in a random order.

        The mean over several orders: 0 for a word whose order is everything, 1 for one that says no more
        than which bases are frequent.
        """
        rng = np.random.default_rng(random_state)
        orders = (rng.permutation(motif.width) for _ in range(_N_PERMUTED))
        mixed = [replace(motif, probabilities=motif.probabilities[:, order]) for order in orders]
        scores = self.scores([motif, *mixed])
        own, *others = (auroc(self.positive, column) - 0.5 for column in scores.T)
        return float(np.mean(others) / own) if own > 0 else float("nan")

    def difference(self, ours: Motif, theirs: Motif) -> Interval:
        """Return the test AUROC of one motif less that of another, with its paired interval."""
        return paired_difference(self.positive, *self.scores([ours, theirs]).T)


def paired_difference(
    positive: npt.NDArray[np.bool_],
    ours: npt.NDArray[np.floating],
    theirs: npt.NDArray[np.floating],
    *,
    n_bootstrap: int = _N_BOOTSTRAP,
    random_state: int = 0,
) -> Interval:
    """Return the AUROC of one score less that of another, with the 95 % interval of a paired bootstrap.

    Every resample draws sequences, so both scores meet the same ones; positives and negatives are
    drawn apart.

    Parameters
    ----------
    positive
        ``(n,)`` labels, both present.
    ours, theirs
        ``(n,)`` scores, higher for positives.
    n_bootstrap
        Number of resamples. Default 2000.
    random_state
        Seed. Default 0.
    """
    won = (_won(scores[positive], scores[~positive]) for scores in (ours, theirs))
    differences = np.subtract(*won)
    rng = np.random.default_rng(random_state)
    rows, columns = (
        rng.multinomial(size, np.full(size, 1 / size), size=n_bootstrap).astype(np.float32)
        for size in differences.shape
    )
    drawn = ((rows @ differences) * columns).sum(axis=1, dtype=np.float64) / differences.size
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(float(differences.mean(dtype=np.float64)), float(low), float(high))


def _won(positives: npt.NDArray[np.floating], negatives: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return ``(n_positives, n_negatives)``: 1 where the positive scores higher, one half for a tie."""
    above = positives[:, None] > negatives[None]
    return np.asarray(above + np.float32(0.5) * (positives[:, None] == negatives[None]), dtype=np.float32)
