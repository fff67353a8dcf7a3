"""`motiflens scan` and `motiflens match` from files to files, and how they refuse."""

import csv
import gzip
import io
import json

import numpy as np
import pytest
from planted import exact_motif

from motiflens.alphabet import decode, encode, reverse_complement
from motiflens.cli import main
from motiflens.database import read_database
from motiflens.formats.motif_files import write_meme
from motiflens.matching import match
from motiflens.motifs import Motif
from motiflens.runs.site_files import SITE_COLUMNS
from motiflens.scanning.occurrences import scan
from motiflens.simulating.planting import random_sequences
from motiflens.writing import MATCH_COLUMNS

WORD = "ACGTTGCAGGTC"


def fasta(path, strings, names=None):
    names = names or [f"s{i}" for i in range(len(strings))]
    path.write_text("".join(f">{name} more words\n{text}\n" for name, text in zip(names, strings, strict=True)))
    return path


def meme(path, *motifs):
    write_meme(list(motifs) or [exact_motif(WORD, "planted")], path)
    return path


def sequences_with_word(seed=0, lengths=(500, 60, 900), at=30):
    """Random sequences; the first holds the word forward at ``at``, the last reversed."""
    rows = [random_sequences(1, n, random_state=seed + i).strings()[0] for i, n in enumerate(lengths)]
    turned = decode(reverse_complement(encode(WORD)))
    rows[0] = rows[0][:at] + WORD + rows[0][at + len(WORD) :]
    rows[-1] = rows[-1][:at] + turned + rows[-1][at + len(WORD) :]
    return rows


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return captured.out


def refused(capsys, folder, *arguments):
    """Run a command; check that it refuses in one line and leaves nothing; return the line."""
    before = sorted(path.name for path in folder.iterdir())
    code = main([*(str(argument) for argument in arguments), "--quiet"])
    captured = capsys.readouterr()
    assert (code, captured.out) == (2, "")
    assert len(captured.err.strip().splitlines()) == 1, captured.err
    assert captured.err.startswith(f"motiflens {arguments[0]}: error: ")
    left = sorted(path.name for path in folder.iterdir() if not path.name.endswith(".fai"))
    assert left == before
    return captured.err


def table(text):
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))


def places(rows):
    return [(row["sequence"], int(row["start"]), int(row["end"]), row["strand"]) for row in rows]


PLANTED = [("s0", 30, 42, "+"), ("s2", 30, 42, "-")]


def test_scan_writes_its_files_and_finds_what_was_planted(tmp_path, capsys):
    data, motifs = fasta(tmp_path / "d.fa", sequences_with_word()), meme(tmp_path / "m.meme")
    text = run(capsys, "scan", motifs, data, "-o", tmp_path / "out", "--pvalue", "1e-6", "--quiet")
    assert text == ""
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["run.json", "sites.bed", "sites.gff3", "sites.tsv"]
    rows = table((tmp_path / "out" / "sites.tsv").read_text())
    assert tuple(rows[0]) == SITE_COLUMNS
    assert places(rows) == PLANTED
    assert {row["matched_sequence"] for row in rows} == {WORD}
    assert {row["motif"] for row in rows} == {"planted"}
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["command"] == "scan"
    assert record["arguments"]["pvalue"] == 1e-6
    assert set(record["inputs"]) == {str(data), str(motifs)}
    assert sum(record["background"].values()) == pytest.approx(1)


def test_the_summary_names_the_motifs_and_json_is_complete(tmp_path, capsys):
    data, motifs = fasta(tmp_path / "d.fa", sequences_with_word()), meme(tmp_path / "m.meme")
    text = run(capsys, "scan", motifs, data, "-o", tmp_path / "a", "--pvalue", "1e-6")
    assert "planted" in text
    assert f"2 sites in {tmp_path / 'a'}" in text
    found = json.loads(run(capsys, "scan", motifs, data, "-o", tmp_path / "b", "--pvalue", "1e-6", "--json", "--quiet"))
    assert (found["output"], found["n_sites"], found["n_sequences"]) == (str(tmp_path / "b"), 2, 3)
    assert found["motifs"][0]["n_sites"] == 2
    assert found["motifs"][0]["n_windows"] == 2 * sum(n - 11 for n in (500, 60, 900))


