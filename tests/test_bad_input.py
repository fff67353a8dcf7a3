"""Bad input at the command line: one clear line, exit code 2, nothing left behind."""

import gzip

import numpy as np
import pytest

from motiflens.cli import main
from motiflens.simulating.planting import random_sequences

GENOME = {f"chr{name}": 3000 for name in ("1", "2", "10")}
ROMAN = {"I": 3000, "II": 2500, "Mito": 900}


def fasta(path, strings):
    path.write_text("".join(f">s{i}\n{text}\n" for i, text in enumerate(strings)))
    return path


def letters(n, length, seed=0):
    return random_sequences(n, length, random_state=seed).strings()


def genome(path, sizes):
    rng = np.random.default_rng(1)
    path.write_text("".join(f">{n}\n{''.join('ACGT'[i] for i in rng.integers(0, 4, s))}\n" for n, s in sizes.items()))
    return path


def bed(path, rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    return path


def refused(capsys, tmp_path, *arguments):
    """Run discover; check it refuses cleanly; return the message."""
    before = sorted(p.name for p in tmp_path.iterdir())
    code = main(["discover", *map(str, arguments), "-o", str(tmp_path / "out"), "--quiet"])
    captured = capsys.readouterr()
    lines = captured.err.strip().splitlines()
    assert code == 2
    assert captured.out == ""
    assert len(lines) == 1, captured.err
    assert lines[0].startswith("motiflens discover: error: ")
    left = sorted(p.name for p in tmp_path.iterdir() if not p.name.endswith(".fai"))
    assert left == before
    return lines[0]


def test_missing_file(capsys, tmp_path):
    assert "nowhere.fa" in refused(capsys, tmp_path, tmp_path / "nowhere.fa")


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", gzip.compress(b"", mtime=0)])
def test_empty_file(capsys, tmp_path, content):
    (tmp_path / "empty.fa").write_bytes(content)
    assert "empty.fa" in refused(capsys, tmp_path, tmp_path / "empty.fa")


@pytest.mark.parametrize(
    "content", [b"hello world, this is a letter\n" * 30, bytes(range(256)) * 9, b"\x1f\x8b\x08broken"]
)
def test_not_sequences(capsys, tmp_path, content):
    (tmp_path / "notes.fa").write_bytes(content)
    assert "notes.fa" in refused(capsys, tmp_path, tmp_path / "notes.fa")


def test_protein(capsys, tmp_path):
    path = fasta(tmp_path / "p.fa", ["MKVLILACLVALALARELEELNVPGEIVESLSSSEESITRINKK"] * 30)
    assert "protein" in refused(capsys, tmp_path, path)


def test_a_record_without_sequence(capsys, tmp_path):
    path = tmp_path / "p.fa"
    path.write_text(">a\nACGTACGTACGT\n>gap\n>c\nACGTACGTACGA\n")
    message = refused(capsys, tmp_path, path)
    assert "gap" in message
    assert "line 3" in message or ":3" in message


def test_one_class_only(capsys, tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text("sequence\tlabel\n" + "".join(f"{text}\t0\n" for text in letters(40, 50)))
    assert "negatives" in refused(capsys, tmp_path, path)


def test_one_sequence(capsys, tmp_path):
    assert "at least 20" in refused(capsys, tmp_path, fasta(tmp_path / "p.fa", letters(1, 60)))


def test_one_negative(capsys, tmp_path):
    positives, negatives = fasta(tmp_path / "p.fa", letters(30, 60)), fasta(tmp_path / "n.fa", letters(1, 60, seed=5))
    assert "negative" in refused(capsys, tmp_path, positives, "--negatives", negatives)


def test_all_identical(capsys, tmp_path):
    path = fasta(tmp_path / "p.fa", letters(1, 60) * 50)
    assert "identical" in refused(capsys, tmp_path, path)


def test_shorter_than_the_filters(capsys, tmp_path):
    path = fasta(tmp_path / "p.fa", letters(50, 8))
    assert "at least 12 bases" in refused(capsys, tmp_path, path)


def test_nothing_but_unknown_letters(capsys, tmp_path):
    path = fasta(tmp_path / "p.fa", ["N" * 50] * 30)
    refused(capsys, tmp_path, path)


def test_regions_need_a_genome(capsys, tmp_path):
    path = bed(tmp_path / "p.bed", [("chr1", 10 * i, 10 * i + 60) for i in range(30)])
    assert "--genome" in refused(capsys, tmp_path, path)


def test_regions_beyond_the_chromosome(capsys, tmp_path):
    path = bed(tmp_path / "p.bed", [("chr1", 5000 + i, 5060 + i) for i in range(30)])
    refused(capsys, tmp_path, path, "--genome", genome(tmp_path / "g.fa", GENOME))


@pytest.mark.parametrize(
    ("sizes", "name", "hint"),
    [(ROMAN, "chr1", "I"), (GENOME, "10", "chr"), (GENOME, "chrX", "chr1"), (ROMAN, "chrM", "Mito")],
)
def test_unknown_chromosomes_get_a_hint(capsys, tmp_path, sizes, name, hint):
    path = bed(tmp_path / "p.bed", [(name, 10 * i, 10 * i + 60) for i in range(30)])
    message = refused(capsys, tmp_path, path, "--genome", genome(tmp_path / "g.fa", sizes))
    assert name in message
    assert hint in message


def test_a_broken_bed_line_is_named(capsys, tmp_path):
    path = tmp_path / "p.bed"
    path.write_text("chr1\t10\t70\nchr1\tten\t80\n")
    message = refused(capsys, tmp_path, path, "--genome", genome(tmp_path / "g.fa", GENOME))
    assert "p.bed" in message
    assert "2" in message


def test_unknown_database(capsys, tmp_path):
    path = fasta(tmp_path / "p.fa", letters(40, 60))
    message = refused(capsys, tmp_path, path, "--database", "jaspar:vertebrate")
    assert "jaspar:vertebrates" in message


def test_an_output_that_exists_is_refused_first(capsys, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept.txt").write_text("mine")
    assert "--force" in refused(capsys, tmp_path, tmp_path / "nowhere.fa")
    assert (tmp_path / "out" / "kept.txt").read_text() == "mine"
