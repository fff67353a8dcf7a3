"""BED, narrowPeak and genomes against plain slicing of the genome's text."""

from __future__ import annotations

import gzip
import logging

import numpy as np
import pyfaidx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens.alphabet import decode
from motiflens.errors import InputError, ParameterError
from motiflens.formats.regions import is_region, open_genome, parse_regions, read_regions

CHROMOSOMES = {"chrI": "ACGTTGCANN" * 7 + "ACG", "chrX": "ttgacaTATAAT" * 3, "chrM": "G" * 5}


def fasta(width: int = 11, end: str = "\n") -> str:
    lines = []
    for name, text in CHROMOSOMES.items():
        lines += [f">{name} a chromosome", *(text[i : i + width] for i in range(0, len(text), width))]
    return end.join(lines) + end


@pytest.fixture(
    params=[
        "plain",
        "crlf",
        "gzip",
        "uneven",
        "unwritable index",
        "plain but named gz",
        "comment",
        "blank lines",
        "end",
    ]
)
def genome_path(request, tmp_path):
    path = tmp_path / ("g.fa.gz" if "named gz" in request.param else "g.fa")
    text = fasta(end="\r\n" if request.param == "crlf" else "\n")
    if request.param == "uneven":
        text = text.replace("ACGTTGCANNA\n", "ACGTTG\nCANNA\n", 1)
    if request.param == "blank lines":
        text = text.replace("\n>", "\n\n>") + "\n\n"
    if request.param == "end":
        text = text.rstrip()
    if request.param == "comment":
        text = "# made by hand\n" + text
    if request.param == "unwritable index":
        (tmp_path / "g.fa.fai").mkdir()
    path.write_bytes(gzip.compress(text.encode()) if request.param == "gzip" else text.encode())
    return path


def test_every_interval_of_every_kind_of_file_is_the_slice(genome_path):
    genome = open_genome(genome_path)
    assert genome.names == tuple(CHROMOSOMES)
    assert genome.sizes == {name: len(text) for name, text in CHROMOSOMES.items()}
    for name, text in CHROMOSOMES.items():
        for start in range(len(text)):
            for end in (start, start + 1, min(start + 12, len(text)), len(text)):
                assert decode(genome.fetch(name, start, end)) == text[start:end].upper()


def test_soft_masking_reaches_the_genome(genome_path):
    genome = open_genome(genome_path, mask_lower=True)
    assert decode(genome.fetch("chrX", 0, 12)) == "NNNNNNTATAAT"


def test_an_index_is_kept_beside_and_used_again(tmp_path):
    path = tmp_path / "g.fa"
    path.write_text(fasta())
    open_genome(path)
    with pyfaidx.Faidx(str(path), build_index=False) as faidx:
        assert list(faidx.index) == list(CHROMOSOMES)
    assert decode(open_genome(path).fetch("chrM", 1, 4)) == "GGG"


def test_an_index_of_another_file_is_refused(tmp_path):
    path = tmp_path / "g.fa"
    path.write_text(">a\nACGT\n>b\nACGT\n")
    (tmp_path / "g.fa.fai").write_text("a\t9\t3\t60\t61\n")
    with pytest.raises(InputError, match=r"g\.fa\.fai does not belong"):
        open_genome(path).fetch("a", 0, 1)


def test_what_is_fetched_cannot_be_changed_and_must_exist(genome_path):
    genome = open_genome(genome_path)
    with pytest.raises(ValueError, match="read-only"):
        genome.fetch("chrI", 0, 3)[0] = 1
    for start, end in [(-1, 3), (3, 2), (0, 6)]:
        with pytest.raises(InputError, match=r"interval of chrM \(0 to 5\)"):
            genome.fetch("chrM", start, end)
    with pytest.raises(InputError, match=r"named as in .*Got chrII\.$"):
        genome.fetch("chrII", 0, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (">a\nACGT\n>a\nGG\n", "two chromosomes named 'a'"),
        (">a\nMKVLEF\nMKV\n", "g.fa:1: record 'a' must hold DNA .*protein"),
        (">b\nACGT\nACGT\n>a\nACG4\nACG\n", "g.fa:4: record 'a' must hold DNA .*Got '4'"),
        ("ACGT\n", "expected a FASTA header"),
        ("", "empty"),
    ],
)
def test_refuses_genomes_that_are_not(tmp_path, text, message):
    path = tmp_path / "g.fa"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        open_genome(path).fetch("a", 0, 1)


def test_refuses_genomes_that_are_no_file(tmp_path):
    for path in (tmp_path / "none.fa", tmp_path, "-"):
        with pytest.raises(InputError):
            open_genome(path)


