"""Answers follow the measurements: each branch with made-up runs, and against independent statistics."""

import dataclasses
import functools
import math
import re

import numpy as np
import pytest
from fake_reproduction import fake_evaluation, fake_recovery, fake_rows, interval
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from motiflens.reproduction.answers import answers_to, deeper, elements, nearness
from motiflens.reproduction.conclusion import conclusions, duration, shortfalls
from motiflens.reproduction.depth_answers import depth, kernel_size, noise_and_share
from motiflens.reproduction.estimates import estimate, gain, limit, metric, paired
from motiflens.reproduction.experiments import EXPERIMENTS, SYSTEMS
from motiflens.reproduction.gaps import gap_curves, gaps_in_words
from motiflens.reproduction.parameter_answers import layers_of, parameters
from motiflens.reproduction.planted_answers import filters, interaction, recovered
from motiflens.reproduction.summary import Row, verdict

PUBLISHED_SIZES = {
    "single motif, kernel 5": 913, "two motifs": 1337, "interaction": 4241, "promoter elements": 114693, "v1": 1665,
    "v2": 3201, "v3": 15489, "v4": 17025, "v5": 17281, "shallow": 6209, "deep": 128050,
}  # fmt: skip


def text(answer):
    return " ".join(answer.sentences)


def measured(run, value):
    """Give a run other figures."""
    return dataclasses.replace(run, evaluation=fake_evaluation(value, value - 0.02, value))


def with_figures(row, values=None, ours=None, limits=None):
    """Give the runs of a row other figures, and other limits, by seed."""
    runs, best = (
        kept if given is None else tuple(measured(run, value) for run, value in zip(kept, given, strict=False))
        for kept, given in ((row.runs, values), (row.ours, ours))
    )
    if limits is not None:
        runs, best = (
            tuple(
                dataclasses.replace(
                    run, limit=dataclasses.replace(run.limit, auroc=interval(value), accuracy=interval(value))
                )
                for run, value in zip(kept, limits, strict=False)
            )
            for kept in (runs, best)
        )
    return dataclasses.replace(row, runs=runs, ours=best)


every_row = functools.cache(fake_rows)


def named(name, **changes):
    return with_figures(next(row for row in every_row() if row.experiment.name == name), **changes)


def with_extra(row, **extra):
    """Give the runs of a row further figures, one value a run."""
    runs = tuple(
        dataclasses.replace(run, extra={**run.extra, **{name: values[index] for name, values in extra.items()}})
        for index, run in enumerate(row.runs)
    )
    return dataclasses.replace(row, runs=runs)


