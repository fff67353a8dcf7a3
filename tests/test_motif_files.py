"""Readers and writers of motif files: hostile small files, round trips, agreement with Biopython."""

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from Bio import motifs as bio
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from motiflens.database import read_database
from motiflens.errors import InputError, OutputError
from motiflens.formats.motif_files import (
    parse_motifs,
    read_motifs,
    write_homer,
    write_jaspar,
    write_meme,
    write_transfac,
)
from motiflens.motifs import Motif, from_counts

COUNTS = np.array([[8, 0, 1, 5, 0], [1, 9, 2, 5, 0], [1, 1, 3, 0, 0], [0, 0, 4, 0, 10]], dtype=float)
ROW = "0.1 0.2 0.3 0.4"
HEAD = "MEME version 4\nALPHABET= ACGT\n"
MATRIX = "letter-probability matrix: alength= 4 w= 2 nsites= 7 E= 1e-3"


@pytest.fixture
def data() -> Path:
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the real motif files of ../shared/data")
    return folder


def text_of(write, motifs) -> str:
    stream = io.StringIO()
    write(motifs, stream)
    return stream.getvalue()


# MEME


def test_meme_last_row_ends_the_file():
    (motif,) = parse_motifs(f"{HEAD}MOTIF m\n{MATRIX}\n{ROW}\n{ROW}")
    assert motif.probabilities.tolist() == [[0.1, 0.1], [0.2, 0.2], [0.3, 0.3], [0.4, 0.4]]
    assert (motif.name, motif.alternate_name, motif.n_sites, motif.evidence) == ("m", "", 7, {"evalue": 1e-3})


def test_meme_records_without_blank_lines_between():
    text = f"{HEAD}MOTIF a x\n{MATRIX}\n{ROW}\n{ROW}\nMOTIF b\n{MATRIX}\n{ROW}\n{ROW}\nMOTIF c\n{MATRIX}\n{ROW}\n{ROW}"
    assert [(m.name, m.width) for m in parse_motifs(text)] == [("a", 2), ("b", 2), ("c", 2)]


@pytest.mark.parametrize("fields", ["alength=4 w=2 nsites=9 E=0", "w= 2 nsites=9", "nsites=9", "", "w=2\tnsites=9"])
def test_meme_fields_in_any_spelling(fields):
    (motif,) = parse_motifs(f"{HEAD}MOTIF m\nletter-probability matrix: {fields}\n{ROW}\n{ROW}\nURL http://x\n")
    assert motif.width == 2
    assert motif.n_sites == (9 if fields else 20)


def test_meme_rows_may_begin_as_any_number_does():
    (motif,) = parse_motifs(f"{HEAD}MOTIF m\nletter-probability matrix:\n1e-1 0.2 0.3 0.4\n.1 0.2 0.3 0.4\n+0 0 1 0\n")
    assert motif.width == 3


def test_zero_sites_are_an_unknown_number_of_sites():
    """Several programs write ``nsites= 0`` for motifs whose sites they do not know."""
    (motif,) = parse_motifs(f"{HEAD}MOTIF m\nletter-probability matrix: alength= 4 w= 1 nsites= 0 E= 0\n{ROW}")
    assert motif.n_sites == 20


@pytest.mark.parametrize("n_sites", [1, 10**15])
def test_the_most_sites_are_written_and_read(n_sites):
    motif = Motif(COUNTS / COUNTS.sum(axis=0), "m", n_sites=n_sites)
    for write in (write_meme, write_homer):
        assert parse_motifs(text_of(write, [motif]))[0].n_sites == n_sites


def test_meme_windows_line_ends_comments_urls_and_spaced_names():
    text = f"{HEAD}# note\n\nMOTIF MA1.1 Zinc finger X\n\n{MATRIX}\n\n {ROW}\n {ROW} \nURL http://x/1\n\n# end\n"
    (motif,) = parse_motifs(text.replace("\n", "\r\n"))
    assert (motif.name, motif.alternate_name, motif.width) == ("MA1.1", "Zinc finger X", 2)


def test_meme_background_and_its_default():
    body = f"MOTIF m\n{MATRIX}\n{ROW}\n{ROW}\n"
    text = f"{HEAD}Background letter frequencies (from file x):\nA 0.30 C 0.2 G 0.2 T 0.30\n{body}"
    assert parse_motifs(text)[0].background == pytest.approx((0.3, 0.2, 0.2, 0.3))
    assert parse_motifs(HEAD + body)[0].background == (0.25, 0.25, 0.25, 0.25)


