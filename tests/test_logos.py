"""Logos: the drawn letters' geometry against the motif's matrices, accessibility, alignment."""

import re
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from motiflens.errors import ParameterError
from motiflens.logos import COLOURS, aligned_logo_svg, draw_logo, logo_svg
from motiflens.motifs import Motif
from motiflens.results import Match

SVG = "{http://www.w3.org/2000/svg}"
BASE_OF = {colour: base for base, colour in COLOURS.items()}


@pytest.fixture(autouse=True)
def _headless():
    matplotlib.use("Agg")


def motif_of(seed, width, name="m"):
    rng = np.random.default_rng(seed)
    return Motif(rng.dirichlet(np.full(4, 0.3), size=width).T.copy(), name)


def letters_of(svg):
    """Return (base, x, y, width, height) of each drawn letter."""
    found = []
    for path in ET.fromstring(svg).iter(f"{SVG}path"):
        if path.get("fill") in BASE_OF:
            x, y, width, height = map(float, re.findall(r"-?\d+\.?\d*", path.get("transform")))
            found.append((BASE_OF[path.get("fill")], x, y, width * 100, height * 100))
    return found


def columns_of(letters):
    """Group letters by position: a list of {base: (top, height)}, left to right."""
    places = sorted({x for _, x, *_ in letters})
    return [{base: (y, h) for base, x0, y, _, h in letters if x0 == x} for x in places]


def ticks_of(svg):
    return [text.text for text in ET.fromstring(svg).iter(f"{SVG}text")]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.sampled_from(["information", "probability"]))
def test_letters_are_as_high_as_the_matrix_says(seed, width, kind):
    motif = motif_of(seed, width)
    heights = motif.information() if kind == "information" else motif.probabilities
    plot = 300 - 24
    scale = plot / (2 if kind == "information" else 1)
    drawn = letters_of(logo_svg(motif, height=300, kind=kind))
    step = (drawn[0][3] / 0.94) if drawn else 1
    for base, x, y, w, h in drawn:
        position = int((x - 38) // step)
        assert h == pytest.approx(heights["ACGT".index(base), position] * scale, abs=0.01)
        assert 6 - 0.02 <= y <= y + h <= 6 + plot + 0.02
        assert w == pytest.approx(0.94 * step)
    assert len(drawn) == (heights * scale >= 0.25).sum()


def test_the_commonest_base_is_on_top_and_letters_touch():
    motif = Motif(np.array([[0.7, 0.0], [0.2, 0.1], [0.1, 0.1], [0.0, 0.8]]), "m")
    first, second = columns_of(letters_of(logo_svg(motif, kind="probability", height=124)))
    assert sorted(first, key=lambda base: first[base][0]) == ["A", "C", "G"]
    assert min(second, key=lambda base: second[base][0]) == "T"
    assert first["A"][0] + first["A"][1] == pytest.approx(first["C"][0], abs=0.02)
    assert first["G"][0] + first["G"][1] == pytest.approx(106, abs=0.02)


def test_axes_and_numbers():
    labels = ticks_of(logo_svg(motif_of(1, 6)))
    assert labels == ["bits", "0", "1", "2", "1", "2", "3", "4", "5", "6"]
    assert ticks_of(logo_svg(motif_of(1, 3), kind="probability"))[:4] == ["probability", "0", "0.5", "1"]
    rich = Motif(np.array([[0.0], [1.0], [0.0], [0.0]]), "m", background=(0.45, 0.05, 0.05, 0.45))
    assert ticks_of(logo_svg(rich))[:7] == ["bits", "0", "1", "2", "3", "4", "5"]
    assert letters_of(logo_svg(rich))[0][4] <= 86


def test_size_title_and_escaping():
    motif = motif_of(2, 5, name="<b>&'\"x")
    svg = logo_svg(motif, width=333, height=77)
    root = ET.fromstring(svg)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("333", "77", "0 0 333 77")
    assert root.get("role") == "img"
    assert (
        root.find(f"{SVG}title").text
        == root.get("aria-label")
        == f"Sequence logo of {motif.name}, consensus {motif.consensus}"
    )
    assert "<b>" not in svg
    assert "href" not in svg
    assert svg == logo_svg(motif, width=333, height=77)
    assert ET.fromstring(logo_svg(motif, title="t & u")).find(f"{SVG}title").text == "t & u"


def test_a_flat_motif_has_no_letters():
    flat = Motif(np.full((4, 3), 0.25), "flat")
    assert letters_of(logo_svg(flat)) == []
    assert len(letters_of(logo_svg(flat, kind="probability"))) == 12


@pytest.mark.parametrize(("offset", "strand"), [(-3, "+"), (2, "-"), (0, "+"), (5, "-")])
def test_aligned_logos_put_matched_columns_above_each_other(offset, strand):
    rng = np.random.default_rng(5)
    target = Motif(np.eye(4)[:, rng.integers(4, size=8)], "MA1.1", "FOX<1>")
    seen = target if strand == "+" else target.reverse_complement()
    columns = [seen.probabilities[:, i] if 0 <= i < 8 else np.eye(4)[0] for i in range(offset, offset + 6)]
    ours = Motif(np.array(columns).T.copy(), "1-ours")
    overlap = min(offset + 6, 8) - max(offset, 0)
    match = Match("1-ours", "MA1.1", "FOX<1>", 0.0, 0.0, 0.0, offset, overlap, strand)
    svg = aligned_logo_svg(ours, target, match)
    by_place = {}
    for base, x, y, *_ in letters_of(svg):
        by_place.setdefault(x, {})["ours" if y < 100 else "theirs"] = base
    both = [pair for pair in by_place.values() if len(pair) == 2]
    assert len(both) == overlap
    assert all(pair["ours"] == pair["theirs"] for pair in both)
    assert len(by_place) == 6 + 8 - overlap
    texts = ticks_of(svg)
    assert "1-ours" in texts
    assert "FOX<1> (MA1.1)" + (", reverse complement" if strand == "-" else "") in texts
    shade = ET.fromstring(svg).find(f"{SVG}rect")
    places = sorted(x for x, pair in by_place.items() if len(pair) == 2)
    assert float(shade.get("x")) <= places[0]
    assert float(shade.get("x")) + float(shade.get("width")) > places[-1]


@pytest.mark.parametrize("kind", ["information", "probability", "counts", "log_odds"])
def test_draw_logo(kind):
    motif = motif_of(3, 7)
    ax = Figure().subplots()
    assert draw_logo(motif, ax, kind=kind) is ax
    heights = {"information": motif.information(), "probability": motif.probabilities,
               "counts": motif.counts, "log_odds": motif.log_odds()}[kind]  # fmt: skip
    tallest = max(patch.get_extents().height for patch in ax.patches)
    pixels = ax.transData.transform([(0, 0), (0, np.abs(heights).max())])
    assert tallest == pytest.approx(pixels[1, 1] - pixels[0, 1], rel=0.02)
    assert [label.get_text() for label in ax.get_xticklabels()] == list("1234567")
    assert ax.get_ylabel()


def test_what_cannot_be_drawn_is_refused():
    motif = motif_of(4, 5)
    match = Match("m", "m", "", 0, 0, 0, 0, 5, "+")
    for options in ({"height": 24}, {"width": 40}, {"kind": "log_odds"}):
        with pytest.raises(ParameterError, match="must"):
            logo_svg(motif, **options)
    with pytest.raises(ParameterError, match="must leave room"):
        aligned_logo_svg(motif, motif, match, height=40)
    with pytest.raises(ParameterError, match="kind must be one of"):
        draw_logo(motif, Figure().subplots(), kind="letters")