@pytest.mark.parametrize(
    ("have", "asked", "hint"),
    [
        ("I II IV MT", "chr1 chr2 chr4", "3 of 3 unknown names match with roman for arabic numerals (chr1 is I"),
        ("chrI chrII", "1 2", "with roman for arabic numerals (1 is chrI, 2 is chrII)"),
        ("1 2 X", "chr2 chrX", "match without 'chr' (chr2 is 2, chrX is X)"),
        ("chr1 chrX", "X 1 9", "2 of 3 unknown names match with 'chr' added (X is chrX, 1 is chr1)"),
        ("chr1 chr4", "chrIV chrI", "with arabic for roman numerals (chrIV is chr4, chrI is chr1)"),
        ("I II X", "chrX chr1 chr2", "2 of 3 unknown names match with roman for arabic numerals (chr1 is I"),
        ("I Mito", "chrM", "as the mitochondrion (chrM is Mito)"),
        ("a", "b c d e", "Got b, c, d and 1 more."),
    ],
)
def test_unknown_chromosomes_are_named_and_a_renaming_suggested(tmp_path, have, asked, hint):
    path = tmp_path / "g.fa"
    path.write_text("".join(f">{name}\nACGT\n" for name in have.split()))
    with pytest.raises(InputError) as error:
        open_genome(path).check_names(asked.split(), source="peaks.bed")
    message = str(error.value)
    assert hint in message
    assert message.startswith("peaks.bed: ")
    assert "\n" not in message
    assert ("match" in message) == (have != "a")


BED = b"""browser position chr7:1-2
track name=peaks
# comment

chr1\t10\t20
chr2 5 6 spaced 3.5 -
chr3\t0\t9\tp 3\t.\t+\t1\t2\t3\t4
chr3\t0\t9\t.\tx\t.\t1\t2\t3\t-1
chr4\t100\t200\tb12\t0\t-\t100\t200\t0\t1\t100,\t0,
"""


def test_columns_of_bed_and_narrowpeak(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(BED.replace(b"\n", b"\r\n")))
    regions = read_regions(path)
    assert regions.chromosome.tolist() == ["chr1", "chr2", "chr3", "chr3", "chr4"]
    assert regions.start.tolist() == [10, 5, 0, 0, 100]
    assert regions.end.tolist() == [20, 6, 9, 9, 200]
    assert regions.strand.tolist() == ["+", "-", "+", "+", "-"]
    assert regions.name.tolist() == ["", "spaced", "p 3", "", "b12"]
    assert [str(score) for score in regions.score] == ["nan", "3.5", "nan", "nan", "0.0"]
    assert regions.summit.tolist() == [-1, -1, 4, -1, -1]
    assert regions[regions.strand == "-"].name.tolist() == ["spaced", "b12"]


@given(st.integers(0, 10**6), st.integers(1, 500), st.integers(1, 600))
def test_a_window_holds_the_middle_and_is_the_interval_when_as_long(start, length, window):
    regions = parse_regions(f"c\t{start}\t{start + length}\n".encode(), source="x")
    around = regions.around(window)
    assert around.end[0] - around.start[0] == window
    assert abs((around.start[0] + around.end[0]) - (2 * start + length)) <= 1
    same = regions.around(length)
    assert (same.start[0], same.end[0]) == (start, start + length)


@given(st.integers(0, 99), st.integers(1, 60))
def test_a_window_is_centred_on_the_summit(offset, window):
    line = f"c\t1000\t1100\t.\t0\t.\t0\t0\t0\t{offset}\n"
    around = parse_regions(line.encode(), source="x").around(window)
    assert around.start[0] + window // 2 == 1000 + offset


def test_a_window_must_be_positive():
    with pytest.raises(ParameterError, match=r"window must be at least 1\. Got 0"):
        parse_regions(BED, source="x").around(0)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("chr1\t10", "expected chromosome, start and end. Got 2 columns"),
        ("\t10\t20", "expected chromosome"),
        ("chr1\tten\t20", "start and end must be whole numbers.*Got 'ten' and '20'"),
        ("chr1\t10.5\t20", "whole numbers"),
        ("chr1\t-1\t20", "0 <= start < end"),
        ("chr1\t20\t20", "start < end"),
        ("chr1\t20\t10", "start < end"),
        ("chr1\t1\t99999999999999999999", "whole numbers"),
        ("chr1\t1\t\u0662", "whole numbers"),
        ("chr1\t1\t2\tn\t0\tx", "strand, in column 6, must be .*Got 'x'"),
        ("chr1\t1\t9\tn\t0\t.\t0\t0\t0\t8", "peak, in column 10, must be .* 8 bases. Got '8'"),
        ("chr1\t1\t9\tn\t0\t.\t0\t0\t0\t-2", "peak, in column 10"),
    ],
)
def test_malformed_lines_are_refused_with_their_number(line, message):
    with pytest.raises(InputError, match=f"x.bed:3: .*{message}"):
        parse_regions(f"# c\nchr1\t1\t2\n{line}\n".encode(), source="x.bed")


def test_a_file_of_comments_has_no_region():
    with pytest.raises(InputError, match="has no region"):
        parse_regions(b"track name=x\n#\n", source="x.bed")


def test_regions_are_recognised():
    assert is_region("chr1 1 2")
    assert is_region("chr1\t-1\t2\tname with spaces")
    assert is_region("a scaffold\t1\t2")
    assert not is_region("chr1\t230218")
    assert not is_region("20\t14370\trs60\tG")
    assert not is_region("trackless")


def test_a_failed_index_is_noted_not_fatal(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    path = tmp_path / "g.fa"
    path.write_text(">a\nAC\nACGT\nA\nCC\n")
    assert np.array_equal(open_genome(path).fetch("a", 1, 5), [1, 0, 1, 2])
    assert "cannot be indexed" in caplog.text


def test_a_binary_genome_is_refused_before_it_is_indexed(tmp_path):
    path = tmp_path / "g.fa"
    path.write_bytes(bytes(200_000))
    with pytest.raises(InputError, match="binary"):
        open_genome(path)
    assert not (tmp_path / "g.fa.fai").exists()