@pytest.mark.parametrize("threads", [1, 2])
def test_the_command_gives_what_the_function_gives(tmp_path, capsys, threads):
    rows, known = sequences_with_word(seed=5), read_database("jaspar:fungi")[:12]
    data, motifs = fasta(tmp_path / "d.fa", rows), meme(tmp_path / "m.meme", *known)
    text = run(capsys, "scan", motifs, data, "-o", "-", "--pvalue", "0.001", "--background", "0.3,0.2,0.2,0.3",
               "--strands", "single", "--quiet", "--threads", threads)  # fmt: skip
    sites = scan(known, [(f"s{i}", encode(row)) for i, row in enumerate(rows)], pvalue=0.001,
                 background=(0.3, 0.2, 0.2, 0.3), both_strands=False)  # fmt: skip
    mine = [(s.motif, s.sequence, s.start, s.end, s.strand) for s in sites]
    theirs = [(row["motif"], *place) for row, place in zip(table(text), places(table(text)), strict=True)]
    assert sorted(theirs) == sorted(mine)
    assert len(theirs) > 10
    assert {row["strand"] for row in table(text)} == {"+"}


def test_every_kind_of_data_gives_the_same_sites(tmp_path, capsys, monkeypatch):
    rows = sequences_with_word()
    motifs = meme(tmp_path / "m.meme")
    plain = fasta(tmp_path / "d.fa", rows)
    zipped = tmp_path / "d.fa.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    tab = tmp_path / "d.tsv"
    tab.write_text("name\tsequence\n" + "".join(f"s{i}\t{row}\n" for i, row in enumerate(rows)))
    for data in (plain, zipped, tab):
        text = run(capsys, "scan", motifs, data, "-o", "-", "--pvalue", "1e-6", "--quiet")
        assert places(table(text)) == PLANTED, data
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(plain.read_bytes())))
    text = run(capsys, "scan", motifs, "-", "-o", "-", "--pvalue", "1e-6", "--quiet")
    assert places(table(text)) == PLANTED


@pytest.mark.parametrize("background", ["sequences", "uniform"])
def test_a_large_fasta_file_is_read_by_chromosome_with_the_same_result(tmp_path, capsys, monkeypatch, background):
    data, motifs = fasta(tmp_path / "d.fa", sequences_with_word()), meme(tmp_path / "m.meme")
    arguments = ("scan", motifs, data, "-o", "-", "--pvalue", "1e-3", "--background", background, "--quiet")
    whole = run(capsys, *arguments)
    assert not (tmp_path / "d.fa.fai").exists()
    monkeypatch.setattr("motiflens.runs.scan_input._LARGE", 1)
    assert run(capsys, *arguments) == whole
    assert (tmp_path / "d.fa.fai").exists()


def test_sequences_much_longer_than_the_others_are_scanned_whole(tmp_path, capsys):
    rows = sequences_with_word(lengths=(5000, 60, 70, 80, 66, 90), at=4)
    data, motifs = fasta(tmp_path / "d.fa", rows), meme(tmp_path / "m.meme")
    text = run(capsys, "scan", motifs, data, "-o", "-", "--pvalue", "1e-6", "--quiet")
    assert places(table(text)) == [("s0", 4, 16, "+"), ("s5", 4, 16, "-")]


@pytest.mark.parametrize("window", [None, 100])
def test_regions_are_read_from_the_genome_and_sites_are_genomic(tmp_path, capsys, window):
    genome = fasta(tmp_path / "g.fa", sequences_with_word(), ["chr1", "chrM", "chr2"])
    bed = tmp_path / "p.bed"
    bed.write_text("chr2\t10\t80\tp1\t0\t-\nchr1\t20\t70\tp2\t0\t+\nchr1\t200\t280\tp3\t0\t+\n")
    arguments = ["--window", "40"] if window else []
    text = run(capsys, "scan", meme(tmp_path / "m.meme"), bed, "--genome", genome, "-o", "-", "--pvalue", "1e-6",
               "--quiet", *arguments)  # fmt: skip
    assert places(table(text)) == [("chr1", 30, 42, "+"), ("chr2", 30, 42, "-")]


