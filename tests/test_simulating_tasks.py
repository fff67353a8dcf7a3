"""The tasks: what each class holds, told by the planted sites and found in the letters."""

import hashlib
from collections import Counter
from itertools import product

import numpy as np
import pytest
from scipy.stats import chisquare

import motiflens as ml
from motiflens.alphabet import encode, reverse_complement
from motiflens.errors import InputError, MotiflensError, ParameterError
from motiflens.formats.motif_files import write_meme
from motiflens.metrics import auprc
from motiflens.simulating.background import independent
from motiflens.simulating.dials import COMMON, Dials, own_dials
from motiflens.simulating.given_motifs import word_motif
from motiflens.simulating.limits import population_limit
from motiflens.simulating.tasks import TASKS

LEAST_P = 1e-4
SEEDS = range(3)
N = 2003


def drawn(task, seed, n_positives=N, n_negatives=N - 400, **dials):
    return ml.simulate(task, n_positives=n_positives, n_negatives=n_negatives, random_state=seed, **dials)


def sites_of(sequences):
    """Return for each sequence its sites by start: (motif, start, end, reverse)."""
    row, start, end, motif, reverse = sequences.planted.table(sequences.spans[:, 0])
    found = [[] for _ in range(len(sequences))]
    for each in zip(
        row, np.array(sequences.planted.names)[motif].tolist(), start.tolist(), end.tolist(), reverse, strict=True
    ):
        found[each[0]].append((*each[1:4], bool(each[4])))
    return found


def classes(task, seed, **dials):
    """Simulate, check that the sites told are in the letters, and return the sites of each class."""
    sequences = drawn(task, seed, **dials).sequences
    strings, sites = sequences.strings(), sites_of(sequences)
    if task not in ("multi", "pwm"):
        for string, found in zip(strings, sites, strict=True):
            for name, start, end, reverse in found:
                word = encode(string[start:end])
                assert (reverse_complement(word) if reverse else word).tolist() == encode(name).tolist()
    positive = sequences.positive
    return [
        [found for found, is_it in zip(sites, positive == wanted, strict=True) if is_it] for wanted in (True, False)
    ]


def check_counts(values, expected):
    """Compare how often each value occurs with its probability."""
    counts = Counter(values)
    assert set(counts) <= {key for key, share in expected.items() if share}
    likely = {key: share for key, share in expected.items() if share}
    if len(likely) > 1:
        observed = [counts[key] for key in likely]
        assert chisquare(observed, len(values) * np.array(list(likely.values()))).pvalue > LEAST_P, (counts, likely)


def uniform(values):
    values = list(values)
    return dict.fromkeys(values, 1 / len(values))


def kinds(sites):
    return [tuple(sorted(name for name, *_ in found)) for found in sites]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("prob", "strands"), [(1.0, "single"), (0.6, "single"), (0.8, "both")])
def test_single(prob, strands, seed):
    positive, negative = classes("single", seed, motif="ACGTG", motif_prob=prob, length=31, strands=strands)
    check_counts(kinds(positive), {("ACGTG",): prob, (): 1 - prob})
    check_counts([found[0][1] for found in positive if found], uniform(range(27)))
    turned = 0.5 if strands == "both" else 0.0
    check_counts([found[0][3] for found in positive if found], {True: turned, False: 1 - turned})
    assert not any(negative)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("both", "kept"), [(0.5, 1.0), (0.3, 0.7), (1.0, 0.5), (0.0, 1.0)])
def test_multi(both, kept, seed):
    positive, negative = classes("multi", seed, cooccur_prob=both, motif_prob=kept)
    alone = both * kept * (1 - kept) + (1 - both) / 2 * kept
    none = 1 - 2 * alone - both * kept**2
    expected = {("ACGTG", "TGCAT"): both * kept**2, ("ACGTG",): alone, ("TGCAT",): alone, (): max(none, 0)}
    check_counts(kinds(positive), {key: share for key, share in expected.items() if share > 1e-9})
    assert not any(negative)


