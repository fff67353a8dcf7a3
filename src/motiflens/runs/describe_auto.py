"""What ``auto`` tries, in which order, and what each costs in parameters."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from motiflens.networks.architectures import architecture
from motiflens.networks.choosing import ERROR_RATE, Candidate, every_position
from motiflens.networks.grammars import Grammar
from motiflens.networks.jobs import TrainingOptions
from motiflens.networks.model import FilterNetwork

_NARROW = 8
_EXAMPLE = 2
_MOST_PAIRED = 4


@dataclass(frozen=True)
class Trial:
    """One network that is tried.

    Attributes
    ----------
    name
        What is tried, as in the notes of a run.
    n_parameters
        Figures that training changes; of grammars, those of two motifs.
    formula
        How many there are: numbers for filters; for grammars in M, the motifs found, L, the
        columns, and P, the ordered pairs.
    kept
        When it is kept.
    """

    name: str
    n_parameters: int
    formula: str
    kept: str


@dataclass(frozen=True)
class AutomaticDescription:
    """The choice of a network explained.

    Attributes
    ----------
    name
        ``auto``.
    length
        Columns of the sequences that counts are given for.
    trials
        What is tried, in order.
    notes
        How it is chosen, a sentence each.
    """

    name: str
    length: int
    trials: tuple[Trial, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            "name": self.name,
            "length": self.length,
            "trials": [asdict(trial) for trial in self.trials],
            "notes": list(self.notes),
        }


def describe_auto(length: int) -> AutomaticDescription:
    """Explain what ``auto`` tries for sequences of a length.

    Parameters
    ----------
    length
        Columns of the sequences.

    Raises
    ------
    ParameterError
        When they are too short for a network.

    Examples
    --------
    >>> [trial.n_parameters for trial in describe_auto(101).trials[:3]]
    [11649, 11649, 5505]
    """
    both = architecture(length, both_strands=True)
    narrow = replace(both, filter_width=min(_NARROW, both.filter_width))
    filters = (
        _filters("Filters on both strands", both, "unless one strand is read"),
        _filters(
            "Filters on one strand",
            replace(both, both_strands=False),
            "if it predicts better, and turning the sequences over costs it much",
        ),
        _filters("Filters of 8 bases", narrow, "never; short motifs come out of them cleaner"),
    )
    placed = every_position(Candidate(both, TrainingOptions()))
    last = placed.network if placed is not None else None
    clearly = "if clearly better than filters with stretches; tried if the grammar knows positions or there is no motif"
    positional = [_filters("Filters with a preference for every position", last, clearly)] if isinstance(
        last, FilterNetwork
    ) else []  # fmt: skip
    return AutomaticDescription("auto", length, (*filters, *_grammars(length), *positional), _NOTES)


_NOTES = (
    "For two classes; all is chosen on the validation sequences, and the test sequences are never looked at.",
    "Of filters, two networks of each kind are trained, and as many more of the kind kept as n_networks, 4, asks for. "
    "Their logits are averaged.",
    "Filters are turned into at most 20 motifs of both classes, which the validation sequences confirm; without any "
    "there is no grammar.",
    "M motifs, L columns, P pairs: each of the first 4 motifs of the positives with each, in either order.",
    f"A grammar's step is clearly better when a paired test of the validation losses says so; the chance that any "
    f"needless step is taken is about {ERROR_RATE:g}.",
    "In the end, of filters and grammar that with the lower validation loss is kept.",
)


def _filters(name: str, network: FilterNetwork, kept: str) -> Trial:
    n, width, bins = network.n_filters, network.filter_width, network.n_bins
    counted = f"(4 x {width} + 1 + {bins}) x {n} + {n} + 1"
    return Trial(name, network.n_parameters, counted, kept)


def _grammars(length: int) -> tuple[Trial, ...]:
    """Return the grammars, each the one before with one thing more; counts are those of motifs of the positives."""
    motif = np.zeros((4, 1), np.float32)
    sites = Grammar((motif,) * _EXAMPLE, (1,) * _EXAMPLE, length)
    placed = sites.with_positions()
    paired = placed.with_pairs(_MOST_PAIRED)
    better = "if clearly better than the grammar before"
    return (
        Trial("A grammar of the motifs", sites.n_parameters, "11 M + 18", "unless a step below is clearly better"),
        Trial("A grammar that reads one strand", sites.n_parameters, "11 M + 18", f"{better}; if filters read both"),
        Trial("A grammar that knows positions", placed.n_parameters, "11 M + 18 + M L", better),
        Trial(
            "A grammar that knows distances",
            paired.n_parameters,
            "11 M + 18 + M L + 2 P (L + 10), M L only with positions",
            better,
        ),
    )