def test_a_window_crops_other_sequences_about_their_centre(tmp_path, capsys):
    rows = [("T" * 40 + WORD + "T" * 40), (WORD + "T" * 80)]
    data = fasta(tmp_path / "d.fa", rows)
    text = run(capsys, "scan", meme(tmp_path / "m.meme"), data, "-o", "-", "--window", "30", "--pvalue", "1e-6",
               "--background", "uniform", "--quiet")  # fmt: skip
    assert places(table(text)) == [("s0", 9, 21, "+")]


@pytest.mark.parametrize("window", [None, 30])
def test_names_that_are_places_make_the_sites_genomic_cropped_or_not(tmp_path, capsys, window):
    rows = ["T" * 40 + WORD + "T" * 40, "A" * 35 + WORD + "A" * 45]
    data = fasta(tmp_path / "d.fa", rows, ["chr1:1000-1092", "chr2:500-592(-)"])
    arguments = ["--window", str(window)] if window else []
    text = run(capsys, "scan", meme(tmp_path / "m.meme"), data, "-o", "-", "--background", "uniform", "--pvalue",
               "1e-6", "--quiet", *arguments)  # fmt: skip
    assert places(table(text)) == [("chr1", 1040, 1052, "+"), ("chr2", 545, 557, "-")]


def test_soft_masked_letters_are_sequence_unless_masked(tmp_path, capsys):
    rows = [row.lower() if i == 0 else row for i, row in enumerate(sequences_with_word())]
    data, motifs = fasta(tmp_path / "d.fa", rows), meme(tmp_path / "m.meme")
    arguments = ("scan", motifs, data, "-o", "-", "--pvalue", "1e-6", "--quiet")
    assert places(table(run(capsys, *arguments))) == PLANTED
    assert places(table(run(capsys, *arguments, "--mask-lower"))) == PLANTED[1:]


def test_a_motif_that_cannot_reach_the_pvalue_is_said_and_has_no_hits(tmp_path, capsys):
    motifs = meme(tmp_path / "m.meme", exact_motif("ACGT", "short"), exact_motif(WORD, "planted"))
    data = fasta(tmp_path / "d.fa", sequences_with_word())
    assert main(["scan", str(motifs), str(data), "-o", str(tmp_path / "out"), "--pvalue", "1e-6", "--json"]) == 0
    out, err = capsys.readouterr()
    assert "1 of 2 motifs can have no site" in err
    assert "short" in err
    found = json.loads(out)
    assert [motif["n_sites"] for motif in found["motifs"]] == [0, 2]
    assert "short" in found["notes"][0]
    assert found["motifs"][0]["cut_off"] is None


def test_no_site_at_all_is_a_result(tmp_path, capsys):
    data = fasta(tmp_path / "d.fa", ["T" * 100])
    text = run(capsys, "scan", meme(tmp_path / "m.meme"), data, "-o", tmp_path / "out", "--background", "uniform")
    assert "No site." in text
    assert (tmp_path / "out" / "sites.bed").read_text() == ""


@pytest.mark.parametrize(("options", "part"), [
    (["--pvalue", "0"], "(0, 1]"), (["--pvalue", "1.1"], "(0, 1]"), (["--pvalue", "nan"], "(0, 1]"),
    (["--pvalue", "few"], "--pvalue"), (["--background", "human"], "--background"),
    (["--background", "a,c,g,t"], "--background"), (["--background", "0.5,0.5"], "--background"),
    (["--background", "0.5,0.5,0,0"], "above 0"), (["--background", "1,2,3,4"], "sum is 1"),
    (["--strands", "auto"], "--strands"), (["--threads", "0"], "--threads"), (["--window", "0"], "--window"),
    (["--seed", "1"], "--seed"),
])  # fmt: skip
def test_options_out_of_range_are_refused(tmp_path, capsys, options, part):
    data, motifs = fasta(tmp_path / "d.fa", sequences_with_word()), meme(tmp_path / "m.meme")
    assert part in refused(capsys, tmp_path, "scan", motifs, data, "-o", tmp_path / "out", *options)


