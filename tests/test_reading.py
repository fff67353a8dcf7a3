"""Every kind of input, by content alone, against the pieces it was made from; and the real data."""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens.errors import InputError, ParameterError
from motiflens.formats.regions import open_genome, parse_regions
from motiflens.reading import checksum, read_sequences
from motiflens.recognising import extract
from motiflens.sequences import from_strings

GENOME = {"chr1": "ACGTTGCATTGACCATGNAC" * 5, "chr2": "GGGCCCATATTTAACGCGTA" * 3}
COMPLEMENT = str.maketrans("ACGTN", "TGCAN")


@pytest.fixture
def genome(tmp_path):
    path = tmp_path / "genome.fa"
    path.write_text("".join(f">{name}\n{text}\n" for name, text in GENOME.items()))
    return path


@pytest.fixture(scope="session")
def data():
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder of real data is not beside the project")
    return folder


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("gzipped", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        ">seq1\nACG\nTN\n>seq2\nTTGCA\n>seq3\nGG\n",
        "sequence\nACGTN\nTTGCA\nGG\n",
        "ID,Seq\nseq1,ACGTN\nseq2,ttgca\nseq3,GG\n",
        "n\tSEQUENCE\t\n1\tACGTN\t\n2\tTTGCA\t\n3\tGG\t\n",
        "ACGTN\nTTGCA\nGG\n",
        "# by hand\r\nACGTN\r\nTTGCA\r\nGG\r\n",
    ],
)
def test_the_content_decides_not_the_name(tmp_path, text, gzipped):
    path = tmp_path / "misleading.bed"
    path.write_bytes(gzip.compress(text.encode()) if gzipped else text.encode())
    for source in (path, str(path), [path]):
        sequences = read_sequences(source)
        assert sequences.strings() == ["ACGTN", "TTGCA", "GG"]
        assert sequences.names.tolist() == ["seq1", "seq2", "seq3"]
        assert (sequences.labels, sequences.coordinates, sequences.groups) == (None, None, None)


def test_standard_input_is_read_once(monkeypatch, tmp_path):
    other = write(tmp_path, "x", ">b\nGG\n")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(gzip.compress(b">a\nACGT\n"))))
    assert read_sequences(["-", other]).strings() == ["ACGT", "GG"]
    with pytest.raises(InputError, match=r"standard input is empty.*give - once"):
        read_sequences("-")
    with pytest.raises(ParameterError, match="- at most once"):
        read_sequences(["-", other, "-"])


def test_soft_masked_letters_are_kept_unless_told(tmp_path, genome):
    genome.write_text(genome.read_text().replace("ACGTTG", "acgttg"))
    paths = [write(tmp_path, "a", ">a\nacGT\n"), write(tmp_path, "b", "seq\nacGT\n"), write(tmp_path, "c", "acGT\n")]
    bed = write(tmp_path, "d", "chr1\t0\t20\n")
    assert read_sequences([*paths, bed], genome=genome, width=20).strings() == ["ACGT"] * 3 + [GENOME["chr1"][:20]]
    masked = read_sequences([*paths, bed], genome=genome, mask_lower=True, width=20)
    assert masked.strings() == ["NNGT"] * 3 + ["NNNNNN" + GENOME["chr1"][6:20]]


INTERVALS = st.lists(
    st.tuples(st.sampled_from(["chr1", "chr2"]), st.integers(0, 30), st.integers(20, 30), st.sampled_from("+-.")),
    min_size=1,
    max_size=8,
)


