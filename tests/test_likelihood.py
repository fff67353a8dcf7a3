"""Likelihood ratios against the generating process itself, enumerated over all sequences of a small length."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import norm

from motiflens.alphabet import one_hot, reverse_complement
from motiflens.errors import InputError, ParameterError
from motiflens.motifs import Motif
from motiflens.simulating.arrangements import spaced, windows_of
from motiflens.simulating.background import Background, draw_background, independent
from motiflens.simulating.generators import Generator, Nothing, Overwritten, Part, Placed, Scattered, Spaced
from motiflens.simulating.likelihood import is_exact, log_ratio, log_ratio_of_inputs

NOTHING = ((1.0, Nothing()),)


def word(letters):
    return Motif(np.eye(4)[["ACGT".index(letter) for letter in letters]].T.copy(), letters)


def random_motif(rng, width, name="m"):
    return Motif(rng.dirichlet(np.full(4, 0.6), size=width).T.copy(), name)


def stationary(transitions):
    """Return the distribution that is reached after many steps, by taking them."""
    n = len(transitions)
    state = np.full(n, 1 / n)
    for _ in range(2000):
        moved = np.zeros(n)
        for context, base in product(range(n), range(4)):
            moved[(4 * context + base) % n] += state[context] * transitions[context, base]
        state = moved
    return state / state.sum()


def random_background(rng, order):
    transitions = rng.dirichlet(np.full(4, 1.5), size=4**order)
    return Background(stationary(transitions) if order else np.ones(1), transitions)


# The reference: P(x) of every sequence x, as an array with an axis of 4 for each place.


def background_table(background, length):
    order = background.order
    table = background.initial.reshape((4,) * order)
    for place in range(order, length):
        step = background.transitions.reshape((1,) * (place - order) + (4,) * (order + 1))
        table = table[..., None] * step
    return table


def arrangements(layout, widths, length):
    """Yield the starts of the sites, in the order of writing, with their probability."""
    rooms = [range(length - width + 1) for width in widths]
    match layout:
        case Nothing():
            yield (), 1.0
        case Placed(starts=starts):
            yield from (((start,), chance) for start, chance in enumerate(starts))
        case Overwritten():
            yield from ((starts, 1 / np.prod([len(room) for room in rooms])) for starts in product(*rooms))
        case Spaced(gaps=gaps):
            choices = list(product(*(range(low, high + 1) for low, high in gaps)))
            for chosen in choices:
                offsets = np.cumsum([0, *(width + gap for width, gap in zip(widths, chosen, strict=False))])
                n = length - (offsets[-1] + widths[-1]) + 1
                yield from ((tuple(offsets + start), 1 / n / len(choices)) for start in range(n))
        case Scattered(distance=distance):
            apart = [
                starts
                for starts in product(*rooms)
                if all(
                    starts[i] + widths[i] + distance <= starts[j] or starts[j] + widths[j] + distance <= starts[i]
                    for i in range(len(starts))
                    for j in range(i)
                )
            ]
            yield from ((starts, 1 / len(apart)) for starts in apart)


def layout_table(generator, layout):
    length, mutation = generator.length, generator.mutation
    background = background_table(generator.background, length)
    widths = [generator.motifs[part.motif].width for part in layout.parts]
    total = np.zeros((4,) * length)
    for starts, chance in arrangements(layout, widths, length):
        for turned in product((False, True), repeat=len(widths)):
            odds, written = chance, {}
            for part, start, is_turned in zip(layout.parts, starts, turned, strict=True):
                odds *= part.reverse if is_turned else 1 - part.reverse
                matrix = generator.motifs[part.motif].probabilities
                matrix = np.array([[(1 - mutation) * p + mutation * (1 - p) / 3 for p in row] for row in matrix])
                matrix = matrix[::-1, ::-1] if is_turned else matrix
                written.update({start + column: matrix[:, column] for column in range(matrix.shape[1])})
            table = background.sum(axis=tuple(written), keepdims=True)
            for place, letters in written.items():
                table = table * letters.reshape([4 if axis == place else 1 for axis in range(length)])
            total += odds * table
    return total


def class_tables(generator):
    return [
        sum(share * layout_table(generator, layout) for share, layout in mixture)
        for mixture in (generator.positive, generator.negative)
    ]


def all_codes(length):
    return np.array(list(product(range(4), repeat=length)), dtype=np.uint8)


def check_all_sequences(generator):
    positive, negative = class_tables(generator)
    assert positive.sum() == pytest.approx(1)
    possible = (positive + negative).ravel() > 0
    with np.errstate(divide="ignore"):
        expected = (np.log(positive) - np.log(negative + (positive + negative == 0))).ravel()[possible]
    measured = log_ratio(generator, all_codes(generator.length)[possible])
    np.testing.assert_allclose(measured, expected, atol=1e-9)


A, B, A2, TURNED = Part(0), Part(1), Part(0, 0.5), Part(1, 0.3)
LAYOUTS = {
    "one": Scattered((TURNED,)),
    "reversed": Scattered((Part(1, 1.0),)),
    "two alike": Scattered((A2, A2)),
    "two": Scattered((A, TURNED), distance=1),
    "three": Scattered((A, B, A)),
    "three apart": Scattered((A, A, A2), distance=1),
    "placed": Placed(B, (0.1, 0.0, 0.4, 0.2, 0.3)),
    "spaced": Spaced((A, TURNED), ((0, 2),)),
    "spaced thrice": Spaced((A, A2, A), ((0, 1), (1, 2))),
    "spaced alone": Spaced((TURNED,), ()),
    "overwritten": Overwritten(TURNED, A),
    "overwriting": Overwritten(A, TURNED),
    "written on itself": Overwritten(B, B),
}


def small(layout, *, order=0, seed=0, mutation=0.0, negative=NOTHING):
    """Return a task of length 6 with random motifs of widths 1 and 2 and a random background."""
    rng = np.random.default_rng([seed, order])
    motifs = random_motif(rng, 1), random_motif(rng, 2)
    return Generator(motifs, random_background(rng, order), 6, ((1.0, layout),), negative, mutation)


@pytest.mark.parametrize("mutation", [0.0, 0.2])
@pytest.mark.parametrize("name", LAYOUTS)
def test_every_sequence_has_the_ratio_of_the_generating_process(name, mutation):
    check_all_sequences(small(LAYOUTS[name], mutation=mutation, seed=3))


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("name", ["one", "reversed", "placed", "spaced alone"])
def test_one_site_on_a_markov_background_is_exact(name, order):
    generator = small(LAYOUTS[name], order=order)
    assert is_exact(generator)
    check_all_sequences(generator)


@pytest.mark.parametrize(
    ("layout", "order"),
    [
        (Scattered((A, TURNED), distance=1), 1),
        (Scattered((A, A, A), distance=1), 1),
        (Scattered((A, A2), distance=2), 2),
        (Spaced((A, TURNED), ((1, 3),)), 1),
        (Spaced((A, B), ((2, 3),)), 2),
        (Overwritten(TURNED, A), 1),
        (Overwritten(A, TURNED), 1),
        (Overwritten(B, B), 1),
    ],
)
def test_sites_farther_apart_than_the_background_remembers_are_exact(layout, order):
    generator = small(layout, order=order)
    assert is_exact(generator)
    check_all_sequences(generator)


@pytest.mark.parametrize(
    ("layout", "order"),
    [
        (Scattered((A, TURNED)), 1),
        (Scattered((A, TURNED), distance=1), 2),
        (Spaced((A, TURNED), ((0, 2),)), 1),
        (Overwritten(TURNED, A), 2),
    ],
)
def test_closer_sites_are_told_to_be_approximate_and_are_nearly_right(layout, order):
    generator = small(layout, order=order)
    assert not is_exact(generator)
    positive, negative = class_tables(generator)
    expected = np.log(positive / negative).ravel()
    measured = log_ratio(generator, all_codes(6))
    assert np.abs(measured - expected).max() > 1e-6
    assert np.corrcoef(measured, expected)[0, 1] > 0.9


@st.composite
def generators(draw):
    length = draw(st.integers(4, 6))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    motifs = tuple(random_motif(rng, draw(st.integers(1, 3)), str(i)) for i in range(2))
    parts = st.builds(Part, st.integers(0, 1), st.sampled_from([0.0, 0.25, 1.0]))

    def layout():
        kind = draw(st.sampled_from(["nothing", "scattered", "spaced", "overwritten", "placed"]))
        some = draw(st.lists(parts, min_size=1, max_size=3))
        widths = [motifs[part.motif].width for part in some]
        room = length - sum(widths)
        if kind == "nothing" or room < 0:
            return Nothing()
        if kind == "scattered":
            return Scattered(tuple(some), draw(st.integers(0, room // max(len(some) - 1, 1))))
        if kind == "spaced":
            most = room // max(len(some) - 1, 1)
            low = draw(st.integers(0, most))
            return Spaced(tuple(some), ((low, draw(st.integers(low, most))),) * (len(some) - 1))
        if kind == "overwritten":
            return Overwritten(some[0], some[-1])
        starts = rng.dirichlet(np.ones(length - widths[0] + 1))
        return Placed(some[0], tuple(starts.tolist()))

    def mixture():
        shares = rng.dirichlet(np.ones(draw(st.integers(1, 3))))
        return tuple((share, layout()) for share in shares.tolist())

    mutation = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return Generator(motifs, random_background(rng, draw(st.integers(0, 2))), length, mixture(), mixture(), mutation)


@given(generators())
@settings(max_examples=40)
def test_any_exact_task_agrees_with_the_generating_process(generator):
    if is_exact(generator):
        check_all_sequences(generator)


@pytest.mark.parametrize("layout", [Scattered((B,)), Scattered((A, B)), Overwritten(B, A), Spaced((A, B), ((0, 2),))])
def test_a_base_that_the_background_lacks_can_come_from_a_site_alone(layout):
    rng = np.random.default_rng(1)
    motifs = random_motif(rng, 1), random_motif(rng, 2)
    negative = ((0.5, Nothing()), (0.5, Scattered((A,))))
    check_all_sequences(Generator(motifs, independent(gc=1.0), 5, ((1.0, layout),), negative))


def test_a_step_that_the_background_never_takes_can_come_from_a_site_alone():
    rng = np.random.default_rng(2)
    transitions = np.array([[0, 0.5, 0.5, 0], [0.2, 0, 0, 0.8], [0.5, 0.1, 0.4, 0], [0.3, 0.3, 0.4, 0]])
    motifs = random_motif(rng, 1), random_motif(rng, 2)
    background = Background(stationary(transitions), transitions)
    negative = ((0.5, Nothing()), (0.5, Scattered((A,))))
    check_all_sequences(Generator(motifs, background, 5, ((1.0, Scattered((TURNED,))),), negative))


def test_words_make_classes_impossible():
    task = Generator((word("AC"), word("GT")), independent(), 4, ((1.0, Scattered((A,))),), ((1.0, Scattered((B,))),))
    both, first, second = (np.array(codes, dtype=np.uint8) for codes in ([0, 1, 2, 3], [0, 1, 0, 0], [0, 0, 2, 3]))
    assert log_ratio(task, np.stack([both, first, second])).tolist() == [0.0, np.inf, -np.inf]
    with pytest.raises(InputError, match="index 1"):
        log_ratio(task, np.stack([both, np.zeros(4, dtype=np.uint8)]))


def test_an_unknown_letter_is_summed_over():
    generator = small(Scattered((A, TURNED)), mutation=0.1)
    positive, negative = class_tables(generator)
    ratio = log_ratio(generator, np.array([[4, 1, 3, 4, 0, 2]], dtype=np.uint8))[0]
    summed = [table.sum(axis=(0, 3))[1, 3, 0, 2] for table in (positive, negative)]
    assert ratio == pytest.approx(np.log(summed[0] / summed[1]))
    assert log_ratio(generator, np.full((1, 6), 4, dtype=np.uint8))[0] == pytest.approx(0)


def window_logs(motif, codes, mutation):
    emitted = np.log((1 - mutation) * motif.probabilities + mutation / 3 * (1 - motif.probabilities)) - np.log(0.25)
    n = len(codes) - motif.width + 1
    return np.array([sum(emitted[codes[s + j], j] for j in range(motif.width)) for s in range(n)])


def test_sums_that_vanish_as_numbers_are_taken_as_logarithms():
    """Three sites of a long word that is there once: the other two are worth 1e-180 each."""
    rng = np.random.default_rng(5)
    site, length, mutation = word("ACGTTGCAACGGTCATGACC"), 80, 1e-15
    codes = rng.integers(0, 4, length).astype(np.uint8)
    codes[30:50] = site.probabilities.argmax(axis=0)
    windows = window_logs(site, codes, mutation)
    places = [s for s in product(range(length - 19), repeat=3) if s[0] + 20 <= s[1] and s[1] + 20 <= s[2]]
    expected = logsumexp(windows[np.array(places)].sum(axis=1)) - np.log(len(places))
    task = Generator((site,), independent(), length, ((1.0, Scattered((A, A, A))),), NOTHING, mutation)
    assert expected < -500
    assert log_ratio(task, codes[None])[0] == pytest.approx(expected, abs=1e-8)
    parts = Spaced((A, A, A), ((0, 10), (0, 10)))
    chains = [(s, s + 20 + g, s + 40 + g + h) for g in range(11) for h in range(11) for s in range(80 - 60 - g - h + 1)]
    weights = [-np.log(121 * (21 - (c - a - 40))) for a, _, c in chains]
    expected = logsumexp(windows[np.array(chains)].sum(axis=1) + weights)
    task = Generator((site,), independent(), length, ((1.0, parts),), NOTHING, mutation)
    assert log_ratio(task, codes[None])[0] == pytest.approx(expected, abs=1e-8)


def test_long_sequences_with_wide_motifs_do_not_overflow():
    rng = np.random.default_rng(6)
    site = word("".join(rng.choice(list("ACGT"), 200)))
    codes = rng.integers(0, 4, (1, 2000)).astype(np.uint8)
    for start in range(100, 1900, 300):
        codes[0, start : start + 200] = site.probabilities.argmax(axis=0)
    task = Generator((site,), independent(), 2000, ((1.0, Scattered((A,) * 6)),), NOTHING)
    n_arrangements = np.prod(np.arange(801, 807, dtype=float)) / 720  # 800 free bases around 6 sites
    assert log_ratio(task, codes)[0] == pytest.approx(1200 * np.log(4) - np.log(n_arrangements))


def test_the_order_of_sequences_and_chunks_does_not_matter():
    task = Generator((word("ACG"), word("GT")), independent(0.4), 1000, ((1.0, Scattered((A2, B))),), NOTHING, 0.1)
    codes = draw_background(independent(0.4), 150, 1000, np.random.default_rng(7))
    together = log_ratio(task, codes)
    alone = np.concatenate([log_ratio(task, row[None]) for row in codes[::-1]])[::-1]
    np.testing.assert_allclose(together, alone, rtol=1e-12)
    assert len(log_ratio(task, codes[:0])) == 0


@pytest.mark.parametrize("layout", [Scattered((A2, Part(1, 0.5))), Overwritten(A2, Part(1, 0.5))])
def test_strandless_tasks_do_not_know_the_strand(layout):
    rng = np.random.default_rng(8)
    motifs = random_motif(rng, 5), random_motif(rng, 7)
    task = Generator(motifs, independent(0.6), 90, ((1.0, layout),), NOTHING)
    codes = rng.integers(0, 4, (60, 90)).astype(np.uint8)
    np.testing.assert_allclose(log_ratio(task, codes), log_ratio(task, reverse_complement(codes)), atol=1e-9)


def test_classes_and_parts_may_change_places():
    rng = np.random.default_rng(9)
    motifs = random_motif(rng, 4), random_motif(rng, 6)
    codes = rng.integers(0, 4, (50, 70)).astype(np.uint8)
    layouts = Scattered((A, B, A)), Spaced((A, B), ((3, 8),))
    task, swapped = (
        Generator(motifs, independent(), 70, ((1.0, one),), ((1.0, other),)) for one, other in (layouts, layouts[::-1])
    )
    np.testing.assert_allclose(log_ratio(task, codes), -log_ratio(swapped, codes))
    renamed = Generator(
        motifs[::-1], independent(), 70, ((1.0, Scattered((A, B, B))),), ((1.0, Spaced((B, A), ((3, 8),))),)
    )
    np.testing.assert_allclose(log_ratio(task, codes), log_ratio(renamed, codes))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_sites_in_turn_are_summed_over_every_gap_and_start(seed):
    """All gaps one by one, some of one width and some of many, before blocks and across them."""
    rng = np.random.default_rng(seed)
    n_sites = int(rng.integers(2, 5))
    widths, fewest = rng.integers(1, 5, n_sites), rng.integers(0, 5, n_sites - 1)
    gaps = [(int(low), int(low + rng.integers(0, 7))) for low in fewest]
    length = int(widths.sum() + sum(most for _, most in gaps) + rng.integers(0, 9))
    logs = [rng.normal(0, 6, (length - width + 1, 3)) for width in widths]
    means = []
    for chosen in product(*(range(low, most + 1) for low, most in gaps)):
        places = np.cumsum([0, *(width + gap for width, gap in zip(widths, chosen, strict=False))])
        starts = np.arange(length - places[-1] - widths[-1] + 1)
        together = sum(site[place + starts] for site, place in zip(logs, places, strict=True))
        means.append(logsumexp(together, axis=0) - np.log(len(starts)))
    found = spaced([windows_of(site, int(width)) for site, width in zip(logs, widths, strict=True)], gaps)
    np.testing.assert_allclose(found, logsumexp(means, axis=0) - np.log(len(means)), rtol=1e-11, atol=1e-11)


# Noisy inputs


def input_likelihood(inputs, table, noise):
    """Return the likelihood of one input, ``(4, length)``, summed over every sequence behind it."""
    density = np.empty((2, *inputs.shape))  # of each channel if its base is absent or present
    for present in (0, 1):
        inside = norm.pdf(inputs, present, noise)
        density[present] = np.where(
            inputs <= 0, norm.cdf(0, present, noise), np.where(inputs >= 1, norm.sf(1, present, noise), inside)
        )
    total = table
    for place in range(inputs.shape[1]):
        base = [np.prod([density[int(b == c), c, place] for c in range(4)]) for b in range(4)]
        total = total * np.reshape(base, [4 if axis == place else 1 for axis in range(inputs.shape[1])])
    return total.sum()


@pytest.mark.parametrize("noise", [0.3, 1.0])
@pytest.mark.parametrize("name", ["two", "spaced", "overwriting"])
def test_noisy_inputs_are_summed_over_the_letters_behind_them(name, noise):
    generator = small(LAYOUTS[name], mutation=0.1)
    tables = class_tables(generator)
    rng = np.random.default_rng(10)
    hot = one_hot(rng.integers(0, 4, (20, 6)).astype(np.uint8))
    inputs = np.clip(hot + rng.normal(0, noise, hot.shape), 0, 1)
    expected = [np.log(np.divide(*(input_likelihood(one, table, noise) for table in tables))) for one in inputs]
    np.testing.assert_allclose(log_ratio_of_inputs(generator, inputs, noise=noise), expected, atol=1e-9)


def test_little_noise_hides_nothing():
    rng = np.random.default_rng(11)
    task = Generator((random_motif(rng, 6),), independent(0.4), 101, ((1.0, Scattered((A2,))),), NOTHING)
    codes = rng.integers(0, 4, (200, 101)).astype(np.uint8)
    hot = one_hot(codes)
    inputs = np.clip(hot + rng.normal(0, 0.05, hot.shape), 0, 1).astype(np.float32)
    np.testing.assert_allclose(log_ratio_of_inputs(task, inputs, noise=0.05), log_ratio(task, codes), atol=1e-6)


# What is refused


@pytest.mark.parametrize(
    ("codes", "order", "message"),
    [
        (np.zeros((2, 7), np.uint8), 0, r"\(n, 6\)"),
        (np.zeros(6, np.uint8), 0, r"shape \(6,\)"),
        (np.zeros((2, 6), np.int64), 0, "int64"),
        (np.full((2, 6), 5, np.uint8), 0, "0 to 4"),
        (np.array([[0] * 6, [0, 4, 0, 0, 0, 0]], np.uint8), 1, "order 1. Got 4 in sequence 1"),
    ],
)
def test_codes_that_do_not_fit_are_refused(codes, order, message):
    with pytest.raises(InputError, match=message):
        log_ratio(small(LAYOUTS["one"], order=order), codes)


def test_sequences_shorter_than_the_order_are_refused():
    task = Generator((), random_background(np.random.default_rng(0), 3), 2, NOTHING, NOTHING)
    with pytest.raises(ParameterError, match="order, 3, must be at most the length"):
        log_ratio(task, np.zeros((1, 2), np.uint8))


@pytest.mark.parametrize(
    ("inputs", "noise", "order", "error"),
    [
        (np.zeros((2, 6, 4)), 0.1, 0, InputError),
        (np.full((2, 4, 6), 1.5), 0.1, 0, InputError),
        (np.full((2, 4, 6), np.nan), 0.1, 0, InputError),
        (np.zeros((2, 4, 6)), 0.0, 0, ParameterError),
        (np.zeros((2, 4, 6)), np.nan, 0, ParameterError),
        (np.zeros((2, 4, 6)), 0.1, 1, ParameterError),
    ],
)
def test_inputs_that_do_not_fit_are_refused(inputs, noise, order, error):
    with pytest.raises(error, match="Got"):
        log_ratio_of_inputs(small(LAYOUTS["one"], order=order), inputs, noise=noise)