FULL_TEXT = """********************************************************************************
MEME - Motif discovery tool
********************************************************************************
MEME version 5.5.7 (Release date: Wed Jun 19 13:59:04 2024 -0700)
ALPHABET= ACGT
Letter frequencies in dataset:
A 0.3 C 0.2 G 0.2 T 0.3
Background letter frequencies (from file dataset with add-one prior applied):
A 0.31 C 0.19 G 0.19 T 0.31
********************************************************************************
MOTIF TGACTCA MEME-1\twidth =   2  sites =  18  llr = 196  p-value = 9.9e-028  E-value = 1.5e-021
********************************************************************************
\tMotif TGACTCA MEME-1 Description
Simplified        A  :1
pos.-specific     C  2:
\tMotif TGACTCA MEME-1 sites sorted by position p-value
Sequence name            Strand  Start   P-value                Site
seq1                          +     10  1.56e-06 GCATTCTAAG TG TTACAGCTTA
BL   MOTIF TGACTCA width=2 seqs=1
seq1  (   10) TG  1
\tMotif TGACTCA MEME-1 position-specific scoring matrix
log-odds matrix: alength= 4 w= 2 n= 90 bayes= 6.5 E= 1.5e-021
  -1081   -120    -20    160
   -120    100   -500     20
\tMotif TGACTCA MEME-1 position-specific probability matrix
letter-probability matrix: alength= 4 w= 2 nsites= 18 E= 1.5e-021
 0.100000  0.200000  0.300000  0.400000
 0.400000  0.300000  0.200000  0.100000
--------------------------------------------------------------------------------
SUMMARY OF MOTIFS
SEQUENCE NAME            COMBINED P-VALUE  MOTIF DIAGRAM
seq1                             1.20e-05  9_[+1(1.56e-06)]_20
"""


def test_meme_full_text_skips_log_odds():
    (motif,) = parse_motifs(FULL_TEXT)
    assert (motif.name, motif.alternate_name, motif.n_sites) == ("TGACTCA", "MEME-1", 18)
    assert motif.evidence["evalue"] == pytest.approx(1.5e-21)
    assert motif.probabilities[:, 1] == pytest.approx([0.4, 0.3, 0.2, 0.1])
    assert motif.background == pytest.approx((0.31, 0.19, 0.19, 0.31))


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        (f"{HEAD}MOTIF m\n{MATRIX}\n{ROW}", 4, "2 rows"),
        (f"{HEAD}MOTIF m\n{MATRIX}\n{ROW}\nMOTIF n", 4, "w= 2 rows.* Got 1 before 'MOTIF n'"),
        (f"{HEAD}MOTIF m\n{MATRIX}\n{ROW}\nx 0.2 0.3 0.4", 4, "w= 2 rows.* Got 1 before 'x 0.2"),
        (f"{HEAD}MOTIF m\n{MATRIX}\n{ROW}\n0.1 x 0.3 0.4", 6, "expected numbers"),
        (f"{HEAD}MOTIF m\n{MATRIX}\n{ROW}\n\n{ROW}\n{ROW}\nURL x", 4, "w= 2 rows.* Got 3 before 'URL x'"),
        (f"{HEAD}MOTIF m\nletter-probability matrix: w= 1\n{ROW}\n{ROW}", 4, "w= 1 rows.* Got 2 before the end"),
        (f"{HEAD}MOTIF m\nletter-probability matrix:\nURL x", 4, "at least 1 rows.* Got 0 before 'URL x'"),
        (f"{HEAD}MOTIF m\nletter-probability matrix:\n{ROW}\n-0.1 0.2 0.4 0.5", 6, ">= 0"),
        (f"{HEAD}MOTIF m\nletter-probability matrix:\n{ROW}\nnan 0.2 0.4 0.4", 6, "finite"),
        (f"{HEAD}MOTIF m\n{MATRIX}\n{ROW} 0.5\n{ROW}", 5, "4 probabilities"),
        (f"{HEAD}MOTIF m\n{MATRIX}\n{ROW}\n0.1 0.2 0.3 0.9", 6, "sum to 1"),
        (f"{HEAD}MOTIF m\n{MATRIX}\n{ROW}\n0.1 nan 0.3 0.4", 6, "finite"),
        (f"{HEAD}MOTIF m\n{MATRIX}\n{ROW}\n0.1 -0.2 0.3 0.8", 6, ">= 0"),
        (f"{HEAD}MOTIF m\nletter-probability matrix: alength= 20 w= 1\n{ROW}", 4, "alength"),
        *[
            (f"{HEAD}MOTIF m\nletter-probability matrix: w= {width}\n{ROW}\n{ROW}", 4, "whole number of rows.* w=")
            for width in ("x", "inf", "nan", "2.5", "0", "-2", "1e400", "9" * 5000)
        ],
        *[
            (f"{HEAD}MOTIF m\nletter-probability matrix: w= 1 nsites= {n}\n{ROW}", 4, "sites .* nsites=")
            for n in ("inf", "nan", "-5", "1e300", "2e15", "x", "1" * 400)
        ],
        (f"{HEAD}MOTIF m\nletter-probability matrix: w= 1 E= nan\n{ROW}", 4, "E="),
        (f"{HEAD}{MATRIX}\n{ROW}\n{ROW}", 3, "MOTIF name"),
        (f"{HEAD}MOTIF\n{MATRIX}\n{ROW}\n{ROW}", 3, "MOTIF name"),
        (f"{HEAD}MOTIF m\nMOTIF n\n{MATRIX}\n{ROW}\n{ROW}", 3, "'m' has no"),
        (f"{HEAD}MOTIF m\nlog-odds matrix: w= 1\n1 2 3 4\n", 3, "'m' has no"),
        ("MEME version 4\nALPHABET= ACDEFGHIKLMNPQRSTVWY\n", 2, "DNA"),
        (f"{HEAD}Background letter frequencies", 3, "background"),
    ],
)
def test_meme_errors_name_file_and_line(text, line, complaint):
    with pytest.raises(InputError, match=rf"^x\.meme:{line}: .*{complaint}") as caught:
        parse_motifs(text, source="x.meme")
    assert "\n" not in str(caught.value)