@given(INTERVALS)
def test_regions_are_slices_of_the_genome_on_their_strand(tmp_path_factory, intervals):
    folder = tmp_path_factory.mktemp("bed")
    fasta = write(folder, "g.fa", "".join(f">{name}\n{text}\n" for name, text in GENOME.items()))
    lines = [f"{c}\t{s}\t{s + n}\t.\t0\t{strand}\n" for c, s, n, strand in intervals]
    sequences = read_sequences(write(folder, "x", "".join(lines)), genome=fasta)

    forward = [GENOME[c][s : s + n] for c, s, n, _ in intervals]
    expected = [text[::-1].translate(COMPLEMENT) if strand == "-" else text
                for text, (*_, strand) in zip(forward, intervals, strict=True)]  # fmt: skip
    assert sequences.strings() == expected
    assert sequences.groups is not None
    assert sequences.groups.tolist() == [c for c, *_ in intervals]
    assert sequences.names.tolist() == [
        f"{c}:{s}-{s + n}" + ("(-)" if strand == "-" else "") for c, s, n, strand in intervals
    ]


@given(INTERVALS, st.integers(2, 40))  # one column may hold an N alone, and is dropped
def test_coordinates_still_hold_the_sequence_after_cropping(tmp_path_factory, intervals, width):
    folder = tmp_path_factory.mktemp("bed")
    fasta = write(folder, "g.fa", "".join(f">{name}\n{text}\n" for name, text in GENOME.items()))
    lines = [f"{c}\t{s}\t{s + n}\t.\t0\t{strand}\n" for c, s, n, strand in intervals]
    sequences = read_sequences(write(folder, "x", "".join(lines)), genome=fasta, width=width)
    places = sequences.coordinates
    assert sequences.width == width
    assert places is not None
    for i, text in enumerate(sequences.strings()):
        forward = GENOME[places.chromosome[i]][places.start[i] : places.end[i]]
        assert text == (forward[::-1].translate(COMPLEMENT) if places.strand[i] == "-" else forward)


def test_a_window_is_taken_about_summits_and_ends_are_not_passed(tmp_path, genome, caplog):
    text = "chr1\t20\t80\tp\t0\t.\t0\t0\t0\t30\nchr1\t3\t4\nchr2\t57\t58\nchr2\t29\t30\n"
    sequences = read_sequences(write(tmp_path, "x", text), genome=genome, window=10)
    assert sequences.strings() == [GENOME["chr1"][45:55], GENOME["chr2"][24:34]]
    assert "2 of 4 regions pass the ends of their chromosome and are dropped" in caplog.text


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("chr1\t5\t6\n", {}, "only regions shorter than 20 bases.*--window"),
        ("chr1\t90\t120\n", {}, "all 1 regions pass the ends"),
        ("chr1\t5\t6\n", {"window": 500}, "all 1 regions pass the ends"),
        ("1\t5\t60\n", {}, r"x: chromosomes must be named .*with 'chr' added \(1 is chr1\)"),
        ("chr1\t5\t60\nchr1\t9\n", {}, "x:2: expected chromosome, start and end"),
    ],
)
def test_regions_that_cannot_be_read(tmp_path, genome, text, options, message):
    with pytest.raises(InputError, match=message) as error:
        read_sequences(write(tmp_path, "x", text), genome=genome, **options)
    assert "\n" not in str(error.value)


def test_regions_that_end_with_their_chromosome_are_kept(tmp_path, genome):
    path = write(tmp_path, "x", "chr1\t0\t100\nchr2\t40\t60\nchr2\t41\t61\n")
    assert read_sequences(path, genome=genome).strings() == [GENOME["chr1"], GENOME["chr2"][40:]]


def test_one_long_region_spares_the_window(tmp_path, genome):
    sequences = read_sequences(write(tmp_path, "x", "chr1\t5\t6\nchr1\t5\t25\n"), genome=genome, width=20)
    assert sequences.lengths.tolist() == [1, 20]


def test_regions_need_a_genome(tmp_path):
    with pytest.raises(InputError, match=r"x has regions, and needs the genome .*--genome"):
        read_sequences(write(tmp_path, "x", "track name=a\nchr1\t5\t60\n"))


def test_extract_takes_the_rest_of_the_package_from_regions_to_records(genome):
    records = extract(parse_regions(b"chr2\t0\t25\tpeak\n", source="x"), open_genome(genome))
    assert (records.names, records.lengths.tolist()) == (["peak"], [25])


