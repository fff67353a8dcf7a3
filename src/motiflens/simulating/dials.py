"""The dials of `simulate`: those of every task, checked and with their defaults, and those of one."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from motiflens.alphabet import UNKNOWN
from motiflens.database import DEFAULT_DATABASE, check_database
from motiflens.errors import InputError, ParameterError
from motiflens.formats.fasta import after_comments, read_bytes, title
from motiflens.formats.regions import is_region
from motiflens.recognising import read_records
from motiflens.sequences import SequenceSet, from_codes
from motiflens.simulating.background import MAX_ORDER, Background, independent, learn_background
from motiflens.simulating.checks import MOST_LABEL_NOISE, nearest, number, one_of, probability, whole
from motiflens.simulating.given_motifs import GivenMotif, MotifFinder
from motiflens.simulating.noise import TO, InputNoise
from motiflens.simulating.tasks import TASKS, Setting

GivenBackground = Background | SequenceSet | str | Path

_DEFAULT_ORDER = 1
_MOST_SEQUENCES, _MOST_BASES = 20_000_000, 4_000_000_000


class Dials(TypedDict, total=False):
    """Every dial of every task, as `simulate` takes them."""

    n_positives: int
    n_negatives: int
    length: int
    gc: float
    background: GivenBackground
    order: int
    motif_prob: float
    mutation: float
    strands: str
    label_noise: float
    noise: float
    noise_to: str
    random_state: int
    database: str
    motif: GivenMotif
    motifs: Sequence[GivenMotif]
    cooccur_prob: float
    min_gap: int
    max_gap: int
    decoy_prob: float
    place: str
    copies: tuple[int, int]
    negative_copies: tuple[int, int]
    centre: int
    spread: int
    orientation: str
    site_order: str
    negatives: str
    rule: str
    motif_probs: Sequence[float]
    negative_probs: Sequence[float]


@dataclass(frozen=True)
class Common:
    """The dials that every task has, checked.

    Attributes
    ----------
    n_positives, n_negatives
        Sequences of each class, at least 1.
    length
        Bases of each, at least 1.
    gc
        Share of G and C in the background, in [0, 1]; None with another background.
    background
        None for independent bases; a model, or sequences or a file to learn it from.
    order
        Order of the model that is learnt; None without one.
    motif_prob, mutation
        Probabilities, in [0, 1].
    label_noise
        Share of the labels that are flipped, in [0, 0.5].
    strands
        ``single`` or ``both``.
    noise
        Standard deviation of the noise on one-hot inputs, at least 0.
    noise_to
        ``all`` or ``negatives``; only together with noise.
    random_state
        Seed.
    database
        Where motifs are found by name.
    """

    n_positives: int
    n_negatives: int
    length: int
    gc: float | None
    background: GivenBackground | None
    order: int | None
    motif_prob: float
    mutation: float
    strands: str
    label_noise: float
    noise: float
    noise_to: str
    random_state: int
    database: str

    def setting(self) -> Setting:
        """Return what a task needs to know, the background learnt."""
        return Setting(
            background=self._model(),
            length=self.length,
            motif_prob=self.motif_prob,
            mutation=self.mutation,
            both_strands=self.strands == "both",
            finder=MotifFinder(self.database),
        )

    def _model(self) -> Background:
        match self.background:
            case None:
                return independent(0.5 if self.gc is None else self.gc)
            case Background():
                return self.background
            case SequenceSet():
                return learn_background(self.background, order=self.order or 0)
            case _:
                return learn_background(_sequences_of(self.background), order=self.order or 0)


COMMON = tuple(field.name for field in fields(Common))


def own_dials(task: str) -> dict[str, Any]:
    """Return the dials that a task alone has, with their defaults.

    Examples
    --------
    >>> own_dials("interaction")
    {'motifs': ('ACGTG', 'TGCAT'), 'min_gap': 10, 'max_gap': 25}
    """
    parameters = inspect.signature(TASKS[task].generator).parameters.values()
    return {each.name: each.default for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY}


def separated(task: str, dials: Mapping[str, Any]) -> tuple[Common, dict[str, Any]]:
    """Return the dials of every task, checked, and those of this one, defaults filled in.

    Parameters
    ----------
    task
        Name of a task.
    dials
        Those that are given; one that is None counts as not given.

    Raises
    ------
    ParameterError
        When there is no such task, it has no such dial, or a dial of every task is out of range.
    """
    if not isinstance(task, str) or task not in TASKS:
        msg = f"The task must be one of {', '.join(TASKS)}. Got {task!r}.{nearest(task, list(TASKS))}"
        raise ParameterError(msg)
    given = {name: value for name, value in dials.items() if value is not None}
    own = own_dials(task)
    for name in given:
        if name not in (*COMMON, *own):
            msg = (f"The task {task} has no {name}. It has {', '.join(own)}, and like every task "
                   f"{', '.join(COMMON)}.{nearest(name, [*COMMON, *own])}")  # fmt: skip
            raise ParameterError(msg)
    common = _checked(task, {name: value for name, value in given.items() if name in COMMON})
    return common, {**own, **{name: value for name, value in given.items() if name in own}}


def _checked(task: str, given: Mapping[str, Any]) -> Common:
    gc, background, order = _background_dials(given)
    noise, noise_to = _noise_dials(given)
    database = str(given.get("database", DEFAULT_DATABASE))
    if "database" in given:
        check_database(database)
    common = Common(
        n_positives=whole("n_positives", given.get("n_positives", TASKS[task].n), least=1),
        n_negatives=whole("n_negatives", given.get("n_negatives", TASKS[task].n), least=1),
        length=whole("length", given.get("length", TASKS[task].length), least=1),
        gc=gc,
        background=background,
        order=order,
        motif_prob=probability("motif_prob", given.get("motif_prob", 1.0)),
        mutation=probability("mutation", given.get("mutation", 0.0)),
        strands=one_of("strands", given.get("strands", "single"), ("single", "both")),
        label_noise=number("label_noise", given.get("label_noise", 0.0), most=MOST_LABEL_NOISE),
        noise=noise,
        noise_to=noise_to,
        random_state=whole("random_state", given.get("random_state", 0), least=0),
        database=database,
    )
    _check_size(common)
    return common


def _check_size(common: Common) -> None:
    """Refuse what no computer would hold before any of it is made."""
    n = common.n_positives + common.n_negatives
    if n > _MOST_SEQUENCES or n * common.length > _MOST_BASES:
        msg = (f"Expected at most {_MOST_SEQUENCES:,} sequences and {_MOST_BASES:,} bases in all. Got {n:,} of "
               f"{common.length:,}: lower n_positives, n_negatives or length.")  # fmt: skip
        raise ParameterError(msg)


def _noise_dials(given: Mapping[str, Any]) -> tuple[float, str]:
    std, to = number("noise", given.get("noise", 0.0)), one_of("noise_to", given.get("noise_to", "all"), TO)
    if std:
        InputNoise(std, to)  # which checks the range
    elif "noise_to" in given:
        msg = f"noise_to says which inputs get noise, and needs noise above 0. Got noise_to={to} without noise."
        raise ParameterError(msg)
    return std, to


def _background_dials(given: Mapping[str, Any]) -> tuple[float | None, GivenBackground | None, int | None]:
    background = given.get("background")
    if background is None:
        if "order" in given:
            msg = f"order is that of a background learnt from sequences. Got order={given['order']} and no background."
            raise ParameterError(msg)
        return probability("gc", given.get("gc", 0.5)), None, None
    if "gc" in given:
        msg = "gc and background both say what the sequences consist of. Give one of them."
        raise ParameterError(msg)
    if isinstance(background, Background):
        if given.get("order", background.order) != background.order:
            msg = f"The background given has order {background.order}. Got order={given['order']}."
            raise ParameterError(msg)
        return None, background, background.order
    if not isinstance(background, SequenceSet | str | Path):
        msg = f"background must be a Background, sequences or the path of a file. Got {type(background).__name__}."
        raise ParameterError(msg)
    return None, background, whole("order", given.get("order", _DEFAULT_ORDER), least=0, most=MAX_ORDER)


def _sequences_of(path: str | Path) -> SequenceSet:
    """Read all letters of a file, none cropped, as one row: unknown letters part what does not follow on.

    Raises
    ------
    InputError
        When the file cannot be read, holds regions, or no known base.
    """
    if str(path) != "-" and Path(path).is_file():
        line = after_comments(read_bytes(path))[0].partition(b"\n")[0]
        if is_region(line.decode("utf-8", "replace")):
            msg = (f"{path} has regions of a genome. A background is learnt from sequences: give their letters, as "
                   "FASTA, which bedtools getfasta makes of regions.")  # fmt: skip
            raise InputError(msg)
    records = read_records([path])
    letters = np.insert(records.codes, np.cumsum(records.lengths)[:-1], UNKNOWN)
    if not (letters < UNKNOWN).any():
        msg = f"{title(path)}: expected bases A, C, G or T to learn a background from. Got none."
        raise InputError(msg)
    return from_codes([letters])