def test_write_meme_exactly():
    motif = Motif(np.array([[1 / 3, 0], [1 / 3, 0.25], [1 / 3, 0.25], [0, 0.5]]), "my motif", "f", n_sites=12.4,
                  evidence={"evalue": 1.25e-7})  # fmt: skip
    assert text_of(write_meme, [motif]) == (
        "MEME version 5\n\nALPHABET= ACGT\n\nstrands: + -\n\nBackground letter frequencies\n"
        "A 0.250000 C 0.250000 G 0.250000 T 0.250000\n\nMOTIF my_motif f\n"
        "letter-probability matrix: alength= 4 w= 2 nsites= 12 E= 1.25e-07\n"
        " 0.333334  0.333333  0.333333  0.000000\n 0.000000  0.250000  0.250000  0.500000\n"
    )


def test_no_motifs_is_a_valid_meme_file():
    assert parse_motifs(text_of(write_meme, [])) == []


weights = arrays(float, st.tuples(st.just(4), st.integers(1, 9)), elements=st.floats(0.001, 1000))


@settings(max_examples=60, deadline=None)
@given(weights, st.integers(1, 10**6))
def test_meme_round_trip(counts, n_sites):
    motif = Motif(counts / counts.sum(axis=0), "m-1", "f", (0.3, 0.2, 0.1, 0.4), float(n_sites))
    text = text_of(write_meme, [motif, motif])
    first, second = parse_motifs(text)
    assert np.abs(first.probabilities - motif.probabilities).max() < 2e-6
    assert (first.name, first.alternate_name, first.n_sites) == ("m-1", "f", n_sites)
    assert first.background == pytest.approx(motif.background)
    assert text_of(write_meme, [first, second]) == text
    cells = [[int(x.replace(".", "")) for x in line.split()] for line in text.splitlines() if line.startswith(" ")]
    assert {sum(row) for row in cells} == {10**6}


# JASPAR and plain matrices


@pytest.mark.parametrize(
    "text",
    [
        ">m f g\nA  [ 8 0 1 5 0 ]\nC  [ 1 9 2 5 0 ]\nG  [ 1 1 3 0 0 ]\nT  [ 0 0 4 0 10 ]",
        ">m f g\nA [8 0 1 5 0]\nC [1 9 2 5 0]\nG [1 1 3 0 0]\nT [0 0 4 0 10]\n",
        ">m f g\nA 8 0 1 5 0\nC 1 9 2 5 0\nG 1 1 3 0 0\nT 0 0 4 0 10",
        ">m f g\r\na | 8 0 1 5 0\r\nt | 0 0 4 0 10\r\ng | 1 1 3 0 0\r\nc | 1 9 2 5 0\r\n",
        "# c\n>m f g\n8 0 1 5 0\n1 9 2 5 0\n1 1 3 0 0\n0 0 4 0 10",
        ">m f g\n8\t1\t1\t0\n0\t9\t1\t0\n1\t2\t3\t4\n5\t5\t0\t0\n0\t0\t0\t10\n",
    ],
)
def test_jaspar_in_every_dress(text):
    (motif,) = parse_motifs(text)
    assert (motif.name, motif.alternate_name, motif.n_sites) == ("m", "f g", 10)
    assert np.allclose(motif.counts, COUNTS)


def test_headless_pfm_is_named_after_its_file(tmp_path):
    path = tmp_path / "MA0004.pfm"
    path.write_text("8 0 1 5 0\n1 9 2 5 0\n1 1 3 0 0\n0 0 4 0 10\n")
    (motif,) = read_motifs(path)
    assert motif.name == "MA0004"
    assert np.allclose(motif.counts, COUNTS)


def test_square_matrix_follows_the_rest_of_its_file():
    square = ">s\n1 2 3 4\n4 3 2 1\n10 0 0 0\n0 0 5 5\n"
    by_position = parse_motifs(square + ">m\n8 1 1 0\n0 9 1 0\n1 2 3 4\n5 5 0 0\n0 0 0 10")
    by_base = parse_motifs(">m\n8 0 1 5 0\n1 9 2 5 0\n1 1 3 0 0\n0 0 4 0 10\n" + square.replace("0 0 5 5", "1 1 5 5"))
    alone = parse_motifs(square)
    assert by_position[0].probabilities[:, 0] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert by_base[1].probabilities[:, 0] == pytest.approx([1 / 16, 4 / 16, 10 / 16, 1 / 16])
    assert alone[0].probabilities[:, 0] == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_probabilities_are_not_taken_for_counts():
    (motif,) = parse_motifs(">m\n0.1 0.2 0.3 0.4\n0.25 0.25 0.25 0.25\n0.0 1.0 0.0 0.0")
    assert (motif.n_sites, motif.width) == (20, 3)


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        (">m\nA [ 1 2 ]\nC [ 1 2 ]\nG [ 1 2 ]", 1, "one row for each"),
        (">m\nA [ 1 2 ]\nA [ 1 2 ]\nG [ 1 2 ]\nT [ 1 2 ]", 1, "one row for each"),
        (">m\nA [ 1 2 ]\nC [ 1 ]\nG [ 1 2 ]\nT [ 1 2 ]", 1, "one length"),
        (">m\nA [ 0 2 ]\nC [ 0 2 ]\nG [ 0 2 ]\nT [ 0 2 ]", 1, "positive total"),
        (">m\n>n\nA [ 1 ]\nC [ 1 ]\nG [ 1 ]\nT [ 1 ]", 1, "rows of counts below motif 'm'. Got none"),
        (">seq1 first\n>seq2\n", 1, "rows of counts below motif 'seq1'. Got none"),
        (">\nA [ 1 ]\nC [ 1 ]\nG [ 1 ]\nT [ 1 ]", 1, "name"),
        (">m\nA [ 1 x ]\nC [ 1 ]\nG [ 1 ]\nT [ 1 ]", 2, "numbers"),
        (">seq1\nACGTACGTAGCATCGACTACG\n", 2, "numbers"),
        (">m\n1 2 3\n1 2 3\n1 2 3\n", 1, "4 rows"),
        (">m\n1e400 2\n1 2\n1 2\n1 1", 2, "finite"),
        (">m\n1 2\n1 2\n1e308 2\n1e308 1", 4, r"at most 1e\+15"),
        ("# x\n>m\n9e14 2\n1 2\n1 2\n9e14 1", 2, r"total of at most 1e\+15 sites. Got 1.8e\+15"),
    ],
)
def test_jaspar_errors_name_file_and_line(text, line, complaint):
    with pytest.raises(InputError, match=rf"^x\.pfm:{line}: .*{complaint}"):
        parse_motifs(text, source="x.pfm")


