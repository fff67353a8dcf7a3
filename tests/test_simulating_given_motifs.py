"""What a user means by a motif."""

import re

import numpy as np
import pytest

from motiflens.database import find_motif, read_database
from motiflens.errors import InputError, ParameterError
from motiflens.formats.motif_files import write_meme
from motiflens.simulating.given_motifs import FOXO1, MotifFinder, foxo1, numbered, word_motif

FINDER = MotifFinder()
SETS = {"R": "AG", "Y": "CT", "S": "GC", "W": "AT", "K": "GT", "M": "AC", "B": "CGT", "D": "AGT", "H": "ACT",
        "V": "ACG", "N": "ACGT", "A": "A", "C": "C", "G": "G", "T": "T"}  # fmt: skip


@pytest.mark.parametrize("word", ["ACGTG", "A", "tgcat", "RTGASTCAY", "NNBDHVKMW"])
def test_words(word):
    motif = word_motif(word)
    assert motif.name == word.upper()
    for column, letter in zip(motif.probabilities.T, word.upper(), strict=True):
        assert column.tolist() == [(base in SETS[letter]) / len(SETS[letter]) for base in "ACGT"]
    assert np.array_equal(FINDER.find(word).probabilities, motif.probabilities)


def test_letters_are_a_word_before_they_are_a_name():
    assert FINDER.find("GATA").name == "GATA"
    assert np.isin(FINDER.find("GATA").probabilities, [0, 1]).all()


@pytest.mark.parametrize("name", ["CTCF", "ctcf", "MA0139.2", "MA0139"])
def test_names_in_the_database(name):
    assert FINDER.find(name).name == find_motif("CTCF", read_database()).name


def test_identifiers_of_other_tax_groups():
    assert (
        FINDER.find("MA0265.3").alternate_name == find_motif("MA0265.3", read_database("jaspar:fungi")).alternate_name
    )


@pytest.mark.parametrize("name", [FOXO1, FOXO1.lower()])
def test_foxo1_is_at_hand(name):
    motif = FINDER.find(name)
    assert (motif.name, motif.alternate_name, motif.width, motif.n_sites) == (FOXO1, "FOXO1", 12, 500)


def test_foxo1_is_that_of_hocomoco(shared_data):
    lines = (shared_data / "hocomoco" / f"{FOXO1}.counts.tsv").read_text().strip().splitlines()[1:]
    counts = np.array([[float(cell) for cell in line.split("\t")[1:]] for line in lines]).T
    np.testing.assert_allclose(foxo1().counts, counts, atol=1e-9)


def test_motifs_in_files(tmp_path):
    one, two = tmp_path / "one.meme", tmp_path / "two.meme"
    first, second = word_motif("ACGTRR"), word_motif("TTTNG")
    write_meme([first], one)
    write_meme([first, second], two)
    assert FINDER.find(one).name == FINDER.find(str(one)).name == "ACGTRR"
    assert FINDER.find(f"{two}#TTTNG").name == "TTTNG"
    assert MotifFinder(str(two)).find("tttng").width == 5
    with pytest.raises(InputError, match=re.escape(f"{two}#NAME (ACGTRR, TTTNG)")):
        FINDER.find(two)
    with pytest.raises(InputError, match=r"No motif 'TTTNC'.*TTTNG"):
        FINDER.find(f"{two}#TTTNC")


def test_a_motif_is_itself():
    motif = word_motif("ACNNNGT")
    assert FINDER.find(motif) is motif


@pytest.mark.parametrize(("given", "part"), [
    ("CTFC", "CTCF"), ("MA9139.1", "No motif"), ("ACGTQ", "No motif"), ("nosuch.meme", "No motif"),
    ("MA0265.9", "MA0265"), ("MA0139.1", r"the newest version of each matrix alone.* MA0139\.2"),
    ("ma0265.1", r"JASPAR20\d\d.*the newest version of each matrix alone.* MA0265\.\d"),
])  # fmt: skip
def test_what_is_not_known_is_refused_with_near_names(given, part):
    with pytest.raises(InputError, match=part):
        FINDER.find(given)


@pytest.mark.parametrize("given", ["", "  ", 5, None, b"ACGT", ["ACGT"]])
def test_what_is_no_motif_is_refused(given):
    with pytest.raises(ParameterError, match="A motif must be"):
        FINDER.find(given)


def test_a_missing_file_and_a_missing_database_are_told(tmp_path):
    with pytest.raises(InputError, match=r"gone\.meme"):
        FINDER.find(tmp_path / "gone.meme")
    with pytest.raises(InputError, match="jaspar:vertebrates"):
        MotifFinder("jaspar:vertebrate").find("CTCF")
    with pytest.raises(ParameterError, match="IUPAC"):
        word_motif("ACGU")


def test_motifs_are_numbered_by_name():
    a, b, other = word_motif("ACGT"), word_motif("TTT"), word_motif("ACGR")
    assert numbered([a, b, a])[1] == [0, 1, 0]
    with pytest.raises(ParameterError, match="two named 'ACGT'"):
        numbered([a, type(other)(other.probabilities, "ACGT")])


@pytest.mark.parametrize(("given", "parts"), [
    ("ACXT", ["No motif 'ACXT'", "IUPAC letters alone", "and not X."]),
    ("ACGU", ["and not U."]), ("acjoctgg", ["and not J, O."]),
    ("nosuch.meme", ["No motif", "Nor is there a file 'nosuch.meme'."]), ("a/b#CTCF", ["file 'a/b'"]),
    ("FOXO3_HUMAN.H11MO.0.B", ["Did you mean Foxo3", FOXO1, "--database FILE", "HOCOMOCO"]),
    ("CTCF_MOUSE", ["Did you mean CTCF", "--database FILE"]),
    ("CTCF.H12CORE.0.P.B", ["--database FILE"]), ("FOXO", ["Did you mean FOXO"]),
])  # fmt: skip
def test_what_was_meant_is_guessed(given, parts):
    with pytest.raises(InputError) as caught:
        FINDER.find(given)
    message = str(caught.value)
    assert all(part in message for part in parts)
    assert "\n" not in message
    assert ".." not in message.replace("...", "")


def test_a_name_that_is_no_word_is_not_called_one():
    for given in ("CTFC_9", "Zebrafish", "nkx"):
        with pytest.raises(InputError) as caught:
            FINDER.find(given)
        assert "IUPAC" not in str(caught.value)


def test_hocomoco_is_read_from_its_file(shared_data):
    finder = MotifFinder(str(shared_data / "hocomoco" / "H12CORE_meme_format.meme.gz"))
    assert finder.find("CTCF.H12CORE.0.P.B").width > 10
    with pytest.raises(InputError, match="Did you mean") as caught:
        finder.find("CTCF.H12CORE.0.P.X")
    assert "--database" not in str(caught.value)


def test_the_finder_knows_whether_its_database_was_used():
    finder = MotifFinder()
    finder.find("ACGT")
    assert not finder.used
    finder.find("CTCF")
    assert finder.used


@pytest.mark.parametrize("given", ["NNRYN", "nosuch.meme", "CTCF"])
def test_a_database_that_cannot_be_read_is_told_first(tmp_path, given):
    path = tmp_path / "sequences.fa"
    path.write_text(">a\nACGT\n")
    with pytest.raises(InputError, match=r"sequences\.fa:2") as caught:
        MotifFinder(str(path)).find(given)
    assert "nosuch" not in str(caught.value)
