"""What the steps hand to each other: sites, matches, evidence, figures with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isclose, nan
from typing import Any

import numpy.typing as npt


@dataclass(frozen=True)
class Interval:
    """A figure with a confidence interval, e.g. of a bootstrap.

    Attributes
    ----------
    value, low, high
        The figure and the bounds of its interval, in the figure's own unit; NaN bounds when unknown.

    Examples
    --------
    >>> Interval(0.91, 0.88, 0.94).as_dict()
    {'value': 0.91, 'low': 0.88, 'high': 0.94}
    """

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Return ``{"value", "low", "high"}``, the form used in `metrics.json`."""
        return {"value": self.value, "low": self.low, "high": self.high}


UNKNOWN_INTERVAL = Interval(nan, nan, nan)
"""A figure that was not measured."""


@dataclass(frozen=True)
class Site:
    """One instance of a motif.

    Attributes
    ----------
    sequence
        Name of the sequence, or of the chromosome when ``genomic``.
    start, end
        0-based half-open, in that sequence.
    strand
        ``+`` or ``-``.
    motif
        Name of the motif.
    score
        Log-odds score in bits; NaN for a planted site, which was not scored.

    Examples
    --------
    >>> import numpy as np
    >>> from motiflens.motifs import Motif
    >>> from motiflens.scanning.occurrences import scan
    >>> from motiflens.sequences import from_strings
    >>> motif = Motif(np.eye(4)[:, [0, 1, 2, 3, 0]], "ACGTA")
    >>> site = next(iter(scan(motif, from_strings(["CCACGTACC"]), pvalue=0.001)))
    >>> site.sequence, site.start, site.end, site.strand, site.motif
    ('seq1', 2, 7, '+', 'ACGTA')
    """

    sequence: str
    start: int
    end: int
    strand: str
    motif: str
    score: float


@dataclass(frozen=True)
class Match:
    """A motif of ours against one of a database.

    Attributes
    ----------
    motif, target, target_name
        Identifier of ours, of theirs, and the factor's name.
    pvalue, evalue, qvalue
        Chance of so good a match by a random motif; times the number of targets; and the
        false discovery rate among all of this motif's targets. p and q lie in [0, 1].
    offset
        Column of the target (after ``strand``) at which column 0 of ours lies; may be negative.
    overlap
        Number of aligned columns.
    strand
        ``-`` when the target had to be reverse complemented.

    Examples
    --------
    >>> import numpy as np
    >>> from motiflens.matching import match
    >>> from motiflens.motifs import Motif
    >>> ours = Motif(np.eye(4)[:, [0, 1, 2, 0, 3]], "ours")
    >>> theirs = Motif(np.eye(4)[:, [3, 0, 3, 1, 2, 3, 1]], "theirs")
    >>> best = match([ours], [theirs])[0][0]
    >>> best.target, best.offset, best.overlap, best.strand
    ('theirs', 1, 5, '-')
    """

    motif: str
    target: str
    target_name: str
    pvalue: float
    evalue: float
    qvalue: float
    offset: int
    overlap: int
    strand: str


@dataclass(frozen=True)
class Sufficiency:
    """What a network's output does when a motif is written into sequences that have none of it.

    Attributes
    ----------
    change
        Mean change of the log-odds of the positives, natural logarithms, with its 95 % interval.
    control
        The same with the letters of each planted site in random order, at the same place.
    beyond
        Change less control, sequence by sequence: what the order of the letters does.
    n
        Sequences that it was planted in; 0 when it was not measured.
    """

    change: Interval = UNKNOWN_INTERVAL
    control: Interval = UNKNOWN_INTERVAL
    beyond: Interval = UNKNOWN_INTERVAL
    n: int = 0


@dataclass(frozen=True)
class Centrality:
    """Whether sites crowd about the centres of their sequences.

    Attributes
    ----------
    pvalue
        Chance that the best window about the centre holds so many sites, were every place as likely;
        corrected for the number of windows tried. NaN when it cannot be told.
    window
        Width of that window in bases: the centres of sites within ``window / 2`` bases of the centre.
    share, expected
        Shares of the sites in it, found and by chance, in [0, 1].
    n
        Number of sites, one a sequence.
    reason
        Why there is no p-value; empty when there is one.
    """

    pvalue: float = nan
    window: int = 0
    share: float = nan
    expected: float = nan
    n: int = 0
    reason: str = "not measured"

    @property
    def enrichment(self) -> float:
        """Share found over share expected, NaN when unknown."""
        return self.share / self.expected if self.expected > 0 else nan