def test_places_in_names_of_any_file_give_coordinates_and_groups(tmp_path):
    fasta = write(tmp_path, "a", ">chr1:4-8(-) x\nACGT\n>chr2:4-9\nACGTA\n")
    table = write(tmp_path, "b", "name,seq\nchr3:5-8,ACGT\n")
    sequences = read_sequences([fasta, table])
    assert sequences.groups is not None
    assert sequences.coordinates is not None
    assert sequences.groups.tolist() == ["chr1", "chr2", "chr3"]
    assert sequences.coordinates.start.tolist() == [4, 4, 4]
    assert sequences.coordinates.strand.tolist() == ["-", "+", "+"]
    plain = write(tmp_path, "c", ">c\nACGT\n")
    assert read_sequences([fasta, plain]).coordinates is None


@given(st.lists(st.text("ACGT", min_size=1, max_size=30), min_size=1, max_size=9), st.integers(1, 35))
def test_width_crops_and_pads_as_resize_does(tmp_path_factory, strings, width):
    path = write(tmp_path_factory.mktemp("w"), "x", "".join(f">s\n{text}\n" for text in strings))
    expected = from_strings(strings).resize(width)
    found = read_sequences(path, width=width)
    assert np.array_equal(found.codes, expected.codes)
    assert np.array_equal(found.spans, expected.spans)


def test_a_few_very_long_sequences_do_not_widen_every_row(tmp_path, caplog):
    long = "A" * 30 + "CG" + "A" * 30
    path = write(tmp_path, "x", "".join(f">s\n{'ACGTA'}\n" for _ in range(8)) + f">long\n{long}\n")
    sequences = read_sequences(path)
    assert sequences.width == 20
    assert sequences.string(8) == long[21:41]
    assert "1 of 9 sequences are longer than four times the median of 5 bases" in caplog.text
    assert read_sequences(path, width=62).string(8) == long


def test_a_giant_among_many_costs_no_memory(tmp_path):
    path = write(tmp_path, "x", ">s\nACGTA\n" * 50_000 + f">giant\n{'ACGT' * 500_000}\n")
    assert read_sequences(path).codes.shape == (50_001, 20)
    assert read_sequences(path, width=7).codes.shape == (50_001, 7)


