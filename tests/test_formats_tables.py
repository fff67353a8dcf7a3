"""Tables, sequences by line and files of labels: columns by name, nothing off by one."""

from __future__ import annotations

import csv
import io
import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motiflens.alphabet import decode
from motiflens.errors import InputError
from motiflens.formats.fasta import Records
from motiflens.formats.tables import (
    class_indices,
    is_label_table,
    is_labels,
    is_sequence_line,
    is_table,
    parse_label_table,
    parse_labels,
    parse_lines,
    parse_table,
)


def strings(records: Records) -> list[str]:
    return [decode(part) for part in np.split(records.codes, np.cumsum(records.lengths)[:-1])]


ROWS = st.lists(
    st.tuples(
        st.text("ACGTN", min_size=1, max_size=12),
        st.sampled_from(["0", "1", "weak", "very strong"]),
        st.text("ab,; \t\"'", max_size=5),
    ),
    min_size=1,
    max_size=7,
)


@given(ROWS, st.permutations(["Sequence", "CLASS", "extra", "EventID"]), st.sampled_from([",", "\t", ";"]))
def test_columns_are_found_by_name_in_any_order_and_dialect(rows, order, delimiter):
    values = [dict(zip(["Sequence", "CLASS", "extra"], row, strict=True)) | {"EventID": f"e{i}"}
              for i, row in enumerate(rows)]  # fmt: skip
    out = io.StringIO()
    writer = csv.DictWriter(out, order, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(values)

    records = parse_table(out.getvalue().replace("\r\n", "\n").encode(), source="x")

    assert strings(records) == [row[0] for row in rows]
    assert records.labels == [row[1] for row in rows]
    assert records.names == [f"e{i}" for i in range(len(rows))]


def test_reads_what_pandas_writes_with_names_and_labels_optional():
    frame = pd.DataFrame({"seq": ["ACGT", "gg"], "other": [1.5, 2.5]})
    records = parse_table(frame.to_csv(sep="\t", index=False).encode(), source="x")
    assert strings(records) == ["ACGT", "GG"]
    assert records.names == ["seq1", "seq2"]
    assert records.labels is None
    assert strings(parse_table(b"seq\nACGT\n\nGG\n", source="x", mask_lower=True)) == ["ACGT", "GG"]


def test_the_plainest_column_wins_when_several_fit():
    records = parse_table(b"y,seq,label,sequence,id,name\n9,AA,1,CC,i,n\n", source="x")
    assert (strings(records), records.labels, records.names) == (["CC"], ["1"], ["n"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# c\nseq,label\nAC,1\nGT\n", "x.csv:4: expected 2 cells, as in the header. Got 1"),
        ("seq,label\nAC,1\nGT,0,9\n", "x.csv:3: expected 2 cells.* Got 3"),
        ("seq,label\nAC,1\n\nGT,\n", "x.csv:4: the label is missing"),
        ("seq,label\nAC,NA\n", "x.csv:2: the label is missing"),
        ("seq,label\nAC,1\n,0\n", "x.csv:3: record 'seq2' has no sequence"),
        ("seq,id\nAC,a\nG7,b\n", "x.csv:3: record 'b' must hold DNA .* Got '7'"),
        ("seq,label\n", "without rows"),
        ('seq,label\n"AC,1\n', "cannot be read as part of a table"),
        ("dna,label\nAC,1\n", "must have a 'sequence' or 'seq' column. Got dna, label"),
        ("", "must have a 'sequence'"),
    ],
)
def test_refuses_tables_with_the_line(text, message):
    with pytest.raises(InputError, match=message) as error:
        parse_table(text.encode(), source="x.csv")
    assert "\n" not in str(error.value)


def test_recognises_headers_sequence_lines_and_labels():
    assert is_table('"id";"SEQ"')
    assert is_table("sequence")
    assert not is_table("subsequence,label")
    assert is_sequence_line("acgtRYN-")
    assert is_sequence_line("MKVLEFIPQMKVLEFIPQMKV")
    assert not is_sequence_line("")
    assert not is_sequence_line("MKVLEF")
    assert not is_sequence_line("A-1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0\n1\n", True), ("0\n\n11\n", True), ("7", True), ("y\n0\n1\n", True), ("label\nA\nC\nA\n", True),
        ("kind\nA\nB\n", True), ("class\nlow\nhigh\nlow\nlow\n", True), ("1.0\n0.0\n", True),
        ("ACGT\n", False), ("ACGT\nACGT\nACGT\nACGT\n", False), ("ACGT\nGG\n", False), ("0 1\n1 0\n", False),
        ("MKVLEFIPQ\nMKVLEFIPA\nMKVLEFAPQ\n", False), ("two words\n0\n1\n", False), ("a,b\n0\n1\n", False),
    ],
)  # fmt: skip
def test_labels_are_told_from_sequences(text, expected):
    assert is_labels(text.encode()) is expected


def test_lines_are_named_by_number_and_errors_by_line():
    records = parse_lines(b"# about\nACG\ntt \n\n", source="x.txt")
    assert (strings(records), records.names) == (["ACG", "TT"], ["seq1", "seq2"])
    with pytest.raises(InputError, match=r"x.txt:2: record 'seq2' has no sequence"):
        parse_lines(b"ACG\n\nTT\n", source="x.txt")
    with pytest.raises(InputError, match=r"x.txt:3: record 'seq2' .* Got ' '"):
        parse_lines(b"#\nACG\nT T\n", source="x.txt")