# TRANSFAC


def test_transfac_columns_follow_the_header():
    rows = "01 8 0 1 1 A\n02 0 0 1 9 C\n03 1 4 3 2 N\n04 5 0 0 5 M\n05 0 10 0 0 T\n"
    text = "VV  x 1.0\nXX\n//\nAC  M1\nXX\nID  V$F_01\nNA  Fact or\nP0  A  T  G  C\n" + rows + "XX\n//\n"
    (motif,) = parse_motifs(text)
    assert np.allclose(motif.counts, COUNTS)
    assert (motif.name, motif.alternate_name) == ("M1", "Fact or")


def test_transfac_last_record_needs_no_terminator():
    text = "AC M1\nID f\nPO\tA\tC\tG\tT\n01\t1.0\t2.0\t3.0\t4.0\nXX\n//\nAC M2\nPO A C G T\r\n1 4 3 2 1"
    first, second = parse_motifs(text)
    assert (first.name, first.alternate_name, first.width) == ("M1", "f", 1)
    assert (second.name, second.alternate_name) == ("M2", "")
    assert second.probabilities[:, 0] == pytest.approx([0.4, 0.3, 0.2, 0.1])


def test_transfac_fields_may_follow_the_rows_and_remarks_hold_numbers():
    text = "AC x\nP0 A C G T\n01 1 2 3 4\n\n# remark\n02 4 3 2 1\nxx\nBF  T01 2 3 4 5\nCC 1 2 3 4\nRN [1]\nXX\n//\n"
    assert [motif.width for motif in parse_motifs(text)] == [2]


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("AC x\nP0 A C G\n01 1 2 3\n", 2, "A, C, G and T"),
        ("AC x\nP0 A C G T\n01 1 2 3\n", 3, "each base"),
        ("AC x\n01 1 2 3 4\n", 2, "PO line"),
        ("AC x\nP0 A C G T\n//\n", 2, "rows"),
        ("XX\nP0 A C G T\n01 1 2 3 4", 2, "name"),
        ("AC x\nP0 A C G T\n01 0 0 0 0\n", 2, "positive"),
        ("AC x\nP0 A C G T\n01 1e308 0 0 1e308\n", 3, "at most"),
        *[
            (f"AC x\nP0 A C G T\n01 1 2 3 4\n{tag} 1 2 3 4\n03 4 3 2 1\nXX\n//", 4, f"its position.* Got '{tag} 1")
            for tag in ("xx", "XX", "1e5", "1.5", "-2", "O2", "AB", "x", "0x3")
        ],
        ("AC x\nP0 A C G T\n01 1 2 3 4\nxx 1 2 oops 4\n03 4 3 2 1\n", 4, "its position"),
        ("AC x\nP0 A C G T\n01 1 2 3 4\nXX 1 2 oops 4\n03 4 3 2 1\n", 4, "its position"),
        ("AC x\nP0 A C G T\n01 1 2 3 4\nXX\n1e5 1 2 3 4\n//\n", 5, "its position"),
    ],
)
def test_transfac_errors_name_file_and_line(text, line, complaint):
    with pytest.raises(InputError, match=rf"^x\.tf:{line}: .*{complaint}"):
        parse_motifs(text, source="x.tf")


# HOMER


