"""A motif and the share of the positives that hold it, fitted to the sequences by likelihood.

Expectation maximisation as in MEME (Bailey and Elkan 1994), in contrast to the other class: what the
negatives pile up at the same likelihood is taken away, so that a repeat that both classes hold is no
motif. A column is believed as far as its letters go beyond chance (James and Stein 1961), and the motif
ends where they do not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from motiflens.contrasts import Contrast, contrast_of
from motiflens.extraction.matrices import Scanner, trimmed
from motiflens.scanning.best_sites import Matrix
from motiflens.scanning.occupancy import Blocks, Letters, blocks_of, expected_letters, occupancies
from motiflens.sequences import SequenceSet
from motiflens.threads import ALONE, Team

Floats = npt.NDArray[np.float64]
_SHARES = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9])
_SHARES_OF_KNOWN = np.array([0.02, 0.2, 0.7, 0.99])
_ENOUGH_FOR_SHARES = 100
_ROUNDS = 8
_FLANK = 3
_NARROWEST, _WIDEST = 5, 30
_CHI2 = 4.0
"""What a column's letters must be worth (chi-squared with 3 degrees of freedom, 3 by chance), on average."""
_BITS = 0.05
_COLUMN_COST = 0.15
_FEWEST_SITES = 3.0
_SAME = 0.01


@dataclass(frozen=True)
class Sample:
    """Sequences and what is to be explained of them.

    Attributes
    ----------
    sequences
        ``n`` sequences.
    contrast
        Of their classes.
    base
        ``(4,)`` base frequencies.
    both_strands
        Whether sites may lie on either strand.
    """

    sequences: Blocks
    contrast: Contrast
    base: Floats
    both_strands: bool

    def of_rows(self, rows: npt.NDArray[np.bool_]) -> Sample:
        """Return some of the sequences."""
        return replace(self, sequences=self.sequences[rows], contrast=self.contrast.of_rows(rows))


@dataclass(frozen=True)
class SiteModel:
    """A motif with the share of the positives that hold it.

    Attributes
    ----------
    matrix
        ``(4, width)`` probabilities.
    share
        In (0, 1), one of a few.
    z
        How much more the positives have of it, in standard errors, on the sequences that it was fitted to.
    """

    matrix: Matrix
    share: float
    z: float

    def log_odds(self, base: Floats) -> Matrix:
        """Return ``(4, width)`` natural logarithms of probability over base frequency."""
        return np.asarray(np.log(self.matrix / base[:, None]))

    def motif(self, base: Floats) -> Matrix:
        """Return the matrix without ends that say little, or as it is where little is left.

        Such ends are no chance, and yet not worth a look.
        """
        matrix = trimmed(self.matrix, base, _COLUMN_COST)
        return self.matrix if matrix is None else matrix


def sample_of(sequences: SequenceSet, scanner: Scanner) -> Sample:
    """Return sequences with labels 0 and 1 as a sample."""
    return Sample(blocks_of(sequences.codes), contrast_of(sequences.positive), scanner.base, scanner.both_strands)


def presence(sequences: Blocks, model: SiteModel, sample: Sample) -> Floats:
    """Return ``(n,)`` log of how much likelier a site in a share of the sequences makes each."""
    ratios = occupancies(sequences, model.log_odds(sample.base), both_strands=sample.both_strands)
    return np.asarray(np.log1p(model.share * ratios))


def presences(sequences: Blocks, model: SiteModel, sample: Sample) -> Floats:
    """Return ``(n, m)`` `presence` at four shares from few to all: together, all that a motif's sites may tell.

    At its own share alone where there are fewer than a hundred sequences, of which four columns would explain much
    by chance. Where nearly all positives hold a motif, the faintest sites tell much; where few do, the surest alone.
    """
    ratios = occupancies(sequences, model.log_odds(sample.base), both_strands=sample.both_strands)
    shares = _SHARES_OF_KNOWN if len(ratios) >= _ENOUGH_FOR_SHARES else np.array([model.share])
    return np.asarray(np.log1p(ratios[:, None] * shares))