@dataclass(frozen=True)
class StrandPreference:
    """Whether sites lie on one strand more than on the other.

    Attributes
    ----------
    forward
        Share of the sites that lie on the strand that the sequences were given on, in [0, 1].
    pvalue
        Two-sided, of as many sequences with more forward than reverse sites, or fewer; NaN when it cannot be told.
    n
        Number of sites.
    reason
        Why there is no p-value; empty when there is one.
    """

    forward: float = nan
    pvalue: float = nan
    n: int = 0
    reason: str = "not measured"


@dataclass(frozen=True)
class Evaluation:
    """How well scores separate two classes, each figure with its interval.

    Attributes
    ----------
    auroc, auprc, accuracy
        Area under the ROC and the precision-recall curve; accuracy at probability 0.5.
    n_positives, n_negatives
        Test sequences of each class; the positives' share is the no-skill AUPRC.

    Examples
    --------
    >>> from motiflens.metrics import evaluate
    >>> found = evaluate([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], random_state=0)
    >>> found.auroc.value, found.accuracy.value, found.n_positives, found.n_negatives
    (0.75, 0.75, 2, 2)
    """

    auroc: Interval
    auprc: Interval
    accuracy: Interval
    n_positives: int
    n_negatives: int


@dataclass(frozen=True)
class Limit:
    """The best that any model could do on a simulated task, each figure with its 95 % interval.

    Attributes
    ----------
    auroc, auprc, accuracy
        Of the task's own likelihood ratio; accuracy at the threshold that is right most often. AUPRC is
        the mean over all orders of sequences whose ratios are equal, so that no model that breaks such
        ties by chance does better on average. The average precision that calls ties together, as in
        `metrics.auprc` and `Evaluation`, is lower for a ratio with ties.
    n_positives, n_negatives
        Sequences of each class that were scored; 0 where the figures are known without any.
    kind
        ``population`` when they were drawn for this, ``these sequences`` when they were given; either with
        ``, noisy inputs`` behind it when the model sees these instead of letters.
    bound
        ``exact``; or ``lower bound`` when the ratio had to be approximated, so that a better score
        is conceivable; ``upper bound`` when no model can do better, and none may do as well; or ``approximate``.
    shift_invariant
        The limit for models that cannot know where in a sequence they are, if that is another.

    Examples
    --------
    >>> from motiflens.simulating.simulation import simulate
    >>> task = simulate("single", motif="ACGTG", length=40, n_positives=50, n_negatives=50)
    >>> limit = task.limit_on(task.sequences)
    >>> limit.kind, limit.bound, limit.fraction(0.5), limit.fraction(limit.auroc.value)
    ('these sequences', 'exact', 0.0, 1.0)
    """

    auroc: Interval
    auprc: Interval
    accuracy: Interval
    n_positives: int
    n_negatives: int
    kind: str
    bound: str
    shift_invariant: Limit | None = None

    def fraction(self, auroc: float) -> float:
        """Return how much of the way from chance to the limit an AUROC goes: 0 at 0.5, 1 at the limit.

        NaN, not defined, when the limit is chance itself.
        """
        possible = self.auroc.value - 0.5
        return float("nan") if isclose(possible, 0, abs_tol=1e-9) else (auroc - 0.5) / possible

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON: the attributes by name, ``shift_invariant`` the same or None."""
        figures = {name: getattr(self, name).as_dict() for name in ("auroc", "auprc", "accuracy")}
        others = {name: getattr(self, name) for name in ("n_positives", "n_negatives", "kind", "bound")}
        moved = self.shift_invariant
        return {**figures, **others, "shift_invariant": None if moved is None else moved.as_dict()}


@dataclass(frozen=True)
class Audit:
    """What a look at the input found, before anything is trained.

    Attributes
    ----------
    facts
        Counts and figures, by name.
    warnings
        Sentences for the user, each a reason to doubt what follows; empty when all is well.

    Examples
    --------
    >>> from motiflens.auditing import audit
    >>> from motiflens.sequences import from_strings
    >>> found = audit(from_strings(["ACGTTGCA", "ACGTTGCA", "GGATCCTA"]), random_state=0)
    >>> found.facts["duplicates"], found.facts["length_median"]
    (1.0, 8.0)
    >>> found.warnings[0].partition(",")[0]
    'Of 3 sequences 1 is a copy of another of the same class'
    """

    facts: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class SavedNetwork:
    """A trained network as arrays and the configuration that rebuilds it; no torch object."""

    weights: Mapping[str, npt.NDArray[Any]]
    config: Mapping[str, Any]