def test_homer():
    text = (
        ">ASTT\tELF1(ETS)/Jurkat ChIP/Homer\t6.18\t-23.5\t0\tT:173.0(44.3%),B:21.5(5.8%),P:1e-10\n"
        "0.7 0.1 0.1 0.1\n0.1\t0.4\t0.4\t0.1\n>NN\tx\t1e0\n0.25 0.25 0.25 0.25\n"
    )
    first, second = parse_motifs(text)
    assert (first.name, first.alternate_name) == ("ELF1(ETS)/Jurkat ChIP/Homer", "ELF1(ETS)")
    assert first.evidence == {"log_odds_threshold": 6.18, "log_pvalue": -23.5}
    assert (first.n_sites, first.width, second.n_sites, second.name) == (173, 2, 20, "x")
    assert first.probabilities[:, 1] == pytest.approx([0.1, 0.4, 0.4, 0.1])


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        (">A\tx\t1\n0.5 0.5\n", 2, "4 probabilities"),
        (">A\tx\t1\n>B\ty\t2\n1 0 0 0", 1, "at least one row"),
        (">A\tx\t1\n1 0 0 0\n>B\n", 3, "consensus<TAB>name<TAB>threshold"),
        (">A\tx\t1\n1 0 0 0\n0.5 0.3 0.3 0\n", 3, "sum to 1"),
        (">A\tx\t1\n0.5 0.3 0.1 0\n", 2, "sum to 1"),
        (">A\tx\t1\n8 1 1 0\n", 2, "sum to 1"),
        *[
            (f">A\tx\t{number}\n1 0 0 0\n", 1, "finite number as log odds threshold")
            for number in ("nan", "inf", "-Infinity", "1e400", "1.2.3", "9" * 400)
        ],
        (">A\tx\t1\n1 0 0 0\n>B\ty\tNaN\t-2\n1 0 0 0\n", 3, "finite number as log odds threshold"),
        (">A\tx\t1\t-inf\n1 0 0 0\n", 1, "finite number as log pvalue"),
        *[
            (f">A\tx\t1\t-2\t0\tT:{number}(4%)\n1 0 0 0\n", 1, "number of sites .* T:")
            for number in ("1e300", "inf", "nan", "-3", "x", "1" * 400)
        ],
    ],
)
def test_homer_errors_name_file_and_line(text, line, complaint):
    with pytest.raises(InputError, match=rf"^x\.motif:{line}: .*{complaint}"):
        parse_motifs(text, source="x.motif")


def test_homer_rows_may_be_rounded_and_names_may_hold_anything():
    (motif,) = parse_motifs(">AS\tT:box(Tbx)/T:9/Homer\t6.1\tbest\t0\tT:1e3\n0.997 0.001 0.001 0\n0 0.5 0.51 0\n")
    assert (motif.name, motif.alternate_name, motif.n_sites) == ("T:box(Tbx)/T:9/Homer", "T:box(Tbx)", 1000)
    assert motif.evidence == {"log_odds_threshold": 6.1}


@pytest.mark.parametrize(
    ("name", "factor", "field", "read"),
    [
        ("MA0139.2", "CTCF", "CTCF/MA0139.2/motiflens", ("MA0139.2", "CTCF")),
        ("MA1.1", "FOS::JUN", "FOS::JUN/MA1.1/motiflens", ("MA1.1", "FOS::JUN")),
        ("MA1.1", "", "MA1.1", ("MA1.1", "")),
        ("my motif", "Zinc finger", "Zinc_finger/my_motif/motiflens", ("my_motif", "Zinc_finger")),
        ("ELF1(ETS)/Jurkat/Homer", "ELF1(ETS)", "ELF1(ETS)/Jurkat/Homer", ("ELF1(ETS)/Jurkat/Homer", "ELF1(ETS)")),
        ("ELF1(ETS)/Jurkat/Homer", "ETS", "ELF1(ETS)/Jurkat/Homer", ("ELF1(ETS)/Jurkat/Homer", "ELF1(ETS)")),
        ("MA1.1", "Etv1/4/5", "Etv1/4/5/MA1.1/motiflens", ("MA1.1", "Etv1/4/5")),
        ("CTCF/motiflens", "CTCF", "CTCF/motiflens", ("CTCF/motiflens", "CTCF")),
    ],
)
def test_homer_second_names_stand_before_the_name(name, factor, field, read):
    text = text_of(write_homer, [from_counts(COUNTS, name, alternate_name=factor)])
    assert text.split("\t")[1] == field
    (motif,) = parse_motifs(text)
    assert (motif.name, motif.alternate_name) == read
    assert text_of(write_homer, [motif]).split("\t")[1] == field


def test_every_jaspar_name_survives_in_homer():
    motifs = read_database("jaspar:all")
    again = parse_motifs(text_of(write_homer, motifs))
    names = [(motif.name, "_".join(motif.alternate_name.split())) for motif in motifs]
    assert [(motif.name, motif.alternate_name) for motif in again] == names


# All formats


@pytest.mark.parametrize(
    ("write", "tolerance"), [(write_meme, 2e-6), (write_jaspar, 1e-4), (write_transfac, 1e-4), (write_homer, 2e-6)]
)
@settings(max_examples=25, deadline=None)
@given(counts=weights)
def test_every_writer_is_read_back(write, tolerance, counts):
    motifs = [from_counts(counts, "a b", alternate_name="f"), from_counts(COUNTS, "second")]
    text = text_of(write, motifs)
    again = parse_motifs(text)
    assert [(motif.name, motif.alternate_name) for motif in again] == [("a_b", "f"), ("second", "")]
    for motif, read in zip(motifs, again, strict=True):
        assert np.abs(motif.probabilities - read.probabilities).max() <= tolerance * max(1.0, 1 / motif.n_sites)
    assert text_of(write, motifs) == text


def test_whole_counts_stay_whole():
    assert "A  [  8  0  1  5  0 ]\n" in text_of(write_jaspar, [from_counts(COUNTS, "m")])


