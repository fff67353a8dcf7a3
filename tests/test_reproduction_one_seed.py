"""One seed, or training that was cut, is shown with its figures and judged nowhere."""

import csv
import dataclasses
import re

import pytest
from fake_reproduction import fake_evaluation, fake_record, fake_rows
from test_report import Page

from motiflens.reproduction.answers import answers_to
from motiflens.reproduction.campaign import _row as row_of
from motiflens.reproduction.campaign import _Unit
from motiflens.reproduction.conclusion import conclusions, shortfalls
from motiflens.reproduction.depth_answers import depth, kernel_size, noise_and_share
from motiflens.reproduction.experiments import EXPERIMENTS, SYSTEMS
from motiflens.reproduction.page import reproduction_html
from motiflens.reproduction.planted_answers import interaction
from motiflens.reproduction.summary import Row, verdict
from motiflens.reproduction.writing import summary_lines, summary_tsv

NOT_JUDGED = "not judged: one seed"
CLAIMS = re.compile(
    r"no better than chance|(can|cannot) be told|for certain|(is|are|does) (better|worse)|it sees the|does not see|"
    r"not seen|\breproduced\b|surpassed|are not reached|is not reached|95% interval|that \d+ seeds? can show|"
    r"come within|tend to be high|no tendency|makes no difference|uses the place|falls behind|nearer to the limit|"
    r"above all of"
)


@pytest.fixture(scope="module")
def one():
    return [dataclasses.replace(row, cut=5) for row in fake_rows(seeds=1)]


@pytest.fixture(scope="module")
def page(one):
    return Page(reproduction_html(one, fake_record())).text


def words(answer):
    return " ".join(answer.sentences)


@pytest.mark.parametrize("system", SYSTEMS)
def test_answers_from_one_seed_claim_nothing(one, system):
    for answer in answers_to(one, system):
        assert not CLAIMS.search(words(answer)), answer
    several = " ".join(words(answer) for answer in answers_to(fake_rows(system), system))
    assert CLAIMS.search(several)


def test_figures_of_one_seed_are_there_with_what_they_are_not(one):
    hw4 = [row for row in one if row.experiment.system == "hw4"]
    said = words(kernel_size(hw4))
    figures = {row.experiment.name: row.runs[0].figure("auroc") for row in hw4}
    best = max((name for name in figures if "kernel" in name), key=figures.get)
    assert f"has the highest AUROC, {figures[best]:.3f}" in said
    for name in set(figures) - {best}:
        if "kernel" in name:
            assert f"{figures[best] - figures[name]:.3f}" in said
    assert NOT_JUDGED in said
    assert words(noise_and_share(hw4)).count(NOT_JUDGED) >= 3
    far = next(row for row in hw4 if row.experiment.name == "interaction")
    told = [sentence for sentence in interaction(hw4).sentences if "too far apart" in sentence]
    assert len(told) == 2
    for sentence, run in zip(told, (far.runs[0], far.ours[0]), strict=True):
        figure = run.extra["auroc_by_negative"]["both, too far apart"]
        assert sentence.endswith(f"with an AUROC of {figure:.3f} ({NOT_JUDGED}).")
    foxo1 = [row for row in one if row.experiment.system == "foxo1"]
    first, last = (foxo1[index].runs[0].figure("accuracy") for index in (0, -1))
    assert f"changes by +{last - first:.3f} ({NOT_JUDGED})." in words(depth(foxo1))
    bound = foxo1[0].runs[0].limit.shift_invariant.accuracy.value
    assert f"v1 {first - bound:.3f}".replace("-", "−") in words(depth(foxo1))


def test_a_verdict_needs_several_seeds_of_training_that_was_not_cut():
    assert verdict(0.9, [0.95]) == NOT_JUDGED
    assert verdict(0.9, [0.95], cut=True) == NOT_JUDGED
    assert verdict(0.9, [0.85, 0.95], cut=True) == "not judged: training was cut"
    assert verdict(0.9, [0.85, 0.95]) == "reproduced"
    assert verdict(0.9, [], cut=True) == "not run"


