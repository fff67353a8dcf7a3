"""`Discovery`: everything one run of `discover` found, as plain data that can be written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from motiflens.known_truth import Limits, Planted
from motiflens.motifs import Motif
from motiflens.outputs import output_folder
from motiflens.report import report_html
from motiflens.results import (
    UNKNOWN_INTERVAL,
    Audit,
    Centrality,
    Evaluation,
    Interval,
    Match,
    SavedNetwork,
    Site,
    StrandPreference,
    Sufficiency,
)
from motiflens.writing import metrics, to_json, write_discovery

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """A motif with the evidence for it.

    Attributes
    ----------
    motif
        The motif, named by rank and consensus (``1-RTGACTCA``).
    n_sites
        Number of its sites in all positives, none overlapping another.
    heldout_pvalue
        Fisher's exact test of site presence in held-out positives against held-out negatives, one-sided,
        the sites of better motifs erased.
    heldout_evalue
        ``heldout_pvalue`` times the number of motifs that were tested with it, those of the networks or those that
        grew from words.
    positives_with_site, negatives_with_site
        Shares of the held-out positives and negatives that hold a site (better motifs erased), in [0, 1].
    auroc
        AUROC on held-out sequences of the motif's best-site score alone, nothing erased.
    delta_auroc
        Necessity: drop of the network's held-out AUROC when the motif's sites are scrambled.
    n_filters
        Number of filters, over all restarts, that were merged into this motif; 0 when none was.
    matches
        Database matches, best first; empty without a database.
    random_pvalue
        Expected best match p-value of a random motif of this width; NaN without a database.
    search_pvalue
        Of a motif of the networks the same as ``heldout_pvalue``. Of one that grew from a word: the chance that a
        search of all sequences finds one as good without signal; see `motiflens.extraction.chance`.
    search_evalue
        What the motif is believed by. Of a motif of the networks the same as ``heldout_evalue``; of one that grew from
        a word the same as ``search_pvalue``, which counts all words already.
    cut_off
        Least score of a site: log2 of the matrix over its background, summed over the columns, in bits.
    rank_pvalue
        Mann and Whitney's test of the best-site score in held-out sequences, one-sided, the sites of better
        motifs erased.
    log2_enrichment
        Log2 of how much more often a held-out positive holds a site than a negative (better motifs
        erased), with its interval; below 0 it goes with the negatives.
    sites_per_positive, sites_per_negative
        Mean number of sites in held-out sequences, none overlapping another, nothing erased.
    gc_pvalue
        One-sided score test of site presence beyond the GC content of the held-out sequences.
    sufficiency
        What the network says when the motif is planted in shuffled held-out negatives.
    centrality, strands
        Where its sites lie in the held-out positives, about the centre and on which strand.
    filters
        The filters merged into it: index of the network and of the filter in it, from 0. Empty when
        they are not known.
    source
        What it was made of: ``filters`` of networks, enriched ``words``, ``contributions`` of letters to a
        prediction; several joined by ``+``. Empty when it is not known.
    alike
        Names of the better motifs of the run that it matches (q < 0.01): it shares columns with them, as a composite
        does with its half.

    Examples
    --------
    >>> from motiflens.discovering import discover
    >>> from motiflens.simulating.simulation import simulate
    >>> task = simulate("single", motif="TGACTCA", length=40, n_positives=100, n_negatives=100)
    >>> best = discover(task.sequences, database=None, strands="single", n_networks=1, threads=1).findings[0]
    >>> best.motif.consensus, best.heldout_pvalue < 1e-6, best.auroc.value > 0.9, best.matches
    ('TGACTCA', True, True, ())
    """

    motif: Motif
    n_sites: int
    heldout_pvalue: float
    heldout_evalue: float
    positives_with_site: float
    negatives_with_site: float
    auroc: Interval
    delta_auroc: float
    n_filters: int
    matches: tuple[Match, ...] = ()
    random_pvalue: float = nan
    search_pvalue: float = nan
    search_evalue: float = nan
    cut_off: float = nan
    rank_pvalue: float = nan
    log2_enrichment: Interval = UNKNOWN_INTERVAL
    sites_per_positive: float = nan
    sites_per_negative: float = nan
    gc_pvalue: float = nan
    sufficiency: Sufficiency = field(default_factory=Sufficiency)
    centrality: Centrality = field(default_factory=Centrality)
    strands: StrandPreference = field(default_factory=StrandPreference)
    filters: tuple[tuple[int, int], ...] = ()
    source: str = ""
    alike: tuple[str, ...] = ()


@dataclass(frozen=True)
class Predictions:
    """The network's probability for each sequence.

    Attributes
    ----------
    names, labels, probabilities, split
        ``(n,)`` each; labels 0 or 1; split is ``train``, ``valid`` or ``test``.
    """

    names: npt.NDArray[np.str_]
    labels: npt.NDArray[np.int64]
    probabilities: Floats
    split: npt.NDArray[np.str_]


@dataclass(frozen=True)
class History:
    """Losses of one network by epoch, ``(epochs,)`` each, and the index (from 0) of the epoch kept."""

    train_loss: Floats
    valid_loss: Floats
    best_epoch: int


@dataclass(frozen=True)
class Discovery:
    """All that a run of `discover` found.

    Attributes
    ----------
    findings
        Motifs with their evidence, best first; empty when the data hold no signal.
    sites
        Every instance of the motifs in the positives, genomic when coordinates are known.
    evaluation
        The network on the held-out test sequences.
    baselines
        Test AUROC of simpler models (``gc_content``, ``kmer_logistic``).
    audit
        What the look at the input found.
    predictions
        Probability of every sequence, with its split.
    histories
        One for each trained network.
    network
        The trained ensemble.
    n_candidates
        Number of candidate motifs that the held-out test was corrected for.
    targets
        The matched database motifs, by identifier.
    site_positions
        For each motif, by name, the centres of its sites in the positives relative to the
        sequence's centre, in bases.
    database
        Name of the motif database, empty when none.
    seconds
        Time by step: read, train, motifs, report, total.
    run
        Enough to repeat the run: ``arguments`` (by name), ``seed``, ``versions`` (by package),
        ``inputs`` (SHA-256 by path). The report shows these four.
    notes
        Sentences about choices made on the way, for the log and the report.
    left_out
        Those of the notes that say which motifs were left out.
    limits
        The best possible test scores, where the test sequences were simulated.
    planted
        What became of the planted motifs, where the positives were simulated.

    Examples
    --------
    >>> from motiflens.discovering import discover
    >>> from motiflens.simulating.simulation import simulate
    >>> task = simulate("single", motif="TGACTCA", length=40, n_positives=100, n_negatives=100)
    >>> found = discover(task.sequences, database=None, strands="single", n_networks=1, threads=1)
    >>> [motif.consensus for motif in found.motifs], found.n
    (['TGACTCA'], {'train': 140, 'valid': 20, 'test': 40})
    >>> len(found.histories), found.run["command"], {site.motif for site in found.sites}
    (1, 'discover', {'1-TGACTCA'})
    """

    findings: tuple[Finding, ...]
    sites: tuple[Site, ...]
    evaluation: Evaluation
    baselines: Mapping[str, Interval]
    audit: Audit
    predictions: Predictions
    histories: tuple[History, ...]
    network: SavedNetwork
    n_candidates: int
    site_positions: Mapping[str, Floats] = field(default_factory=dict)
    targets: Mapping[str, Motif] = field(default_factory=dict)
    database: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    limits: Limits | None = None
    planted: Planted | None = None

    @property
    def motifs(self) -> tuple[Motif, ...]:
        """The motifs alone, best first."""
        return tuple(finding.motif for finding in self.findings)

    @property
    def n(self) -> dict[str, int]:
        """Number of sequences in train, valid and test."""
        return {split: int((self.predictions.split == split).sum()) for split in ("train", "valid", "test")}

    def write(self, output: str | Path, *, force: bool = False) -> Path:
        """Write all files of the run into the folder ``output`` and return it.

        The files appear together at the end or, whatever goes wrong, not at all. The time this
        takes is added to ``seconds`` in `metrics.json`, as ``report`` and in ``total``.

        Raises
        ------
        OutputError
            When the folder exists and ``force`` is False, or it cannot be written.
        """
        started = time.perf_counter()
        with output_folder(output, force=force) as folder:
            write_discovery(self, folder)
            (folder / "report.html").write_text(report_html(self), encoding="utf-8", newline="\n")
            timed = self._with_report_time(time.perf_counter() - started)
            (folder / "metrics.json").write_text(to_json(metrics(timed)), encoding="utf-8", newline="\n")
        return Path(output)

    def _with_report_time(self, seconds: float) -> Discovery:
        total = self.seconds.get("total", 0.0) + seconds
        return replace(self, seconds={**self.seconds, "report": seconds, "total": total})