@pytest.mark.parametrize(("motifs", "data", "part"), [
    (None, ">a\nACGT\n", "wider than the longest sequence"),
    (None, "", "d.fa is empty"),
    (None, ">a\n" + "N" * 50 + "\n", "known bases"),
    (None, ">a\nMKVLILACLVALALARELEELNVPGEIV\n", "protein"),
    (None, "chr1\t10\t90\n", "--genome"),
    (b"", ">a\nACGTACGTACGTACGT\n", "m.meme"),
    (b"MEME version 5\n\nALPHABET= ACGT\n\n", ">a\nACGTACGTACGTACGT\n", "no motif"),
    (b">s0\nACGTACGTACGTACGTACGT\n", ">a\nACGTACGTACGTACGT\n", "m.meme"),
])  # fmt: skip
def test_files_that_cannot_be_scanned_are_refused(tmp_path, capsys, motifs, data, part):
    meme(tmp_path / "m.meme")
    if motifs is not None:
        (tmp_path / "m.meme").write_bytes(motifs)
    (tmp_path / "d.fa").write_text(data)
    line = refused(capsys, tmp_path, "scan", tmp_path / "m.meme", tmp_path / "d.fa", "-o", tmp_path / "out")
    assert part in line


@pytest.mark.parametrize("arguments", [["scan", "nosuch.meme", "d.fa"], ["scan", "m.meme", "nosuch.fa"],
                                       ["match", "nosuch.meme"]])  # fmt: skip
