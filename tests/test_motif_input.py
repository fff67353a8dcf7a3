"""Which motifs and which base frequencies a user means."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import exact_motif

from motiflens.errors import InputError, ParameterError
from motiflens.formats.background_file import is_background, parse_background
from motiflens.formats.motif_files import write_meme
from motiflens.formats.motif_text import MotifText
from motiflens.motifs import Motif, from_counts
from motiflens.runs.base_frequencies import base_frequencies, mean_background
from motiflens.runs.motif_input import chosen, motif_file, network_folder, read_given_motifs, repeated_names, smoothed

NAMES = [("MA0139.2", "CTCF"), ("MA1929.2", "CTCF"), ("MA0004.1", "Arnt"), ("MA0259.2", "ARNT::HIF1A"), ("ma0139", "")]


def named(names=NAMES):
    return [Motif(np.full((4, 3), 0.25), name, factor) for name, factor in names]


@pytest.mark.parametrize(("only", "found"), [
    ([], [0, 1, 2, 3, 4]), (["MA0139.2"], [0]), (["CTCF"], [0, 1]), (["ctcf"], [0, 1]), (["Arnt"], [2]),
    (["arnt"], [2]), (["arnt*"], [2, 3]), (["MA0004"], [2]), (["ma0139"], [4]), (["Ma0139"], [0, 4]),
    (["MA????.2"], [0, 1, 3]),
    (["Arnt", "MA1929"], [1, 2]), (["CTCF", "MA0139.2"], [0, 1]), (["*"], [0, 1, 2, 3, 4]),
])  # fmt: skip
def test_motifs_are_chosen_by_what_they_are_called(only, found):
    motifs = named()
    assert chosen(motifs, only) == [motifs[index] for index in found]


@pytest.mark.parametrize(("only", "part"), [(["CTFC"], "CTCF"), (["CTCF", "MA0139.1"], "MA0139.2"), (["*x"], "'*x'")])
def test_a_name_that_fits_none_is_refused_with_the_nearest(only, part):
    with pytest.raises(InputError) as caught:
        chosen(named(), only)
    assert part in str(caught.value)


def test_a_name_with_brackets_is_no_pattern_when_it_is_exact():
    motifs = named([("[AG]CC", ""), ("ACC", "")])
    assert chosen(motifs, ["[AG]CC"]) == motifs[:1]


@pytest.mark.parametrize("name", ["motifs.meme", "truth.meme"])
def test_the_folder_of_a_run_stands_for_its_motifs(tmp_path, name):
    write_meme([exact_motif("ACGTT", "one"), exact_motif("GGC", "two")], tmp_path / name)
    assert motif_file(str(tmp_path)) == str(tmp_path / name)
    assert [motif.name for motif in read_given_motifs(str(tmp_path))] == ["one", "two"]
    assert [motif.name for motif in read_given_motifs(str(tmp_path), ["two"])] == ["two"]
    assert motif_file(str(tmp_path / name)) == str(tmp_path / name)
    assert motif_file("-") == "-"


def test_a_folder_without_motifs_says_what_to_do(tmp_path):
    with pytest.raises(InputError, match=r"motifs\.meme"):
        motif_file(str(tmp_path))
    with pytest.raises(InputError, match="folder of a network"):
        network_folder(str(tmp_path))
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(InputError, match="motiflens motifs"):
        motif_file(str(tmp_path))
    assert network_folder(str(tmp_path)) == tmp_path


def test_names_that_repeat_are_told():
    assert repeated_names(named()) == ()
    (note,) = repeated_names(named([("a", ""), ("b", ""), ("a", "x")]))
    assert note.endswith(": a.")


@given(st.integers(0, 999), st.floats(0, 1e6), st.floats(0.1, 1e4))
def test_pseudocounts_are_sites_of_the_background(seed, pseudocount, n_sites):
    rng = np.random.default_rng(seed)
    background = tuple(rng.dirichlet([5] * 4).tolist())
    motif = Motif(rng.dirichlet([0.5] * 4, size=6).T, "m", background=background, n_sites=n_sites)
    (read,) = smoothed([motif], pseudocount)
    share = pseudocount / (n_sites + pseudocount)
    for j in range(6):
        for base in range(4):
            expected = (1 - share) * motif.probabilities[base, j] + share * background[base]
            assert read.probabilities[base, j] == pytest.approx(expected, abs=1e-12)
    assert read.n_sites == n_sites


@pytest.mark.parametrize("pseudocount", [-1, np.nan, np.inf])
def test_pseudocounts_out_of_range_are_refused(pseudocount):
    with pytest.raises(ParameterError, match="pseudocount"):
        smoothed([exact_motif("ACG")], pseudocount)


# Base frequencies


def test_words_and_numbers_are_frequencies():
    assert base_frequencies("uniform") == (0.25,) * 4
    assert base_frequencies("0.4,0.3,0.2,0.1") == pytest.approx((0.4, 0.3, 0.2, 0.1))
    assert base_frequencies("sequences", ("sequences", "motifs")) == "sequences"


@pytest.mark.parametrize("text", ["sequences", "nosuch.txt", "0.5,0.5", "a,b,c,d", "", "-", "0.25,0.25,0.25"])
def test_what_is_no_background_is_refused_with_what_would_be(text):
    with pytest.raises(ParameterError, match=r"--background must be motifs, uniform, four frequencies.* or a file"):
        base_frequencies(text, ("motifs",))


@pytest.mark.parametrize("text", ["1,1,1,1", "0.5,0.5,0,0", "nan,0.3,0.3,0.4"])
def test_numbers_that_are_no_frequencies_are_refused(text):
    with pytest.raises(ParameterError, match="four frequencies above 0"):
        base_frequencies(text)


@pytest.mark.parametrize("text", [
    "A 0.4\nC 0.3\nG 0.2\nT 0.1\n", "# 0-order Markov frequencies\r\n\r\nA\t4.0e-01\r\nC 3e-1\r\nT .1\r\nG 0.2",
    "# 1-order\na 0.4\nc 0.3\ng 0.2\nu 0.1\naa 0.16\nac 0.12\nNN junk\n",
])  # fmt: skip
def test_background_files_of_the_meme_suite_are_read(tmp_path, text):
    path = tmp_path / "bg"
    path.write_bytes(text.encode())
    assert base_frequencies(str(path)) == pytest.approx((0.4, 0.3, 0.2, 0.1))


def test_frequencies_rounded_by_another_program_are_made_to_sum_to_1(tmp_path):
    (tmp_path / "bg").write_text("A 0.303\nC 0.2\nG 0.2\nT 0.3\n")
    assert sum(base_frequencies(str(tmp_path / "bg"))) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("text", "line", "part"), [
    ("A 0.4\nC 0.3\n", 2, "A, C"), ("A 0.4\nC 0.3\nG 0.2\nT 0.9", 4, "sum is 1"),
    ("A 0.5\nC 0.5\nG 0\nT 0\n", 4, "above 0"),
    ("A 0.4\nA 0.3\n", 2, "each once"), ("A 0.4 0.3\n", 1, "frequency"), ("A 0.4x\n", 1, "numbers"),
    ("A 0.25\nB 0.25\n", 2, "one of A, C, G and T"), ("A -0.1\n", 1, ">= 0"),
])  # fmt: skip
def test_damaged_background_files_are_refused_with_file_and_line(text, line, part):
    content = MotifText(tuple(text.strip().split("\n")), "bg.txt")
    assert is_background(content)
    with pytest.raises(InputError, match=rf"^bg\.txt:{line}: .*{part}"):
        parse_background(content)


def test_sequences_give_their_frequencies(tmp_path):
    (tmp_path / "s.fa").write_text(">a\nAAAAACCC\n>b\nGGNNTacgt\n")
    expected = np.array([7, 5, 4, 3]) / 19  # each base once more
    assert base_frequencies(str(tmp_path / "s.fa")) == pytest.approx(expected.tolist())


def test_a_file_of_something_else_gives_no_background(tmp_path):
    (tmp_path / "x").write_text("chr1\t5\t60\n")
    with pytest.raises(InputError, match="gives no background"):
        base_frequencies(str(tmp_path / "x"))


def test_the_background_of_motifs_is_theirs_or_the_mean():
    one, two = (Motif(from_counts(np.ones((4, 2)), "m").probabilities, "m", background=background)
                for background in ((0.4, 0.3, 0.2, 0.1), (0.2, 0.1, 0.4, 0.3)))  # fmt: skip
    assert mean_background([one, one]) == pytest.approx(one.background)
    assert mean_background([one, two]) == pytest.approx((0.3, 0.2, 0.3, 0.2))
