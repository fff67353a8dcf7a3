"""The files of a scan: each column against the sequences and against the formats' own rules."""

import re
from urllib.parse import unquote

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens.alphabet import decode, encode, reverse_complement
from motiflens.motifs import Motif
from motiflens.runs.site_files import SITE_COLUMNS, bed_scores, site_table, sites_bed, sites_gff3, sites_tsv
from motiflens.scanning.occurrences import scan
from motiflens.scanning.pieces import pieces
from motiflens.scanning.sites import site_words
from motiflens.sequences import Coordinates, SequenceSet, from_strings

WORD = Motif(np.eye(4)[:, encode("GATTACA")], "W1", "gata;a=b,c&d e%\tf")


def random_motif(rng, width, name):
    return Motif(rng.dirichlet([0.3] * 4, size=width).T, name)


def rows(text):
    return [line.split("\t") for line in "".join(text).splitlines() if not line.startswith("#")]


def files(sites, motifs, records):
    table = site_table(sites, motifs, records)
    tsv = [dict(zip(SITE_COLUMNS, row, strict=True)) for row in rows(sites_tsv(table))[1:]]
    return tsv, rows(sites_bed(table)), rows(sites_gff3(table))


@given(
    seed=st.integers(0, 9999),
    lengths=st.lists(st.integers(0, 90), min_size=1, max_size=5),
    size=st.integers(1, 60),
)
def test_the_word_at_a_site_is_what_the_sequence_reads_there(seed, lengths, size):
    rng = np.random.default_rng(seed)
    records = [(str(i), rng.integers(0, 5, length).astype(np.uint8)) for i, length in enumerate([*lengths, 20])]
    motifs = [random_motif(rng, width, f"m{width}") for width in (3, 8, 5)]
    sites = scan(motifs, records, pvalue=0.1, background="uniform")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "motiflens.scanning.sites.pieces", lambda codes, *, overlap: pieces(codes, overlap=overlap, size=size)
        )
        words = site_words(sites, iter(records))
    expected = []
    for s, a, b, reverse in zip(sites.sequence, sites.start, sites.end, sites.reverse, strict=True):
        read = records[s][1][a:b]
        expected.append(decode(reverse_complement(read) if reverse else read))
    assert [word.decode() for word in words] == expected


def test_all_three_files_tell_the_same_sites():
    rng = np.random.default_rng(4)
    motifs = [WORD, random_motif(rng, 5, "m5"), random_motif(rng, 9, "m9")]
    names = ["chr2", "chr10", "scaffold 7;x"]
    records = [(name, rng.integers(0, 4, length).astype(np.uint8)) for name, length in
               zip(names, (900, 700, 800), strict=True)]  # fmt: skip
    records[1][1][40:47] = encode("GATTACA")
    sites = scan(motifs, records, pvalue=0.005, background="uniform")
    tsv, bed, gff = files(sites, motifs, records)
    assert len(tsv) == len(bed) == len(gff) == len(sites) > 30
    code = dict(records)
    for row, line, feature in zip(tsv, bed, gff, strict=True):
        start, stop, p = int(row["start"]), int(row["end"]), float(row["pvalue"])
        read = code[row["sequence"]][start:stop]
        assert row["matched_sequence"] == decode(read if row["strand"] == "+" else reverse_complement(read))
        score = str(min(1000, round(-100 * np.log10(p))))
        assert line[:4] + line[5:] == [row["sequence"], row["start"], row["end"], row["motif"], row["strand"]]
        assert abs(int(line[4]) - int(score)) <= 1
        assert unquote(feature[0]) == row["sequence"]
        assert feature[1:8] == ["motiflens", "nucleotide_motif", str(start + 1), row["end"], row["score"],
                                row["strand"], "."]  # fmt: skip
        pairs = dict(pair.split("=") for pair in feature[8].split(";"))
        assert pairs["Name"] == row["motif"]
        assert (pairs["pvalue"], pairs["qvalue"], pairs["sequence"]) == (row["pvalue"], row["qvalue"],
                                                                         row["matched_sequence"])  # fmt: skip
    assert [line[:3] for line in bed] == sorted((line[:3] for line in bed), key=lambda x: (x[0], int(x[1]), int(x[2])))
    planted = next(row for row in tsv if (row["sequence"], row["start"], row["motif"]) == ("chr10", "40", "W1"))
    assert (planted["strand"], planted["matched_sequence"]) == ("+", "GATTACA")
    assert float(planted["pvalue"]) == pytest.approx(4**-7, rel=1e-5)


def test_names_that_would_break_a_line_are_made_safe():
    records = [("a", encode("TTGATTACATT"))]
    sites = scan([WORD], records, pvalue=0.001, background="uniform")
    tsv, bed, gff = files(sites, [WORD], records)
    assert tsv[0]["motif_name"] == "gata;a=b,c&d e% f"
    assert len(bed[0]) == 6
    attributes = gff[0][8].split(";")
    assert [pair.count("=") for pair in attributes] == [1] * len(attributes)
    assert unquote(dict(pair.split("=") for pair in attributes)["Alias"]) == WORD.alternate_name


