"""The files of a `Discovery`, as text: the same discovery gives the same bytes.

Tables are tab-separated with one header line (`sites.bed` has none), figures have six
significant digits, and what is unknown is an empty cell, or null in JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from safetensors.numpy import save

from motiflens.formats.motif_files import write_meme

if TYPE_CHECKING:
    from motiflens.discovery import Discovery, Finding
    from motiflens.motifs import Motif
    from motiflens.results import Interval, Site

MOTIF_COLUMNS = (
    "motif", "consensus", "width", "n_sites", "ic_bits", "heldout_pvalue", "heldout_evalue", "auroc", "delta_auroc",
    "best_match", "best_match_name", "match_qvalue",
    "search_pvalue", "search_evalue", "cut_off", "rank_pvalue", "positives_with_site", "negatives_with_site",
    "log2_enrichment", "log2_enrichment_low", "log2_enrichment_high", "sites_per_positive", "sites_per_negative",
    "auroc_low", "auroc_high", "gc_pvalue",
    "sufficiency", "sufficiency_low", "sufficiency_high", "sufficiency_control", "sufficiency_control_low",
    "sufficiency_control_high", "centrality_pvalue", "centrality_window", "centrality_enrichment", "forward_share",
    "strand_pvalue", "match_pvalue", "random_match_pvalue", "source", "n_filters", "filters", "alike",
)  # fmt: skip
MATCH_COLUMNS = ("motif", "target", "target_name", "pvalue", "evalue", "qvalue", "offset", "overlap", "strand")
PREDICTION_COLUMNS = ("name", "label", "probability", "split")


class Found(Protocol):
    """Motifs with their evidence and their sites."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Motifs with their evidence, best first."""
        ...

    @property
    def motifs(self) -> tuple[Motif, ...]:
        """The motifs alone, best first."""
        ...

    @property
    def sites(self) -> tuple[Site, ...]:
        """Their sites."""
        ...