def test_missing_files_are_named(tmp_path, capsys, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    fasta(tmp_path / "d.fa", sequences_with_word())
    meme(tmp_path / "m.meme")
    assert "nosuch" in refused(capsys, tmp_path, *arguments, "-o", "out")


@pytest.mark.parametrize("command", ["scan", "match"])
def test_an_output_that_exists_is_refused_before_anything_is_read(tmp_path, capsys, command):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept.txt").write_text("mine")
    data = ["nosuch.fa"] if command == "scan" else []
    assert "--force" in refused(capsys, tmp_path, command, "nosuch.meme", *data, "-o", tmp_path / "out")
    files = fasta(tmp_path / "d.fa", sequences_with_word()), meme(tmp_path / "m.meme")
    given = [files[1], files[0]] if command == "scan" else [files[1]]
    run(capsys, command, *given, "-o", tmp_path / "out", "--force", "--quiet")
    assert (tmp_path / "out" / "kept.txt").read_text() == "mine"
    assert (tmp_path / "out" / "run.json").exists()


@pytest.mark.parametrize("arguments", [
    ["scan", "-", "-", "-o", "out"], ["match", "-", "--database", "-", "-o", "out"],
])  # fmt: skip
def test_standard_input_is_not_read_twice(tmp_path, capsys, arguments):
    assert "Standard input can be read only once" in refused(capsys, tmp_path, *arguments)


@pytest.mark.parametrize("arguments", [["scan", "m.meme", "d.fa"], ["match", "m.meme"], ["motifs", "m.meme"]])
def test_standard_output_does_not_hold_two_things(tmp_path, capsys, arguments):
    line = refused(capsys, tmp_path, *arguments, "-o", "-", "--json")
    assert "--json and -o - both print on standard output" in line


def test_match_writes_what_the_function_finds(tmp_path, capsys):
    queries = [Motif(m.probabilities, f"q{i}", n_sites=50) for i, m in enumerate(read_database("jaspar:fungi")[3:6])]
    targets = read_database("jaspar:fungi")
    motifs, database = meme(tmp_path / "m.meme", *queries), "jaspar:fungi"
    run(capsys, "match", motifs, "--database", database, "--qvalue", "0.01", "-o", tmp_path / "out", "--quiet")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["matches.tsv", "run.json"]
    rows = table((tmp_path / "out" / "matches.tsv").read_text())
    expected = [each for matches in match(queries, targets) for each in matches if each.qvalue <= 0.01]
    assert tuple(rows[0]) == MATCH_COLUMNS
    assert [(r["motif"], r["target"], int(r["offset"]), r["strand"]) for r in rows] == [
        (m.motif, m.target, m.offset, m.strand) for m in expected
    ]
    firsts = {row["motif"]: row["target"] for row in reversed(rows)}
    assert firsts == {f"q{i}": targets[3 + i].name for i in range(3)}
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (record["command"], record["arguments"]["qvalue"]) == ("match", 0.01)
    assert list(record["inputs"]) == [str(motifs)]


def test_match_tells_its_best_in_a_table_and_in_json(tmp_path, capsys):
    target = read_database("jaspar:fungi")[3]
    noise = Motif(np.full((4, 7), 0.25), "noise")
    arguments = ("match", meme(tmp_path / "m.meme", target, noise), "--database", "jaspar:fungi", "--qvalue", "1e-5")
    text = run(capsys, *arguments, "-o", tmp_path / "a")
    assert target.alternate_name in text
    found = json.loads(run(capsys, *arguments, "-o", tmp_path / "b", "--json"))
    assert found["motifs"][0]["best_match"]["target"] == target.name
    assert found["motifs"][1] == {"motif": "noise", "motif_name": "", "n_matches": 0, "best_match": None}


@pytest.mark.parametrize("arguments", [["scan", "nosuch.meme", "nosuch.fa", "--pvalue"],
                                       ["scan", "nosuch.meme", "nosuch.fa", "--qvalue"],
                                       ["match", "nosuch.meme", "--qvalue"]])  # fmt: skip
def test_options_are_checked_before_files_are_read(tmp_path, capsys, arguments):
    line = refused(capsys, tmp_path, *arguments, "0", "-o", tmp_path / "out")
    assert f"{arguments[-1][2:]} must be in (0, 1]. Got 0." in line


def test_a_small_database_is_said_to_give_rough_pvalues(tmp_path, capsys):
    motifs = meme(tmp_path / "m.meme", *read_database("jaspar:fungi")[:4])
    assert main(["match", str(motifs), "--database", str(motifs), "-o", str(tmp_path / "out")]) == 0
    assert "4 motifs make them rough" in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "part"), [
    (["--qvalue", "0"], "(0, 1]"), (["--qvalue", "2"], "(0, 1]"), (["--database", "jaspar:fish"], "jaspar:fungi"),
])  # fmt: skip
def test_match_refuses_what_it_cannot_do(tmp_path, capsys, arguments, part):
    motifs = meme(tmp_path / "m.meme")
    assert part in refused(capsys, tmp_path, "match", motifs, "-o", tmp_path / "out", *arguments)


@pytest.mark.parametrize("command", ["scan", "match"])
def test_help_tells_arguments_and_options(capsys, command):
    text = run(capsys, command, "--help")
    assert "MOTIFS" in text
    assert "--output" in text


# Choosing motifs, backgrounds and what is kept


def test_both_take_the_folder_of_a_run_and_some_of_its_motifs(tmp_path, capsys):
    (tmp_path / "run").mkdir()
    meme(tmp_path / "run" / "motifs.meme", exact_motif("TTTTTTTTTT", "other"), exact_motif(WORD, "planted"))
    data = fasta(tmp_path / "d.fa", sequences_with_word())
    text = run(capsys, "scan", tmp_path / "run", data, "--only", "PLANTED", "-o", tmp_path / "s", "--pvalue", "1e-6")
    assert "other" not in text
    assert places(table((tmp_path / "s" / "sites.tsv").read_text())) == PLANTED
    record = json.loads((tmp_path / "s" / "run.json").read_text())
    assert set(record["inputs"]) == {str(tmp_path / "run" / "motifs.meme"), str(data)}
    rows = table(run(capsys, "match", tmp_path / "run", "--database", tmp_path / "run", "--only", "planted", "-o", "-",
                     "--qvalue", "1", "--quiet"))  # fmt: skip
    assert [(row["motif"], row["target"]) for row in rows] == [("planted", "planted"), ("planted", "other")]
    assert "Did you mean" in refused(capsys, tmp_path, "scan", tmp_path / "run", data, "--only", "plantd", "-o", "-")


