"""Findings: names, matches, and sites in sequences and in the genome."""

from dataclasses import replace

import numpy as np
import pytest
from planted import exact_motif

from motiflens import describing
from motiflens.alphabet import decode, encode, reverse_complement
from motiflens.describing import describe, named_sites
from motiflens.doubles import Pair
from motiflens.enrichment import CutOff
from motiflens.extraction.candidates import Candidate
from motiflens.extraction.evidence import Evidence
from motiflens.extraction.matrices import Scanner
from motiflens.motifs import Motif
from motiflens.results import Interval
from motiflens.sequences import Coordinates, SequenceSet, from_codes
from motiflens.simulating.planting import random_sequences

SCANNER = Scanner(np.full(4, 0.25))
NONE = CutOff(-20.0, 9.0, 5, 1)
EVIDENCE = Evidence(1e-9, 3e-9, 0.5, 0.1, Interval(0.8, 0.7, 0.9), 0.05)
WORD = "GATTACCA"


def read_from_genome() -> tuple[str, SequenceSet]:
    """A genome with the word on both strands, and four windows of it, two read on the minus strand."""
    rng = np.random.default_rng(0)
    genome = rng.integers(0, 4, 400).astype(np.uint8)
    genome[60:68] = encode(WORD)
    genome[210:218] = reverse_complement(encode(WORD))
    starts, ends = np.array([40, 43, 190, 200]), np.array([90, 95, 245, 231])
    strands = np.array(["+", "-", "+", "-"])
    rows = [
        genome[a:b] if s == "+" else reverse_complement(genome[a:b])
        for a, b, s in zip(starts, ends, strands, strict=True)
    ]
    places = Coordinates(np.array(["chrZ"] * 4), starts, ends, strands)
    return decode(genome), replace(from_codes(rows), coordinates=places)


def test_sites_have_the_coordinates_and_strand_of_the_genome():
    genome, sequences = read_from_genome()
    motif = exact_motif(WORD, "1-GATTACCA")
    hits = SCANNER.sites(sequences.codes, motif.probabilities, 14.0)
    sites = named_sites(hits, motif, sequences)
    assert [(site.sequence, site.start, site.end, site.strand) for site in sites] == [
        ("chrZ", 60, 68, "+"), ("chrZ", 60, 68, "+"), ("chrZ", 210, 218, "-"), ("chrZ", 210, 218, "-"),
    ]  # fmt: skip
    for site in sites:
        letters = encode(genome[site.start : site.end])
        assert decode(letters if site.strand == "+" else reverse_complement(letters)) == WORD


def test_sites_without_coordinates_count_from_the_sequence_not_from_its_padding():
    rows = [encode("CC" + WORD + "TTTTTTTTTTTTTTTT"), encode(decode(reverse_complement(encode(WORD))) + "A")]
    sequences = from_codes(rows, ["long", "short"])
    motif = exact_motif(WORD, "m")
    sites = named_sites(SCANNER.sites(sequences.codes, motif.probabilities, 14.0), motif, sequences)
    assert [(s.sequence, s.start, s.end, s.strand) for s in sites] == [("long", 2, 10, "+"), ("short", 0, 8, "-")]


def test_motifs_are_named_by_rank_turned_as_the_database_reads_them_and_matched():
    database = random_known(60)
    known = replace(exact_motif(WORD, "MA1"), alternate_name="KNOWN")
    turned = exact_motif(WORD).reverse_complement().probabilities
    other = exact_motif("CCCGTATAGC").probabilities
    tested = [(Candidate(matrix, CutOff(-20.0, 9.0, 5, 1), 4), EVIDENCE) for matrix in (turned, other)]
    positives = random_sequences(30, 80, random_state=2)
    described = describe(tested, positives, [*database, known], SCANNER, random_state=0)
    first, second = described.findings
    assert first.motif.name == f"1-{WORD}"
    assert second.motif.name.startswith("2-")
    assert (first.matches[0].target, first.matches[0].strand, first.matches[0].offset) == ("MA1", "+", 0)
    assert first.matches[0].qvalue < 0.01
    assert 0 < first.random_pvalue < 1
    assert first.n_filters == 4
    assert "MA1" in described.targets
    assert first.n_sites == sum(site.motif == first.motif.name for site in described.sites)