def write_discovery(discovery: Discovery, folder: Path) -> None:
    """Write every file of a run but the report and the metrics into an existing folder.

    Raises
    ------
    OSError
        When a file cannot be written.
    """
    texts = {
        "motifs.tsv": motifs_tsv(discovery),
        "sites.bed": sites_bed(discovery),
        "matches.tsv": matches_tsv(discovery),
        "predictions.tsv": predictions_tsv(discovery),
        "model.json": to_json(discovery.network.config),
        "run.json": to_json(discovery.run),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    write_meme(discovery.motifs, folder / "motifs.meme")
    (folder / "model.safetensors").write_bytes(network_bytes(discovery.network.weights))


def motifs_tsv(discovery: Found) -> str:
    """Return `motifs.tsv`: one line a motif, best first; what is not known leaves its cell empty."""
    return table_text(MOTIF_COLUMNS, (_motif_cells(finding) for finding in discovery.findings))


def sites_bed(discovery: Found) -> str:
    """Return `sites.bed`: BED6 and the score in bits, sorted by sequence and start.

    Column 5 is the score as a share of the motif's best possible score, 0 to 1000, as genome
    browsers expect it; column 7 is the log-odds score in bits.
    """
    best = {motif.name: _best_score(motif) for motif in discovery.motifs}
    ordered = sorted(discovery.sites, key=lambda site: (site.sequence, site.start, site.end, site.motif))
    return "".join(_line(_site_cells(site, best.get(site.motif, math.nan))) for site in ordered)


def matches_tsv(discovery: Discovery) -> str:
    """Return `matches.tsv`: the database matches of every motif, best first."""
    matches = (match for finding in discovery.findings for match in finding.matches)
    return table_text(MATCH_COLUMNS, ([getattr(match, column) for column in MATCH_COLUMNS] for match in matches))


def predictions_tsv(discovery: Discovery) -> str:
    """Return `predictions.tsv`: the network's probability for every sequence."""
    table = discovery.predictions
    rows = zip(table.names, table.labels, table.probabilities, table.split, strict=True)
    return table_text(PREDICTION_COLUMNS, rows)


def metrics(discovery: Discovery) -> dict[str, Any]:
    """Return the content of `metrics.json`: sizes, test figures, limits, recovery, baselines, seconds.

    ``limit`` and ``recovery`` are None but for simulated sequences: of others, neither the best
    possible score nor the true motifs are known.
    """
    evaluation = discovery.evaluation
    return {
        "n": discovery.n,
        "test": {name: _interval(getattr(evaluation, name)) for name in ("auroc", "auprc", "accuracy")},
        "limit": None if discovery.limits is None else discovery.limits.record(evaluation.auroc.value),
        "recovery": None if discovery.planted is None else discovery.planted.record(),
        "baselines": {name: _interval(interval) for name, interval in discovery.baselines.items()},
        "seconds": {name: round(float(seconds), 3) for name, seconds in discovery.seconds.items()},
    }


def motif_record(finding: Finding) -> dict[str, Any]:
    """Return one line of `motifs.tsv` by column, figures unrounded; None where there is no match."""
    motif, match = finding.motif, finding.matches[0] if finding.matches else None
    enrichment, sufficiency, central = finding.log2_enrichment, finding.sufficiency, finding.centrality
    values = (
        motif.name, motif.consensus, motif.width, finding.n_sites, motif.ic_bits, finding.heldout_pvalue,
        finding.heldout_evalue, finding.auroc.value, finding.delta_auroc,
        match and match.target, match and match.target_name, match and match.qvalue,
        finding.search_pvalue, finding.search_evalue, finding.cut_off, finding.rank_pvalue, finding.positives_with_site,
        finding.negatives_with_site, *_three(enrichment), finding.sites_per_positive, finding.sites_per_negative,
        finding.auroc.low, finding.auroc.high, finding.gc_pvalue, *_three(sufficiency.change),
        *_three(sufficiency.control), central.pvalue, central.window or None, central.enrichment,
        finding.strands.forward, finding.strands.pvalue, match and match.pvalue, finding.random_pvalue,
        finding.source or None,
        None if finding.n_filters and not finding.filters else finding.n_filters, filters_text(finding.filters),
        ",".join(finding.alike) or None,
    )  # fmt: skip
    return dict(zip(MOTIF_COLUMNS, values, strict=True))


def filters_text(filters: Iterable[tuple[int, int]]) -> str:
    """Return filters as ``network:filter``, both counted from 0.

    Examples
    --------
    >>> filters_text([(0, 12), (1, 7)])
    '0:12,1:7'
    """
    return ",".join(f"{network}:{index}" for network, index in filters)


def _three(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def network_bytes(weights: Mapping[str, np.typing.NDArray[Any]]) -> bytes:
    """Return `model.safetensors`: the named arrays, any layout in memory."""
    return save({name: np.asarray(array, order="C") for name, array in weights.items()})


def to_json(value: Any) -> str:
    r"""Return JSON text with a final newline; NaN and infinities become null.

    Numpy scalars and arrays, tuples and paths are written as plain values.

    Examples
    --------
    >>> to_json({"auroc": float("nan"), "n": np.int64(3)})
    '{\n  "auroc": null,\n  "n": 3\n}\n'
    """
    return json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """Return ``value`` as JSON knows it: dicts, lists, strings, finite numbers, booleans, None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return [plain(item) for item in sorted(value)]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def _interval(interval: Interval) -> dict[str, float | None]:
    return {name: plain(float(value)) for name, value in interval.as_dict().items()}


def _motif_cells(finding: Finding) -> list[Any]:
    return list(motif_record(finding).values())


def _best_score(motif: Motif) -> float:
    return float(motif.log_odds().max(axis=0).sum())


def _site_cells(site: Site, best: float) -> list[Any]:
    share = site.score / best if best > 0 else 0.0
    score = round(1000 * min(max(share, 0.0), 1.0))
    return [site.sequence, site.start, site.end, site.motif, score, site.strand, site.score]


def table_text(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return the text of a table: a header line, tabs between cells, numbers as short as they are exact."""
    return _line(columns) + "".join(_line(row) for row in rows)


def _line(cells: Iterable[Any]) -> str:
    return "\t".join(_cell(value) for value in cells) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}" if math.isfinite(value) else ""
    return str(value).translate(_BLANKS)


_BLANKS = str.maketrans({"\t": " ", "\n": " ", "\r": " "})
