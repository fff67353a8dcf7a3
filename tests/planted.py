"""Small data sets with a known truth, shared by tests."""

import numpy as np

from motiflens.alphabet import encode, reverse_complement
from motiflens.motifs import Motif, from_counts
from motiflens.sequences import SequenceSet, concatenate
from motiflens.simulating.planting import plant, random_sequences


def exact_motif(word: str, name: str = "planted") -> Motif:
    """Return a motif that is nearly always this word."""
    counts = np.full((4, len(word)), 1.0)
    counts[encode(word), np.arange(len(word))] = 97.0
    return from_counts(counts, name)


def two_classes(
    words: dict[str, float], *, n: int, length: int = 60, random_state: int = 0, both_strands: bool = True
) -> SequenceSet:
    """Return ``n`` positives, each word in its share of them, and ``n + 7`` negatives, labelled."""
    positives = random_sequences(n, length, random_state=random_state, prefix="p")
    for index, (word, probability) in enumerate(words.items()):
        planted = plant(positives, exact_motif(word), probability=probability, random_state=random_state + 50 + index)
        positives = planted if both_strands else _forward(planted, positives)
    negatives = random_sequences(n + 7, length, random_state=random_state + 99, prefix="n")
    labels = np.repeat([1, 0], [n, n + 7])
    return concatenate([positives, negatives]).with_labels(labels, ("negative", "positive"))


def _forward(planted: SequenceSet, before: SequenceSet) -> SequenceSet:
    """Turn over every other sequence's planted site, so that all read forward."""
    codes = planted.codes.copy()
    for row in range(len(codes)):
        changed = np.flatnonzero(codes[row] != before.codes[row])
        if len(changed) and b"ACGTG" not in bytes(np.frombuffer(b"ACGTN", np.uint8)[codes[row]]):
            codes[row] = reverse_complement(codes[row])
    return SequenceSet(codes, planted.names, planted.spans)
