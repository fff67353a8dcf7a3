"""The sentences of the audit: what was measured, why it matters, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isnan

_MASKED_AUROC = 0.6
_MASKED_GAP, _MASKED_RATIO = 0.02, 2.0  # of the classes' shares of unknown bases
_NO_CHANCE = 0.001


def warnings_of(facts: Mapping[str, float], classes: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for each fact that is large enough to matter; NaN never is.

    Parameters
    ----------
    facts
        As `motiflens.auditing.audit` measures them.
    classes
        Ends of the class-wise keys; none without labels.
    """
    n = facts["n_sequences"]
    if classes:
        yield from _size_warnings({key: facts[f"n_{key}"] for key in classes})
    if facts["contradictory"] > 0:
        yield (
            f"{_number(facts['contradictory'], 'sequence occurs', 'sequences occur')} in more than one class, as is or "
            "reverse complemented, and no model can tell which is right; remove such copies, or look for the error in "
            "the labels."
        )
    copies = facts["duplicates"] + facts["reverse_complement_duplicates"]
    if copies > 0.05 * n:
        yield (
            f"Of {n:.0f} sequences {_number(copies, 'is a copy', 'are copies')} of another of the same class, so that "
            "figures rest on fewer sequences than it seems; remove the copies, or keep near-duplicates on one side of "
            "every split."
        )
    if facts["repeated_names"] > 0:
        yield (
            f"{_number(facts['repeated_names'], 'sequence has', 'sequences have')} the name of another of the same "
            "class, so that sites and predictions do not tell which they belong to; give each a name of its own."
        )
    if facts["unknown_fraction"] > 0.05:
        yield (
            f"{facts['unknown_fraction']:.1%} of the bases are not A, C, G or T, and no motif can be found there; "
            "leave such sequences out, or unmask the genome."
        )
    if facts["low_complexity_share"] > 0.1:
        yield (
            f"{facts['low_complexity_share']:.1%} of the sequences mostly repeat one or two short words, which may "
            "come out as motifs; mask repeats, or leave such sequences out."
        )
    if classes:
        yield from _mask_warnings({key: facts[f"unknown_{key}"] for key in classes}, facts)
    yield from _shortcut_warnings(facts)


def _number(count: float, one: str, more: str) -> str:
    return f"{count:.0f} {one if count == 1 else more}"


def _size_warnings(counts: Mapping[str, float]) -> Iterator[str]:
    for key, count in counts.items():
        one, more = (key.replace("class_", f"{noun} of class ") for noun in ("sequence", "sequences"))
        one = one.removesuffix("s")
        if count < 100:
            yield (
                f"There {'is' if count == 1 else 'are'} only {_number(count, one, more)}, "
                "too few for firm figures; "
                "go by the intervals, and add sequences if you can."
            )
    least, most = min(counts.values()), max(counts.values())
    if most > 10 * least:
        yield (
            f"The largest class has {most:.0f} sequences and the smallest {least:.0f}, so that accuracy says little; "
            "go by the AUPRC against the smaller class's share, or balance the classes."
        )


def _mask_warnings(unknown: Mapping[str, float], facts: Mapping[str, float]) -> Iterator[str]:
    """Warn of a class that is masked more than another: by much, or in many sequences, and not by chance."""
    shares = {key: share for key, share in unknown.items() if not isnan(share)}
    least, most = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
    much = shares[most] - shares[least] > _MASKED_GAP and shares[most] > _MASKED_RATIO * shares[least]
    if facts["unknown_pvalue"] < _NO_CHANCE and (much or facts["unknown_auroc"] > _MASKED_AUROC):
        yield (
            f"Unknown bases (N, or masked) make up {_percent(shares[most])} of {_of_class(most)} and "
            f"{_percent(shares[least])} of {_of_class(least)}, and their share alone tells the classes apart with an "
            f"AUROC of {facts['unknown_auroc']:.2f}, so a network may learn the masking rather than motifs; mask the "
            "classes alike, or leave out sequences with unknown bases."
        )


def _percent(share: float) -> str:
    return "none" if share == 0 else "under 0.1%" if share < 0.001 else f"{share:.1%}"


def _of_class(key: str) -> str:
    return f"the {key}" if not key.startswith("class_") else key.replace("_", " ")


def _shortcut_warnings(facts: Mapping[str, float]) -> Iterator[str]:
    if facts["gc_auroc"] > 0.7:
        yield (
            f"GC content alone tells the classes apart with an AUROC of {facts['gc_auroc']:.2f}, so a network may "
            "learn composition rather than motifs; use negatives matched in GC content, or dinucleotide shuffles."
        )
    if facts["length_auroc"] > 0.7:
        yield (
            f"Length alone tells the classes apart with an AUROC of {facts['length_auroc']:.2f}, so a network may "
            "learn the padding rather than motifs; cut all sequences to one length, or match the lengths."
        )
    if facts["kmer_auroc"] >= 0.9:
        yield (
            f"Words of 6 letters alone nearly separate the classes, with an AUROC of {facts['kmer_auroc']:.2f}, so "
            "positives and negatives may differ in composition or repeats; compare how the two were made (it is fine "
            "where a strong motif is expected)."
        )
