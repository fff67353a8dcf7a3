"""The published experiments: their data, their networks and their figures, as plain data.

The figures are single runs, as their authors report them. Where a system gives none, there is
none here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

SYSTEMS = ("hw4", "multiscale", "foxo1", "tfbs")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Published:
    """A published figure.

    Attributes
    ----------
    metric
        ``auroc``, ``auprc`` or ``accuracy``.
    value
        As published.
    source
        Where, when there are several runs of one experiment.
    """

    metric: str
    value: float
    source: str = ""


@dataclass(frozen=True)
class Task:
    """Sequences to learn from and to be tested on.

    Attributes
    ----------
    name
        Unique among the tasks.
    title
        For the reader.
    dials
        What `simulate` takes, seed left out; empty for the sequences of a data folder.
    fractions
        Shares of training, validation and test sequences.
    motifs
        Words planted in the sequences of a data folder, which cannot tell.
    """

    name: str
    title: str
    dials: Mapping[str, Any]
    fractions: tuple[float, float, float] = (0.7, 0.1, 0.2)
    motifs: tuple[str, ...] = ()

    def same_sequences(self, other: Task) -> bool:
        """Tell whether both have the same sequences and parts for every seed: noise on the inputs changes neither."""
        dials = [{name: value for name, value in task.dials.items() if name != "noise"} for task in (self, other)]
        return dials[0] == dials[1] and self.fractions == other.fractions and bool(self.dials) == bool(other.dials)


@dataclass(frozen=True)
class Experiment:
    """A published network on a task.

    Attributes
    ----------
    system
        One of `SYSTEMS`.
    name
        For the reader, unique in its system.
    task
        Its sequences.
    network
        Name of the network.
    sizes
        What differs from the network of that name.
    published
        The figures to reproduce.
    """

    system: str
    name: str
    task: Task
    network: str
    sizes: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    published: tuple[Published, ...] = ()

    @property
    def network_name(self) -> str:
        """The network with what differs from the one of that name, such as ``deepbind, filter_width 7``."""
        return ", ".join([self.network, *(f"{name} {size}" for name, size in self.sizes.items())])


SINGLE = Task("single", "one motif, ACGTG", {"task": "single", "motif": "ACGTG", "motif_prob": 1.0})
IN_ORDER = Task(
    "single-80-10-10", "one motif, split 80/10/10", {"task": "single", "motif": "ACGTG"}, fractions=(0.8, 0.1, 0.1)
)
NOISY = {
    share: Task(
        f"noise-{share:g}",
        f"noise 0.05 on the training inputs, motif in {share:.0%} of the positives",
        {"task": "single", "motif": "ACGTG", "motif_prob": share, "noise": 0.05},
    )
    for share in (1.0, 0.8, 0.6)
}
MULTI = Task("multi", "two motifs, ACGTG and TGCAT", {"task": "multi", "motifs": ("ACGTG", "TGCAT")})
INTERACTION = Task(
    "interaction",
    "ACGTG, then TGCAT 10 to 25 bases on",
    {"task": "interaction", "motifs": ("ACGTG", "TGCAT"), "min_gap": 10, "max_gap": 25},
)
PROMOTER = Task(
    "promoter",
    "promoter elements against homopolymers",
    {"task": "promoter", "n_positives": 5000, "n_negatives": 5000, "length": 200},
    fractions=(0.64, 0.16, 0.2),
)
FOXO1 = Task(
    "foxo1",
    "FOXO1 sites at the centre",
    {"task": "pwm", "place": "centre", "n_positives": 10000, "n_negatives": 10000, "length": 100},
    fractions=(0.5, 0.0, 0.5),
)
TFBS = Task("tfbs", "2000 sequences of 50 bases", _NOTHING, fractions=(0.675, 0.075, 0.25), motifs=("AAAGAGGAAGTT",))

_SWEEP = {3: (0.558, 0.544), 5: (0.954, 0.920), 7: (0.948, 0.912), 11: (0.941, 0.913), 15: (0.927, 0.901)}
_NOISE = {1.0: (0.824, 0.757), 0.8: (0.866, 0.857), 0.6: (0.715, 0.686)}
_DEPTH = (0.789, 0.833, 0.874, 0.911, 0.927)


def _areas(auroc: float, auprc: float, source: str = "") -> tuple[Published, ...]:
    return Published("auroc", auroc, source), Published("auprc", auprc, source)


EXPERIMENTS = (
    *(
        Experiment(
            "hw4", f"single motif, kernel {width}", SINGLE, "deepbind", {"filter_width": width},
            _areas(*figures, "kernel sweep") + (_areas(0.9106, 0.8471, "baseline run") if width == 5 else ()),
        )
        for width, figures in _SWEEP.items()
    ),
    Experiment("hw4", "single motif, split 80/10/10", IN_ORDER, "deepbind",
               published=_areas(0.9047, 0.8651, "assignment")),
    *(
        Experiment("hw4", f"noise 0.05, motif probability {share:g}", NOISY[share], "deepbind",
                   published=_areas(*figures))
        for share, figures in _NOISE.items()
    ),
    Experiment("hw4", "two motifs", MULTI, "deepbind", {"n_filters": 24}, _areas(0.942, 0.931)),
    Experiment("hw4", "interaction", INTERACTION, "interaction", published=_areas(0.874, 0.801)),
    Experiment("multiscale", "promoter elements", PROMOTER, "multiscale"),
    *(
        Experiment("foxo1", f"v{version}", FOXO1, f"foxo1-v{version}", published=(Published("accuracy", accuracy),))
        for version, accuracy in enumerate(_DEPTH, start=1)
    ),
    Experiment("tfbs", "shallow", TFBS, "tfbs", published=_areas(0.9971, 0.9969)),
    Experiment("tfbs", "deep", TFBS, "tfbs-deep", published=_areas(0.9903, 0.9797)),
)  # fmt: skip


def experiments_of(system: str) -> tuple[Experiment, ...]:
    """Return the experiments of a system, or of ``all``."""
    return tuple(each for each in EXPERIMENTS if system in ("all", each.system))
