"""Scanning for every site: against a loop over windows, against other programs, and against chance."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import exact_motif

from motiflens.alphabet import decode, encode, one_hot, reverse_complement
from motiflens.errors import InputError, ParameterError
from motiflens.formats.motif_files import read_motifs
from motiflens.formats.regions import open_genome
from motiflens.motifs import Motif, from_counts
from motiflens.reading import read_sequences
from motiflens.scanning.occurrences import scan
from motiflens.scanning.pieces import pieces
from motiflens.scanning.score_distribution import score_tail
from motiflens.sequences import Coordinates, from_codes, from_strings
from motiflens.significance import benjamini_hochberg

FIELDS = ("sequence", "motif", "start", "end", "reverse", "score", "pvalue", "qvalue")


def random_codes(rng, length, unknown=0.0):
    codes = rng.integers(0, 4, length).astype(np.uint8)
    codes[rng.random(length) < unknown] = 4
    return codes


def random_motif(rng, width, name="m"):
    counts = rng.multinomial(30, rng.dirichlet([0.3] * 4), size=width).T
    return from_counts(counts, name)


def brute(motifs, sequences, base, pvalue, both_strands):
    """Every site as (sequence, start, motif, reverse, score, p) and the p-values of all windows, by motif."""
    sites, windows = [], {m: [] for m in range(len(motifs))}
    for m, motif in enumerate(motifs):
        tail = score_tail(motif, base)
        for s, code in enumerate(sequences):
            for start in range(len(code) - motif.width + 1):
                window = code[start : start + motif.width]
                if (window > 3).any():
                    continue
                for reverse in (False, True)[: 1 + both_strands]:
                    word = reverse_complement(window) if reverse else window
                    score = tail.steps[word, np.arange(motif.width)].sum()
                    p = tail.pvalue(word)
                    windows[m].append(p)
                    if p <= pvalue:
                        sites.append((s, start, m, reverse, score / tail.per_bit, p))
    return sorted(sites), windows


def as_rows(sites):
    parts = (sites.sequence, sites.start, sites.motif, sites.reverse, sites.score, sites.pvalue)
    return list(zip(*(part.tolist() for part in parts), strict=True))


@given(
    seed=st.integers(0, 10_000),
    widths=st.lists(st.integers(1, 20), min_size=1, max_size=5),
    lengths=st.lists(st.integers(0, 60), min_size=1, max_size=6),
    both_strands=st.booleans(),
    pvalue=st.sampled_from([0.003, 0.05, 1.0]),
)
def test_the_sites_are_those_of_a_loop_over_all_windows(seed, widths, lengths, both_strands, pvalue):
    rng = np.random.default_rng(seed)
    lengths = [*lengths, max(widths)]
    motifs = [random_motif(rng, width, f"m{i}") for i, width in enumerate(widths)]
    sequences = [random_codes(rng, length, unknown=0.03) for length in lengths]
    base = (0.3, 0.2, 0.2, 0.3) if both_strands else (0.1, 0.2, 0.3, 0.4)
    sites = scan(motifs, [(f"s{i}", code) for i, code in enumerate(sequences)], pvalue=pvalue, background=base,
                 both_strands=both_strands)  # fmt: skip
    expected, windows = brute(motifs, sequences, base, pvalue, both_strands)
    assert [row[:4] for row in as_rows(sites)] == [row[:4] for row in expected]
    np.testing.assert_allclose([row[4:] for row in as_rows(sites)], [row[4:] for row in expected], rtol=1e-9)
    assert sites.n_windows.tolist() == [len(windows[m]) for m in range(len(motifs))]
    assert (sites.end - sites.start).tolist() == [widths[m] for m in sites.motif]


@pytest.mark.parametrize("both_strands", [True, False])
def test_qvalues_are_benjamini_and_hochbergs_over_all_windows(both_strands):
    rng = np.random.default_rng(3)
    motifs = [random_motif(rng, width) for width in (4, 9)]
    sequences = [random_codes(rng, length, unknown=0.02) for length in (400, 150, 33)]
    base = (0.25,) * 4
    records = [(str(i), code) for i, code in enumerate(sequences)]
    everything = scan(motifs, records, pvalue=1.0, background=base, both_strands=both_strands)
    part = scan(motifs, records, pvalue=0.02, background=base, both_strands=both_strands)
    _, windows = brute(motifs, sequences, base, 1.0, both_strands)
    for m in range(len(motifs)):
        true = dict(zip(np.round(windows[m], 12), benjamini_hochberg(windows[m]), strict=True))
        mine = everything.motif == m
        expected = [true[p] for p in everything.pvalue[mine].round(12)]
        np.testing.assert_allclose(everything.qvalue[mine], expected, rtol=1e-9)
        some = part.motif == m
        lower = np.array([true[p] for p in part.pvalue[some].round(12)])
        assert (part.qvalue[some] >= lower * (1 - 1e-9)).all()
        best = part.pvalue[some].argmin()
        assert part.qvalue[some][best] == part.qvalue[some].min()


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_pieces_and_threads_change_nothing(threads, monkeypatch):
    rng = np.random.default_rng(8)
    motifs = [random_motif(rng, int(width), f"m{i}") for i, width in enumerate(rng.integers(3, 27, 45))]
    lengths = (3, 5000, 1, 260, 40, 700, 0, 90)
    records = [(f"s{i}", random_codes(rng, length, 0.01)) for i, length in enumerate(lengths)]
    whole = scan(motifs, records, pvalue=0.001)
    assert len(whole) > 100

    def small(sequences, *, overlap):
        return pieces(sequences, overlap=overlap, size=97)

    monkeypatch.setattr("motiflens.scanning.occurrences.pieces", small)
    cut = scan(motifs, records, pvalue=0.001, threads=threads)
    for name in (*FIELDS, "n_windows", "cut_offs"):
        np.testing.assert_array_equal(getattr(cut, name), getattr(whole, name))


def test_more_pieces_than_are_held_at_a_time_come_back_in_order(monkeypatch):
    monkeypatch.setattr(
        "motiflens.scanning.occurrences.pieces", lambda codes, *, overlap: pieces(codes, overlap=overlap, size=5)
    )
    word = encode("ACGTTTGA")
    sites = scan([Motif(np.eye(4)[:, word], "m")], [("a", np.tile(word, 50))], pvalue=1e-4, background="uniform")
    assert sites.start.tolist() == list(range(0, 400, 8))


def test_overlapping_sites_are_all_reported():
    motif = Motif(np.eye(4)[:, encode("AAAAAAA")], "polyA")
    sites = scan([motif], from_strings(["CAAAAAAAAAC"]), pvalue=1e-3, background="uniform")
    assert list(zip(sites.start, sites.reverse, strict=True)) == [(1, False), (2, False), (3, False)]


def test_a_palindrome_is_found_on_both_strands_at_one_place():
    sites = list(scan([Motif(np.eye(4)[:, encode("GACGTC")], "p")], from_strings(["TTGACGTCTT"]), pvalue=1e-3,
                      background="uniform"))  # fmt: skip
    assert [(site.start, site.end, site.strand, site.motif) for site in sites] == [(2, 8, "+", "p"), (2, 8, "-", "p")]
    assert sites[0].score == sites[1].score


def test_reading_the_other_strand_of_the_sequences_mirrors_the_sites():
    rng = np.random.default_rng(5)
    motifs = [random_motif(rng, width) for width in (6, 11)]
    code = random_codes(rng, 900, 0.01)
    there = scan(motifs, [("a", code)], pvalue=0.001)
    back = scan(motifs, [("a", reverse_complement(code))], pvalue=0.001)
    mirrored = sorted(zip(900 - back.end, back.motif, ~back.reverse, back.pvalue.round(12), strict=True))
    assert mirrored == sorted(zip(there.start, there.motif, there.reverse, there.pvalue.round(12), strict=True))


def test_rows_of_a_set_are_scanned_without_their_padding_and_placed_in_the_genome():
    rng = np.random.default_rng(6)
    genome = random_codes(rng, 500)
    spans, strands = [(20, 70), (100, 220), (300, 330), (5, 60)], np.array(list("+--+"))
    rows = [reverse_complement(genome[a:b]) if s == "-" else genome[a:b]
            for (a, b), s in zip(spans, strands, strict=True)]  # fmt: skip
    start, end = np.array(spans).T
    places = Coordinates(np.array(["chr1", "chr1", "chr2", "chr2"]), start, end, strands)
    peaks = from_codes(rows, ["a", "b", "c", "d"])
    peaks = type(peaks)(peaks.codes, peaks.names, peaks.spans, coordinates=places)
    sites = scan([random_motif(rng, 8, "w")], peaks, pvalue=0.02)
    assert len(sites) > 5
    letters = {(s, a): rows[s][a:b] for s, a, b in zip(sites.sequence, sites.start, sites.end, strict=True)}
    for site, s, a, reverse in zip(sites, sites.sequence, sites.start, sites.reverse, strict=True):
        read = genome[site.start : site.end]
        mine = letters[s, a]
        np.testing.assert_array_equal(
            reverse_complement(read) if site.strand == "-" else read, reverse_complement(mine) if reverse else mine
        )
        assert site.sequence == places.chromosome[s]


def test_pvalues_of_sites_in_random_sequences_are_uniform():
    rng = np.random.default_rng(10)
    base = np.array([0.35, 0.15, 0.15, 0.35])
    codes = rng.choice(4, p=base, size=300_000).astype(np.uint8)
    motifs = [random_motif(rng, width, str(width)) for width in (9, 12, 16)]
    sites = scan(motifs, [("a", codes)], pvalue=0.01, background=base.tolist())
    for m, motif in enumerate(motifs):
        tail = score_tail(motif, base.tolist(), pvalue=0.01).pvalues
        for level in (0.001, 0.01):
            nominal = tail[tail <= level].max(initial=0)
            found = (sites.pvalue[sites.motif == m] <= level).sum()
            expected = nominal * sites.n_windows[m]
            assert abs(found - expected) < 8 * np.sqrt(expected) + 5  # neighbouring windows depend on each other


def test_the_background_of_the_sequences_is_counted_from_them():
    codes = encode("AAAAACCGTNNN" * 50)
    motif = random_motif(np.random.default_rng(1), 5)
    one = scan([motif], [("a", codes)], both_strands=False)
    np.testing.assert_allclose(one.background, [251 / 454, 101 / 454, 51 / 454, 51 / 454])
    both = scan([motif], [("a", codes)])
    np.testing.assert_allclose(both.background, [302 / 908, 152 / 908, 152 / 908, 302 / 908])
    given = scan([motif], [("a", codes)], background=[2 / 8, 3 / 8, 2 / 8, 1 / 8], both_strands=False)
    np.testing.assert_allclose(given.background, [0.25, 0.375, 0.25, 0.125])


def test_a_motif_that_cannot_reach_the_pvalue_has_no_site_and_says_so():
    motifs = [Motif(np.eye(4)[:, encode("ACGT")], "short"), Motif(np.eye(4)[:, encode("ACGTACGTA")], "long")]
    sites = scan(motifs, from_strings(["TTACGTACGTATT"]), pvalue=1e-4, background="uniform")
    assert np.isinf(sites.cut_offs).tolist() == [True, False]
    assert {site.motif for site in sites} == {"long"}
    alone = scan(motifs[:1], from_strings(["TTACGTACGTATT"]), pvalue=1e-4, background="uniform")
    assert (len(alone), list(alone)) == (0, [])


def test_a_generator_is_read_once_and_needs_a_background():
    rng = np.random.default_rng(2)
    motif, codes = random_motif(rng, 6), random_codes(rng, 500)
    with pytest.raises(ParameterError, match="only once"):
        scan([motif], iter([("a", codes)]))
    once = scan([motif], iter([("a", codes)]), background="uniform", pvalue=0.01)
    again = scan([motif], [("a", codes)], background="uniform", pvalue=0.01)
    np.testing.assert_array_equal(once.start, again.start)


def test_a_genome_is_scanned_chromosome_by_chromosome(tmp_path):
    rng = np.random.default_rng(4)
    motif, codes = random_motif(rng, 7), {f"chr{i}": random_codes(rng, 300 + 7 * i, 0.02) for i in (3, 1, 2)}
    (tmp_path / "g.fa").write_text("".join(f">{name}\n{decode(code)}\n" for name, code in codes.items()))
    sites = scan([motif], open_genome(tmp_path / "g.fa"), pvalue=0.01)
    same = scan([motif], list(codes.items()), pvalue=0.01)
    assert list(sites) == list(same)
    assert sites.sequence_names == ("chr3", "chr1", "chr2")
    assert len(sites) > 3


@pytest.mark.parametrize(("change", "error", "part"), [
    ({"motifs": []}, InputError, "at least one motif"),
    ({"sequences": []}, InputError, "at least one sequence"),
    ({"sequences": [("a", np.zeros(0, np.uint8))]}, InputError, "at least one sequence"),
    ({"sequences": [("a", np.zeros(5, np.uint8)), ("b", np.zeros(2, np.uint8))]}, InputError, "'m' is 6 bases wide"),
    ({"sequences": [("a", np.zeros(9, np.int64))]}, InputError, "'a' must be a (length,) uint8 array"),
    ({"sequences": [("a", "ACGTACGTA")]}, InputError, "Got str"),
    ({"sequences": [("a", np.zeros((9, 9), np.uint8))]}, InputError, "shape (9, 9)"),
    ({"pvalue": 0.0}, ParameterError, "(0, 1]"),
    ({"pvalue": 1.5}, ParameterError, "(0, 1]"),
    ({"threads": 0}, ParameterError, "threads"),
    ({"background": "unifrom"}, ParameterError, "'unifrom'"),
    ({"background": [0.5, 0.5, 0.0, 0.0]}, ParameterError, "four frequencies"),
])  # fmt: skip
def test_what_cannot_be_scanned_is_refused(change, error, part):
    options = {"sequences": [("a", np.zeros(9, np.uint8))], "motifs": [random_motif(np.random.default_rng(0), 6, "m")],
               "background": "uniform", **change}  # fmt: skip
    motifs, sequences = options.pop("motifs"), options.pop("sequences")
    with pytest.raises(error) as caught:
        scan(motifs, sequences, **options)
    assert part in str(caught.value)


def test_the_hits_are_memelites_but_for_its_coarser_pvalues():
    fimo = pytest.importorskip("memelite").fimo
    rng = np.random.default_rng(12)
    motifs = []
    for width in (8, 12, 19):
        matrix = rng.dirichlet([0.4] * 4, size=width).T + 0.02
        motifs.append(Motif(matrix / matrix.sum(axis=0), f"w{width}", n_sites=1e9))
    codes = rng.integers(0, 4, (5, 4000)).astype(np.uint8)
    ours = scan(motifs, [(str(i), row) for i, row in enumerate(codes)], pvalue=2e-3, background="uniform")
    tables = fimo({motif.name: motif.probabilities for motif in motifs}, one_hot(codes), bin_size=0.001, eps=1e-9,
                  threshold=1e-3)  # fmt: skip
    mine = {row[:4]: row[4:] for row in as_rows(ours)}
    theirs = {}
    for m, table in enumerate(tables):
        for row in table.itertuples():
            theirs[int(row.sequence_name), int(row.start), m, row.strand == "-"] = (row.score, table["p-value"][row[0]])
    assert len(theirs) > 50
    assert set(theirs) <= set(mine)
    assert {key for key, (_, p) in mine.items() if p < 0.9e-3} <= set(theirs)
    for key, (score, p) in theirs.items():
        assert mine[key][0] == pytest.approx(score, abs=0.02)
        assert mine[key][1] == pytest.approx(p, rel=0.05)


def test_the_hits_in_real_sequences_are_memelites(shared_data):
    """Real motifs of widths 8 to 20 in real peaks: the same sites and p-values.

    In its usual bins of 0.1 bit memelite's p-values are up to half as large again.
    """
    fimo = pytest.importorskip("memelite").fimo
    peaks = read_sequences(shared_data / "gimme_ctcf_p73" / "TAp73alpha.fa.gz")
    peaks = peaks[(peaks.codes < 4).all(axis=1)][:400]
    motifs = [replace(motif, n_sites=1e9) for motif in
              read_motifs(shared_data / "memelite_tangermeme_testdata" / "test.meme")]  # fmt: skip
    motifs = [replace(motif, probabilities=(motif.probabilities + 1e-3) / 1.004) for motif in motifs]
    ours = scan(motifs, peaks, pvalue=2e-4, background="uniform")
    mine = {row[:4]: row[4:] for row in as_rows(ours)}
    tables = fimo({motif.name: motif.probabilities for motif in motifs}, one_hot(peaks.codes), bin_size=0.001, eps=1e-9,
                  threshold=1e-4)  # fmt: skip
    theirs = {
        (int(row.sequence_name), int(row.start), m, row.strand == "-"): row[table.columns.get_loc("p-value") + 1]
        for m, table in enumerate(tables) for row in table.itertuples()
    }  # fmt: skip
    assert len(theirs) > 200
    assert set(theirs) <= set(mine)
    assert {key for key, (_, p) in mine.items() if p < 0.99e-4} <= set(theirs)
    ratios = np.array([mine[key][1] / p for key, p in theirs.items()])
    assert np.abs(ratios - 1).max() < 0.12
    assert np.median(np.abs(ratios - 1)) < 0.005


@given(
    lengths=st.lists(st.integers(0, 50), min_size=0, max_size=8),
    overlap=st.integers(0, 9),
    size=st.integers(1, 25),
    seed=st.integers(0, 999),
)
def test_every_base_is_in_one_piece_and_windows_are_counted_once(lengths, overlap, size, seed):
    rng = np.random.default_rng(seed)
    sequences = [random_codes(rng, length, 0.1) for length in lengths]
    cut = list(pieces(iter(sequences), overlap=overlap, size=size))
    rebuilt = [np.full(length, 9, np.uint8) for length in lengths]
    for piece in cut:
        columns = np.arange(piece.n_starts)
        sequence, position = piece.place(columns)
        for column, s, at in zip(columns, sequence, position, strict=True):
            if at < lengths[s]:
                assert rebuilt[s][at] == 9
                rebuilt[s][at] = piece.code[column]
    assert all((a == b).all() for a, b in zip(rebuilt, sequences, strict=True))
    widths = np.arange(1, overlap + 2)
    total = sum((piece.n_windows(widths) for piece in cut), np.zeros(len(widths), np.int64))
    expected = [
        sum((code[i : i + w] < 4).all() for code in sequences for i in range(len(code) - w + 1)) for w in widths
    ]
    assert total.tolist() == expected


def test_pieces_are_made_as_they_are_asked_for():
    made = itertools.count()
    endless = (np.full(next(made) + 5, 1, np.uint8) for _ in itertools.count())
    next(iter(pieces(endless, overlap=2, size=20)))
    assert next(made) < 8


def test_a_motif_wider_than_every_sequence_has_no_site_and_the_others_have_theirs():
    wide = Motif(np.full((4, 30), 0.25), "wide")
    records = [("a", encode("TTGATTACATT"))]
    sites = scan([wide, exact_motif("GATTACA", "word")], records, pvalue=1e-3, background="uniform")
    assert [(site.motif, site.start) for site in sites] == [("word", 2)]
    assert sites.n_windows.tolist() == [0, 10]
    with pytest.raises(InputError, match="and so is every other"):
        scan(wide, records, background="uniform")


@pytest.mark.parametrize(("sequences", "options", "error", "message"), [
    ([("a", np.array([0, 1, 5], np.uint8))], {}, InputError, "0 to 3 for A, C, G, T, and 4 for unknown. Got 5"),
    (["ACGT"], {}, InputError, "Got strings: use from_strings"),
    ("ACGT", {}, InputError, "Got strings: use from_strings"),
    ([("a", encode("ACGTACGTA"))], {"background": np.array([0.5, 0.5, 0.5, 0.5])}, ParameterError, "whose sum is 1"),
    ([("a", encode("ACGTACGTA"))], {"threads": None}, ParameterError, "threads must be a whole number"),
])  # fmt: skip
def test_what_cannot_be_scanned_is_refused_in_one_line(sequences, options, error, message):
    with pytest.raises(error, match=message):
        scan([exact_motif("GATTACA")], sequences, **options)


def test_an_array_of_frequencies_is_a_background():
    records = [("a", encode("TTGATTACATT"))]
    given, listed = (scan(exact_motif("GATTACA"), records, background=kind([0.3, 0.2, 0.2, 0.3]), pvalue=1e-3)
                     for kind in (np.array, list))  # fmt: skip
    assert list(given) == list(listed)