@pytest.mark.parametrize("command", ["scan", "match"])
def test_a_folder_of_a_network_alone_says_how_to_make_its_motifs(tmp_path, capsys, command):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.json").write_text("{}")
    data = [fasta(tmp_path / "d.fa", sequences_with_word())] if command == "scan" else []
    assert "motiflens motifs" in refused(capsys, tmp_path, command, tmp_path / "model", *data, "-o", tmp_path / "o")


def test_a_qvalue_leaves_the_sites_up_to_it(tmp_path, capsys):
    data, motifs = fasta(tmp_path / "d.fa", sequences_with_word()), meme(tmp_path / "m.meme")
    every = table(run(capsys, "scan", motifs, data, "-o", "-", "--pvalue", "0.01", "--quiet"))
    some = table(run(capsys, "scan", motifs, data, "-o", "-", "--pvalue", "0.01", "--qvalue", "0.05", "--quiet"))
    assert some == [row for row in every if float(row["qvalue"]) <= 0.05]
    assert 0 < len(some) < len(every)
    run(capsys, "scan", motifs, data, "-o", tmp_path / "out", "--pvalue", "0.01", "--qvalue", "0.05", "--quiet")
    assert (tmp_path / "out" / "sites.tsv").read_text().count("\n") == len(some) + 1
    assert (tmp_path / "out" / "sites.bed").read_text().count("\n") == len(some)


def test_a_background_comes_from_a_file_from_sequences_or_from_the_motifs(tmp_path, capsys):
    data = fasta(tmp_path / "d.fa", sequences_with_word())
    own = Motif(exact_motif(WORD).probabilities, "planted", background=(0.1, 0.2, 0.3, 0.4))
    motifs = meme(tmp_path / "m.meme", own)
    (tmp_path / "bg").write_text("# order 0\nA 0.1\nC 0.2\nG 0.3\nT 0.4\n")
    counted = fasta(tmp_path / "c.fa", ["A" * 99 + "C" * 199 + "G" * 299 + "T" * 399])
    scans = {name: run(capsys, "scan", motifs, data, "-o", "-", "--strands", "single", "--pvalue", "0.001", "--quiet",
                       "--background", name)
             for name in ("0.1,0.2,0.3,0.4", str(tmp_path / "bg"), str(counted), "motifs", "uniform")}  # fmt: skip
    assert len(set(scans.values())) == 2
    assert scans["motifs"] == scans["0.1,0.2,0.3,0.4"] != scans["uniform"]
    run(capsys, "scan", motifs, data, "-o", tmp_path / "o", "--background", tmp_path / "bg", "--quiet")
    record = json.loads((tmp_path / "o" / "run.json").read_text())
    assert str(tmp_path / "bg") in record["inputs"]
    assert record["background"] == pytest.approx({"A": 0.25, "C": 0.25, "G": 0.25, "T": 0.25})  # of both strands


def test_unknown_bases_have_no_site_and_no_window(tmp_path, capsys):
    half = len(WORD) // 2
    rows = ["T" * 20 + WORD[:half] + "N" + WORD[half + 1 :] + "T" * 20, "NN" + WORD + "NN", "R" * 30 + WORD.lower()]
    data, motifs = fasta(tmp_path / "d.fa", rows), meme(tmp_path / "m.meme")
    found = json.loads(run(capsys, "scan", motifs, data, "-o", tmp_path / "o", "--pvalue", "1e-6", "--background",
                           "uniform", "--json", "--quiet"))  # fmt: skip
    assert places(table((tmp_path / "o" / "sites.tsv").read_text())) == [("s1", 2, 14, "+"), ("s2", 30, 42, "+")]
    n_clear = (20 + half - 11) + (20 + half - 1 - 11) + 1 + 1
    assert found["motifs"][0]["n_windows"] == 2 * n_clear


