"""The tasks by name: what each class of sequences holds.

A task is a function of a `Setting` and of its own dials; it returns a `Generator`. Everywhere,
``motif_prob`` is the share of positives that get what the task plants, the rest get nothing;
in `multi` alone it counts for each site.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from math import prod
from types import MappingProxyType

from motiflens.errors import ParameterError
from motiflens.motifs import Motif
from motiflens.simulating.background import Background
from motiflens.simulating.checks import one_of, probability, several, whole, whole_range
from motiflens.simulating.generators import Generator, Layout, Nothing, Overwritten, Part, Placed, Scattered, Spaced
from motiflens.simulating.given_motifs import FOXO1, GivenMotif, MotifFinder, numbered
from motiflens.simulating.mixtures import alike, merged, on_both_strands, thinned

Shares = list[tuple[float, Layout]]

_WORDS = ("ACGTG", "TGCAT")
_MOST_SITES = 6  # in one sequence: what a limit can be worked out for
_MOST_ORDERED = 4
_STRONGEST, _WEAKEST = 0.9, 0.3  # shares of the positives in a mixture
_NOTHING: Shares = [(1.0, Nothing())]
_STATES_WHERE_TRUE = MappingProxyType({  # of none, A alone, B alone and both
    "and": (False, False, False, True),
    "or": (False, True, True, True),
    "xor": (False, True, True, False),
    "not": (False, True, False, False),
})  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """The dials that every task has.

    Attributes
    ----------
    background
        What the sequences consist of.
    length
        Bases of each.
    motif_prob
        Share of the positives that get what is planted, in [0, 1].
    mutation
        Probability that a base of a site is replaced by another, in [0, 1].
    both_strands
        Whether sites lie on either strand.
    finder
        Finds the motifs that the user means.
    """

    background: Background
    length: int
    motif_prob: float
    mutation: float
    both_strands: bool
    finder: MotifFinder

    def motifs(self, given: Sequence[GivenMotif]) -> tuple[tuple[Motif, ...], list[int]]:
        """Return the different motifs, and which of them each given one is; all must fit into a sequence."""
        motifs, which = numbered([self.finder.find(each) for each in given])
        for motif in motifs:
            if motif.width > self.length:
                msg = (f"The motif {motif.name} ({motif.width} bases) must fit into the sequences. Got a length of "
                       f"{self.length}: use longer sequences or another motif.")  # fmt: skip
                raise ParameterError(msg)
        return motifs, which

    def generator(self, motifs: tuple[Motif, ...], positive: Shares, negative: Shares = _NOTHING) -> Generator:
        """Return a generator; the positives are thinned to ``motif_prob``, and both classes turned to the strands."""
        return self.generator_as_is(motifs, thinned(positive, self.motif_prob), negative)

    def generator_as_is(self, motifs: tuple[Motif, ...], positive: Shares, negative: Shares) -> Generator:
        """Return a generator without thinning."""
        if self.both_strands:
            positive, negative = on_both_strands(positive), on_both_strands(negative)
        return Generator(motifs, self.background, self.length, merged(positive), merged(negative), self.mutation)


def single(setting: Setting, *, motif: GivenMotif = "ACGTG") -> Generator:
    """Plant one site at a uniform start in the positives."""
    motifs, _ = setting.motifs([motif])
    return setting.generator(motifs, [(1.0, _one(0))])


def multi(setting: Setting, *, motifs: Sequence[GivenMotif] = _WORDS, cooccur_prob: float = 0.5) -> Generator:
    """Plant both of two motifs in a share of the positives, and either alone, at equal odds, in the rest.

    Starts are independent, and the second is written after the first, perhaps over it. Each
    site is kept with ``motif_prob``.
    """
    known, (a, b) = setting.motifs(several("motifs", motifs, least=2, most=2))
    both, kept = probability("cooccur_prob", cooccur_prob), setting.motif_prob
    alone = both * kept * (1 - kept) + (1 - both) / 2 * kept
    positive: Shares = [
        (both * kept**2, Overwritten(Part(a), Part(b))),
        (alone, _one(a)),
        (alone, _one(b)),
        (both * (1 - kept) ** 2 + (1 - both) * (1 - kept), Nothing()),
    ]
    return setting.generator_as_is(known, positive, _NOTHING)


def interaction(
    setting: Setting, *, motifs: Sequence[GivenMotif] = _WORDS, min_gap: int = 10, max_gap: int = 25
) -> Generator:
    """Plant A, a gap of ``min_gap`` to ``max_gap`` bases, then B; hard negatives lack the gap.

    Negatives hold, at equal odds, A alone, B alone, A then B with a gap from ``max_gap + 1`` to
    the largest that fits, or nothing.
    """
    known, (a, b) = setting.motifs(several("motifs", motifs, least=2, most=2))
    gap = _gap(min_gap, max_gap)
    room = setting.length - known[a].width - known[b].width
    if room <= gap[1]:
        msg = (f"The negatives hold the two motifs more than max_gap apart, so the length must be at least "
               f"{setting.length - room + gap[1] + 1}. Got {setting.length}.")  # fmt: skip
        raise ParameterError(msg)
    pair = Part(a), Part(b)
    too_far = Spaced(pair, ((gap[1] + 1, room),))
    return setting.generator(known, [(1.0, Spaced(pair, (gap,)))], alike([_one(a), _one(b), too_far, Nothing()]))


def promoter(
    setting: Setting,
    *,
    motifs: Sequence[GivenMotif] = ("TATAAA", "CAAT", "GGGCGG", "TTGACA"),
    decoy_prob: float = 0.3,
) -> Generator:
    """Plant one of up to 100 motifs in each positive, and a homopolymer of 7 bases in some of the negatives."""
    given = several("motifs", motifs, least=1, most=100)
    decoys = ["A" * 7, "C" * 7, "G" * 7, "T" * 7]
    known, which = setting.motifs([*given, *decoys])
    planted, runs = which[: len(given)], which[len(given) :]
    negative = thinned(alike(_one(m) for m in runs), probability("decoy_prob", decoy_prob))
    return setting.generator(known, alike(_one(m) for m in planted), negative)


def pwm(setting: Setting, *, motif: GivenMotif = FOXO1, place: str = "centre") -> Generator:
    """Plant a site sampled from a matrix in the positives, at the centre or anywhere.

    At the centre it starts at ``(length - width) // 2``.
    """
    motifs, _ = setting.motifs([motif])
    if one_of("place", place, ("centre", "anywhere")) == "anywhere":
        return setting.generator(motifs, [(1.0, _one(0))])
    n_starts = setting.length - motifs[0].width + 1
    return setting.generator(
        motifs, [(1.0, _uniform_start(0, range((n_starts - 1) // 2, (n_starts + 1) // 2), n_starts))]
    )


def density(
    setting: Setting,
    *,
    motif: GivenMotif = "ACGTG",
    copies: tuple[int, int] = (3, 5),
    negative_copies: tuple[int, int] = (0, 2),
) -> Generator:
    """Plant more sites of one motif in the positives than in the negatives, none over another.

    The number is uniform in its range, both ends included, and at most 6 in either class.
    """
    motifs, _ = setting.motifs([motif])
    classes = []
    for name, given, least in (("copies", copies, 1), ("negative_copies", negative_copies, 0)):
        fewest, most = whole_range(name, given, least=least)
        if most > _MOST_SITES:
            msg = f"{name} must be at most {_MOST_SITES}. Got {most}."
            raise ParameterError(msg)
        classes.append(alike(_scattered([0] * n) for n in range(fewest, most + 1)))
    return setting.generator(motifs, *classes)


def localization(
    setting: Setting, *, motif: GivenMotif = "ACGTG", centre: int | None = None, spread: int = 10
) -> Generator:
    """Plant a site in every sequence: near a place in the positives, elsewhere in the negatives.

    A site is near when its middle, ``start + width // 2``, is at most ``spread`` bases from
    ``centre``, by default ``length // 2``. Starts are uniform in either region.
    """
    motifs, _ = setting.motifs([motif])
    n_starts = setting.length - motifs[0].width + 1
    centre = setting.length // 2 if centre is None else whole("centre", centre, least=0)
    middle = centre - motifs[0].width // 2
    reach = whole("spread", spread, least=0)
    near = range(max(middle - reach, 0), min(middle + reach + 1, n_starts))
    far = [start for start in range(n_starts) if start not in near]
    if not near or not far:
        msg = (f"centre and spread must leave room for sites near the centre and for others elsewhere in "
               f"{setting.length} bases. Got centre={centre} and spread={spread}.")  # fmt: skip
        raise ParameterError(msg)
    placed: list[Shares] = [[(1.0, _uniform_start(0, starts, n_starts))] for starts in (near, far)]
    return setting.generator(motifs, *placed)


def spacing(
    setting: Setting,
    *,
    motifs: Sequence[GivenMotif] = _WORDS,
    min_gap: int = 5,
    max_gap: int = 10,
    site_order: str = "fixed",
    orientation: str = "same",
    negatives: str = "scattered",
) -> Generator:
    """Plant 2 to 4 motifs with bounded gaps in the positives, and without order or gaps in the negatives.

    Between neighbours lie ``min_gap`` to ``max_gap`` bases. The order is that of ``motifs``, or
    any, all equally likely. With orientation ``any`` each site lies on either strand; with
    ``same`` all read forward or, with both strands, all read backward in half of the sequences.
    Negatives hold the same motifs anywhere, in any order and without overlap, each on a strand
    of its own where the positives have two; or nothing, with ``negatives="none"``. A scattered
    negative may meet the rule by chance.
    """
    known, which = setting.motifs(several("motifs", motifs, least=2, most=_MOST_ORDERED))
    gap = _gap(min_gap, max_gap)
    reverse = 0.5 if one_of("orientation", orientation, ("same", "any")) == "any" else 0.0
    parts = tuple(Part(m, reverse) for m in which)
    orders = [parts] if one_of("site_order", site_order, ("fixed", "any")) == "fixed" else list(permutations(parts))
    positive = alike(Spaced(each, (gap,) * (len(each) - 1)) for each in orders)
    scattered = one_of("negatives", negatives, ("scattered", "none")) == "scattered"
    return setting.generator(known, positive, [(1.0, Scattered(parts))] if scattered else _NOTHING)


def logic(setting: Setting, *, motifs: Sequence[GivenMotif] = _WORDS, rule: str = "and") -> Generator:
    """Plant neither, one or both of two motifs; the rule decides the class.

    ``not`` is A and not B. The states where the rule is true are equally likely in the
    positives, and those where it is false in the negatives. Sites do not overlap.
    """
    known, (a, b) = setting.motifs(several("motifs", motifs, least=2, most=2))
    one_of("rule", rule, list(_STATES_WHERE_TRUE))
    states = list(zip(([], [a], [b], [a, b]), _STATES_WHERE_TRUE[rule], strict=True))
    positive, negative = ([_scattered(state) for state, is_true in states if is_true is wanted]
                          for wanted in (True, False))  # fmt: skip
    return setting.generator(known, alike(positive), alike(negative))


def mixture(
    setting: Setting,
    *,
    motifs: Sequence[GivenMotif] = ("ACGTG", "TGCAT", "GGGCGG"),
    motif_probs: Sequence[float] | None = None,
    negative_probs: Sequence[float] | None = None,
) -> Generator:
    """Plant 1 to 6 motifs independently of each other, each in its share of the sequences of a class.

    Sites do not overlap. By default the shares of the positives fall evenly from 0.9 for the first
    motif to 0.3 for the last, and the negatives hold none.
    """
    known, which = setting.motifs(several("motifs", motifs, least=1, most=_MOST_SITES))
    n, classes = len(which), []
    falling = [round(_STRONGEST - (_STRONGEST - _WEAKEST) * i / max(n - 1, 1), 3) for i in range(n)]
    for name, given, default in (("motif_probs", motif_probs, falling), ("negative_probs", negative_probs, [0.0] * n)):
        wanted = several(name, default if given is None else given, least=n, most=n, why=", one for each motif")
        shares = [probability(f"Each of {name}", share) for share in wanted]
        classes.append(_independent(which, shares))
    return setting.generator(known, *classes)


def _independent(which: Sequence[int], shares: Sequence[float]) -> Shares:
    """Return every combination of motifs that are each there with its own probability."""
    combined: Shares = []
    for there in product((False, True), repeat=len(which)):
        odds = prod(share if is_there else 1 - share for share, is_there in zip(shares, there, strict=True))
        combined.append((odds, _scattered([m for m, is_there in zip(which, there, strict=True) if is_there])))
    return combined


def _one(motif: int) -> Layout:
    return Scattered((Part(motif),))


def _scattered(which: Sequence[int]) -> Layout:
    return Scattered(tuple(Part(motif) for motif in which)) if which else Nothing()


def _uniform_start(motif: int, starts: Sequence[int], n_starts: int) -> Placed:
    inside = set(starts)
    return Placed(Part(motif), tuple(1 / len(inside) if start in inside else 0.0 for start in range(n_starts)))


def _gap(min_gap: int, max_gap: int) -> tuple[int, int]:
    fewest, most = whole("min_gap", min_gap, least=0), whole("max_gap", max_gap, least=0)
    if fewest > most:
        msg = f"min_gap must be at most max_gap. Got {fewest} and {most}."
        raise ParameterError(msg)
    return fewest, most


@dataclass(frozen=True)
class Task:
    """A task by name.

    Attributes
    ----------
    generator
        Makes its generator from a `Setting` and its own dials.
    n
        Sequences of each class, by default.
    length
        Bases of each sequence, by default.
    """

    generator: Callable[..., Generator]
    n: int = 4000
    length: int = 101


TASKS = MappingProxyType({
    "single": Task(single),
    "multi": Task(multi),
    "interaction": Task(interaction),
    "promoter": Task(promoter, n=5000, length=200),
    "pwm": Task(pwm, n=10_000, length=100),
    "density": Task(density),
    "localization": Task(localization),
    "spacing": Task(spacing),
    "logic": Task(logic),
    "mixture": Task(mixture),
})  # fmt: skip
