"""The page on published systems: self-contained, readable, true to the runs, and drawn to scale."""

import dataclasses
import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from fake_reproduction import fake_record, fake_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from test_report import Page

from motiflens.report.svg import Frame
from motiflens.reproduction.figures import (
    against_figure,
    learning_axis,
    learning_curves,
    learning_figure,
    near_best,
    scale_figure,
    shared_axis,
    strip_figure,
)
from motiflens.reproduction.page import reproduction_html
from motiflens.reproduction.summary import Row, limit_over


@pytest.fixture(scope="module")
def rows():
    return fake_rows()


@pytest.fixture(scope="module")
def html(rows):
    return reproduction_html(rows, fake_record())


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_the_page_needs_nothing_else(html, page):
    assert not {"script", "link", "iframe", "object", "base", "form", "img"} & {tag for tag, _ in page.elements}
    for _, attrs in page.elements:
        assert not [name for name in attrs if name.startswith("on") or name in ("src", "srcset", "xlink:href")]
        assert attrs.get("href", "#").startswith("#")
    assert not re.search(r"url\(|@import", html)
    assert not re.search(r"https?://(?!www\.w3\.org/)", html)
    assert not re.search(r"\bnan\b|\bNone\b(?! of)", page.text)


def test_the_page_can_be_read_by_everyone(page):
    assert page.all("html") == [{"lang": "en"}]
    headings = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(headings))
    assert all(attrs["aria-label"].strip() for _, attrs in page.elements if attrs.get("role") in ("img", "region"))
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["href"][1:] for attrs in page.all("a")} <= set(ids)
    assert all(attrs.get("scope") in ("col", "row", "rowgroup") for attrs in page.all("th"))
    outer = [attrs for attrs in page.all("svg") if attrs.get("overflow") != "visible"]
    assert all(attrs.get("aria-hidden") == "true" for attrs in outer)


def test_every_experiment_stands_in_the_table_with_its_figures(rows, page):
    words = page.text.replace("\u202f", " ")
    for row in rows:
        values = [run.figure(row.metric) for run in row.runs]
        line = f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}{min(values):.3f}–{max(values):.3f}"
        assert line in words, row.experiment.name
        ours = [run.figure(row.metric) for run in row.ours]
        assert f"{np.mean(ours):.3f} ± {np.std(ours, ddof=1):.3f}" in words
        whole = [sum(run.recovery.whole for run in runs if run.recovery) for runs in (row.runs, row.ours)]
        theirs = f"{whole[0]} of 7" if row.runs[0].recovery else "–"
        assert re.search(rf"{re.escape(line)}.*? {theirs} {whole[1]} of 7", words)
    for told in ("19 experiments, 7 seeds, 0 to 6, 203 runs, done in 12 min 34 s", "deepbind, 785",
                 "0.954 kernel sweep", "0.9106 baseline run", "unknown", "torch 2.13.0", "--system all",
                 "without place"):  # fmt: skip
        assert told in words, told


def test_equal_runs_give_equal_pages(rows, html):
    assert reproduction_html(fake_rows(), fake_record()) == html


def test_hostile_names_stay_text(rows):
    evil = "<script>alert('x')</script>\"&"
    row = next(row for row in rows if row.experiment.name == "two motifs")
    experiment = dataclasses.replace(
        row.experiment, name=evil, task=dataclasses.replace(row.experiment.task, title=evil, name=evil)
    )
    extra = {"filters": [{"consensus": evil, "motif": evil}], "model": evil, "motifs": [{"name": evil}]}
    runs = tuple(dataclasses.replace(run, extra=extra, found=(evil,), network=evil) for run in row.runs)
    ours = tuple(dataclasses.replace(run, extra=extra, found=(evil,), task=evil) for run in row.ours)
    run = {"arguments": {evil: evil}, "versions": {evil: evil}, "inputs": {evil: evil}, "notes": [evil]}
    page = Page(reproduction_html([Row(experiment, runs, ours)], run))
    assert page.all("script") == []
    assert page.text.count("alert('x')") > 10


