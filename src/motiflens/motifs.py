"""`Motif`: a position probability matrix with its background, sites and evidence.

The matrices carry logomaker's names: counts, probabilities, log-odds (there "weight")
and information. All are ``(4, width)`` with rows A, C, G, T.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from motiflens.errors import InputError

Matrix = npt.NDArray[np.float64]
UNIFORM = (0.25, 0.25, 0.25, 0.25)
_SUMS_TO_ONE = 1e-3

IUPAC_OF_SETS = {
    "A": "A", "C": "C", "G": "G", "T": "T", "AG": "R", "CT": "Y", "CG": "S", "AT": "W", "GT": "K", "AC": "M",
    "CGT": "B", "AGT": "D", "ACT": "H", "ACG": "V", "ACGT": "N",
}  # fmt: skip


@dataclass(frozen=True)
class Motif:
    """A motif: what each position prefers, on either strand.

    Attributes
    ----------
    probabilities
        ``(4, width)`` float64, columns sum to 1.
    name
        Identifier, unique in its set (``1-RTGACTCA``, ``MA0139.2``).
    alternate_name
        A second name, such as the factor's (``CTCF``); empty when there is none.
    background
        Four base frequencies that sum to 1; uniform by default.
    n_sites
        Number of sites behind the matrix; 20 by default, as MEME assumes when none is given.

    Raises
    ------
    InputError
        When the matrix is not ``(4, width)`` with width >= 1, or a column is not a distribution.

    Examples
    --------
    >>> motif = Motif(np.array([[1, 0, 0.5], [0, 1, 0], [0, 0, 0.5], [0, 0, 0]]), "example")
    >>> motif.width, motif.consensus, motif.reverse_complement().consensus
    (3, 'ACR', 'YGT')
    >>> motif.information_content().round(2).tolist(), round(motif.ic_bits, 2)
    ([2.0, 2.0, 1.0], 5.0)
    """

    probabilities: Matrix
    name: str
    alternate_name: str = ""
    background: tuple[float, float, float, float] = UNIFORM
    n_sites: float = 20.0
    evidence: dict[str, float] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        matrix = self.probabilities
        if matrix.ndim != 2 or matrix.shape[0] != 4 or matrix.shape[1] < 1:
            msg = f"Motif {self.name!r} must be a (4, width) matrix of width >= 1. Got shape {matrix.shape}."
            raise InputError(msg)
        if not np.isfinite(matrix).all() or (matrix < 0).any() or np.abs(matrix.sum(axis=0) - 1).max() > _SUMS_TO_ONE:
            msg = f"Motif {self.name!r} must have columns of probabilities that sum to 1."
            raise InputError(msg)
        base = np.array(self.background, dtype=np.float64)
        if base.shape != (4,) or not (base > 0).all() or abs(base.sum() - 1) > _SUMS_TO_ONE:
            msg = (f"Motif {self.name!r} must have four background frequencies above 0 that sum to 1. "
                   f"Got {self.background}.")  # fmt: skip
            raise InputError(msg)
        if not (np.isfinite(self.n_sites) and self.n_sites > 0):
            msg = f"Motif {self.name!r} must have a finite number of sites above 0. Got {self.n_sites}."
            raise InputError(msg)

    @property
    def width(self) -> int:
        """Number of positions."""
        return int(self.probabilities.shape[1])

    @property
    def counts(self) -> Matrix:
        """``(4, width)`` expected number of sites with each base."""
        return self.probabilities * self.n_sites

    def log_odds(self, pseudocount: float = 0.25) -> Matrix:
        """Return ``(4, width)`` log2 of probability over background, pseudocounts added.

        Parameters
        ----------
        pseudocount
            Sites spread over the bases by the background, in [0, inf). Default 0.25.
        """
        background = np.array(self.background)[:, None]
        smoothed = (self.counts + pseudocount * background) / (self.n_sites + pseudocount)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log2(smoothed / background))

    def information(self) -> Matrix:
        """Return ``(4, width)`` letter heights of a logo: probability times column information.

        The information of a column is its relative entropy to the background, in bits
        (Schneider & Stephens 1990, doi:10.1093/nar/18.20.6097).
        """
        return self.probabilities * self.information_content()

    def information_content(self) -> npt.NDArray[np.float64]:
        """Return ``(width,)`` relative entropy of each column to the background, in bits."""
        background = np.array(self.background)[:, None]
        p = np.maximum(self.probabilities, 1e-12)
        return np.asarray(np.maximum((self.probabilities * np.log2(p / background)).sum(axis=0), 0.0))

    @property
    def ic_bits(self) -> float:
        """Total information content in bits."""
        return float(self.information_content().sum())

    @property
    def consensus(self) -> str:
        """IUPAC consensus by Cavener's rules (1987, doi:10.1093/nar/15.4.1353).

        One letter for a base above 50 % and above twice the second; a two-base letter when
        two bases pass 75 %; a three-base letter when the fourth is below 5 %; otherwise N.

        Examples
        --------
        >>> Motif(np.array([[1, 0.5, 0.25], [0, 0, 0.25], [0, 0.5, 0.25], [0, 0, 0.25]]), "m").consensus
        'ARN'
        """
        return "".join(_iupac_letter(column) for column in self.probabilities.T)

    def reverse_complement(self) -> Motif:
        """Return the same motif read on the other strand."""
        a, c, g, t = self.background
        return replace(
            self, probabilities=np.ascontiguousarray(self.probabilities[::-1, ::-1]), background=(t, g, c, a)
        )

    def slice(self, start: int, end: int) -> Motif:
        """Return positions ``[start, end)`` as a motif."""
        return replace(self, probabilities=np.ascontiguousarray(self.probabilities[:, start:end]))


def _iupac_letter(column: npt.NDArray[np.float64]) -> str:
    order = np.argsort(-column, kind="stable")
    first, second, _, fourth = column[order]
    if first > 0.5 and first > 2 * second:
        size = 1
    elif first + second > 0.75:
        size = 2
    else:
        size = 3 if fourth < 0.05 else 4
    return IUPAC_OF_SETS["".join(sorted("ACGT"[i] for i in order[:size]))]


def from_counts(counts: npt.ArrayLike, name: str, *, background: tuple[float, float, float, float] = UNIFORM,
                alternate_name: str = "") -> Motif:  # fmt: skip
    """Build a motif from a ``(4, width)`` count matrix.

    Parameters
    ----------
    counts
        Sites with each base, ``(4, width)`` in rows A, C, G, T, at least 0; no pseudocount is added. The motif's
        ``n_sites`` is the largest column total.
    name, alternate_name
        As of `Motif`; no alternate name by default.
    background
        Four base frequencies that sum to 1. Uniform by default.

    Raises
    ------
    InputError
        When the matrix is not ``(4, width)`` with width >= 1, a column is empty or a count is negative.

    Examples
    --------
    >>> motif = from_counts([[8, 0, 1], [0, 8, 0], [0, 0, 7], [0, 0, 0]], "example", alternate_name="factor")
    >>> motif.consensus, motif.n_sites, motif.probabilities[:, 2].tolist()
    ('ACG', 8.0, [0.125, 0.0, 0.875, 0.0])
    """
    matrix = np.asarray(counts, dtype=np.float64)
    totals = matrix.sum(axis=0) if matrix.ndim == 2 else np.zeros(1)
    if not totals.size or (totals <= 0).any() or (matrix < 0).any():
        msg = f"Motif {name!r} must have counts >= 0 and a positive total in every position."
        raise InputError(msg)
    return Motif(matrix / totals, name, alternate_name, background, float(totals.max()))
