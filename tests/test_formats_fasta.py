"""FASTA against Biopython, whatever its line ends; hostile files; places in names."""

from __future__ import annotations

import gzip
import io
import string
from types import SimpleNamespace

import numpy as np
import pytest
from Bio import SeqIO
from hypothesis import given
from hypothesis import strategies as st

from motiflens.alphabet import decode, encode
from motiflens.errors import InputError
from motiflens.formats.fasta import (
    Records,
    after_comments,
    is_text,
    named_places,
    parse_fasta,
    read_bytes,
    read_fasta,
)

WORDS = st.text(string.ascii_letters + string.digits + "_>|:.", min_size=1, max_size=8)
SEQUENCES = st.text("ACGTUNacgtuRYSWKMBDHVn", min_size=1, max_size=40)
RECORDS = st.lists(st.tuples(WORDS, st.sampled_from(["", " more > words", "\ttab"]), SEQUENCES), min_size=1, max_size=6)


def strings(records: Records) -> list[str]:
    return [decode(part) for part in np.split(records.codes, np.cumsum(records.lengths)[:-1])]


def wrapped(records: list[tuple[str, str, str]], width: int, end: str) -> str:
    lines = []
    for name, rest, sequence in records:
        lines.append(f">{name}{rest}")
        lines += [sequence[i : i + width] for i in range(0, len(sequence), width)]
    return end.join(lines)


@given(RECORDS, st.integers(1, 50), st.sampled_from(["\n", "\r\n", "\r", "\n\n"]), st.booleans(), st.booleans())
def test_reads_what_biopython_reads_whatever_the_layout(tmp_path_factory, records, width, end, gzipped, final_newline):
    text = wrapped(records, width, end) + end * final_newline
    path = tmp_path_factory.mktemp("fasta") / "x"
    path.write_bytes(gzip.compress(text.encode()) if gzipped else text.encode())

    found = read_fasta(path)

    expected = list(SeqIO.parse(io.StringIO(wrapped(records, width, "\n")), "fasta"))
    assert found.names == [record.id for record in expected]
    plain = [str(record.seq).upper().replace("U", "T") for record in expected]
    assert strings(found) == ["".join(base if base in "ACGT" else "N" for base in text) for text in plain]


def test_soft_masked_letters_are_sequence_unless_masked():
    data = b">a\nACgtNN\n>b\nacg\n"
    assert strings(parse_fasta(data, source="x")) == ["ACGTNN", "ACG"]
    assert strings(parse_fasta(data, source="x", mask_lower=True)) == ["ACNNNN", "NNN"]


def test_names_first_word_repeats_kept_empty_ones_numbered():
    data = b">  spaced name\nA\n>\nC\n>twice\nG\n>twice\nT\n>\t \nA\n>caf\xc3\xa9\nC\n"
    assert parse_fasta(data, source="x").names == ["spaced", "seq2", "twice", "twice", "seq5", "café"]


def test_comments_and_a_byte_order_mark_before_the_first_record(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"\xef\xbb\xbf# about\n\n; old style\n>a\nAC GT\n")
    records = read_fasta(path)
    assert records.names == ["a"]
    assert strings(records) == ["ACGT"]
    assert after_comments(b"# only\n#") == (b"", 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# c\n>a\nAC\n>b x\n\n>c\nGT\n", "x.fa:4: record 'b' has no sequence"),
        (">a\nAC\n>b\nGT\n>c", "x.fa:5: record 'c' has no sequence"),
        (">a\nAC\n>b\nGT\nC4T\n", "x.fa:3: record 'b' must hold DNA letters .*Got '4'.$"),
        (">a\nACGTACGT*\n", r"record 'a' must hold DNA letters .*Got '\*'.$"),
        (">a\nACGéT\n", "Got 'é'"),
        (">a\nACGTACGTACGTEACGT\n", r"Got 'E'\.$"),
        (">a\nMKVLEFIPQ\n", "Got 'L'. It looks like protein"),
        (">a\nACGT\n>b\nmkvlef\n", "x.fa:3: .*Got 'l'. It looks like protein"),
        ("ACGT\n>a\nACGT\n", "x.fa:1: expected a FASTA header"),
        ("# nothing\n", "expected a FASTA header"),
    ],
)
def test_refuses_with_the_place_and_the_letter(text, message):
    with pytest.raises(InputError, match=message) as error:
        parse_fasta(text.encode(), source="x.fa")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(b">a\n" + b"ACGTTGCA" * 99, mtime=0)[:-9], "truncated gzip"),
        (gzip.compress(b">a\nACGT\n", mtime=0)[:15] + b"garbage that is no deflate stream", "broken"),
        (b"\x1f\x8b", "truncated gzip"),
        (b"\x00\x01\x02" * 99, "binary"),
        (">a\nACGT\n".encode("utf-16"), "binary"),
        (b"BZh91AY&SY", "compressed with bzip2"),
        (b"PK\x03\x04rest", "compressed with zip"),
    ],
)
def test_refuses_files_that_are_not_text(tmp_path, content, message):
    path = tmp_path / "odd.fa"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read_bytes(path)
    assert "odd.fa" in str(error.value)
    assert "\n" not in str(error.value)