@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(1, 5))
@settings(max_examples=40)
def test_intervals_are_those_of_students_t(seed, n, asked):
    values = np.random.default_rng(seed).normal(0.9, 0.02, n)
    found = estimate([*values, math.nan], n_asked=asked)
    expected = stats.t.interval(1 - 0.05 / asked, n - 1, loc=values.mean(), scale=stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.n == n


def test_runs_are_paired_by_seed():
    first, second = named("v2", values=[0.9, 0.8, 0.7]), named("v1", values=[0.5, 0.6, 0.1, 0.2])
    shuffled = tuple(reversed(second.runs))
    found = paired(first.runs, shuffled, metric("auroc"))
    assert found.n == 3
    assert found.mean == pytest.approx((0.4 + 0.2 + 0.6) / 3)
    assert paired(first.runs[:1], second.runs[1:], metric("auroc")) is None


def test_the_gain_over_a_limit_is_that_of_the_own_sequences():
    row = named("v1", values=[0.9, 0.7], limits=[0.95, 0.6])
    assert [gain("accuracy")(run) for run in row.runs] == pytest.approx([-0.05, 0.1])
    assert math.isnan(limit("auroc", shift_invariant=True)(named("two motifs").runs[0]))


def kernel_rows(means, spread=0.004):
    """Return the kernel sweep with other means; seeds differ by the same in each, but for a little."""
    rng = np.random.default_rng(1)
    common = rng.normal(0, spread, 7)
    return [named(f"single motif, kernel {width}", values=mean + common + rng.normal(0, 0.0005, 7))
            for width, mean in means.items()]  # fmt: skip


def test_a_clear_order_of_kernels_is_told_with_its_reason():
    said = text(kernel_size(kernel_rows({3: 0.6, 5: 0.95, 15: 0.92})))
    assert "Kernel 5 has the highest mean AUROC, 0.950 over 7 seeds" in said
    assert "Kernels 3 and 15 are worse" in said
    assert "cannot be told" not in said
    assert "A filter narrower than ACGTG sees only a part" in said
    assert "A filter wider than ACGTG can hold it whole" in said
    assert "hold the motif and more" not in said


def test_kernels_that_cannot_be_told_apart_are_said_so():
    said = text(kernel_size(kernel_rows({5: 0.9501, 7: 0.9502, 3: 0.9500})))
    assert re.search(r"Kernels \d and \d cannot be told apart from it", said)
    assert "worse" not in said
    assert "Kernel 3, though narrower than ACGTG, cannot be told from the best" in said
    assert "sees only a part" not in said


def test_a_wide_kernel_that_costs_nothing_is_not_blamed():
    said = text(kernel_size(kernel_rows({5: 0.9501, 7: 0.95, 3: 0.7})))
    assert "Kernel 7 holds the motif and more" in said
    assert "wider than ACGTG can hold it whole" not in said


def test_a_kernel_of_the_motifs_own_width_is_neither_narrow_nor_wide():
    said = text(kernel_size(kernel_rows({5: 0.9, 7: 0.95})))
    assert "Kernel 5 is worse, by 0.0" in said
    assert "as wide as ACGTG can hold it at one offset alone, one of 7 at 3" in said
    assert "A filter narrower" not in said
    assert "A filter wider" not in said
    assert "at one offset alone" not in text(kernel_size(kernel_rows({5: 0.9, 3: 0.95})))


def test_single_runs_rank_nothing_where_the_ranges_over_seeds_overlap():
    said = text(kernel_size(kernel_rows({5: 0.95, 7: 0.945, 15: 0.7}, spread=0.01)))
    assert re.search(r"The range over the seeds of kernel 5, 0\.\d+ to 0\.\d+, overlaps that of kernel 7: single", said)
    assert "cannot rank" not in text(kernel_size(kernel_rows({5: 0.95, 7: 0.9}, spread=0.002)))


def test_the_kernel_whose_seeds_differ_most_is_named():
    shape = np.array([-1, 1, -0.5, 0.5, 0, 0, 0])
    rows = [named(f"single motif, kernel {width}", values=0.9 + size * shape)
            for width, size in ((5, 0.04), (7, 0.001), (11, 0.02))]  # fmt: skip
    said = text(kernel_size(rows))
    assert "differ most with kernel 5 (0.860 to 0.940) and least with kernel 7 (0.899 to 0.901)" in said


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_kernels_are_called_worse_when_the_paired_t_test_says_so(seed):
    rng = np.random.default_rng(seed)
    rows = [named(f"single motif, kernel {width}", values=0.93 + rng.normal(0, 0.006) + rng.normal(0, 0.008, 7))
            for width in (3, 5, 7, 11)]  # fmt: skip
    values = {row.experiment.sizes["filter_width"]: [run.figure("auroc") for run in row.runs] for row in rows}
    best = max(values, key=lambda width: np.mean(values[width]))
    worse = {width for width in values if width != best
             and stats.ttest_rel(values[best], values[width]).pvalue < 0.05 / 3}  # fmt: skip
    sentence = next((each for each in kernel_size(rows).sentences if " worse, by " in each), "")
    assert {int(width) for width in re.findall(r"\d+", sentence.split(" worse")[0])} == worse
    assert f"Kernel {best} has the highest" in kernel_size(rows).sentences[0]


def test_one_seed_tells_no_difference():
    rows = [dataclasses.replace(row, runs=row.runs[:1]) for row in kernel_rows({3: 0.6, 5: 0.95})]
    said = text(kernel_size(rows))
    assert "not judged: one seed" in said
    assert "worse" not in said


NOISY = "noise 0.05, motif probability {}"


@pytest.mark.parametrize(("change", "words"), [
    (-0.02, "training inputs costs the published network 0.020"),
    (0.02, "does not harm the published network: without it the AUROC is lower, by 0.020"),
    (0.0, "makes no difference to the published network that 7 seeds can show"),
])  # fmt: skip
def test_noise_is_compared_with_the_same_task_without(change, words):
    rng = np.random.default_rng(2)
    base = 0.94 + rng.normal(0, 0.002, 7)
    clean = named("single motif, kernel 5", values=base)
    noisy = named(NOISY.format(1), values=base + change + rng.normal(0, 0.001, 7))
    assert words in text(noise_and_share([clean, noisy, named("single motif, kernel 7")]))


@pytest.mark.parametrize(("excess", "words"), [
    (-0.02, "it falls behind the limit, by 0.020"),
    (0.02, "it comes nearer to the limit, by 0.020"),
    (0.0, "that cannot be told from what the change does to any model"),
])  # fmt: skip
def test_a_rarer_motif_is_compared_with_what_the_limit_loses(excess, words):
    rng = np.random.default_rng(3)
    top, low = 0.957 + rng.normal(0, 0.003, 7), 0.865 + rng.normal(0, 0.003, 7)
    noise = rng.normal(0, 0.001, 7)
    rows = [named(NOISY.format(1), values=top - 0.01, ours=top - 0.001, limits=top),
            named(NOISY.format(0.8), values=low - 0.01 + excess + noise, ours=low - 0.001, limits=low)]  # fmt: skip
    mine = next(each for each in noise_and_share(rows).sentences if "of the published network changes" in each)
    assert words in mine
    assert "With the motif in 80% of the positives in place of 100%" in mine


def test_the_published_order_of_shares_is_told_only_where_it_is_another():
    rows = [named(NOISY.format(share), values=[value] * 7) for share, value in ((1, 0.94), (0.8, 0.85), (0.6, 0.75))]
    assert "rank the shares 80%, 100%, 60% from best to worst; the means over seeds rank them 100%, 80%, 60%" in text(
        noise_and_share(rows)
    )
    same = [named(NOISY.format(share), values=[value] * 7) for share, value in ((1, 0.84), (0.8, 0.85), (0.6, 0.75))]
    assert "rank the shares" not in text(noise_and_share(same))


def test_filters_are_counted_by_the_motifs_that_they_look_like():
    pairs = [[[0.9, 0.1], [0.8, 0.79], [0.1, 0.95], [0.85, 0.9], [0.2, 0.3]], [[0.9, 0.1]] * 2 + [[0.5, 0.5]] * 3]
    row = with_extra(dataclasses.replace(named("two motifs"), runs=named("two motifs").runs[:2]),
                     filter_similarity=pairs, correlation=[0.31, 0.29])  # fmt: skip
    said = text(filters([row]))
    assert ("Of 5 filters, in the mean over 2 seeds, 2.0 look like ACGTG alone, 0.5 like TGCAT alone, 0.5 like both "
            "and 2.0 like neither") in said  # fmt: skip
    assert "Both motifs have filters of their own in 1 of 2 runs; a filter that looks like both occurs in 1." in said
    assert "tend to be high in the same sequences" in said


def test_filters_that_never_mix_and_correlations_of_each_sign():
    row = named("two motifs")
    apart = [[[0.9, 0.1], [0.1, 0.9]]] * 7
    for values, words in ((-0.2, "where one is high, the other tends to be low"), (0.0, "no tendency to go together")):
        noise = np.array([-0.02, 0.02, -0.01, 0.01, -0.02, 0.02, 0.0]) + values
        said = text(filters([with_extra(row, filter_similarity=apart, correlation=list(noise))]))
        assert words in said
        assert "in 7 of 7 runs; no filter takes both" in said
    bare = dataclasses.replace(row, runs=tuple(dataclasses.replace(run, extra={}) for run in row.runs))
    assert filters([bare]) is None


@pytest.mark.parametrize(("far", "words"), [
    (0.5, "no better than chance as far as these runs can tell, and the distance is not seen"),
    (0.6, "that is more than chance and less than the distance allows"), (0.95, "it sees the distance"),
    (0.4, "it ranks these negatives above the positives"),
])  # fmt: skip
def test_the_distance_is_seen_or_not_by_the_negatives_that_lie_too_far_apart(far, words):
    noise = [-0.01, 0.01, -0.02, 0.02, 0.0, 0.005, -0.005]
    modes = [{"both, too far apart": far + each, "first motif alone": 0.91, "second motif alone": 0.92,
              "neither": 0.99} for each in noise]  # fmt: skip
    said = text(interaction([with_extra(named("interaction"), auroc_by_negative=modes)]))
    assert words in said.split("Our best model")[0]
    assert "0.910 against negatives with the first motif alone, 0.920 against the second alone" in said
    assert "sees 9 bases at once; the two motifs and their gap span 20 to 35: no unit sees both motifs whole," in said


def test_no_answer_on_distance_without_its_figures():
    row = named("interaction")
    bare = [dataclasses.replace(run, extra={}) for run in row.runs]
    assert interaction([dataclasses.replace(row, runs=tuple(bare), ours=())]) is None


def test_gaps_are_counted_from_the_planted_words():
    said = interaction([named("interaction")]).sentences
    assert said[-2].endswith("largest, at gaps of 10 to 25 in 7 of 7 runs; planted are gaps of 10 to 25.")
    assert said[-1] == "With TGCAT before ACGTG it does so at no gap in 7 of 7 runs."
    row = named("interaction")
    other = dataclasses.replace(row.ours[0], extra={"gaps": [{"first": "ACGTG", "second": "GTGCAT", "logits": [0.0],
                                                              "from": 3, "to": 5}]})  # fmt: skip
    assert "gaps of 10 to 25 in 1, gaps of 4 to 6 in 1 of 2 runs" in " ".join(
        gaps_in_words(dataclasses.replace(row, ours=(row.ours[1], other)))
    )
    assert gaps_in_words(stripped(row, extra={})) == []


def test_gap_curves_of_motifs_of_other_lengths_are_laid_over_each_other():
    runs = named("interaction").ours[:2]
    given = [{"first": "ACGTGA", "second": "TGCAT", "logits": [1.0, 2.0, 3.0]},
             {"first": "ACGTG", "second": "CCTGCAT", "logits": [4.0, 6.0, 8.0, 9.0]}]  # fmt: skip
    runs = [dataclasses.replace(run, extra={"gaps": [each]}) for run, each in zip(runs, given, strict=True)]
    curve = gap_curves(runs, ("ACGTG", "TGCAT"))
    np.testing.assert_allclose(curve, [[np.nan] * 3] * 2 + [[3, 2, 4], [4.5, 3, 6]])
    assert gap_curves(runs, ("TGCAT", "ACGTG")).shape == (0, 3)


def foxo1_rows(means):
    rng = np.random.default_rng(4)
    return [named(f"v{version}", values=mean + rng.normal(0, 0.002, 7)) for version, mean in enumerate(means, start=1)]


def test_depth_that_passes_the_limit_without_places_is_said_to_know_places():
    said = text(depth(foxo1_rows([0.79, 0.847, 0.874, 0.911, 0.927])))
    assert re.search(r"From v1 to v5 the mean accuracy changes by \+0.13\d .*: the deepest network does better.", said)
    passing = re.search(r"Passing it: (.*?)\. That", said)[1]
    assert re.findall(r"v\d", passing) == ["v3", "v4", "v5"]
    assert "only by knowing the place" in said
    bound = np.mean([run.limit.shift_invariant.accuracy.value for run in named("v1").runs])
    assert f"has an accuracy of at most {bound:.3f} on these test sequences" in said
    assert "Below it: v1." in said
    assert "Neither above nor below for certain: v2." in said
    assert "Our best model reaches 0.974, where a model that knows the place can have 0.979 at most." in said


def test_depth_that_gains_nothing_leaks_nothing():
    said = text(depth(foxo1_rows([0.84, 0.83, 0.82])))
    assert "the deepest network does worse" in said
    assert "None of the networks passes it for certain" in said
    assert "only by knowing" not in said
    assert "no gain can be told" in text(depth(foxo1_rows([0.83, 0.8301])))
    assert depth(foxo1_rows([0.83])) is None


def test_the_promoter_elements_are_counted_each_for_itself():
    said = elements(fake_rows("multiscale")).sentences
    assert "TATAAA: found exactly in 7 of 7 runs of ours." in said
    assert said[-1] == ("CAAT: not found in 7 of 7 runs of ours; a candidate that did not pass the test in 7, with an "
                        "AUROC of its own of 0.521.")  # fmt: skip
    row = fake_rows("multiscale")[0]
    unlike = tuple(dataclasses.replace(run, extra={"unreported": [{"consensus": "GGCC", "auroc": 0.6}]})
                   for run in row.ours)  # fmt: skip
    assert "candidate" not in " ".join(elements([dataclasses.replace(row, ours=unlike)]).sentences)


def test_how_near_the_limit_ours_and_theirs_come():
    row = named("promoter elements", values=[0.80, 0.81], ours=[0.90, 0.91], limits=[0.9, 0.92])
    said = text(nearness([row]))
    ways = np.mean([0.30 / 0.40, 0.31 / 0.42]), np.mean([0.40 / 0.40, 0.41 / 0.42])
    assert f"a mean AUROC of 0.805, {ways[0]:.0%} of the way from chance to the limit of 0.910" in said
    assert f"a mean AUROC of 0.905, {ways[1]:.0%} of the way" in said
    assert "by +0.100 (95% interval 0.100 to 0.100): ours is better." in said


@pytest.mark.parametrize(("change", "words"), [
    (0.02, "it does better"), (-0.02, "it does worse"), (0, "they cannot be told apart"),
])  # fmt: skip
def test_the_deeper_of_two_networks(change, words):
    noise = np.array([-0.001, 0.001, 0.002, -0.002, 0.0005, -0.0005, 0.0])
    answer = deeper([named("shallow", values=[0.97] * 7), named("deep", values=0.97 + change + noise)])
    assert words in text(answer)
    assert "128\u202f050 parameters in place of 6\u202f209" in text(answer)


def test_recovery_is_counted_by_run_and_by_kind():
    row = named("two motifs")
    runs = tuple(dataclasses.replace(run, recovery=fake_recovery(("ACGTG", "TGCAT"), quality), extra={})
                 for run, quality in zip(row.runs, (3, 2, 2, 1, 0, 0, 0), strict=True))  # fmt: skip
    answer = recovered([dataclasses.replace(row, runs=runs)])
    assert answer.tables[0].rows[0] == ("two motifs", "published", "1", "2", "1", "3")
    assert answer.tables[0].rows[1][1:] == ("ours", "7", "0", "0", "0")
    assert "The published network shows the planted motifs exactly, and nothing else, in 1 of 7 runs." in text(answer)
    assert recovered([named("interaction", values=[])][:0]) is None


def test_experiments_on_the_same_sequences_count_the_runs_of_ours_once():
    answer = recovered([row for row in fake_rows("hw4") if row.experiment.task.name == "single"])
    assert [cells[:2] for cells in answer.tables[0].rows].count(("one motif, ACGTG", "ours")) == 1
    assert "in 7 of 7 runs" in text(answer)


def test_a_motif_that_lies_shifted_in_its_filter_is_told_from_one_in_place():
    row = named("single motif, kernel 5")
    pairs = ((0.9, 0.9), (0.9, 0.3), (0.9, 0.3), (0.6, 0.3), (0.9, 0.9), (0.9, 0.9), (0.9, 0.9))
    best = [[{"similarity": free, "similarity_in_place": fixed}] for free, fixed in pairs]
    said = text(recovered([with_extra(row, filters=best)]))
    assert "a mean similarity of 0.86 to its motif at its best shift and strand, and of 0.64 in place" in said
    assert "in 2 the motif is there, but shifted" in said
    assert "with or without shifts" in text(recovered([with_extra(row, filters=[best[0]] * 7)]))


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: f"{each.system}-{each.name}")
def test_the_formulas_of_the_layers_add_up(experiment):
    table = parameters([Row(experiment, (), ())]).tables[0]
    parts = [int(cells[2].split("= ")[1]) for cells in table.rows[:-1]]
    for cells in table.rows[:-1]:
        sum_, result = cells[2].split(" = ")
        assert eval(sum_.replace("×", "*")) == int(result)
    assert sum(parts) == layers_of(experiment).n_parameters == PUBLISHED_SIZES.get(experiment.name, sum(parts))
    assert table.rows[-1][2].startswith(f"{sum(parts):,}".replace(",", "\u202f"))