def test_without_a_database_there_are_no_matches():
    tested = [(Candidate(exact_motif(WORD).probabilities, CutOff(-20.0, 9.0, 5, 1)), EVIDENCE)]
    described = describe(tested, random_sequences(9, 40, random_state=0), [], SCANNER, random_state=0)
    assert described.findings[0].matches == ()
    assert np.isnan(described.findings[0].random_pvalue)


@pytest.mark.parametrize("n_known", [0, 2, 70])
def test_another_form_of_a_better_motif_is_left_out_and_said_whatever_the_database(n_known):
    """Of six motifs two are the first in another form; the composite of the second and the last are kept."""
    half = "CTTGTGCGA"
    words = [WORD + "GA", half, WORD[1:] + "GAC", "CCGCATGCG", half + "TTACCGCAT", WORD + "G"]
    matrices = [exact_motif(word).probabilities for word in words]
    matrices[2] = exact_motif(words[2]).reverse_complement().probabilities
    tested = [(Candidate(matrix, CutOff(-20.0, 9.0, 5, 1), n_filters=i), EVIDENCE) for i, matrix in enumerate(matrices)]
    known = random_known(n_known)
    positives = random_sequences(30, 80, random_state=2)
    described = describe(tested, positives, known, SCANNER, random_state=0)
    assert described.kept == (0, 1, 3, 4)
    assert [finding.n_filters for finding in described.findings] == [0, 1, 3, 4]
    names = [finding.motif.name for finding in described.findings]
    assert [name.partition("-")[0] for name in names] == ["1", "2", "3", "4"]
    alike = [finding.alike for finding in described.findings]
    assert alike[:3] == [(), (), ()]
    assert names[1] in alike[3]
    assert {site.motif for site in described.sites} <= set(names) == set(described.positions)
    assert [note.endswith(f"it is {names[0]} in another form.") for note in described.left_out] == [True, True]
    assert [note.split(" ")[0] for note in described.left_out] == [Motif(matrices[i], "").consensus for i in (2, 5)]


@pytest.mark.parametrize(("n_known", "n_read"), [(0, 1), (49, 1), (50, 0)])
def test_few_known_motifs_say_nothing_of_chance(monkeypatch, n_known, n_read):
    read = []

    def read_database() -> list[Motif]:
        read.append(1)
        return random_known(60)

    monkeypatch.setattr(describing, "read_database", read_database)
    tested = [(Candidate(exact_motif(word).probabilities, NONE), EVIDENCE) for word in (WORD, "CCGCATGCG")]
    described = describe(
        tested, random_sequences(9, 40, random_state=0), random_known(n_known), SCANNER, random_state=0
    )
    assert len(described.findings) == 2
    assert len(read) == n_read


@pytest.mark.parametrize(("both_strands", "n_found"), [(True, 1), (False, 2)])
def test_a_motif_turned_over_is_another_where_one_strand_is_read(both_strands, n_found):
    motif = exact_motif(WORD)
    tested = [(Candidate(each.probabilities, NONE), EVIDENCE) for each in (motif, motif.reverse_complement())]
    scanner = Scanner(np.full(4, 0.25), both_strands=both_strands)
    described = describe(tested, random_sequences(9, 40, random_state=0), [], scanner, random_state=0)
    assert len(described.findings) == n_found


def test_what_is_like_a_motif_that_was_left_out_is_not_said_to_be_like_it(monkeypatch):
    """The third is the first in another form; the fourth shares columns with the second and with the third."""
    pairs = [Pair(0, 2, 1e-9, 1e-9, (1, 1), 1), *(Pair(better, 3, 1e-9, 1e-9, (1, 0.3), 1) for better in (1, 2))]
    monkeypatch.setattr(describing, "pairs_of", lambda motifs, known, **_: pairs)
    words = (WORD, "CCGCATGCG", "TTTGACAG", "CCATATAGG")
    tested = [(Candidate(exact_motif(word).probabilities, NONE), EVIDENCE) for word in words]
    described = describe(tested, random_sequences(9, 40, random_state=0), [], SCANNER, random_state=0)
    assert [finding.alike for finding in described.findings] == [(), (), ("2-CCGCATGCG",)]
    assert described.left_out == ("TTTGACAG (E 3e-09) was left out: it is 1-GATTACCA in another form.",)


def random_known(n: int) -> list[Motif]:
    return [exact_motif(word, f"T{i}") for i, word in enumerate(random_words(n))]


def random_words(n: int) -> list[str]:
    rng = np.random.default_rng(5)
    return ["".join("ACGT"[i] for i in rng.integers(0, 4, 6 + j % 5)) for j in range(n)]