def test_refuses_what_is_no_file(tmp_path):
    for path, message in [(tmp_path / "none.fa", "no file"), (tmp_path, "directory"), ("a\0b", "cannot be read")]:
        with pytest.raises(InputError, match=message):
            read_bytes(path)


def test_gzip_is_known_by_its_bytes(tmp_path):
    plain, zipped = tmp_path / "plain.gz", tmp_path / "zipped.fa"
    plain.write_text(">a\nACGT\n")
    zipped.write_bytes(gzip.compress(b">b\nACG\n") + gzip.compress(b">c\nAC\n"))
    assert (is_text(plain), is_text(zipped)) == (True, False)
    assert read_fasta(plain).names == ["a"]
    assert read_fasta(zipped).names == ["b", "c"]


@given(st.integers(0, 10**9), st.integers(2, 500), st.sampled_from(["", "(+)", "(-)", "(.)"]), st.booleans())
def test_places_in_names_follow_bedtools_or_samtools_by_length(start, length, strand, one_based):
    name = f"chr_Un:2:{start + one_based}-{start + length}{strand}"
    place = named_places([name], np.array([length]))
    assert place is not None
    assert (place.chromosome[0], place.start[0], place.end[0]) == ("chr_Un:2", start, start + length)
    assert place.strand[0] == ("-" if strand == "(-)" else "+")


@pytest.mark.parametrize(
    "names",
    [["chr1:5-9", "other"], ["other", "chr1:5-9"], ["chr1:5-9", "chr1:5-10"], ["chr1:5-9", "chr1:0-3"],
     ["chr1:5-9", ":5-9"], ["chr1:5-9", "chr1:9-5"]],
)  # fmt: skip
def test_no_places_unless_every_name_has_one_that_fits(names):
    assert named_places(names, np.array([4, 4])) is None


def test_the_name_that_bedtools_puts_before_the_place_is_left_out():
    place = named_places(["peak::1::chr2:10-14(-)"], np.array([4]))
    assert place is not None
    assert place.chromosome.tolist() == ["chr2"]


def test_many_records_agree_with_a_plain_loop():
    rng = np.random.default_rng(1)
    sequences = ["".join(rng.choice(list("ACGTN"), size=rng.integers(1, 9))) for _ in range(2000)]
    data = "".join(f">n{i}\n{sequence}\n" for i, sequence in enumerate(sequences)).encode()
    records = parse_fasta(data, source="x")
    assert records.lengths.tolist() == [len(sequence) for sequence in sequences]
    assert records.codes.tolist() == encode("".join(sequences)).tolist()


class _Endless:
    """A stream of NUL bytes that may be read by the block alone."""

    def read(self, n: int = -1) -> bytes:
        if n < 0:
            raise AssertionError("read on after a binary block")
        return bytes(n)


def test_binary_input_is_refused_at_its_first_block(monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=_Endless()))
    with pytest.raises(InputError, match="standard input is a binary file"):
        read_bytes("-")


def test_long_files_are_read_whole(tmp_path):
    for content in (b"ACGTA" * 40_000, gzip.compress(np.random.default_rng(0).bytes(200_000).hex().encode())):
        path = tmp_path / "long"
        path.write_bytes(content)
        assert len(read_bytes(path)) in (200_000, 400_000)


def test_closed_standard_input_is_refused(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InputError, match="Standard input is closed"):
        read_bytes("-")