def test_the_table_and_the_printed_lines_judge_nothing(one):
    lines = list(csv.DictReader(summary_tsv(one).splitlines(), delimiter="\t"))
    told = [line[f"{name}_verdict"] for line in lines for name in ("auroc", "auprc", "accuracy")]
    assert {each for cell in told if cell for each in cell.split(",")} == {NOT_JUDGED}
    printed = summary_lines(one)
    assert not CLAIMS.search("\n".join(printed))
    kernel5 = next(line for line in printed if "kernel 5" in line)
    assert kernel5.count(NOT_JUDGED) == 1
    assert not re.search(r"\(0\.\d+-0\.\d+\)", kernel5)
    assert "cut to 5 epochs" in printed[0]
    assert "as published" not in "\n".join(printed)
    assert "as published" in "\n".join(summary_lines(fake_rows()))


def test_the_conclusion_tells_how_far_ours_go_and_judges_it_not(one):
    said = " ".join(conclusions(one))
    ways = [row.ours[0].fraction() for row in {row.experiment.task.name: row for row in one}.values() if
            row.ours[0].limit]  # fmt: skip
    assert f"{100 * min(ways):.1f}% to {100 * max(ways):.1f}% of the way" in said
    assert "33 are not judged: one seed" in said
    assert "for at most 5 epochs, fewer than published" in said
    assert not re.search("is above all|less than 98%", " ".join(shortfalls(one)))
    assert "33 published figures: not judged: one seed." in shortfalls(one)


def test_the_page_says_that_training_was_cut_and_judges_nothing(page):
    assert not CLAIMS.search(page)
    assert not re.search(r"trained( again)? as published|as published, again", page.lower())
    assert "cut to 5 epochs at most" in page
    assert NOT_JUDGED in page
    assert "Nothing: every published figure" not in page
    full = Page(reproduction_html(fake_rows(), fake_record())).text
    assert "trained as published" in full
    assert "cut to" not in full
    assert "not judged" not in full.lower()


def test_a_cut_network_with_several_seeds_is_not_judged_by_its_published_figure():
    rows = [dataclasses.replace(row, cut=3) for row in fake_rows("foxo1")]
    assert "5 are not judged: training was cut" in conclusions(rows)[0]
    assert "Nothing: every" not in Page(reproduction_html(rows, fake_record())).text


@pytest.mark.parametrize(("epochs", "cut"), [(None, None), (1, 1), (10_000, None)])
def test_a_row_knows_whether_training_was_cut(epochs, cut):
    row = fake_rows("foxo1", seeds=1)[0]
    found = [(_Unit(row.experiment, row.experiment.task, 0), row.runs[0])]
    assert row_of(row.experiment, found, epochs).cut == cut


def test_noise_that_ours_never_gets_is_no_measurement_of_ours():
    said = noise_and_share([row for row in fake_rows() if row.experiment.system == "hw4"]).sentences
    about = [sentence for sentence in said if "noise" in sentence.lower() and "our best model" in sentence.lower()]
    assert len(about) == 1
    assert "learns from letters and never gets the noise" in about[0]
    assert not re.search(r"\d", about[0])


def test_auprcs_are_not_held_against_a_limit_that_counts_ties_otherwise():
    row = next(row for row in fake_rows() if row.experiment.name == "two motifs")
    low = tuple(
        dataclasses.replace(
            run,
            evaluation=fake_evaluation(0.90, 0.90, 0.9),
            limit=dataclasses.replace(run.limit, auroc=row.ours[0].evaluation.accuracy, auprc=run.limit.accuracy),
        )
        for run in row.runs
    )
    said = shortfalls([Row(row.experiment, low, ())])
    (auroc,) = [each for each in said if "AUROC of 0.942" in each]
    (auprc,) = [each for each in said if "AUPRC of 0.931" in each]
    assert "it is above the limit on the test sequences of every seed" in auroc
    assert "limit" not in auprc
    assert "above what any model" not in " ".join(said)
    hw4 = [each for each in EXPERIMENTS if each.system == "hw4"]
    text = Page(reproduction_html([row for row in fake_rows() if row.experiment in hw4], fake_record())).text
    assert "ties as they are" in text
