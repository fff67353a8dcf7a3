"""`simulate`: labelled sequences of a task, with all that is true of them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from motiflens.motifs import Motif
from motiflens.sequences import SequenceSet
from motiflens.simulating.background import Background
from motiflens.simulating.chances import happens
from motiflens.simulating.dials import Common, Dials, separated
from motiflens.simulating.drawing import draw
from motiflens.simulating.tasks import TASKS
from motiflens.simulating.truth import Truth

_log = logging.getLogger(__name__)

CLASSES = ("negative", "positive")


@dataclass(frozen=True)
class Simulation(Truth):
    """A simulated task.

    Attributes
    ----------
    task, parameters, generator
        How it was made, see `Truth`; so are ``motifs``, ``limit`` and ``limit_on``.
    sequences
        In random order, with labels 0 and 1 and their planted sites. Names are ``pos1``, ... and
        ``neg1``, ... by the true class.
    true_labels
        ``(n,)`` int64 true classes; they differ from the labels where label noise flipped those.

    Examples
    --------
    >>> task = simulate("single", motif="ACGTG", n_positives=2, n_negatives=1, label_noise=0.5, random_state=1)
    >>> task.sequences.names.tolist(), task.true_labels.tolist(), task.sequences.labels.tolist()
    (['pos1', 'pos2', 'neg1'], [1, 1, 0], [0, 0, 1])
    >>> task.motifs[0].consensus, task.inputs().shape
    ('ACGTG', (3, 4, 101))
    """

    sequences: SequenceSet
    true_labels: npt.NDArray[np.int64]

    def inputs(self, sequences: SequenceSet | None = None) -> npt.NDArray[np.float32]:
        """Return one-hot inputs with the noise of the task, by default of all its sequences.

        As `Truth.inputs`: for networks that you train outside motiflens, since `MotifClassifier` refuses noise.
        """
        return super().inputs(self.sequences if sequences is None else sequences)


def simulate(task: str, **dials: Unpack[Dials]) -> Simulation:
    """Simulate a task: sequences of two classes that differ in the motifs planted in them.

    ===============  ==============================================================
    task             positives
    ===============  ==============================================================
    ``single``       one site of ``motif``
    ``multi``        one or both of two ``motifs`` (``cooccur_prob``)
    ``interaction``  two ``motifs``, ``min_gap`` to ``max_gap`` bases apart; hard negatives
    ``promoter``     one of several ``motifs``; homopolymers in negatives (``decoy_prob``)
    ``pwm``          one site of ``motif``, FOXO1 by default, at a ``place``
    ``density``      more ``copies`` of ``motif`` than negatives (``negative_copies``); at most 6
    ``localization``  ``motif`` near a ``centre`` (``spread``), elsewhere in negatives
    ``spacing``      2 to 4 ``motifs`` with bounded gaps, ``site_order``, ``orientation``;
                     ``negatives`` hold them scattered, or none
    ``logic``        two ``motifs`` by a ``rule``: and, or, xor, not
    ``mixture``      1 to 6 ``motifs``, each in its share (``motif_probs``, ``negative_probs``)
    ===============  ==============================================================

    `motiflens.simulating.tasks` says precisely what each one plants.

    Parameters
    ----------
    task
        Name of a task.
    n_positives, n_negatives
        Sequences of each class, at least 1. Default 4000 each, promoter 5000, pwm 10000.
    length
        Bases of each. Default 101, promoter 200, pwm 100.
    gc, background, order
        Sequences are independent bases with a share ``gc`` of G and C, default 0.5; or they
        follow a Markov model of ``order`` 0 to 6, default 1, learnt from ``background``: a file,
        a `SequenceSet`, or a model itself.
    motif_prob
        Share of the positives that get what the task plants; in ``multi`` each site is kept with
        this probability. Default 1.
    mutation
        Probability that a base of a site is replaced by one of the three others. Default 0.
    strands
        ``single``, the default, or ``both``: each site is the reverse complement with
        probability one half; motifs with a spacing are turned over together.
    label_noise
        Share of the labels that are flipped, in [0, 0.5]. At 0.5 they say nothing. Default 0.
    noise, noise_to
        Standard deviation of Gaussian noise on the one-hot inputs of `Simulation.inputs`, and
        whether ``all`` get it, the default, or the ``negatives``. 0, the default, or in [1e-6, 1e6].
        These inputs are for networks that you train outside motiflens: `MotifClassifier` reads letters.
    random_state
        Seed: the same gives the same sequences on every platform. Tasks that share a seed share
        their backgrounds too: give a task that another is to be tested on a seed of its own. Default 0.
    motif, motifs
        A word of IUPAC letters, the identifier or factor of a motif in ``database`` (default
        JASPAR CORE vertebrates), a motif file (``FILE#NAME`` where it has several), or a `Motif`.
        Of JASPAR there is the newest version of each matrix alone.
        Of HOCOMOCO only FOXO1_HUMAN.H11MO.0.A is at hand: give another's MEME file as ``database``.

    Raises
    ------
    ParameterError
        When there is no such task, it has no such dial, or a value does not fit.
    InputError
        When a motif or a file is not there or cannot be used.

    Examples
    --------
    >>> task = simulate("single", motif="ACGTG", n_positives=2, n_negatives=1, length=12, random_state=1)
    >>> ["ACGTG" in string for string in task.sequences.of_class(1).strings()]
    [True, True]
    """
    common, own = separated(task, dials)
    setting = common.setting()
    generator = TASKS[task].generator(setting, **own)
    if dials.get("database") is not None and not setting.finder.used:
        _log.warning("The database %s is not used: no motif of this task is looked up by name.", common.database)
    parameters = {name: _plain(value) for name, value in {**vars(common), **own}.items()}
    drawn, ordered, labelled = _streams(common.random_state)
    codes, planted = draw(generator, common.n_positives, common.n_negatives, drawn)
    n = len(codes)
    order = ordered.permutation(n)
    true_labels = (order < common.n_positives).astype(np.int64)
    flipped = happens(labelled, common.label_noise, (n,))
    sequences = SequenceSet(
        codes[order],
        _names(common)[order],
        np.tile([0, common.length], (n, 1)).astype(np.int64),
        labels=np.where(flipped, 1 - true_labels, true_labels),
        classes=CLASSES,
        planted=planted[order],
    )
    return Simulation(task, parameters, generator, sequences, true_labels)


def _streams(random_state: int) -> list[np.random.Generator]:
    """Return independent sources of randomness: for sequences, their order, and label noise."""
    return [np.random.default_rng(seed) for seed in np.random.SeedSequence(random_state).spawn(3)]


def _names(common: Common) -> npt.NDArray[np.str_]:
    numbered = {"pos": common.n_positives, "neg": common.n_negatives}
    return np.array([f"{prefix}{i + 1}" for prefix, n in numbered.items() for i in range(n)])


def _plain(value: Any) -> Any:
    """Return a dial as JSON knows it: motifs, models and sequences by what names them."""
    match value:
        case Motif():
            return value.name
        case Background():
            return f"a model of order {value.order}"
        case SequenceSet():
            return f"{len(value)} sequences"
        case Path():
            return str(value)
        case list() | tuple():
            return [_plain(each) for each in value]
        case np.generic():
            return value.item()
    return value