def test_biopython_reads_what_we_write():
    ours = [from_counts(COUNTS, "m1", alternate_name="f1"), from_counts(COUNTS[:, :3] + 1, "m2")]
    for write, name in [(write_jaspar, "jaspar"), (write_meme, "minimal"), (write_transfac, "transfac")]:
        theirs = list(bio.parse(io.StringIO(text_of(write, ours)), name))
        assert len(theirs) == 2
        for a, b in zip(ours, theirs, strict=True):
            counts = np.array([b.counts[base] for base in "ACGT"], dtype=float)
            assert np.allclose(a.probabilities, counts / counts.sum(axis=0), atol=1e-4)


def test_gzip_by_content_and_paths(tmp_path):
    motifs = [from_counts(COUNTS, "m")]
    plain, packed = tmp_path / "out.txt", tmp_path / "packed"
    write_meme(motifs, plain)
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_motifs(str(packed))[0].consensus == read_motifs(plain)[0].consensus
    packed.write_bytes(packed.read_bytes()[:40])
    with pytest.raises(InputError, match="whole gzip"):
        read_motifs(packed)
    with pytest.raises(InputError, match=r"absent\.meme: No such file"):
        read_motifs(tmp_path / "absent.meme")
    with pytest.raises(InputError, match="Is a directory"):
        read_motifs(tmp_path)
    with pytest.raises(OutputError, match="Cannot write"):
        write_meme(motifs, tmp_path / "no" / "out.meme")


@pytest.mark.parametrize("text", ["", "\n\n", "hello world", "\x00\xff", "chr1\t10\t20\n", "{}"])
def test_unknown_content_lists_what_is_known(text):
    with pytest.raises(InputError, match="expected motifs in MEME, JASPAR, TRANSFAC or HOMER"):
        parse_motifs(text)


PARTS = [*"ACGT>0129.-\t []=", "\n", "MOTIF m", "\nP0 A C G T", "AC x", MATRIX, ROW, HEAD, "//", "inf", "nan", "e308",
         "letter-probability matrix: w=", "nsites=", ">A\tx\t", "\tT:"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PARTS)))
def test_any_text_is_read_or_refused(parts):
    try:
        motifs = parse_motifs("".join(parts))
    except InputError as error:
        motifs = []
        message = str(error)
    else:
        message = ""
    assert "\n" not in message
    assert all(motif.name for motif in motifs)


# From any format to any other


WRITERS = {"meme": write_meme, "jaspar": write_jaspar, "transfac": write_transfac, "homer": write_homer}
CHAINS = [(there, back) for there in WRITERS for back in WRITERS]


def some_motifs(seed):
    """Motifs of counts and of probabilities, of a zero column share, of one site and of thousands."""
    rng = np.random.default_rng(seed)
    counted = from_counts(rng.multinomial(37, rng.dirichlet([0.4] * 4), size=7).T, "counted-1.2")
    few = Motif(rng.dirichlet([0.3] * 4, size=5).T, "few", n_sites=2)
    many = Motif(rng.dirichlet([0.3] * 4, size=11).T, "many", "Factor", n_sites=54321)
    sharp = Motif(np.eye(4)[:, [0, 3, 3, 1]], "sharp", n_sites=20)
    return [counted, few, many, sharp]


@pytest.mark.parametrize(("first", "second"), CHAINS)
@pytest.mark.parametrize("seed", [0, 1])
def test_probabilities_survive_a_chain_of_formats_to_six_decimals(first, second, seed):
    motifs = some_motifs(seed)
    once = parse_motifs(text_of(WRITERS[first], motifs))
    twice = parse_motifs(text_of(WRITERS[second], once))
    again = parse_motifs(text_of(WRITERS[first], twice))
    for motif, *others in zip(motifs, once, twice, again, strict=True):
        for other in others:
            assert np.abs(other.probabilities - motif.probabilities).max() < 2e-6
            assert other.n_sites == pytest.approx(motif.n_sites, rel=1e-5)
            assert (other.name, other.alternate_name) == (motif.name, motif.alternate_name)
    if first in ("jaspar", "transfac"):
        return  # counts have more than six decimals of a probability
    assert text_of(write_meme, once) == text_of(write_meme, again)


@pytest.mark.parametrize("write", WRITERS.values())
def test_second_names_survive(write):
    motifs = [from_counts(COUNTS, "MA1.1", alternate_name="FOS::JUN"), from_counts(COUNTS + 1, "MA2.1")]
    assert [m.alternate_name for m in parse_motifs(text_of(write, motifs))] == ["FOS::JUN", ""]


def test_a_background_survives_in_meme_alone():
    motif = Motif(COUNTS / COUNTS.sum(axis=0), "m", background=(0.1, 0.2, 0.3, 0.4))
    for name, write in WRITERS.items():
        (read,) = parse_motifs(text_of(write, [motif]))
        assert read.background == (pytest.approx(motif.background) if name == "meme" else (0.25,) * 4)


def test_counts_with_unequal_columns_keep_their_probabilities():
    counts = np.array([[5, 0, 100], [5, 1, 0], [0, 1, 0], [0, 0, 0]], dtype=float)
    for write in WRITERS.values():
        (read,) = parse_motifs(text_of(write, [from_counts(counts, "m")]))
        assert np.abs(read.probabilities - counts / counts.sum(axis=0)).max() < 2e-6
        assert read.n_sites == 100