def gap_of(found):
    return found[1][1] - found[0][2]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("strands", ["single", "both"])
def test_interaction(strands, seed):
    positive, negative = classes("interaction", seed, length=61, min_gap=3, max_gap=9, strands=strands)
    check_counts([gap_of(found) for found in positive], uniform(range(3, 10)))
    check_counts(kinds(negative), uniform([(), ("ACGTG",), ("TGCAT",), ("ACGTG", "TGCAT")]))
    pairs = [found for found in negative if len(found) == 2]
    check_counts([gap_of(found) for found in pairs], uniform(range(10, 52)))
    orders = {("ACGTG", "TGCAT", False, False): 0.5, ("TGCAT", "ACGTG", True, True): 0.5}
    if strands == "single":
        orders = {("ACGTG", "TGCAT", False, False): 1.0}
    for found in (positive, pairs):
        check_counts([(a[0], b[0], a[3], b[3]) for a, b in found], orders)


@pytest.mark.parametrize("seed", SEEDS)
def test_promoter(seed):
    positive, negative = classes("promoter", seed)
    check_counts(kinds(positive), uniform([("TATAAA",), ("CAAT",), ("GGGCGG",), ("TTGACA",)]))
    check_counts(kinds(negative), {(): 0.7, **dict.fromkeys([(base * 7,) for base in "ACGT"], 0.3 / 4)})
    check_counts([found[0][1] for found in positive if found[0][0] == "CAAT"], uniform(range(197)))