def test_runs_that_lack_everything_still_make_a_page(rows):
    def bare(run):
        return dataclasses.replace(run, limit=None, recovery=None, found=(), history={}, extra={}, seconds=float("nan"))

    lacking = [dataclasses.replace(row, runs=tuple(map(bare, row.runs)), ours=tuple(map(bare, row.ours)))
               for row in rows]  # fmt: skip
    nothing = [Row(row.experiment, (), ()) for row in rows]
    only_ours = [dataclasses.replace(row, runs=()) for row in rows]
    one = [dataclasses.replace(row, runs=row.runs[:1], ours=()) for row in rows]
    for each in (lacking, nothing, only_ours, one, []):
        text = Page(reproduction_html(each, {})).text
        assert not re.search(r"\bnan\b|\bNone\b(?! of)", text)
    assert "not run" in Page(reproduction_html(nothing, {})).text
    assert "Learning curves" not in Page(reproduction_html(lacking, {})).text


def test_a_quick_run_is_called_a_look(rows, page):
    record = fake_record()
    quick = {**record, "arguments": {**record["arguments"], "quick": True}}
    assert "a look, not a measurement" in Page(reproduction_html(rows, quick)).text
    assert "a look, not a measurement" not in page.text


def test_nothing_left_open_is_said_only_when_nothing_is(rows, page):
    assert "Nothing: every published figure" not in page.text
    assert "CAAT missed in 7" in page.text
    foxo1 = [row for row in rows if row.experiment.name == "v3"]
    near = tuple(dataclasses.replace(run, limit=None) for run in foxo1[0].ours)
    text = Page(reproduction_html([dataclasses.replace(foxo1[0], ours=near)], {})).text
    assert "Nothing: every published figure" in text


def percents(parts, axis, attribute):
    low, high = axis
    return [low + float(part.get(attribute)[:-1]) / 100 * (high - low) for part in parts]


def test_a_strip_shows_every_seed_the_published_figures_and_the_limits_in_place(rows):
    axis = shared_axis(rows)
    for row in rows:
        root = ElementTree.fromstring(strip_figure(row, axis))
        for kind, runs in (("b", row.runs), ("a", row.ours)):
            drawn = percents([part for part in root.iter("circle") if part.get("class") == f"seed {kind}"], axis, "cx")
            assert drawn == pytest.approx([run.figure(row.metric) for run in runs], abs=1e-4)
        figures = [each.value for each in row.experiment.published if each.metric == row.metric]
        assert percents([part for part in root.iter("svg") if part.get("x")], axis, "x") == pytest.approx(
            figures, abs=1e-4
        )
        for style, moved in (("limit", False), ("floor", True)):
            drawn = percents([part for part in root.iter("line") if part.get("class") == f"line {style}"], axis, "x1")
            best = limit_over(row.runs, row.metric, shift_invariant=moved)
            assert drawn == pytest.approx([best.mean] if best else [], abs=1e-4)


def test_the_shared_scale_holds_all_strips_and_no_more_than_it_must(rows):
    low, high = shared_axis(rows)
    published = {each.value for row in rows for each in row.experiment.published}
    lowest = min({run.figure(row.metric) for row in rows for run in row.runs} | published)
    assert low < lowest < low + 0.07
    assert high == 1
    ticks = [part.text for part in ElementTree.fromstring(scale_figure((low, high))).iter("text")]
    assert ticks[-1] == "1"
    assert shared_axis([]) == (0.45, 1.0)


def dots(svg, style):
    root = ElementTree.fromstring(svg)
    return [
        (float(part.get("cx")), float(part.get("cy"))) for part in root.iter("circle") if style in part.get("class")
    ]