def test_places_are_genomic_when_they_are_known():
    peaks = from_strings(["TTGATTACATTT", "TTGATTACATTT"], ["p1", "p2"])
    places = Coordinates(np.array(["chr9", "chr9"]), np.array([100, 500]), np.array([112, 512]), np.array(["+", "-"]))
    peaks = SequenceSet(peaks.codes, peaks.names, peaks.spans, coordinates=places)
    sites = scan([WORD], peaks, pvalue=0.001, background="uniform")
    tsv, bed, _ = files(sites, [WORD], [(n, encode(s)) for n, s in zip(peaks.names, peaks.strings(), strict=True)])
    assert [line[:3] + line[5:] for line in bed] == [["chr9", "102", "109", "+"], ["chr9", "503", "510", "-"]]
    assert {row["matched_sequence"] for row in tsv} == {"GATTACA"}


def test_no_site_leaves_the_headers():
    records = [("a", encode("TTTTTTTTTT"))]
    sites = scan([WORD], records, pvalue=0.001, background="uniform")
    table = site_table(sites, [WORD], records)
    (header,) = "".join(sites_tsv(table)).splitlines()
    assert header.split("\t") == list(SITE_COLUMNS)
    assert "".join(sites_bed(table)) == ""
    assert "".join(sites_gff3(table)) == "##gff-version 3\n"


def test_many_lines_are_written_in_blocks_without_a_seam(monkeypatch):
    monkeypatch.setattr("motiflens.runs.site_files._LINES", 7)
    records = [("a", np.tile(encode("GATTACA"), 16))]
    sites = scan([WORD], records, pvalue=0.001, background="uniform")
    table = site_table(sites, [WORD], records)
    for text in (sites_tsv, sites_bed, sites_gff3):
        whole = "".join(text(table))
        assert len(rows([whole])) - (text is sites_tsv) == 16
        assert re.search("\n\n", whole) is None
        assert whole.endswith("\n")


def test_bed_scores_rise_with_significance_and_stay_in_range():
    scores = bed_scores(np.array([1.0, 0.5, 1e-4, 1e-9, 1e-10, 1e-200, 0.0]))
    assert scores.tolist() == [0, 30, 400, 900, 1000, 1000, 1000]


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
SEQID = re.compile(r"(?!>)(?:[a-zA-Z0-9.:^*$@!+_?|-]|%[0-9A-F]{2})+")
ATTRIBUTE = re.compile(r"([A-Za-z]+)=([^\t\n\r;=&,]*)")


@given(NAMES, NAMES, NAMES.filter(lambda name: name.strip() != ""), st.booleans())
def test_gff3_keeps_to_its_specification_whatever_the_names(name, alternate_name, sequence, both):
    """Columns, escapes and closed 1-based places as the specification asks (Sequence Ontology, GFF3 1.26)."""
    motif = Motif(WORD.probabilities, name, alternate_name)
    text = "TTGATTACATTTGTAATCNN"
    sites = scan([motif], [(sequence, encode(text))], pvalue=0.001, background="uniform", both_strands=both)
    known = site_table(sites, [motif], [(sequence, encode(text))])
    header, *lines = "".join(sites_gff3(known)).removesuffix("\n").split("\n")
    tsv, bed = ([line.split("\t") for line in "".join(text_of(known)).removesuffix("\n").split("\n")]
                for text_of in (sites_tsv, sites_bed))  # fmt: skip
    assert tuple(tsv[0]) == SITE_COLUMNS
    tsv = [dict(zip(SITE_COLUMNS, row, strict=True)) for row in tsv[1:]]
    assert header == "##gff-version 3"
    assert len(lines) == len(tsv) == len(bed) == 1 + both
    for line, row, region in zip(lines, tsv, bed, strict=True):
        seqid, source, kind, start, end, score, strand, phase, attributes = line.split("\t")
        assert SEQID.fullmatch(seqid)
        assert (source, kind, phase) == ("motiflens", "nucleotide_motif", ".")
        assert (int(start) - 1, int(end)) == (int(region[1]), int(region[2]))
        read = text[int(start) - 1 : int(end)]
        assert (read if strand == "+" else decode(reverse_complement(encode(read)))) == "GATTACA"
        assert float(score) == pytest.approx(float(row["score"]))
        pairs = [ATTRIBUTE.fullmatch(part) for part in attributes.split(";")]
        assert all(pairs)
        found = {pair[1]: unquote(pair[2]) for pair in pairs}
        assert found["Name"] == name
        assert found.get("Alias", "") == alternate_name
        assert found["sequence"] == row["matched_sequence"] == "GATTACA"
        assert len(region) == 6
        assert region[5] == strand
        assert 0 <= int(region[4]) <= 1000
