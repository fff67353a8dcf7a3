"""The data of the demonstration: two JASPAR motifs planted in random sequences."""

from __future__ import annotations

from motiflens.database import find_motif, read_database
from motiflens.sequences import SequenceSet
from motiflens.simulating.planting import plant, random_sequences

_PLANTED = (("MA0139.2", 0.6), ("MA0099.4", 0.4))
_N = 1000
_LENGTH = 150


def make_demo_data(*, random_state: int) -> tuple[SequenceSet, SequenceSet]:
    """Return 1000 positives, with CTCF in 60 % and FOS::JUN in 40 % of them, and 1000 negatives.

    Both of 150 random bases; each site is sampled from its JASPAR profile and lies anywhere,
    on either strand.
    """
    database = read_database()
    positives = random_sequences(_N, _LENGTH, gc=0.45, random_state=random_state, prefix="peak")
    negatives = random_sequences(_N, _LENGTH, gc=0.45, random_state=random_state + 1, prefix="background")
    for index, (identifier, probability) in enumerate(_PLANTED):
        motif = find_motif(identifier, database)
        positives = plant(positives, motif, probability=probability, random_state=random_state + 2 + index)
    return positives, negatives
