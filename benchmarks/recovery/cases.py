"""The cases: which profiles are planted, in what order, in how many sequences of what length."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
from pyjaspar import jaspardb

import motiflens as ml
from motiflens.database import jaspar_release
from motiflens.matching import similarity
from motiflens.motifs import Motif

N_PROFILES, N_MIXTURES, N_NULLS = 200, 40, 100
PROBABILITIES = (1.0, 0.5, 0.2, 0.1, 0.05)
SIZES = (1000, 2000, 5000)
USUAL_LENGTH = 200
LENGTHS = tuple(range(100, 501, 50))
NO_FAMILY = "no family"
_FAMILIES = """
    SELECT m.BASE_ID || '.' || m.VERSION, a.VAL FROM MATRIX m JOIN MATRIX_ANNOTATION a USING (ID)
    WHERE m.COLLECTION = 'CORE' AND a.TAG = 'family' ORDER BY a.ROWID
"""
_SEED = 20260101
_N_STRATA = 10
_UNLIKE = 0.75
_SINGLE, _MIXTURE, _NULL, _CHOICE = range(4)


@dataclass(frozen=True)
class Case:
    """One pair of sequence sets.

    Attributes
    ----------
    name
        Says everything that the sequences depend on but the background.
    kind
        ``single``, ``mixture`` or ``null``.
    motifs
        What is planted: one profile, two to five, or none.
    probability
        Share of the positives that get a site of each, in [0, 1].
    n
        Sequences of each class.
    length
        Bases of each sequence.
    """

    name: str
    kind: str
    motifs: tuple[Motif, ...]
    probability: float
    n: int
    length: int

    @property
    def seed(self) -> int:
        """Seed of the sequences, which depends on the name alone."""
        return int.from_bytes(hashlib.sha256(self.name.encode()).digest()[:4], "little")


@dataclass(frozen=True)
class Plan:
    """How much is run: the first ``profiles``, ``mixtures`` and ``nulls``, on a grid of the rest."""

    profiles: int = N_PROFILES
    mixtures: int = N_MIXTURES
    nulls: int = N_NULLS
    probabilities: tuple[float, ...] = PROBABILITIES
    sizes: tuple[int, ...] = SIZES
    seeds: int = 1


def families() -> dict[str, str]:
    """Return the first family of JASPAR CORE matrices, of every version, by identifier."""
    database = jaspardb(release=jaspar_release())
    with closing(database.conn):
        found = dict[str, str]()
        for name, family in database.conn.execute(_FAMILIES):
            found.setdefault(name, family)
        return found


def chosen_profiles(database: Sequence[Motif], family_of: dict[str, str], *, n: int = N_PROFILES) -> list[Motif]:
    """Choose ``n`` profiles, one of every family and the rest by chance, in an order whose beginnings are fair.

    The chosen are sorted by information and cut into ten parts; the order takes one at random of
    each part in turn. So any first profiles are a sample of all, neither easier nor harder.

    Parameters
    ----------
    database
        The motifs to choose from.
    family_of
        Family by the name of a motif; motifs without one count as a family together.
    n
        How many, at least the number of families and at most that of motifs.
    """
    rng = np.random.default_rng([_SEED, _CHOICE])
    drawn = [database[i] for i in rng.permutation(len(database))]
    first: dict[str, Motif] = {}
    for motif in drawn:
        first.setdefault(family_of.get(motif.name, NO_FAMILY), motif)
    taken = {motif.name for motif in first.values()}
    rest = [motif for motif in drawn if motif.name not in taken]
    chosen = sorted([*first.values(), *rest[: n - len(first)]], key=lambda motif: (motif.ic_bits, motif.name))
    parts = [list(part) for part in np.array_split(np.arange(len(chosen)), min(_N_STRATA, len(chosen)))]
    for part in parts:
        rng.shuffle(part)
    order = list[int]()
    while any(parts):
        order += [int(parts[i].pop()) for i in rng.permutation(len(parts)) if parts[i]]
    return [chosen[i] for i in order]


def mixture(profiles: Sequence[Motif], number: int) -> tuple[Motif, ...]:
    """Return two to five profiles none of which is like another, the same for the same number.

    Two are alike when the mean correlation of their aligned columns is above 0.75.
    """
    rng = np.random.default_rng([_SEED, _MIXTURE, number])
    wanted, chosen = int(rng.integers(2, 6)), list[Motif]()
    for index in rng.permutation(len(profiles)):
        if all(similarity(profiles[index], other)[0] <= _UNLIKE for other in chosen):
            chosen.append(profiles[index])
        if len(chosen) == wanted:
            break
    return tuple(chosen)


def cases(plan: Plan, profiles: Sequence[Motif]) -> list[Case]:
    """Return the cases of a plan; profiles, mixtures and nulls take turns, so that any beginning holds a share of each.

    Parameters
    ----------
    plan
        How much is run.
    profiles
        All profiles, in the order of `chosen_profiles`.
    """
    turns = list[tuple[float, list[Case]]]()
    for count, made in ((plan.profiles, _singles), (plan.mixtures, _mixtures), (plan.nulls, _nulls)):
        turns += [((number + 0.5) / count, list(made(plan, profiles, number))) for number in range(count)]
    return [case for _, group in sorted(turns, key=lambda turn: turn[0]) for case in group]


def _singles(plan: Plan, profiles: Sequence[Motif], number: int) -> Iterator[Case]:
    motifs = (profiles[number],)
    for seed, n, probability in product(range(plan.seeds), plan.sizes, plan.probabilities):
        length = _length(_SINGLE, number, seed)
        name = f"single-{number:03}-{motifs[0].name}-p{probability:g}-n{n}-l{length}-s{seed}"
        yield Case(name, "single", motifs, probability, n, length)


def _mixtures(plan: Plan, profiles: Sequence[Motif], number: int) -> Iterator[Case]:
    motifs = mixture(profiles, number)
    room = next(step for step in LENGTHS if step >= 1.5 * sum(motif.width for motif in motifs))
    for seed, n, probability in product(range(plan.seeds), plan.sizes, plan.probabilities):
        length = max(_length(_MIXTURE, number, seed), room)
        name = f"mixture-{number:03}-{len(motifs)}-p{probability:g}-n{n}-l{length}-s{seed}"
        yield Case(name, "mixture", motifs, probability, n, length)


def _nulls(plan: Plan, _: Sequence[Motif], number: int) -> Iterator[Case]:
    """Yield one null a number, whatever the seeds; their sizes take turns."""
    n, length = plan.sizes[number % len(plan.sizes)], _length(_NULL, number, 0)
    yield Case(f"null-{number:03}-n{n}-l{length}", "null", (), 0.0, n, length)


def _length(kind: int, number: int, seed: int) -> int:
    """Return 200 for half of the cases and a length of `LENGTHS` for the others."""
    rng = np.random.default_rng([_SEED, kind, number, seed])
    return USUAL_LENGTH if rng.random() < 0.5 else int(rng.choice(LENGTHS))


def draw(case: Case, background: ml.Background) -> ml.SequenceSet:
    """Draw both classes of a case, labelled, with the planted sites; sites lie on either strand, anywhere."""
    simulate = partial(
        ml.simulate,
        n_positives=case.n,
        n_negatives=case.n,
        length=case.length,
        background=background,
        strands="both",
        random_state=case.seed,
    )
    if case.kind == "mixture":
        return simulate("mixture", motifs=case.motifs, motif_probs=[case.probability] * len(case.motifs)).sequences
    motif = case.motifs[0] if case.motifs else "ACGT"
    return simulate("pwm", motif=motif, place="anywhere", motif_prob=case.probability).sequences