def scored(matrix: Matrix, sample: Sample) -> SiteModel:
    """Return a matrix with the share that tells the classes apart best."""
    odds = np.log(matrix / sample.base[:, None])
    ratios = occupancies(sample.sequences, odds, both_strands=sample.both_strands)
    return SiteModel(matrix, *_best_share(ratios, sample.contrast))


def fitted(
    model: SiteModel, sample: Sample, *, rounds: int = _ROUNDS, anew: bool = False, team: Team = ALONE
) -> SiteModel:
    """Fit a model by expectation maximisation, and return the best that was passed on the way.

    Parameters
    ----------
    model
        Where to begin; its z counts for nothing, it may be that of other sequences.
    sample
        Sequences to fit to.
    rounds
        Most rounds, at least 0. Default 8.
    anew
        Whether the letters must be these sequences' own: the beginning is returned, with a z of minus infinity, only
        where these have no sites to speak of. Default False.
    team
        Threads to use; no result depends on them. Default: the caller's alone.
    """
    best, current, seen = replace(model, z=-np.inf), model, set[tuple[int, int]]()
    for done in range(rounds + 1):
        weights = sample.contrast.residuals
        letters = expected_letters(
            sample.sequences, current.log_odds(sample.base), weights,
            share=current.share, flank=_FLANK, both_strands=sample.both_strands, team=team,
        )  # fmt: skip
        share, z = _best_share(letters.ratios, sample.contrast)
        measured = SiteModel(current.matrix, share, z)
        best = measured if z > best.z and (done > 0 or not anew) else best
        state = (current.matrix.shape[1], round(z / _SAME))
        if state in seen:
            break
        seen.add(state)
        matrix = _remade(current.matrix, letters, sample)
        if matrix is None:
            break
        current = SiteModel(matrix, share, z)
    return best


def _best_share(ratios: Floats, contrast: Contrast) -> tuple[float, float]:
    z = contrast.z(np.log1p(_SHARES[:, None] * ratios))
    best = int(np.argmax(z))
    return float(_SHARES[best]), float(z[best])


def _remade(matrix: Matrix, letters: Letters, sample: Sample) -> Matrix | None:
    """Return the matrix of the letters that go beyond chance; None when too few sites are left."""
    base, excess, variance = sample.base[:, None], letters.excess, letters.variance
    mass = float(np.median(excess.sum(axis=0)))
    weight = float(sample.contrast.residuals[sample.contrast.residuals > 0].mean())
    n_sites = mass / weight
    if n_sites < _FEWEST_SITES:
        return None
    noise = variance + weight**2 / 2
    chi2 = ((excess - mass * base) ** 2 / noise).sum(axis=0)
    positive = np.maximum(excess, 0)
    shares = positive / np.maximum(positive.sum(axis=0), 1e-9)
    believed = base + (shares - base) * np.maximum(0, 1 - 3 / np.maximum(chi2, 1e-9))
    pseudo = max(1.0, 0.01 * n_sites)
    anew = (believed * n_sites + base * pseudo) / (n_sites + pseudo)
    anew /= anew.sum(axis=0)
    bits = (anew * np.log2(anew / base)).sum(axis=0)
    worth = np.clip(np.minimum(chi2 / _CHI2 - 1, bits / _BITS - 1), -1, 3)
    start, end = _best_stretch(worth)
    if not _NARROWEST <= end - start <= min(_WIDEST, sample.sequences.codes.shape[1]):
        start, end = _FLANK, _FLANK + matrix.shape[1]
    return np.ascontiguousarray(anew[:, start:end])


def _best_stretch(worth: Floats) -> tuple[int, int]:
    """Return the columns ``[start, end)`` whose sum is largest."""
    sums = np.concatenate([[0.0], np.cumsum(worth)])
    end = int(np.argmax(sums - np.minimum.accumulate(sums)))
    return int(np.argmin(sums[: end + 1])), end