@given(st.lists(st.sampled_from(["0", "1"]), min_size=1, max_size=30), st.sampled_from(["0", "1", "label", "y"]))
def test_one_line_too_many_is_a_header_even_if_it_looks_like_a_label(labels, header):
    data = "\n".join([header, *labels]).encode() + b"\n"
    assert parse_labels(data, n_sequences=len(labels), source="x") == labels
    if header in ("0", "1"):
        assert parse_labels(data, n_sequences=len(labels) + 1, source="x") == [header, *labels]


def test_dropping_a_header_is_logged_and_doubtful_ones_are_warned_of(caplog):
    caplog.set_level(logging.INFO)
    parse_labels(b"label\n0\n1\n", n_sequences=2, source="x")
    parse_labels(b"0\n0\n1\n", n_sequences=2, source="x")
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING"]
    assert "'0', is dropped" in caplog.text


@pytest.mark.parametrize(
    ("text", "n", "message"),
    [
        ("0\n1\n", 3, "one label a line for 3 sequences. Got 2 labels.$"),
        ("0\n1\n0\n", 1, "for 1 sequences. Got 3 labels.$"),
        ("label\n0\n1\n", 3, "for 3 sequences. Got 2 labels and a header"),
        ("label\n0\n1\n", 1, "for 1 sequences. Got 2 labels and a header"),
        ("0\n\n1\n", 3, "x:2: the label is missing"),
        ("# c\nlabel\n0\n\n1\n", 3, "x:4: the label is missing"),
    ],
)
def test_any_other_mismatch_of_labels_is_refused(text, n, message):
    with pytest.raises(InputError, match=message):
        parse_labels(text.encode(), n_sequences=n, source="x")


@pytest.mark.parametrize(
    ("labels", "indices", "classes"),
    [
        (["1", "1"], [1, 1], ("0", "1")),
        (["0"], [0], ("0", "1")),
        (["1.0", "0", "+1"], [1, 0, 1], ("0", "1")),
        (["10", "9", "10"], [1, 0, 1], ("9", "10")),
        (["1", "-1"], [1, 0], ("-1", "1")),
        (["b", "a", "10"], [2, 1, 0], ("10", "a", "b")),
    ],
)
def test_classes_keep_zero_and_one_and_sort_numbers_as_numbers(labels, indices, classes):
    found = class_indices(labels, source="x")
    assert (found[0].tolist(), found[1]) == (indices, classes)


@given(st.lists(st.text("abc", min_size=1, max_size=2), min_size=1, max_size=20))
def test_the_class_of_each_index_is_its_label(labels):
    indices, classes = class_indices(labels, source="x")
    assert [classes[i] for i in indices] == labels
    assert list(classes) == sorted(set(labels))


def test_measurements_are_not_classes():
    with pytest.raises(InputError, match=r"Got the number '0.53'"):
        class_indices(["1", "0.53", "2e5"], source="x")


@pytest.mark.parametrize(
    ("negative", "positive"),
    [
        ("unbound", "bound"), ("control", "case"), ("inactive", "active"), ("neg", "pos"), ("random", "peak"),
        ("Negative", "Positive"), ("no", "yes"), ("FALSE", "TRUE"), ("non-enhancer", "enhancer"), ("not_open", "open"),
        ("-1", "1"), ("1", "2"), ("0", "1"), ("background", "CTCF"),
    ],
)  # fmt: skip
def test_the_word_that_says_no_is_class_zero(negative, positive):
    for labels in ([negative, positive, positive], [positive, negative, positive]):
        indices, classes = class_indices(labels, source="x")
        assert classes == (negative, positive)
        assert indices.tolist() == [int(label == positive) for label in labels]


def test_other_words_are_sorted():
    for classes in (["strong", "weak"], ["no", "false"], ["0"], ["neg", "pos", "random"]):
        assert class_indices(classes[::-1], source="x")[1][: len(classes)] == tuple(sorted(classes))


@given(st.lists(st.text("ab1", min_size=1, max_size=4), min_size=1, max_size=12, unique=True), st.randoms())
def test_a_table_of_labels_is_joined_by_name_whatever_its_order(names, random):
    wanted = {name: str(index % 3) for index, name in enumerate(names)}
    rows = random.sample(names, len(names))
    text = "note;y;ID\n" + "".join(f"x;{wanted[name]};{name}\n" for name in rows)
    assert parse_label_table(text.encode(), names=names, source="l.csv") == [wanted[name] for name in names]


@pytest.mark.parametrize(
    ("text", "names", "message"),
    [
        ("name\tlabel\na\t1\n", ["a", "b", "c"], r"Got sequences without a label \(2, the first 'b'\)\."),
        ("name\tlabel\na\t1\nb\t0\n", ["b"], r"Got labels of no sequence \(1, the first 'a'\)\."),
        ("name\tlabel\na\t1\nb\t0\na\t1\n", ["a", "b"], r"l\.tsv:4: 'a' has a label already"),
        ("name\tlabel\na\t1\n", ["a", "a"], "several are named 'a'"),
        ("# made\nname\tlabel\na\t\n", ["a"], r"l\.tsv:3: the label is missing"),
        ("name\tlabel\na\n", ["a"], r"l\.tsv:2: expected 2 cells"),
        ("name\tlabel\n", ["a"], "at least one label below the header"),
    ],
)
def test_labels_by_name_that_do_not_fit_are_refused(text, names, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_label_table(text.encode(), names=names, source="l.tsv")
    assert "\n" not in str(caught.value)


def test_a_table_of_labels_is_one_without_sequences():
    for line in ("name\tlabel", "Label,ID", "true;class;name", '"name","label"'):
        assert is_label_table(line), line
    for line in ("label", "name", "name\tlabel\tseq", "name label", "chr1\t0\t30", "names\tlabels"):
        assert not is_label_table(line), line