def test_several_databases_are_one(tmp_path, capsys):
    fungi = read_database("jaspar:fungi")
    halves = [meme(tmp_path / f"{k}.meme", *fungi[k::2]) for k in (0, 1)]
    query = meme(tmp_path / "q.meme", fungi[7])
    texts = [run(capsys, "match", query, *options, "-o", "-", "--qvalue", "1", "--quiet")
             for options in (["--database", halves[0], "--database", halves[1]],
                             ["--database", meme(tmp_path / "all.meme", *fungi[0::2], *fungi[1::2])])]  # fmt: skip
    assert texts[0] == texts[1]
    assert len(table(texts[0])) == len(fungi)


def test_options_of_match_are_those_of_the_function(tmp_path, capsys):
    fungi = read_database("jaspar:fungi")[:70]
    base = (0.4, 0.1, 0.2, 0.3)
    queries = [Motif(fungi[3].slice(1, 6).reverse_complement().probabilities, "q", background=base, n_sites=12)]
    motifs, database = meme(tmp_path / "q.meme", *queries), meme(tmp_path / "d.meme", *fungi)
    common = ("match", motifs, "--database", database, "-o", "-", "--quiet", "--qvalue", "1")

    def cells(options):
        return [(r["target"], int(r["offset"]), r["strand"], f"{float(r['pvalue']):.4g}")
                for r in table(run(capsys, *common, *options))]  # fmt: skip

    def expected(queries=queries, targets=fungi, **options):
        read = [[Motif(np.round(m.probabilities, 6), m.name) for m in motifs] for motifs in (queries, targets)]
        return [(m.target, m.offset, m.strand, f"{m.pvalue:.4g}") for m in match(*read, **options)[0]]

    assert cells(["--min-overlap", "3"]) == expected(min_overlap=3) != expected()
    assert cells(["--strands", "single"]) == expected(reverse_complement=False)

    def smooth(motif, background):
        counts = np.round(motif.probabilities, 6) * motif.n_sites + 30 * np.array(background)[:, None]
        return Motif(counts / counts.sum(axis=0), motif.name)

    mine, theirs = [smooth(queries[0], base)], [smooth(motif, (0.25,) * 4) for motif in fungi]
    some = {(target, strand) for target, _, strand, _ in cells(["--pseudocount", "30"])[:8]}
    assert len(some & {(target, strand) for target, _, strand, _ in expected(mine, theirs)[:8]}) >= 7


def test_an_evalue_leaves_the_matches_up_to_it(tmp_path, capsys):
    motifs = meme(tmp_path / "q.meme", *read_database("jaspar:fungi")[:5])
    common = ("match", motifs, "--database", "jaspar:fungi", "-o", "-", "--quiet", "--qvalue", "1")
    every, some = table(run(capsys, *common)), table(run(capsys, *common, "--evalue", "0.5"))
    assert some == [row for row in every if float(row["evalue"]) <= 0.5]
    assert 5 <= len(some) < len(every)


@pytest.mark.parametrize(("arguments", "part"), [
    (["--evalue", "0"], "evalue"), (["--evalue", "nan"], "evalue"), (["--min-overlap", "0"], "--min-overlap"),
    (["--pseudocount", "-1"], "pseudocount"), (["--background", "sequences"], "--background"),
    (["--strands", "auto"], "--strands"), (["--database", ""], "empty"), (["--only", "x"], "No motif 'x'"),
    (["--database", "m.meme", "--database", "nosuch"], "nosuch"), (["--database", "."], "motifs.meme"),
])  # fmt: skip
def test_match_refuses_options_out_of_range(tmp_path, capsys, monkeypatch, arguments, part):
    monkeypatch.chdir(tmp_path)
    meme(tmp_path / "m.meme")
    assert part in refused(capsys, tmp_path, "match", "m.meme", "-o", "out", *arguments)


@pytest.mark.parametrize("command", ["motifs", "scan", "match"])
def test_help_has_examples(capsys, command):
    text = " ".join(run(capsys, command, "--help").split())
    assert text.count(f"Example: motiflens {command} ") == 2