@pytest.mark.parametrize("write", [write_jaspar, write_transfac])
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 9999), most=st.integers(2, 5000))
def test_counts_stay_whole_where_columns_have_unequal_totals(write, seed, most):
    """Other programs refuse counts that are not whole."""
    rng = np.random.default_rng(seed)
    totals = rng.integers(max(1, most - 9), most + 1, size=8)
    counts = np.array([rng.multinomial(total, rng.dirichlet([0.5] * 4)) for total in totals]).T.astype(float)
    text = text_of(write, [from_counts(counts, "m")])
    assert "." not in text
    (read,) = parse_motifs(text)
    assert np.abs(read.probabilities - counts / counts.sum(axis=0)).max() < 1e-9
    assert read.n_sites == max(totals)


def test_jaspar_is_written_in_whole_counts_and_read_back():
    motifs = read_database("jaspar:fungi")
    text = text_of(write_jaspar, motifs)
    assert text.count(".") == sum(m.name.count(".") + m.alternate_name.count(".") for m in motifs)
    for mine, read in zip(motifs, parse_motifs(text), strict=True):
        assert (mine.name, mine.alternate_name, mine.n_sites) == (read.name, read.alternate_name, read.n_sites)
        assert np.abs(mine.probabilities - read.probabilities).max() < 1e-9


# Other programs


@pytest.mark.parametrize("seed", [0, 3])
def test_memelite_reads_what_we_write(tmp_path, seed):
    read_meme = pytest.importorskip("memelite.io").read_meme
    motifs = some_motifs(seed)
    write_meme(motifs, tmp_path / "m.meme")
    theirs = read_meme(str(tmp_path / "m.meme"))
    assert [name.split()[0] for name in theirs] == [motif.name for motif in motifs]
    for motif, matrix in zip(motifs, theirs.values(), strict=True):
        assert np.abs(np.asarray(matrix) - motif.probabilities).max() < 2e-6


@pytest.mark.parametrize("their_format", ["jaspar", "pfm", "transfac"])
def test_what_biopython_writes_is_read(their_format):
    ours = [from_counts(COUNTS, "MA0001.1"), from_counts(COUNTS[:, 1:] + 2, "MA0002.1")]
    theirs = (
        bio.parse(io.StringIO(text_of(write_transfac, ours)), "transfac", strict=False)
        if their_format == "transfac"
        else bio.parse(io.StringIO(text_of(write_jaspar, ours)), "jaspar")
    )
    read = [parsed for motif in theirs for parsed in parse_motifs(bio.write([motif], their_format))]
    assert [motif.width for motif in read] == [5, 4]
    for a, b in zip(ours, read, strict=True):
        assert np.allclose(a.counts, b.counts)
    if their_format != "pfm":  # which has no names
        assert [motif.name for motif in read] == ["MA0001.1", "MA0002.1"]


# What files suffer on their way


@pytest.mark.parametrize("name", list(WRITERS))
@pytest.mark.parametrize("harm", [
    lambda data: data.replace(b"\n", b"\r\n"), lambda data: data.replace(b"\n", b"\r"),
    lambda data: b"\xef\xbb\xbf" + data, gzip.compress, lambda data: data.rstrip(),
    lambda data: b"\n\n" + data + b"\n\n \n",
    lambda data: b"# made by hand\n#\n" + data, lambda data: gzip.compress(data[:90]) + gzip.compress(data[90:]),
], ids=["crlf", "cr", "bom", "gzip", "no last newline", "blank lines", "comments", "two gzip members"])  # fmt: skip
def test_a_file_means_the_same_however_it_came(tmp_path, name, harm):
    motifs = [from_counts(COUNTS, "first"), from_counts(COUNTS[:, :3] + 1, "second")]
    path = tmp_path / "file"
    path.write_bytes(harm(text_of(WRITERS[name], motifs).encode()))
    read = read_motifs(path)
    assert [motif.name for motif in read] == ["first", "second"]
    for a, b in zip(motifs, read, strict=True):
        assert np.abs(a.probabilities - b.probabilities).max() < 2e-6


@pytest.mark.parametrize("text", [
    "MEME version 4\nALPHABET= ACGU\nBackground letter frequencies\nA 0.1 C 0.2 G 0.3 U 0.4\nMOTIF m\n"
    "letter-probability matrix: alength= 4 w= 1\n0.1 0.2 0.3 0.4\n",
    ">m\nA [1]\nC [2]\nG [3]\nU [4]\n", ">m\nu [4]\nc [2]\ng [3]\na [1]\n",
    "AC m\nP0 A C G U\n1 1 2 3 4\n//\n", "po\tu\tg\tc\ta\n1\t4\t3\t2\t1\n",
], ids=["meme", "jaspar", "lower case", "transfac", "table"])  # fmt: skip
def test_u_is_t(text):
    (motif,) = parse_motifs(text)
    assert motif.probabilities[:, 0] == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_motifs_of_one_name_are_all_read():
    for write in WRITERS.values():
        read = parse_motifs(text_of(write, [from_counts(COUNTS, "same"), from_counts(COUNTS[:, :2] + 1, "same")]))
        assert [(motif.name, motif.width) for motif in read] == [("same", 5), ("same", 2)]