def test_cropping_and_padding_to_a_width_are_logged(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    read_sequences(write(tmp_path, "x", "ACGT\nACGTAC\nAC\nACGTACG\nA\n"), width=4)
    assert "Of 5 sequences, 2 are cropped and 2 padded to 4 bases" in caplog.text


def test_labels_of_tables_share_one_set_of_classes(tmp_path):
    first = write(tmp_path, "a", "seq,class\nACGT,weak\nGG,none at all\n")
    second = write(tmp_path, "b", "label\tsequence\nstrong\tTT\n")
    sequences = read_sequences([first, second])
    assert sequences.labels is not None
    assert sequences.classes == ("none at all", "strong", "weak")
    assert [sequences.classes[i] for i in sequences.labels] == ["weak", "none at all", "strong"]


def test_labels_of_some_files_only_are_left_out_with_a_warning(tmp_path, caplog):
    sequences = read_sequences([write(tmp_path, "a", "seq,y\nACGT,1\n"), write(tmp_path, "b", ">b\nGG\n")])
    assert sequences.labels is None
    assert "Only 1 of 2 files have labels" in caplog.text


def test_a_file_of_labels_labels_the_files_before_it(tmp_path):
    one, two = write(tmp_path, "1", "ACGT\nGG\n"), write(tmp_path, "2", ">a\nCC\n")
    all_three, for_one, for_two = (write(tmp_path, name, text) for name, text in
                                   [("l", "label\n1\n0\n1\n"), ("l1", "1\n0\n"), ("l2", "class\n1\n")])  # fmt: skip
    for sources in ([one, two, all_three], [all_three, one, two], [one, for_one, two, for_two]):
        sequences = read_sequences(sources)
        assert sequences.strings() == ["ACGT", "GG", "CC"]
        assert sequences.labels is not None
        assert sequences.labels.tolist() == [1, 0, 1]


def test_labels_that_do_not_fit_are_refused(tmp_path, genome):
    lines, labels = write(tmp_path, "s", "ACGT\nGG\n"), write(tmp_path, "l", "1\n0\n")
    table = write(tmp_path, "t", "seq,label\nACGT,1\nGG,0\n")
    bed = write(tmp_path, "b", "chr1\t0\t30\nchr1\t1\t31\n")
    for sources, message in [
        ([labels], "has labels, not sequences"),
        ([labels, labels], "has labels, not sequences"),
        ([lines, write(tmp_path, "m", "1\n0\n0\n1\n")], "for 2 sequences. Got 4 labels"),
        ([table, labels], "have some already"),
        ([bed, labels], "cannot go with regions"),
    ]:
        with pytest.raises(InputError, match=message):
            read_sequences(sources, genome=genome)


def test_labels_by_name_are_joined_to_sequences_in_any_order(tmp_path, genome):
    fasta = write(tmp_path, "f", ">x one\nACGT\n>y\nGG\n>z\nTTT\n")
    labels = write(tmp_path, "l", "name\tlabel\ttrue_label\nz\tno\tyes\nx\tyes\tyes\ny\tno\tno\n")
    for sources in ([fasta, labels], [labels, fasta]):
        sequences = read_sequences(sources)
        assert [sequences.classes[label] for label in sequences.labels] == ["yes", "no", "no"]
        assert sequences.strings() == ["ACGT", "GG", "TTT"]
    bed = write(tmp_path, "b", "chr1\t0\t30\tx\n")
    for sources, message in [
        ([labels], "has labels, not sequences"),
        ([write(tmp_path, "t", "name,seq,label\nx,ACGT,1\n"), labels], "have some already"),
        ([write(tmp_path, "g", ">x\nACGT\n"), labels], r"Got labels of no sequence \(2, the first 'z'\)"),
        ([bed, labels], "cannot go with regions"),
    ]:
        with pytest.raises(InputError, match=message):
            read_sequences(sources, genome=genome)


def test_a_folder_stands_for_its_table_if_it_is_one_of_a_task(tmp_path):
    table = "name\tsequence\tlabel\na\tACGT\t1\nb\tGGCC\t0\n"
    with pytest.raises(InputError, match=r"a folder without sequences\.tsv"):
        read_sequences(tmp_path)
    (tmp_path / "sequences.tsv").write_text(table)
    with pytest.raises(InputError, match=r"a folder without truth\.json"):
        read_sequences(tmp_path)
    (tmp_path / "truth.json").write_text("{}")
    assert read_sequences(tmp_path).labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("hello world\nx\n", "hello world"), ("MEME version 4\n", "MEME version 4"), ("@r1\nACGT\n+\nIIII\n", "@r1"),
     ("a,b\n1,2\n", "a,b"), ("x" * 500 + "!\n", "x" * 60 + "...")],
)  # fmt: skip
def test_what_is_not_known_is_shown(tmp_path, text, shown):
    with pytest.raises(InputError) as error:
        read_sequences(write(tmp_path, "x", text))
    assert "is not recognised" in str(error.value)
    assert repr(shown) in str(error.value)


def test_options_are_checked_before_anything_is_read():
    for source, options in [
        ([], {}),
        ("none", {"width": 0}),
        ("none", {"window": -1}),
        ("none", {"window": 10**9 + 1}),
    ]:
        with pytest.raises(ParameterError, match="Got"):
            read_sequences(source, **options)
    with pytest.raises(InputError, match="no file 'none'"):
        read_sequences("none")


def test_checksum_is_sha256_of_the_bytes(tmp_path):
    path = write(tmp_path, "x", "ACGT\n")
    assert checksum(path) == hashlib.sha256(b"ACGT\n").hexdigest()
    for bad in (tmp_path, tmp_path / "none", "-"):
        with pytest.raises(InputError, match="checksum"):
            checksum(bad)


