"""The report: self-contained, well-formed, honest about the figures, and drawn to scale."""

import dataclasses
import re
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from fake_discovery import fake_discovery, fake_findings, fake_motif
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from motiflens.discovery import Finding, History
from motiflens.known_truth import Limits, Planted
from motiflens.recovery import Recovery
from motiflens.report import report_html
from motiflens.report.figures import (
    interval_figure,
    loss_figure,
    position_figure,
    precision_recall_figure,
    roc_figure,
    score_figure,
)
from motiflens.report.svg import Frame, line, nice_ticks
from motiflens.report.verdict import caveats, motif_doubts, supported_match
from motiflens.results import Audit, Interval, Limit, Sufficiency

VOID = {"meta", "br", "link", "img", "hr", "input"}
BLOCKS = {"p", "li", "th", "td", "dt", "dd", "div", "h1", "h2", "h3", "tr", "caption", "figcaption"}
SMALL = {"n": 400, "separation": 1.2}


class Page(HTMLParser):
    """Reads a page, insisting that every element is closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.words = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in BLOCKS:
            self.words.append(" ")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def html():
    return report_html(fake_discovery())


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_the_page_needs_nothing_else(html, page):
    assert not {"script", "link", "iframe", "object", "base", "form"} & {tag for tag, _ in page.elements}
    for _, attrs in page.elements:
        assert not [name for name in attrs if name.startswith("on") or name in ("src", "srcset", "xlink:href")]
        assert attrs.get("href", "#").startswith("#")
    assert not re.search(r"url\(|@import", html)
    assert not re.search(r"https?://(?!www\.w3\.org/)", html)


def test_the_page_can_be_read_by_everyone(page):
    assert page.all("html") == [{"lang": "en"}]
    headings = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(headings))
    assert all(attrs["aria-label"].strip() for _, attrs in page.elements if attrs.get("role") == "img")
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["href"][1:] for attrs in page.all("a")} <= set(ids)
    assert all(attrs.get("scope") in ("col", "row", "rowgroup") for attrs in page.all("th"))
    for attrs in page.all("svg"):
        assert attrs.get("aria-hidden") == "true" or attrs.get("role") == "img"


def test_a_motif_that_grew_from_a_word_is_told_from_those_of_the_networks():
    first, second = fake_findings()
    grown = dataclasses.replace(second, n_filters=0, filters=(), source="words")
    both, alone = (
        Page(report_html(dataclasses.replace(fake_discovery(), findings=findings))).text
        for findings in ((first, grown), (grown,))
    )
    assert "1 motif of the networks passed the test on held-out sequences, out of 12 candidates; " in both
    assert "1 motif grew from words in what is left, judged as a search of all sequences." in both
    assert "Source words grew from an enriched word in what the better motifs leave" in both
    assert both.count("p of the search 2.0") == 1
    assert both.count("E (12 candidates)") == 1
    assert both.count("which counts all words already") == 1
    assert "1 motif grew from words, judged as a search of all sequences." in alone
    assert "candidates" not in alone.split("Motifs Best first")[0]


def test_what_shares_columns_with_a_better_motif_says_so():
    first, second = fake_findings()
    both = dataclasses.replace(second, alike=(first.motif.name, "0-GATTACA"))
    for finding, words in (
        (second, "Shares columns with 1-TGACTCA it matches this better motif of the run (q < 0.01)"),
        (both, "Shares columns with 1-TGACTCA and 0-GATTACA it matches these better motifs of the run (q < 0.01)"),
    ):
        text = Page(report_html(dataclasses.replace(fake_discovery(), findings=(first, finding)))).text
        assert text.count("Shares columns with") == 1
        assert words in text


def test_the_figures_stand_in_the_text(page):
    for words in (
        "2 motifs of the networks passed the test on held-out sequences, out of 12 candidates",
        "1-TGACTCA, which matches FOS (MA0476.1), is found in 62% of the held-out positives and 8.0% of the negatives",
        "AUROC of 0.86 (0.81–0.90)", "104 positive, 156 negative", "no skill: 0.40, the share of positives",
        "k-mer logistic regression 0.790 (0.740–0.840)", "GC content alone 0.580 (0.540–0.620)",
        "data/peaks_1.fa SHA-256 abababababababab…",
        "12 sequences occur twice among the positives", "dinucleotide-shuffled copies", "--seed 0",
        "POSITIVES peaks.fa", "--window 101", "--strands auto",
        "Next best: JUNB (MA0490.3), q = 4.0 × 10−4", "Nothing in JASPAR 2026 CORE vertebrates resembles it",
        "Network 1 of 3: epoch 9 of 9 kept", "Network 3 of 3: epoch 13 of 15 kept",
        "Expected best p of a random motif 0.012",
    ):  # fmt: skip
        assert words in page.text.replace("\u202f", " ").replace("\xa0", " "), words


def test_equal_discoveries_give_equal_pages_whatever_the_time_they_took(html):
    slower = dataclasses.replace(fake_discovery(), seconds={"read": 9.0, "total": 99.0})
    assert report_html(slower) == html


def test_hostile_names_stay_text():
    evil = "<script>alert('x')</script>\"&"
    finding = fake_findings()[0]
    match = dataclasses.replace(finding.matches[0], target_name=evil, target=evil)
    finding = dataclasses.replace(finding, motif=fake_motif("TGACTCA", evil, alternate_name=evil), matches=(match,))
    base = fake_discovery(findings=(finding,))
    found = dataclasses.replace(
        base,
        database=evil,
        notes=(evil,),
        audit=Audit({evil: 1.0}, (evil,)),
        targets={evil: fake_motif("CTGACTCAC", evil, alternate_name=evil)},
        run={"arguments": {"positives": f"x/{evil}", evil: evil}, "seed": 0, "versions": {evil: evil},
             "inputs": {evil: evil}},
    )  # fmt: skip
    page = Page(report_html(found))
    assert page.all("script") == []
    assert page.text.count("alert('x')") > 10


def test_no_motif_and_no_skill_are_said_plainly():
    found = fake_discovery(findings=(), separation=0.0, auroc=(0.51, 0.44, 0.58), gc=0.52, kmer=0.49)
    text = Page(report_html(found)).text
    assert "No motif was found. None of 12 candidates was enriched" in text
    assert "Biggest caveat. The network does not tell positives from negatives." in text
    assert "An empty list does not show that no motif is there." in text
    assert "sees more than" not in text


def test_too_few_test_sequences_are_not_said_to_show_that_the_network_fails():
    text = Page(report_html(fake_discovery(auroc=(1.0, 0.34, 1.0)))).text
    assert "The test sequences are too few to show whether the network tells positives from negatives" in text
    assert "Biggest caveat. The test sequences are too few to show whether the network works." in text
    assert "does not tell" not in text
    assert "does not tell" in Page(report_html(fake_discovery(auroc=(0.55, 0.42, 0.69)))).text


def test_a_bare_discovery_without_database_history_or_figures_still_makes_a_page():
    bare = tuple(dataclasses.replace(finding, matches=(), random_pvalue=float("nan")) for finding in fake_findings())
    found = dataclasses.replace(
        fake_discovery(findings=bare, auroc=(0.8, float("nan"), float("nan"))),
        database="", targets={}, histories=(), baselines={}, site_positions={}, run={}, notes=(), audit=Audit(),
    )  # fmt: skip
    only_positives = dataclasses.replace(found.predictions, labels=np.ones_like(found.predictions.labels))
    for each in (found, dataclasses.replace(found, predictions=only_positives, n_candidates=0, findings=())):
        text = Page(report_html(each)).text
        assert "your sequences" in text
        assert "nan" not in text.lower().replace("nanog", "")


def kinds(found):
    return [caveat.kind for caveat in caveats(found)]


def quiet(**changes):
    """A run whose figures give no reason for doubt."""
    findings = tuple(dataclasses.replace(finding, delta_auroc=0.05) for finding in fake_findings())
    found = fake_discovery(findings=findings, auroc=(0.92, 0.90, 0.94), separation=1.6, n=3000, **changes)
    return dataclasses.replace(found, audit=Audit())


def test_a_run_without_flaw_has_no_caveat_and_says_so():
    assert kinds(quiet()) == []
    assert "The figures of this run give no reason for doubt." in Page(report_html(quiet())).text


@pytest.mark.parametrize(("changes", "kind", "words"), [
    ({"gc": 0.84}, "gc", "Base composition explains much of the prediction."),
    ({"kmer": 0.905}, "kmer", "The network hardly beats a simple k-mer model."),
    ({"kmer": 0.925}, "kmer", "The network does worse than a simple k-mer model."),
])  # fmt: skip
def test_a_simpler_model_that_does_as_well_is_named(changes, kind, words):
    assert kinds(quiet(**changes)) == [kind]
    assert words in Page(report_html(quiet(**changes))).text


def test_a_report_on_several_files_is_named_after_the_first():
    run = {"arguments": {"positives": "in/my seqs.txt in/labels.txt"}, "inputs": {"in/my seqs.txt": "ab" * 32}}
    page = Page(report_html(dataclasses.replace(fake_discovery(), run=run)))
    assert "Motifs in my seqs.txt A report" in page.text


def test_a_simpler_model_without_a_figure_is_neither_blamed_nor_beaten():
    nan = Interval(float("nan"), float("nan"), float("nan"))
    found = dataclasses.replace(quiet(), baselines={"gc_content": nan, "kmer_logistic": nan})
    text = Page(report_html(found)).text
    assert kinds(found) == []
    assert "sees more than" not in text
    assert "more than base composition" not in text
    assert "k-mer model reaches" not in text


def test_simpler_models_that_do_worse_are_not_blamed():
    assert kinds(quiet(gc=0.8, kmer=0.88)) == []
    perfect = dataclasses.replace(quiet().evaluation, auroc=Interval(1.0, 0.969, 1.0))
    for low, high, expected in ((0.939, 0.994, []), (0.939, 1.0, ["kmer"])):
        baselines = {**quiet().baselines, "kmer_logistic": Interval(0.971, low, high)}
        assert kinds(dataclasses.replace(quiet(), evaluation=perfect, baselines=baselines)) == expected


def planted_effect(low):
    """What planting does beyond its control, its interval from a lower bound up."""
    return Sufficiency(Interval(0.5, 0.4, 0.6), Interval(0.3, 0.2, 0.4), Interval(low + 0.2, low, low + 0.4), 250)


@pytest.mark.parametrize(("change", "kind"), [
    ({"search_evalue": 0.015}, "borderline"), ({"delta_auroc": 0.001}, "redundant"),
    ({"delta_auroc": 0.001, "sufficiency": planted_effect(-0.1)}, "unused"),
    ({"delta_auroc": -0.01, "sufficiency": Sufficiency()}, "unused"),  # not measured
    ({"sufficiency": planted_effect(-0.1)}, "insufficient"), ({"gc_pvalue": 0.2}, "gc_motif"),
    ({"log2_enrichment": Interval(-0.1, -0.4, 0.2), "heldout_pvalue": 0.7}, "as_often"),
    ({"heldout_pvalue": 0.08, "gc_pvalue": 0.3}, "unconfirmed"),  # too weak for GC content to be blamed
    ({"negatives_with_site": 0.6}, "common"), ({"random_pvalue": 1e-9}, "match"),
])  # fmt: skip
def test_a_doubtful_motif_is_named(change, kind):
    found = quiet()
    first = dataclasses.replace(found.findings[0], **change)
    found = dataclasses.replace(found, findings=(first, found.findings[1]))
    assert [(caveat.kind, list(caveat.values["motifs"])) for caveat in caveats(found)] == [(kind, ["1-TGACTCA"])]
    page = Page(report_html(found))
    assert "1-TGACTCA" in page.text.split("What they do not")[1].split("Input")[0]
    assert motif_doubts(first) == (kind,)
    assert [attrs["aria-label"] for attrs in page.all("ul") if attrs.get("class") == "doubts"] == [
        "Reasons to doubt 1-TGACTCA"
    ]


def test_doubts_of_several_motifs_are_told_together_and_the_gravest_first():
    found = quiet()
    changes = ({"gc_pvalue": 0.4, "delta_auroc": 0.0}, {"gc_pvalue": 0.6, "negatives_with_site": 0.55})
    findings = tuple(dataclasses.replace(f, **change) for f, change in zip(found.findings, changes, strict=True))
    told = caveats(dataclasses.replace(found, findings=findings))
    assert [(each.kind, len(each.values["motifs"])) for each in told] == [
        ("gc_motif", 2), ("redundant", 1), ("common", 1),
    ]  # fmt: skip
    text = Page(report_html(dataclasses.replace(found, findings=findings))).text
    assert "GC content explains 1-TGACTCA and 2-TGTGGTTT. They are enriched" in text


GC = {"gc_pvalue": 0.3}
AS_OFTEN = {"log2_enrichment": Interval(-0.1, -0.4, 0.2), "heldout_pvalue": 0.7}
THIN = {"search_evalue": 0.015}
RARE = {"heldout_pvalue": 0.2, "gc_pvalue": 0.4}


def conclusion_of(*changes):
    """Return the first paragraph of the report on as many motifs as there are changes."""
    model = fake_findings()[0]
    words = ("TGACTCA", "CACGTGAC", "GGAAGTGA", "TTGCGCAA", "ATTTGCAT")
    findings = tuple(
        dataclasses.replace(model, motif=fake_motif(word, f"{rank}-{word}"), **change)
        for rank, (word, change) in enumerate(zip(words, changes, strict=False), start=1)
    )
    text = Page(report_html(fake_discovery(findings=findings))).text
    return text[text.index("Conclusion") : text.index("The network tells")], text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (({}, {}), "The first, 1-TGACTCA, which"),
        (({}, GC), "The first, 1-TGACTCA, which"),
        ((GC, {}, {}), "The best that nothing else explains, 2-CACGTGAC, which"),
        ((AS_OFTEN, THIN, {}), "The best that nothing else explains, 3-GGAAGTGA, which"),
        (({"delta_auroc": 0.0, "negatives_with_site": 0.7}, {}), "The first, 1-TGACTCA, which"),
    ],
)
def test_the_conclusion_leads_with_a_motif_that_no_caveat_explains_away(changes, words):
    conclusion, text = conclusion_of(*changes)
    assert words in conclusion
    assert "beyond doubt" not in conclusion
    supported = text[text.index("What the figures support") : text.index("What they do not")]
    explained = [f"{rank}-" in supported for rank, change in enumerate(changes, start=1) if change in (GC, AS_OFTEN)]
    assert not any(explained)


@pytest.mark.parametrize(
    ("changes", "first_sentence", "lead"),
    [
        ((GC,), "The motif found is not beyond doubt: GC content explains 1-TGACTCA.", "It is 1-TGACTCA, which"),
        (
            (GC, AS_OFTEN),
            "None of the 2 motifs found is beyond doubt: held-out negatives hold 2-CACGTGAC as often, better motifs "
            "set aside; GC content explains 1-TGACTCA.",
            "The first, 1-TGACTCA, which",
        ),
        (
            (GC, THIN, RARE),
            "None of the 3 motifs found is beyond doubt: GC content explains 1-TGACTCA; the evidence for 2-CACGTGAC is "
            "thin; the held-out sequences alone do not show 3-GGAAGTGA.",
            "The one with the least against it, 2-CACGTGAC, which",
        ),
        (
            (GC, GC, GC, GC, GC),
            "GC content explains 1-TGACTCA, 2-CACGTGAC, 3-GGAAGTGA and 2 more.",
            "The first, 1-TGACTCA, which",
        ),
    ],
)
def test_when_something_speaks_against_all_motifs_the_first_sentence_says_so(changes, first_sentence, lead):
    conclusion, text = conclusion_of(*changes)
    assert first_sentence in conclusion
    assert conclusion.index("beyond doubt") < conclusion.index(lead)
    explained = all(change in (GC, AS_OFTEN) for change in changes)
    assert ("No motif is enriched beyond what something else explains." in text) == explained


def test_an_area_of_one_does_not_look_certain():
    text = Page(report_html(fake_discovery(auroc=(1.0, 0.9982, 1.0)))).text
    assert "AUROC of 1.000 (0.998–1.000)" in text


def test_evidence_that_was_not_measured_gives_no_doubt_and_no_line():
    bare = Finding(fake_findings()[0].motif, 9, 1e-9, 1e-8, 0.5, 0.1, Interval(0.7, 0.6, 0.8), 0.1, 3)
    assert motif_doubts(bare) == ()
    text = Page(report_html(fake_discovery(findings=(bare,)))).text
    text = text[text.index("What it is") : text.rindex("What to believe")]
    for words in ("Rank p", "Sufficiency", "beyond GC content", "Log2", "Best match", "nan"):
        assert words not in text, words
    assert "Centrality – not measured" in text


def test_each_line_of_the_evidence_says_what_it_means(page):
    text = page.text.replace("\u202f", " ").replace("\xa0", " ")
    for words in (
        "Source filters (11 of 3 networks) filters of the networks, merged as they show one motif; "
        "network:filter 0:0, 1:4, 2:8, 0:12, 1:16, "
        "2:20, 0:24, 1:28 and 3 more, in motifs.tsv",
        "Source filters + contributions (2 of 1 network) filters of the networks, merged as they show one "
        "motif; network:filter 1:7, 1:30; stretches of letters that contribute to the prediction",
        "Sites a sequence 0.81 against 0.09", "Sequences with a site 62% against 8.0%",
        "Log2 enrichment 2.94 (2.42–3.47) a positive holds a site 7.7 times as often as a negative",
        "Fisher p 3.0 × 10−22", "Rank p 5.0 × 10−24", "E (12 candidates) 4.2 × 10−21",
        "AUROC of the motif alone 0.79 (0.74–0.83)", "p beyond GC content 2.0 × 10−19", "Necessity: AUROC lost 0.140",
        "Sufficiency: log-odds 1.37 (1.21–1.53) when a site is planted in 250 shuffled negatives",
        "odds of a positive × 3.9",
        "Letters in random order −0.04 (−0.11 to 0.03)",
        "Centrality p 4.0 × 10−6 55% of 64 best sites lie in the central 35 bp, 22% if every place were as likely",
        "Centrality – not measured: the sequences are too short",
        "Strand p 0.31 53% of 84 sites on the forward strand",
        "Strand – no preference to measure: only one strand is read",
        "One and the same everywhere: the matrix in motifs.meme is the one that each logo shows",
    ):  # fmt: skip
        assert words in text, words


def test_a_motif_of_the_negatives_reads_as_one():
    finding = dataclasses.replace(fake_findings()[0], log2_enrichment=Interval(-2.0, -3.0, -1.0))
    text = Page(report_html(fake_discovery(findings=(finding,)))).text
    assert "−2.00 (−3.00 to −1.00) a negative holds a site 4.0 times as often as a positive" in text


def test_few_sequences_overfitting_and_warnings_are_caveats():
    found = quiet()
    few = dataclasses.replace(found, evaluation=dataclasses.replace(found.evaluation, n_positives=99))
    assert kinds(few) == ["few"]
    assert kinds(dataclasses.replace(found, audit=Audit({}, ("Odd.",)))) == ["input"]
    learnt = dataclasses.replace(found.predictions, probabilities=found.predictions.labels.astype(float))
    worse = dataclasses.replace(found.evaluation, auroc=Interval(0.85, 0.82, 0.88))
    assert kinds(dataclasses.replace(found, predictions=learnt, evaluation=worse)) == ["overfit"]


def test_a_match_needs_its_qvalue_and_to_beat_a_random_motif():
    finding = fake_findings()[0]
    poor = dataclasses.replace(finding.matches[0], qvalue=0.06)
    assert supported_match(finding)
    assert not supported_match(dataclasses.replace(finding, matches=(poor,)))
    assert not supported_match(dataclasses.replace(finding, random_pvalue=finding.matches[0].pvalue))
    assert not supported_match(dataclasses.replace(finding, matches=()))


def path(svg, style):
    """The points of the line of one style, back in data units of the unit square."""
    root = ElementTree.fromstring(svg)
    lines = [item.get("d") for item in root.iter("path") if item.get("class") == f"line {style}"]
    longest = max(lines, key=len)
    points = np.array([[float(v) for v in pair.split()] for pair in longest[1:].split("L")])
    left, top, right, bottom = Frame((0.0, 1.0), (0.0, 1.0)).box
    return (points[:, 0] - left) / (right - left), (bottom - points[:, 1]) / (bottom - top)


@given(st.integers(0, 10_000), st.sampled_from([1, 5, 1000]))
@settings(max_examples=25, deadline=None)
def test_the_areas_under_the_drawn_curves_are_the_figures(seed, levels):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(137) % 3 == 0).astype(int)
    scores = np.round(rng.normal(size=137) + labels, 6) if levels == 1000 else rng.integers(levels, size=137) / levels
    x, y = path(roc_figure(labels, scores), "a")
    assert np.trapezoid(y, x) == pytest.approx(roc_auc_score(labels, scores), abs=0.005)
    recall, precision = path(precision_recall_figure(labels, scores), "a")
    assert np.trapezoid(precision, recall) == pytest.approx(average_precision_score(labels, scores), abs=0.005)
    assert path(precision_recall_figure(labels, scores), "guide")[1] == pytest.approx(labels.mean(), abs=0.002)


def test_every_figure_is_well_formed_and_stays_in_its_picture():
    rng = np.random.default_rng(3)
    labels = np.arange(61) % 2
    history = History(np.array([0.7, 0.5, 0.4]), np.array([0.7, 0.6, 0.65]), 1)
    single = History(np.array([0.7]), np.array([0.7]), 0)
    for svg in (
        score_figure(labels, rng.uniform(size=61)), loss_figure(history, top=0.7, bottom=0.4),
        loss_figure(single, top=0.7, bottom=0.7), position_figure(rng.normal(size=17) * 30, 120.0),
        position_figure(np.empty(0), 10.0), interval_figure(Interval(0.8, 0.7, 0.9), low=0.4, no_skill=0.5, style="a"),
        interval_figure(Interval(0.8, float("nan"), float("nan")), low=0.4, no_skill=0.5, style="b"),
    ):  # fmt: skip
        root = ElementTree.fromstring(svg)
        width, height = (float(value) for value in root.get("viewBox").split()[2:])
        assert "nan" not in svg
        for item in root.iter("path"):
            numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", re.sub(r"[HVhv]-?[\d.]+", "", item.get("d")))]
            assert all(0 <= x <= width for x in numbers[::2])
            assert all(0 <= y <= height for y in numbers[1::2])


def test_sites_that_lie_evenly_are_drawn_evenly():
    positions = np.repeat(np.arange(-60, 60), 3).astype(float)
    drawing = next(item for item in ElementTree.fromstring(position_figure(positions, 61.0)).iter("path")
                   if item.get("class") == "line a")  # fmt: skip
    heights = {float(pair.split()[1]) for pair in drawing.get("d")[1:].split("L")}
    assert len(heights - {228.0 - 70.0}) <= 2  # full bins, and the last one, beyond the sites


def test_a_histogram_of_scores_is_a_share_of_its_class():
    rng = np.random.default_rng(5)
    labels = (np.arange(700) % 7 == 0).astype(int)
    probabilities = rng.uniform(size=700)
    for style, label in (("a", 1), ("b", 0)):
        x, y = path(score_figure(labels, probabilities), style)
        places = (np.arange(20) + 0.5) / 20
        heights = np.array([y[np.searchsorted(x, place) - 1] for place in places])
        expected = np.histogram(probabilities[labels == label], 20, (0, 1))[0]
        np.testing.assert_allclose(heights / heights.sum(), expected / expected.sum(), atol=0.003)


@given(st.floats(-1e6, 1e6), st.floats(1e-4, 1e6))
def test_ticks_are_round_few_and_inside(low, span):
    high = low + span
    ticks = nice_ticks(low, high)
    assert 1 <= len(ticks) <= 8
    assert all(low - 1e-6 * span <= tick <= high + 1e-6 * span for tick in ticks)
    if len(ticks) > 1:
        step = ticks[1] - ticks[0]
        np.testing.assert_allclose(np.diff(ticks), step, rtol=1e-3)
        assert step / 10 ** np.floor(np.log10(step * 1.001)) == pytest.approx(1, rel=0.01) or any(
            step / 10 ** np.floor(np.log10(step * 1.001)) == pytest.approx(round_, rel=0.01) for round_ in (2, 5)
        )


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=30))
def test_points_left_out_of_a_line_lie_on_it(points):
    frame = Frame((0.0, 6.0), (0.0, 6.0))
    x, y = np.array(points, dtype=float).T
    drawing = line(frame, x, y, "a").split('d="M')[1].removesuffix('"/>')
    drawn = np.array([[float(v) for v in pair.split()] for pair in drawing.split("L")])
    whole = np.round(np.stack([frame.across(x), frame.up(y)], axis=1), 1)
    assert (drawn[0] == whole[0]).all()
    assert (drawn[-1] == whole[-1]).all()
    length = np.hypot(*np.diff(whole, axis=0).T).sum()
    assert np.hypot(*np.diff(drawn, axis=0).T).sum() == pytest.approx(length, abs=0.05 * len(points))


def limits_of(value, *, moved=None, bound="exact"):
    """Return limits whose every figure is ``value`` on these sequences and a little more on endless ones."""

    def one(figure, kind, other):
        each = Interval(figure, figure - 0.02, figure + 0.01)
        return Limit(each, each, each, 104, 156, kind, bound, other)

    without = None if moved is None else one(moved, "these sequences", None)
    endless = one(value + 0.005, "population", without).as_dict()
    return Limits(one(value, "these sequences", without), endless)


@pytest.mark.parametrize(
    ("limits", "words", "rows"),
    [
        (limits_of(0.94), "The network goes 82% of the way from chance to the best possible on the same", 3),
        (limits_of(0.94, moved=0.81), "“Without places” is the best for a model that cannot know", 5),
        (limits_of(0.80), "more than all of it is luck with these sequences", 3),
        (limits_of(0.50), "The best possible is chance itself.", 3),
        (limits_of(0.94, bound="lower bound"), "Best possible, same sequences (lower bound) 0.940 (0.920–0.950)", 3),
    ],
)
def test_the_best_possible_stands_beside_the_network(limits, words, rows):
    page = Page(report_html(dataclasses.replace(fake_discovery(), limits=limits)))
    assert words in page.text.replace("\u202f", " ")
    assert page.text.count("The network 0.860 (0.810–0.900)") == 2
    assert len(page.all("tr")) == len(Page(report_html(fake_discovery())).all("tr")) + rows + 1
    headings = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(deeper - level <= 1 for level, deeper in pairwise(headings))


def test_without_limits_nothing_is_said_of_them(page):
    for word in ("best possible", "planted motif", "simulated"):
        assert word not in page.text


def test_each_planted_motif_is_shown_with_what_became_of_it():
    planted = tuple(fake_motif(word, name) for word, name in (("TGACTCA", "<AP1>"), ("CCCCGG", "b"), ("GATTA", "c")))
    known = Planted(planted, Recovery(("<AP1>",), ("b",), ("c",), ("2-X",), ("3-Y", "4-Z")))
    page = Page(report_html(dataclasses.replace(fake_discovery(), planted=known)))
    text = page.text.replace("\u202f", " ")
    assert "Of the 3 planted motifs, the run found 1 exactly, 1 in part and 1 not at all." in text
    assert "1 further motif stands for a planted one too. 2 motifs that were not planted were found." in text
    for row in ("TGACTCA exactly", "CCCCGG in part", "GATTA no"):
        assert row in text, row
    assert "Found more than once: 2-X." in text
    assert "Found though not planted: 3-Y and 4-Z." in text
    assert "<AP1>" in text