def test_parameters_of_other_sizes_are_named():
    said = text(parameters(fake_rows("hw4")))
    assert "deepbind with 24 filters holds 1\u202f337" in said
    assert "deepbind with kernel 15 holds 1\u202f553" in said
    assert "batch normalisation" not in said
    assert "batch normalisation" in text(parameters(fake_rows("multiscale")))


def stripped(row, **changes):
    return dataclasses.replace(row, **{
        kind: tuple(dataclasses.replace(run, **changes) for run in getattr(row, kind)) for kind in ("runs", "ours")
    })  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS)
def test_runs_that_lack_everything_else_still_get_answers(system):
    bare = [stripped(row, extra={}, history={}, recovery=None, limit=None, found=()) for row in fake_rows(system)]
    single = [stripped(dataclasses.replace(row, runs=row.runs[:1], ours=row.ours[:1])) for row in fake_rows(system)]
    none = [Row(row.experiment, (), ()) for row in bare]
    no_figures = [with_figures(row, values=[math.nan] * 7, ours=[math.nan] * 7) for row in bare]
    for rows in (bare, single, no_figures):
        said = " ".join(text(answer) for answer in answers_to(rows, system)) + " ".join(conclusions(rows))
        assert not re.search(r"\bnan\b|–", said + " ".join(shortfalls(rows)))
    assert [answer.question for answer in answers_to(none, system)] == ["Where do the parameters come from?"]