def test_real_labels_with_a_header_that_looks_like_one(data):
    folder = data / "packt_ch10_tfbs"
    sequences = read_sequences([folder / "sequences_mod.txt", folder / "labels.txt"])
    assert sequences.labels is not None
    assert np.bincount(sequences.labels).tolist() == [1013, 987]
    assert [label == ("AAAGAGGAAGTT" in text) for label, text in
            zip(sequences.labels, sequences.strings(), strict=True)].count(False) == 0  # fmt: skip


def test_real_tables_of_chip_seq(data):
    train = read_sequences(data / "deepbind_encode" / "REST_AC.seq.gz")
    test = read_sequences(data / "deepbind_encode" / "REST_B.seq.gz")
    assert train.codes.shape == (6406, 101)
    assert train.names[0] == "seq_00001_peak"
    assert test.labels is not None
    assert np.bincount(test.labels).tolist() == [500, 500]
    assert train.classes == test.classes == ("0", "1")


def test_real_fasta_with_places(data):
    folder = data / "nanog_h1esc_gkmexplain"
    sequences = read_sequences([folder / "positives_test.fa.gz", folder / "negatives_test.fa.gz"])
    assert sequences.codes.shape == (960 + 964, 200)
    assert sequences.coordinates is not None
    assert sequences.groups is not None
    assert sequences.groups[0] == "chr1"


def test_real_summits_in_a_real_genome(data):
    fasta = next((data / "yeast_genome_R64").glob("*.fa.gz"))
    peaks = data / "yeast_chipexo_peaks"
    sequences = read_sequences(peaks / "R64names" / "Reb1.bed", genome=fasta, window=100)
    assert sequences.codes.shape == (1078, 100)
    assert sum("CGGGTAA" in text or "TTACCCG" in text for text in sequences.strings()) > 300
    with pytest.raises(InputError, match=r"16 of 16 unknown names match with roman for arabic numerals"):
        read_sequences(peaks / "original" / "Reb1_CX.bed", genome=fasta, window=100)


@pytest.mark.parametrize("window", [1, 4, 5, 6, 50])
def test_a_window_crops_other_files_as_resize_does_and_never_pads(tmp_path, window, caplog):
    caplog.set_level(logging.INFO)
    strings = ["ACGTTGCATT", "ACGTA", "GGC", "TTGACA"]
    sequences = read_sequences(write(tmp_path, "x", "\n".join(strings)), window=window)
    expected = from_strings(strings).resize(min(window, 10))
    assert sequences.strings() == expected.strings()
    assert sequences.width == min(window, 10)
    n_cropped = sum(len(text) > window for text in strings)
    assert f"Sequences cropped to the {window} bases about their centre: {n_cropped} of 4." in caplog.text


def test_a_window_moves_the_places_along(tmp_path):
    places = read_sequences(write(tmp_path, "x", ">chr1:100-109(-)\nACGTTGCAT\n"), window=4).coordinates
    assert (places.start.tolist(), places.end.tolist()) == ([103], [107])


def test_a_window_counts_before_the_width(tmp_path):
    sequences = read_sequences(write(tmp_path, "x", "ACGTTGCA\nAC\n"), window=4, width=6)
    assert (sequences.width, sequences.strings()) == (6, ["GTTG", "AC"])


def test_sequences_without_a_known_base_are_dropped_with_their_labels(tmp_path, caplog):
    sequences = read_sequences(write(tmp_path, "x", "id,seq,y\na,NNNN,1\nb,ACGN,0\nc,RY,0\nd,NT,1\n"))
    assert sequences.names.tolist() == ["b", "d"]
    assert sequences.labels.tolist() == [0, 1]
    assert "without one known base (A, C, G or T) are dropped: 2 of 4" in caplog.text


def test_sequences_masked_throughout_are_refused(tmp_path):
    path = write(tmp_path, "x", ">a\nacgt\n>b\nacgg\n")
    assert len(read_sequences(path)) == 2
    with pytest.raises(InputError, match="no known base"):
        read_sequences(path, mask_lower=True)