@pytest.mark.parametrize("closer", [False, True])
def test_the_sweep_draws_every_seed_at_its_width(rows, closer):
    swept = [row for row in rows if row.experiment.sizes.get("filter_width")]
    places = {float(row.experiment.sizes["filter_width"]): "k" for row in swept}
    svg = against_figure(swept, places, x_label="Kernel width", closer=closer)
    shown = near_best(swept) if closer else swept
    assert [row.experiment.sizes["filter_width"] for row in near_best(swept)] == [5, 7, 11, 15]
    drawn = dots(svg, "b")
    assert len(drawn) == 7 * len(shown)
    widths = [row.experiment.sizes["filter_width"] for row in shown]
    centres = np.array([np.mean([x for x, _ in drawn[7 * at : 7 * at + 7]]) for at in range(len(shown))])
    slope, start = np.polyfit(widths, centres, 1)
    np.testing.assert_allclose(centres, start + slope * np.array(widths), atol=0.2)
    values = np.array([run.figure("auroc") for row in shown for run in row.runs])
    fit = np.polyfit(values, [y for _, y in drawn], 1)
    np.testing.assert_allclose(np.polyval(fit, values), [y for _, y in drawn], atol=0.06)
    assert fit[0] < 0
    assert svg.count('class="diamond') == len(shown) + 1  # kernel 5 is published twice


def test_every_figure_is_well_formed_and_stays_in_its_picture(rows, html):
    for svg in re.findall(r'<svg class="plot".*?</svg>', html):
        root = ElementTree.fromstring(svg)
        width, height = (float(value) for value in root.get("viewBox").split()[2:])
        for item in root.iter("path"):
            path = re.sub(r"[HVhv]-?[\d.]+|l[-\d. l]+", "", item.get("d"))
            numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", path)]
            assert all(0 <= x <= width for x in numbers[::2])
            assert all(0 <= y <= height for y in numbers[1::2])
        left, top, right, bottom = Frame((0, 1), (0, 1), int(width), int(height)).box
        for x, y in dots(svg, "dot"):
            assert left <= x <= right
            assert top <= y <= bottom
    assert html.count('class="plot"') == 4 + 1 + 11 + 2 * (1 + 5 + 2)


def with_history(row, columns):
    runs = tuple(dataclasses.replace(run, history={"loss": column, "valid_loss": ()})
                 for run, column in zip(row.runs, columns, strict=False))  # fmt: skip
    return runs


def test_learning_curves_are_means_of_the_runs_that_still_go_on(rows):
    runs = with_history(rows[0], [[0.7, 0.5, 0.3, 0.1], [0.5, 0.3], [0.6, 0.1, 0.2]])
    curve = learning_curves(runs, "loss")["training"]
    np.testing.assert_allclose(curve, [[0.6, 0.5, 0.7], [0.3, 0.1, 0.5], [0.25, 0.2, 0.3]])
    assert len(learning_curves(runs, "loss")["validation"]) == 0
    assert len(learning_curves(runs, "accuracy")["training"]) == 0
    assert learning_axis([runs], "accuracy") is None


@given(st.lists(st.lists(st.floats(0.01, 5), min_size=1, max_size=9), min_size=1, max_size=6))
@settings(max_examples=30)
def test_learning_curves_stay_in_their_picture(columns):
    runs = with_history(fake_rows("tfbs", seeds=6)[0], columns)
    svg = learning_figure(runs, "loss", learning_axis([runs], "loss"))
    left, top, right, bottom = Frame((0, 1), (0, 1), 320, 220).box
    for part in ElementTree.fromstring(svg).iter("path"):
        if part.get("class") in ("line b", "area b") and "h18" not in part.get("d"):
            points = np.array([[float(v) for v in pair.split()] for pair in part.get("d")[1:].rstrip("Z").split("L")])
            assert ((points >= (left - 0.1, top - 0.1)) & (points <= (right + 0.1, bottom + 0.1))).all()


def test_losses_that_are_no_numbers_are_left_out(rows):
    runs = with_history(rows[0], [[0.7, float("nan")], [0.5, 0.3], []])
    np.testing.assert_allclose(learning_curves(runs, "loss")["training"][:, 0], [0.5, 0.3])