def test_verdicts_are_places_in_the_range():
    assert verdict(0.9496, [0.90, 0.949]) == "not reached"
    assert verdict(0.95, [0.90, 0.9496]) == "reproduced"
    assert verdict(0.899, [0.90, 0.949]) == "surpassed"
    assert verdict(0.9, [math.nan, 0.9, 0.8]) == "reproduced"
    assert verdict(0.9, [math.nan]) == "not run"


def test_the_conclusion_counts_what_the_table_shows():
    rows = fake_rows()
    counts = {name: sum(said == name for row in rows for _, said in row.verdicts())
              for name in ("reproduced", "surpassed", "not reached")}  # fmt: skip
    first, near, motifs = conclusions(rows)
    assert first.startswith(f"Of {sum(counts.values())} published figures, ")
    for name, count in counts.items():
        assert f"{count} {'is' if count == 1 else 'are'} {name}" in first
    assert "in 9 of 9 tasks whose limit is known" in near or "in 8 of 9 tasks" in near
    assert "in 63 of 70 runs of ours" in motifs
    assert f"{sum(run.recovery.whole for row in rows for run in row.runs if run.recovery)} of 70 runs of the" in motifs


def test_what_was_not_reached_is_listed_with_its_figures():
    row = named("two motifs", values=[0.93, 0.931, 0.92], ours=[0.80, 0.81, 0.82])
    said = " ".join(shortfalls([row]))
    assert ("hw4, two motifs: the published AUROC of 0.942 is above all of 3 runs, of which the best has 0.931." in
            said)  # fmt: skip
    assert re.search(r"our best model goes 68\.\d% of the way from chance to the limit", said)
    above = named("noise 0.05, motif probability 0.8", values=[0.84] * 7, limits=[0.85] * 7)
    assert "it is above the limit on the test sequences of every seed, 0.850 in the mean" in " ".join(
        shortfalls([above])
    )
    promoter = " ".join(shortfalls(fake_rows("multiscale")))
    assert "in 0 of 7 runs of ours; CAAT missed in 7." in promoter
    assert "the published network was not run" in " ".join(shortfalls([dataclasses.replace(row, runs=())]))
    perfect = named("two motifs", values=[0.942] * 7, ours=[0.955] * 7, limits=[0.955] * 7)
    auprc = tuple(dataclasses.replace(run, evaluation=fake_evaluation(0.942, 0.931, 0.9)) for run in perfect.runs)
    assert shortfalls([dataclasses.replace(perfect, runs=auprc)]) == []


def test_a_time_is_told_in_two_units_at_most():
    assert [duration(seconds) for seconds in (59.94, 60, 3599.7, 90_000)] == [
        "59.9\xa0s", "1\xa0min 0\xa0s", "1\xa0h 0\xa0min", "25\xa0h 0\xa0min"]  # fmt: skip