@pytest.mark.parametrize(("length", "start"), [(100, 44), (101, 44), (12, 0), (13, 0)])
def test_pwm_at_the_centre(length, start):
    simulation = drawn("pwm", 0, length=length)
    found = sites_of(simulation.sequences.of_class(1))
    assert {tuple(sites[0][1:3]) for sites in found} == {(start, start + 12)}
    sites = simulation.sequences.of_class(1).codes[:, start : start + 12]
    counts = [np.bincount(column, minlength=4) for column in sites.T]
    matrix = simulation.motifs[0].probabilities
    assert all(chisquare(c, N * p).pvalue > LEAST_P for c, p in zip(counts, matrix.T, strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_pwm_anywhere(seed):
    positive, _ = classes("pwm", seed, length=40, place="anywhere")
    check_counts([found[0][1] for found in positive], uniform(range(29)))


@pytest.mark.parametrize("seed", SEEDS)
def test_density(seed):
    positive, negative = classes("density", seed, copies=(2, 4), negative_copies=(0, 1), length=47)
    check_counts([len(found) for found in positive], uniform([2, 3, 4]))
    check_counts([len(found) for found in negative], uniform([0, 1]))
    assert all(gap_of(found[i:]) >= 0 for found in positive for i in range(len(found) - 1))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("dials", "near"), [
    ({}, range(18 - 10, 18 + 11)), ({"centre": 5, "spread": 4}, range(8)), ({"centre": 40, "spread": 1}, range(37, 37)),
])  # fmt: skip
def test_localization(dials, near, seed):
    if not near:
        with pytest.raises(ParameterError, match="centre and spread"):
            drawn("localization", seed, length=41, **dials)
        return
    positive, negative = classes("localization", seed, length=41, **dials)
    check_counts([found[0][1] for found in positive], uniform(near))
    check_counts([found[0][1] for found in negative], uniform(set(range(37)) - set(near)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("order", "orientation", "strands"), list(
    product(["fixed", "any"], ["same", "any"], ["single", "both"])
))  # fmt: skip
def test_spacing(order, orientation, strands, seed):
    words = ["ACGTG", "TGCA", "GGC"]
    dials = {"motifs": words, "min_gap": 1, "max_gap": 3, "site_order": order, "orientation": orientation}
    positive, negative = classes("spacing", seed, length=53, strands=strands, **dials)
    check_counts([(gap_of(found), gap_of(found[1:])) for found in positive], uniform(product([1, 2, 3], repeat=2)))
    forward = tuple(words)
    orders = [tuple(name for name, *_ in found) for found in positive]
    if order == "any":
        assert len(set(orders)) == 6
        assert chisquare(list(Counter(orders).values())).pvalue > LEAST_P
    else:
        check_counts(orders, {forward: 1.0} if strands == "single" else uniform([forward, forward[::-1]]))
    turned = [tuple(reverse for *_, reverse in found) for found in positive]
    if orientation == "any":
        check_counts(turned, uniform(product([False, True], repeat=3)))
    else:
        check_counts(turned, {(False,) * 3: 1.0} if strands == "single" else uniform([(False,) * 3, (True,) * 3]))
        if order == "fixed":
            assert all((names == forward) == (not any(strand)) for names, strand in zip(orders, turned, strict=True))
    assert set(kinds(negative)) == {tuple(sorted(words))}
    assert len({gap_of(found) for found in negative}) > 20
    own = orientation == "any" or strands == "both"
    signs = [tuple(reverse for *_, reverse in found) for found in negative]
    check_counts(signs, uniform(product([False, True], repeat=3)) if own else {(False,) * 3: 1.0})


def test_spacing_against_nothing():
    _, negative = classes("spacing", 0, negatives="none")
    assert not any(negative)


@pytest.mark.parametrize(("rule", "truth"), [
    ("and", lambda a, b: a and b), ("or", lambda a, b: a or b), ("xor", lambda a, b: a != b),
    ("not", lambda a, b: a and not b),
])  # fmt: skip
def test_logic(rule, truth):
    states = {
        (): (False, False),
        ("ACGTG",): (True, False),
        ("TGCAT",): (False, True),
        ("ACGTG", "TGCAT"): (True, True),
    }
    for wanted, sites in zip((True, False), classes("logic", 4, rule=rule), strict=True):
        check_counts(kinds(sites), uniform([state for state, held in states.items() if bool(truth(*held)) is wanted]))


@pytest.mark.parametrize("seed", SEEDS)
def test_mixture(seed):
    words, shares, others = ["ACGTG", "TGCA", "GGC"], [0.9, 0.4, 1.0], [0.0, 0.2, 0.5]
    dials = {"motifs": words, "motif_probs": shares, "negative_probs": others}
    for sites, wanted in zip(classes("mixture", seed, **dials), (shares, others), strict=True):
        expected = {}
        for there in product([False, True], repeat=3):
            odds = np.prod([p if t else 1 - p for p, t in zip(wanted, there, strict=True)])
            expected[tuple(sorted(w for w, t in zip(words, there, strict=True) if t))] = odds
        check_counts(kinds(sites), expected)


@pytest.mark.parametrize("task", ["single", "interaction", "density", "spacing", "logic", "mixture", "pwm"])
def test_motif_prob_is_the_share_of_positives_with_anything(task):
    positive, _ = classes(task, 1, motif_prob=0.7)
    empty = 0.7 * (0.1 * 0.4 * 0.7) if task == "mixture" else 0.0
    check_counts([bool(found) for found in positive], {True: 0.7 - empty, False: 0.3 + empty})


@pytest.mark.parametrize(("n_positives", "n_negatives"), [(1, 1), (1, 50), (37, 2)])
@pytest.mark.parametrize("task", TASKS)
def test_sizes_names_and_labels(task, n_positives, n_negatives):
    simulation = ml.simulate(task, n_positives=n_positives, n_negatives=n_negatives, random_state=3)
    sequences = simulation.sequences
    assert sequences.shape == (n_positives + n_negatives, TASKS[task].length)
    assert int(sequences.positive.sum()) == n_positives
    expected = [f"pos{i + 1}" for i in range(n_positives)] + [f"neg{i + 1}" for i in range(n_negatives)]
    assert sorted(sequences.names) == sorted(expected)
    assert [name.startswith("pos") for name in sequences.names] == sequences.positive.tolist()
    assert (simulation.true_labels == sequences.labels).all()
    assert sequences.classes == ("negative", "positive")


def test_default_sizes():
    sizes = {"promoter": (5000, 200), "pwm": (10_000, 100)}
    for task in TASKS:
        parameters = ml.simulate(task).parameters if task in sizes else drawn(task, 0, None, None).parameters
        n, length = sizes.get(task, (4000, 101))
        assert (parameters["n_positives"], parameters["n_negatives"], parameters["length"]) == (n, n, length)


def test_the_order_is_random():
    labels = drawn("single", 0).sequences.labels
    n_changes = int((np.diff(labels) != 0).sum())
    assert 0.45 < n_changes / len(labels) < 0.55


@pytest.mark.parametrize(("rate", "seed"), [(0.1, 0), (0.3, 1), (0.5, 2)])
def test_label_noise_flips_labels_and_keeps_the_truth(rate, seed):
    clean, noisy = drawn("single", seed), drawn("single", seed, label_noise=rate)
    assert (noisy.true_labels == clean.sequences.labels).all()
    assert (noisy.sequences.codes == clean.sequences.codes).all()
    flipped = noisy.sequences.labels != noisy.true_labels
    check_counts(flipped.tolist(), {True: rate, False: 1 - rate})
    assert [name.startswith("pos") for name in noisy.sequences.names] == (noisy.true_labels == 1).tolist()


@pytest.mark.parametrize("gc", [0.2, 0.7, 0.0, 1.0])
def test_gc(gc):
    negatives = drawn("single", 2, gc=gc, motif="GATC").sequences.of_class(0).codes
    check_counts(negatives[:, :20].ravel().tolist(), {0: (1 - gc) / 2, 1: gc / 2, 2: gc / 2, 3: (1 - gc) / 2})


def test_background_from_sequences_files_and_models(tmp_path):
    source = ml.random_sequences(50, 200, gc=0.2, random_state=1)
    path = tmp_path / "source.fa"
    path.write_text(
        "".join(f">{name}\n{string}\n" for name, string in zip(source.names, source.strings(), strict=True))
    )
    model = ml.learn_background(source, order=2)
    given = [drawn("single", 0, background=source, order=2), drawn("single", 0, background=str(path), order=2),
             drawn("single", 0, background=path, order=2), drawn("single", 0, background=model)]  # fmt: skip
    assert len({each.sequences.codes.tobytes() for each in given}) == 1
    assert given[0].generator.background.order == 2
    assert drawn("single", 0, background=path).generator.background.order == 1
    assert (given[0].sequences.of_class(0).codes % 3 == 0).mean() > 0.75


def digest(task, **dials):
    codes = ml.simulate(task, n_positives=23, n_negatives=19, length=67, random_state=11, **dials).sequences.codes
    return hashlib.sha256(codes.tobytes()).hexdigest()[:16]


CHECKSUMS = {
    "single": "0e94848d371f0ed0",
    "multi": "68f0e67981fc4881",
    "interaction": "5422d00363cab4f4",
    "promoter": "1b20525b590026da",
    "pwm": "765d2788812cda58",
    "density": "7d83f9af83989b6d",
    "localization": "7672a0f7db8365a7",
    "spacing": "19881369d35e59f4",
    "logic": "29c91ef5c3324393",
    "mixture": "3f8194d61fa40829",
}


@pytest.mark.parametrize("task", TASKS)
def test_the_same_seed_gives_the_same_letters_everywhere(task):
    assert digest(task, strands="both", mutation=0.1) == CHECKSUMS[task]


def test_other_seeds_give_other_letters():
    assert len({drawn("single", seed).sequences.codes.tobytes() for seed in (0, 1, 2, 2**40, 2**70)}) == 5


def test_every_dial_is_declared():
    assert {*COMMON, *(name for task in TASKS for name in own_dials(task))} == set(Dials.__annotations__)


@pytest.mark.parametrize(("task", "dials", "part"), [
    ("singel", {}, "Did you mean single"),
    ("", {}, "must be one of single, multi"),
    ("single", {"motifs": ["ACGT"]}, "single has no motifs. It has motif,"),
    ("single", {"coppies": 3}, "has no coppies"),
    ("multi", {"cooccur_probs": 3}, "Did you mean cooccur_prob"),
    ("single", {"n_positives": 0}, "n_positives must be a whole number of at least 1. Got 0"),
    ("single", {"n_negatives": -3}, "n_negatives"),
    ("single", {"n_negatives": 3.5}, "n_negatives"),
    ("single", {"n_negatives": True}, "n_negatives"),
    ("single", {"length": 4}, "The motif ACGTG (5 bases) must fit"),
    ("single", {"length": "50"}, "length must be a whole number"),
    ("single", {"motif_prob": 1.01}, "motif_prob must be a number in [0, 1]. Got 1.01"),
    ("single", {"motif_prob": float("nan")}, "motif_prob"),
    ("single", {"mutation": -0.1}, "mutation"),
    ("single", {"gc": 2}, "gc must be"),
    ("single", {"gc": "half"}, "gc must be"),
    ("single", {"label_noise": 0.6}, "label_noise must be a number in [0, 0.5]. Got 0.6"),
    ("single", {"noise": -0.05}, "noise must be a number of at least 0"),
    ("single", {"noise": float("inf")}, "noise"),
    ("single", {"noise": float("nan")}, "noise"),
    ("single", {"noise_to": "positives"}, "noise_to must be all or negatives"),
    ("single", {"strands": "one"}, "strands must be single or both"),
    ("single", {"strands": 2}, "strands must be"),
    ("single", {"random_state": -1}, "random_state"),
    ("single", {"random_state": None, "order": 2}, "no background"),
    ("single", {"background": 5}, "background must be"),
    ("single", {"background": independent(), "gc": 0.4}, "Give one of them"),
    ("single", {"background": independent(), "order": 3}, "order 0"),
    ("single", {"background": "nosuch.fa"}, "nosuch.fa"),
    ("single", {"motif": "ACGTQ"}, "No motif 'ACGTQ'"),
    ("single", {"noise_to": "all"}, "noise_to says which inputs get noise"),
    ("single", {"noise_to": "negatives", "noise": 0}, "needs noise above 0. Got noise_to=negatives without"),
    ("single", {"noise": 1e-9}, "noise must be 0 or in [1e-06, 1e+06]"),
    ("single", {"noise": 1e7}, "noise must be 0 or in"),
    ("single", {"database": "nosuch.meme"}, "No database or file 'nosuch.meme'"),
    ("single", {"database": "jaspar:vertebrate"}, "Did you mean jaspar:vertebrates"),
    ("single", {"background": "x", "order": 7}, "order must be a whole number from 0 to 6. Got 7"),
    ("single", {"n_positives": 10**10}, "at most 20,000,000 sequences"),
    ("single", {"length": 10**12}, "4,000,000,000 bases in all. Got 8,000 of"),
    (["single"], {}, "The task must be one of single, multi"),
    ({}, {}, "The task must be one of single, multi"),
    (None, {}, "The task must be one of single, multi"),
    ("single", {"motif": 7}, "A motif must be"),
    ("single", {"database": "jaspar:vertebrate", "motif": "CTCF"}, "jaspar:vertebrates"),
    ("multi", {"motifs": ["ACGTG"]}, "motifs must be a sequence of 2"),
    ("multi", {"motifs": "ACGTG,TGCAT"}, "motifs must be a sequence of 2"),
    ("multi", {"cooccur_prob": 7}, "cooccur_prob"),
    ("interaction", {"min_gap": 9, "max_gap": 8}, "min_gap must be at most max_gap"),
    ("interaction", {"min_gap": -1}, "min_gap"),
    ("interaction", {"max_gap": 91}, "length must be at least 102. Got 101"),
    ("spacing", {"min_gap": 30, "max_gap": 92}, "long enough for what is planted, 102 bases"),
    ("spacing", {"motifs": ["ACG"] * 5}, "sequence of 2 to 4"),
    ("spacing", {"negatives": "hard"}, "negatives must be"),
    ("spacing", {"site_order": "all"}, "site_order must be"),
    ("density", {"copies": (5, 3)}, "fewest and the most"),
    ("density", {"copies": 3}, "copies must be FEWEST,MOST, two whole numbers. Got 3"),
    ("density", {"negative_copies": [3]}, "negative_copies must be FEWEST,MOST, two whole numbers. Got [3]"),
    ("density", {"copies": (0, 3)}, "copies"),
    ("density", {"copies": (3, 7)}, "at most 6"),
    ("density", {"length": 20}, "25 bases"),
    ("localization", {"spread": 101}, "centre and spread"),
    ("localization", {"centre": 500}, "centre and spread"),
    ("localization", {"spread": 2.5}, "spread"),
    ("pwm", {"place": "center"}, "Did you mean centre"),
    ("logic", {"rule": "nand"}, "rule must be one of and, or, xor, not. Got 'nand'"),
    ("mixture", {"motif_probs": [0.5, 0.5]}, "motif_probs must be a sequence of 3, one for each motif"),
    ("mixture", {"motifs": ["ACG"], "negative_probs": [0.5, 0.5]}, "negative_probs must be a sequence of 1, one for"),
    ("mixture", {"motif_probs": [0.5, 0.5, 2]}, "Each of motif_probs"),
    ("promoter", {"decoy_prob": "x"}, "decoy_prob"),
    ("promoter", {"motifs": []}, "motifs must be"),
    ("logic", {"motifs": [word_motif("ACG"), ml.Motif(np.full((4, 2), 0.25), "ACG")]}, "two named 'ACG'"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_in_one_line(task, dials, part):
    with pytest.raises(MotiflensError) as caught:
        ml.simulate(task, **dials)
    message = str(caught.value)
    assert part in message
    assert "\n" not in message
    assert isinstance(caught.value, ParameterError | InputError)


def test_a_dial_that_is_none_is_not_given():
    assert drawn("single", 0, motif=None, gc=None).parameters == drawn("single", 0).parameters


def test_the_same_motif_may_be_planted_twice():
    positive, _ = classes("spacing", 0, motifs=["ACGTG", "ACGTG"], length=40)
    assert set(kinds(positive)) == {("ACGTG", "ACGTG")}


@pytest.mark.parametrize(("n", "shares"), [
    (1, [0.9]), (2, [0.9, 0.3]), (3, [0.9, 0.6, 0.3]), (5, [0.9, 0.75, 0.6, 0.45, 0.3])
])  # fmt: skip
def test_the_motifs_of_a_mixture_fall_from_strong_to_weak_by_default(n, shares):
    words = ["ACGTG", "TGCAT", "GGGCGG", "TTAAC", "CCATT"][:n]
    positive, negative = classes("mixture", 0, motifs=words)
    assert not any(negative)
    found = Counter(name for sites in positive for name, *_ in sites)
    for name, share in zip(words, shares, strict=True):
        assert abs(found[name] / N - share) < 0.05


def auprc_of_any_order(n_positives, n_negatives):
    """Return the mean AUPRC of sequences in random order, which few sequences lift above the share of positives."""
    rng, labels = np.random.default_rng(0), np.repeat([1, 0], [n_positives, n_negatives])
    return np.mean([auprc(labels, rng.permutation(len(labels))) for _ in range(4000)])


@pytest.mark.parametrize(("task", "dials"), [
    ("mixture", {"motif_probs": (0, 0, 0)}), ("mixture", {"motif_probs": (0.5,) * 3, "negative_probs": (0.5,) * 3}),
    *((task, {"motif_prob": 0}) for task in ("single", "multi", "pwm")), ("density", {"motif_prob": 0}),
])  # fmt: skip
def test_a_task_without_a_difference_has_chance_for_its_limit(task, dials):
    simulation = drawn(task, 0, 41, 23, **dials)
    limits = [simulation.limit_on(simulation.sequences)]
    if task != "density":  # its negatives still hold sites
        for limit in (*limits, population_limit(simulation.generator, n_positives=41, n_negatives=23, n_drawn=300)):
            shuffled = auprc_of_any_order(41, 23) if limit.kind == "these sequences" else 41 / 64
            assert [limit.auroc.value, limit.accuracy.value] == pytest.approx([0.5, 41 / 64])
            assert limit.auprc.value == pytest.approx(shuffled, abs=1e-9 if limit.kind == "population" else 0.004)
    if "negative_probs" not in dials and task != "density":
        assert simulation.motifs == []
        assert len(simulation.sequences.planted.table()[0]) == 0


@pytest.mark.parametrize("rows", [slice(0, 0), slice(0, 1)])
def test_a_part_without_both_classes_has_no_limit(rows):
    simulation = drawn("single", 0, 5, 5, noise=0.1)
    for limit_on in (simulation.limit_on, simulation.limit_with_noise_on):
        with pytest.raises(InputError, match=r"needs sequences of both classes\. Got"):
            limit_on(simulation.sequences[rows])


def test_a_database_that_is_not_used_is_told(tmp_path, caplog):
    path = tmp_path / "mine.meme"
    write_meme([word_motif("ACGTACGT")], path)
    drawn("single", 0, 5, 5, database=str(path))
    assert f"{path} is not used" in caplog.text
    caplog.clear()
    motif = drawn("single", 0, 5, 5, database=str(path), motif="acgtacgt ").motifs[0]
    assert motif.name == "ACGTACGT"
    drawn("single", 0, 5, 5, database="jaspar:plants", motif="MA0020")
    drawn("single", 0, 5, 5)
    assert "not used" not in caplog.text.replace(f"{path} is not used", "")


def test_a_background_is_learnt_from_every_letter(tmp_path):
    """Long sequences beside short ones are not cropped, and no step is taken from one to the next."""
    rng = np.random.default_rng(0)
    strings = ["".join(rng.choice(list("ACGT"), n, p=p)) for n, p in
               [(20, [0.1, 0.4, 0.4, 0.1])] * 9 + [(5000, [0.45, 0.05, 0.05, 0.45])]]  # fmt: skip
    path = tmp_path / "source.fa"
    path.write_text("".join(f">s{i}\n{string}\n" for i, string in enumerate(strings)))
    learnt = drawn("single", 0, 5, 5, background=path, order=2).generator.background
    counts = Counter(string[i : i + 3] for string in strings for i in range(len(string) - 2))
    for context in ("AT", "CG", "TA"):
        expected = np.array([counts[context + base] + 0.25 for base in "ACGT"])
        row = "ACGT".index(context[0]) * 4 + "ACGT".index(context[1])
        np.testing.assert_allclose(learnt.transitions[row], expected / expected.sum())


@pytest.mark.parametrize(("content", "part"), [
    ("chr1\t10\t50\n", "has regions of a genome. A background is learnt from sequences"),
    ("# mine\nchr1\t10\t50\tpeak\n", "bedtools getfasta"),
    (">a\nNNNNN\n", "to learn a background from"), ("", "source"),
])  # fmt: skip
def test_a_background_that_is_none_is_refused(tmp_path, content, part):
    path = tmp_path / "source"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        drawn("single", 0, 5, 5, background=path)
    assert part in str(caught.value)
    for option in ("--genome", "--window"):
        assert option not in str(caught.value)