@pytest.mark.parametrize("name", list(WRITERS))
def test_a_file_that_breaks_off_is_refused_or_gives_whole_motifs(name):
    motifs = [from_counts(COUNTS, "first"), from_counts(COUNTS + 1, "second")]
    text = text_of(WRITERS[name], motifs)
    refused = 0
    for end in range(len(text)):
        try:
            read = parse_motifs(text[:end])
        except InputError:
            refused += 1
            continue
        assert len(read) <= 2
        if name in ("meme", "jaspar"):  # both say how large a matrix is; the others end where they end
            assert all(motif.width == 5 for motif in read)
    assert refused > len(text) / 4


# Tables with a column a base


@pytest.mark.parametrize("text", [
    "Pos\tA\tC\tG\tT\n1\t8\t1\t1\t0\n2\t0\t9\t1\t0\n3\t1\t2\t3\t4\n4\t5\t5\t0\t0\n5\t0\t0\t0\t10\n",
    "# a note\n#\npos T G C A\n0 0 1 1 8\n1 0 1 9 0\n2 4 3 2 1\n3 0 0 5 5\n4 10 0 0 0",
    "A,C,G,T\n8,1,1,0\n0,9,1,0\n1,2,3,4\n5,5,0,0\n0,0,0,10\n",
])  # fmt: skip
def test_tables_with_a_column_a_base(tmp_path, text):
    path = tmp_path / "M00123_2.00.txt"
    path.write_text(text)
    (motif,) = read_motifs(path)
    assert (motif.name, motif.n_sites) == ("M00123_2.00", 10)
    assert np.allclose(motif.counts, COUNTS)


@pytest.mark.parametrize(("text", "line", "complaint"), [
    ("pos A C G T\n1 1 2 3\n", 2, "a number for each"), ("pos A C G T\n1 1 2 3 -4\n", 2, ">= 0"),
    ("pos A C G T\n1 1 2 3 x\n", 2, "numbers"), ("pos A C G T\n", 1, "row"),
    ("A C G T\n1 2 3 4\n0 0 0 0\n", 1, "positive"),
])  # fmt: skip
def test_errors_of_tables_name_file_and_line(text, line, complaint):
    with pytest.raises(InputError, match=rf"^x\.txt:{line}: .*{complaint}"):
        parse_motifs(text, source="x.txt")


def test_a_sequence_in_place_of_a_motif_is_told_apart():
    with pytest.raises(InputError, match="looks like a sequence"):
        parse_motifs(">chr1\nACGTACGTAGCATCGACTACG\n")


# Real files, against Biopython


REAL = [
    ("jaspar/JASPAR2026_CORE_fungi_latest.derived.jaspar.gz", "jaspar", 193),
    ("jaspar/JASPAR2026_CORE_fungi_latest.derived.meme.gz", "minimal", 193),
    ("jaspar/jaspar_2024_consensus.meme.gz", "minimal", 182),
    ("jaspar/JASPAR2024_CORE_fungi_nonredundant_transfac.txt.gz", "transfac", 178),
    ("hocomoco/HOCOMOCOv11_core_HUMAN_mono.derived.meme.gz", "minimal", 401),
    ("hocomoco/HOCOMOCOv11_core_HUMAN_counts.pfm.gz", "pfm-four-columns", 401),
    ("hocomoco/FOXO1_HUMAN.H11MO.0.A.jaspar", "jaspar", 1),
    ("memelite_tangermeme_testdata/test.meme", "minimal", 12),
    ("memelite_tangermeme_testdata/test2.meme", "minimal", 4),
    ("gimme_ctcf_p73/MA0099.3.jaspar", "jaspar", 1),
    ("gimme_ctcf_p73/example.pfm", "pfm-four-columns", None),
    ("gimme_ctcf_p73/expected/stats_motifs.pwm", "pfm-four-columns", 2),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "their_format", "n"), REAL)
def test_real_files_as_biopython_reads_them(data, name, their_format, n):
    path = data / name
    ours = read_motifs(path)
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    options = {"strict": False} if their_format == "transfac" else {}
    theirs = list(bio.parse(io.StringIO("\n".join(lines) + "\n"), their_format, **options))
    assert len(ours) == len(theirs)
    assert n in (None, len(ours))
    assert [(a.name, a.width) for a in ours] == [(_identifier(b), b.length) for b in theirs]
    joined = np.hstack([a.probabilities for a in ours])
    if their_format == "minimal":  # Biopython rounds to whole counts, so look at the numbers themselves
        rows = [line.split() for line in lines if len(line.split()) == 4 and line.split()[0][0].isdigit()]
        assert np.allclose(joined.T, np.array(rows, dtype=float), atol=2e-3)
    else:
        counts = np.hstack([np.array([b.counts[base] for base in "ACGT"]) for b in theirs])
        assert np.allclose(joined, counts / counts.sum(axis=0))


def _identifier(motif) -> str:
    """Return the name, which Biopython keeps under a different attribute for each format."""
    if isinstance(motif, dict):
        return motif["AC"]
    return getattr(motif, "matrix_id", None) or motif.name.split()[0]


@pytest.mark.parametrize(
    ("name", "n"),
    [("hocomoco/H13CORE_meme_format.meme.gz", 1611), ("hocomoco/HOCOMOCO_2017-10-17_Human.tf.gz", 771)],
)
def test_large_real_files_lose_nothing(data, name, n):
    assert len(read_motifs(data / name)) == n
