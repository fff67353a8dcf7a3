"""Random sequences, and single motifs planted in any sequences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from motiflens.alphabet import reverse_complement
from motiflens.errors import ParameterError
from motiflens.motifs import Motif
from motiflens.sequences import SequenceSet


def random_sequences(n: int, length: int, *, gc: float = 0.5, random_state: int, prefix: str = "seq") -> SequenceSet:
    """Draw ``n`` sequences of independent bases, without labels.

    Parameters
    ----------
    n, length
        Numbers of sequences and of bases in each, at least 1.
    gc
        Share of G and C, in [0, 1]. Default 0.5.
    random_state
        Seed, at least 0.
    prefix
        Names are the prefix, ``seq`` by default, and a number from 1.

    Raises
    ------
    ParameterError
        When a number is out of range.

    Examples
    --------
    >>> drawn = random_sequences(2, 50, gc=1.0, random_state=0)
    >>> drawn.names.tolist(), drawn.shape, sorted(set(drawn.string(0)))
    (['seq1', 'seq2'], (2, 50), ['C', 'G'])
    """
    if n < 1 or length < 1 or not 0 <= gc <= 1:
        msg = f"n and length must be at least 1 and gc in [0, 1]. Got n={n}, length={length}, gc={gc}."
        raise ParameterError(msg)
    shares = np.array([1 - gc, gc, gc, 1 - gc]) / 2
    codes = np.random.default_rng(random_state).choice(4, size=(n, length), p=shares).astype(np.uint8)
    names = np.array([f"{prefix}{i + 1}" for i in range(n)])
    return SequenceSet(codes, names, np.tile([0, length], (n, 1)).astype(np.int64))


def plant(sequences: SequenceSet, motif: Motif, *, probability: float = 1.0, random_state: int) -> SequenceSet:
    """Write a site sampled from the motif into sequences, at a random place and strand.

    Where the sites are is not recorded, nor where others were that they may have overwritten; `simulate` does that.

    Parameters
    ----------
    sequences
        Sequences of one length; they are left as they are, copies get the sites.
    motif
        What to sample sites from, no wider than the sequences.
    probability
        Probability that a sequence gets a site, in [0, 1]. Default 1.
    random_state
        Seed, at least 0.

    Raises
    ------
    ParameterError
        When the sequences differ in length, the motif is wider than they, or the probability out of range.

    Examples
    --------
    >>> from motiflens.sequences import from_strings
    >>> motif = Motif(np.eye(4)[:, [1, 2, 1, 2]], "CGCG")
    >>> planted = plant(from_strings(["A" * 12, "A" * 12]), motif, random_state=0)
    >>> [string.count("CGCG") for string in planted.strings()]
    [1, 1]
    """
    if motif.width > sequences.width or not 0 <= probability <= 1:
        msg = (
            f"The motif ({motif.width} bases) must fit into the sequences ({sequences.width}) and probability be "
            f"in [0, 1]. Got {probability}."
        )
        raise ParameterError(msg)
    if np.ptp(sequences.spans, axis=0).any():
        lengths = np.diff(sequences.spans, axis=1)
        msg = f"Sequences must be of one length to be planted in. Got {lengths.min()} to {lengths.max()} bases."
        raise ParameterError(msg)
    rng = np.random.default_rng(random_state)
    rows = np.flatnonzero(rng.random(len(sequences)) < probability)
    thresholds = np.cumsum(motif.probabilities, axis=0)[:3]
    letters = (rng.random((len(rows), 1, motif.width)) > thresholds[None]).sum(axis=1).astype(np.uint8)
    turned = rng.random(len(rows)) < 0.5
    letters[turned] = reverse_complement(letters[turned])
    starts = rng.integers(0, sequences.width - motif.width + 1, len(rows))
    codes = sequences.codes.copy()
    codes[rows[:, None], starts[:, None] + np.arange(motif.width)] = letters
    return replace(sequences, codes=codes, planted=None)
