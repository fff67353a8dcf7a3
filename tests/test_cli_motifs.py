"""`motiflens motifs`: files converted and changed, and what the command does around a network."""

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest
from planted import exact_motif, two_classes

from motiflens.cli import main
from motiflens.database import jaspar_taxa, read_database
from motiflens.discovery import Finding
from motiflens.formats.motif_files import read_motifs, write_meme
from motiflens.motifs import Motif, from_counts
from motiflens.results import Interval, Match, Site
from motiflens.runs.model_motifs import ModelMotifs
from motiflens.runs.motifs import MotifEdits, format_of, trimmed

FLAT, SHARP = [0.25] * 4, [0.91, 0.03, 0.03, 0.03]
GAPPED = Motif(np.array([FLAT, SHARP, FLAT, FLAT, SHARP[::-1], FLAT]).T, "gapped", "Two", n_sites=50)
COUNTED = from_counts([[9, 0, 3], [1, 10, 3], [0, 0, 3], [0, 0, 1]], "counted")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in.meme"
    write_meme([GAPPED, COUNTED], path)
    return path


def run(capsys, *arguments):
    code = main([str(argument) for argument in ("motifs", *arguments)])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return captured.out


def refused(capsys, folder, *arguments):
    """Run the command; check that it refuses in one line and leaves nothing; return the line."""
    before = sorted(folder.rglob("*"))
    code = main([str(argument) for argument in ("motifs", *arguments)])
    captured = capsys.readouterr()
    assert (code, captured.out) == (2, "")
    assert len(captured.err.strip().splitlines()) == 1, captured.err
    assert captured.err.startswith("motiflens motifs: error: ")
    assert sorted(folder.rglob("*")) == before
    return captured.err


def test_without_an_output_the_motifs_are_listed(capsys, source):
    heading, *lines = run(capsys, source).splitlines()
    assert heading.split() == ["motif", "name", "consensus", "width", "bits", "sites"]
    assert [line.split() for line in lines] == [
        ["gapped", "Two", GAPPED.consensus, "6", f"{GAPPED.ic_bits:.1f}", "50"],
        ["counted", "-", COUNTED.consensus, "3", f"{COUNTED.ic_bits:.1f}", "10"],
    ]


def test_json_holds_the_matrices(capsys, source):
    found = json.loads(run(capsys, source, "--json"))
    assert found["output"] is None
    assert [row["motif"] for row in found["motifs"]] == ["gapped", "counted"]
    assert np.allclose(found["motifs"][1]["probabilities"], COUNTED.probabilities, atol=1e-6)


@pytest.mark.parametrize(("name", "first"), [
    ("out.meme", b"MEME version"), ("out.jaspar", b">gapped"), ("out.PFM", b">gapped"), ("out.tf", b"AC  gapped"),
    ("out.transfac", b"AC  gapped"), ("out.homer", b">NANNTN"), ("out.motif", b">NANNTN"),
    ("o.x.meme.gz", b"MEME version"),
])  # fmt: skip
def test_the_name_of_the_output_decides_the_format(capsys, tmp_path, source, name, first):
    text = run(capsys, source, "-o", tmp_path / name)
    assert text == f"2 motifs in {tmp_path / name}\n"
    data = (tmp_path / name).read_bytes()
    assert (gzip.decompress(data) if name.endswith("gz") else data).startswith(first)
    for mine, read in zip([GAPPED, COUNTED], read_motifs(tmp_path / name), strict=True):
        assert np.abs(mine.probabilities - read.probabilities).max() < 2e-6
    again = tmp_path / f"again-{name}"
    run(capsys, source, "-o", again)
    assert again.read_bytes() == data
    assert not name.endswith("gz") or data[4:8] == bytes(4)  # no time in it


@pytest.mark.parametrize("file_format", ["meme", "jaspar", "transfac", "homer"])
def test_an_option_decides_over_the_name_and_for_the_screen(capsys, tmp_path, source, file_format):
    run(capsys, source, "-o", tmp_path / "out.txt", "--format", file_format, "--quiet")
    assert run(capsys, source, "-o", "-", "--format", file_format) == (tmp_path / "out.txt").read_text()


def test_standard_input_and_output(capsys, monkeypatch, source):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(source.read_bytes())))
    assert run(capsys, "-", "-o", "-") == source.read_text()


def test_ends_without_information_are_cut_and_gaps_kept(capsys, tmp_path, source):
    assert main(["motifs", str(source), "--trim", "0.5", "-o", str(tmp_path / "o.meme")]) == 0
    gapped, counted = read_motifs(tmp_path / "o.meme")
    assert np.allclose(gapped.probabilities, GAPPED.probabilities[:, 1:5], atol=1e-6)
    assert np.allclose(counted.probabilities, COUNTED.probabilities[:, :2], atol=1e-6)


def test_motifs_that_are_trimmed_away_are_told(capsys, tmp_path, source):
    assert main(["motifs", str(source), "--trim", "1.8", "--json"]) == 0
    out, err = capsys.readouterr()
    assert [row["consensus"] for row in json.loads(out)["motifs"]] == ["C"]
    assert "1 of 2 motifs" in err
    assert "gapped" in err
    assert "none is left" in refused(capsys, tmp_path, source, "--trim", "2.1")


def test_information_is_cut_against_the_background():
    motif = Motif(np.array([[0.6, 0.9, 0.25], [0.1, 0.0, 0.25], [0.1, 0.1, 0.25], [0.2, 0, 0.25]]), "m",
                  background=(0.6, 0.1, 0.1, 0.2))  # fmt: skip
    assert trimmed(motif, 0.05).width == 2  # the first position is the background, the last is not
    assert np.array_equal(trimmed(motif, 0.05).probabilities, motif.probabilities[:, 1:])


def test_the_other_strand(capsys, tmp_path, source):
    run(capsys, source, "--reverse-complement", "-o", tmp_path / "a.meme")
    turned = read_motifs(tmp_path / "a.meme")
    assert [motif.consensus for motif in turned] == [m.reverse_complement().consensus for m in (GAPPED, COUNTED)]
    run(capsys, tmp_path / "a.meme", "--rc", "-o", tmp_path / "b.meme")
    assert (tmp_path / "b.meme").read_text() == source.read_text()


def test_a_background_that_is_given_is_written_as_given_also_on_the_other_strand(capsys, tmp_path, source):
    for options in ([], ["--rc"]):
        run(capsys, source, "--background", "0.4,0.3,0.2,0.1", *options, "-o", tmp_path / "o.meme", "--force")
        assert read_motifs(tmp_path / "o.meme")[0].background == pytest.approx((0.4, 0.3, 0.2, 0.1))
    with_own = [Motif(m.probabilities, m.name, background=(0.4, 0.3, 0.2, 0.1)) for m in (GAPPED, COUNTED)]
    write_meme(with_own, tmp_path / "own.meme")
    run(capsys, tmp_path / "own.meme", "--rc", "-o", tmp_path / "o.meme", "--force")
    assert read_motifs(tmp_path / "o.meme")[0].background == pytest.approx((0.1, 0.2, 0.3, 0.4))


def test_sites_make_counts_and_pseudocounts_follow_the_background(capsys, tmp_path, source):
    run(capsys, source, "--sites", "200", "-o", tmp_path / "o.jaspar")
    assert [motif.n_sites for motif in read_motifs(tmp_path / "o.jaspar")] == pytest.approx([200, 200], rel=1e-5)
    run(
        capsys,
        source,
        "--sites",
        "6",
        "--pseudocount",
        "2",
        "--background",
        "0.1,0.2,0.3,0.4",
        "-o",
        tmp_path / "p.meme",
    )
    counted = read_motifs(tmp_path / "p.meme")[1]
    assert counted.probabilities[:, 0] == pytest.approx(
        [(6 * 0.9 + 0.2) / 8, (0.6 + 0.4) / 8, 0.6 / 8, 0.8 / 8], abs=1e-6
    )
    assert counted.n_sites == 6


def test_motifs_are_chosen_from_a_database(capsys):
    found = json.loads(run(capsys, "jaspar:fungi", "--only", "ABF1", "--only", "ma0266", "--json"))["motifs"]
    fungi = {motif.name: motif for motif in read_database("jaspar:fungi")}
    assert [row["motif_name"] for row in found] == ["ABF1", "ABF2"]
    assert all(row["consensus"] == fungi[row["motif"]].consensus for row in found)


def test_databases_are_listed(capsys):
    text = run(capsys, "--databases")
    assert set(text.splitlines()[:-1]) == {f"jaspar:{name}" for name in (*jaspar_taxa(), "all")}


def test_a_repeated_name_is_told(capsys, tmp_path):
    write_meme([exact_motif("ACGT", "same"), exact_motif("GGT", "same")], tmp_path / "m.meme")
    assert main(["motifs", str(tmp_path / "m.meme")]) == 0
    assert "have the same name" in capsys.readouterr().err


def test_an_output_is_replaced_by_force_alone(capsys, tmp_path, source):
    (tmp_path / "o.meme").write_text("mine")
    assert "--force" in refused(capsys, tmp_path, source, "-o", tmp_path / "o.meme")
    assert (tmp_path / "o.meme").read_text() == "mine"
    run(capsys, source, "-o", tmp_path / "o.meme", "--force")
    assert len(read_motifs(tmp_path / "o.meme")) == 2


def test_what_stops_the_writing_leaves_nothing(capsys, monkeypatch, tmp_path, source):
    (tmp_path / "o.meme").write_text("mine")

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    assert "No space" in refused(capsys, tmp_path, source, "-o", tmp_path / "o.meme", "--force")
    assert (tmp_path / "o.meme").read_text() == "mine"


def test_a_file_can_be_changed_in_place(capsys, source):
    run(capsys, source, "--only", "counted", "-o", source, "--force")
    assert [motif.name for motif in read_motifs(source)] == ["counted"]


@pytest.mark.parametrize(("arguments", "part"), [
    (["nosuch.meme"], "nosuch.meme"), (["jaspar:fish"], "jaspar:fungi"), (["empty"], "an empty file"),
    (["folder"], "motifs.meme"), (["in.meme", "--only", "gaped"], "Did you mean gapped"),
    (["in.meme", "--only", ""], "empty"),
    (["in.meme", "-o", "out.txt"], "--format"), (["in.meme", "-o", "folder"], "a folder"),
    (["in.meme", "-o", "no/out.meme"], "no folder"), (["in.meme", "--format", "meme"], "-o FILE"),
    (["in.meme", "-o", "x.meme", "--format", "xml"], "--format"), (["in.meme", "-o", "-", "--json"], "--json"),
    (["in.meme", "-o", "/dev/null", "--format", "meme", "--force"], "no plain file"),
    (["in.meme", "--trim", "-1"], "--trim"), (["in.meme", "--trim", "nan"], "--trim"),
    (["in.meme", "--sites", "0"], "--sites"),
    (["in.meme", "--sites", "inf"], "--sites"), (["in.meme", "--pseudocount", "-1"], "pseudocount"),
    (["in.meme", "--background", "human"], "--background"), (["in.meme", "--background", "sequences"], "--background"),
    (["in.meme", "--method", "filters"], "--method"), (["in.meme", "--database", "jaspar"], "give SEQUENCES"),
    (["in.meme", "in.meme", "-o", "x"], "folder of a network"), (["model", "d.fa", "--trim", "1", "-o", "x"], "--trim"),
    (["model", "d.fa", "--only", "a", "-o", "x"], "leave out SEQUENCES"), (["model", "d.fa"], "-o OUT"),
    (["model", "d.fa", "-o", "-"], "-o OUT"), (["model"], "motiflens motifs"),
    (["model", "d.fa", "-o", "folder"], "--force"),
])  # fmt: skip
def test_what_cannot_be_done_is_refused_in_one_line(capsys, monkeypatch, tmp_path, source, arguments, part):
    monkeypatch.chdir(tmp_path)
    Path("empty").write_text("")
    Path("folder").mkdir()
    Path("model").mkdir()
    Path("model/model.json").write_text("{}")
    Path("d.fa").write_text(">a\nACGT\n")
    assert part in refused(capsys, tmp_path, *arguments)


@pytest.mark.parametrize(("name", "found"), [("a.b.TF", "transfac"), ("x.dat.gz", "transfac"), ("m.motifs", "homer")])
def test_names_of_formats(name, found):
    assert format_of(name) == found


def test_edits_without_effect_change_nothing(capsys, source):
    text = run(capsys, source, "-o", "-", "--pseudocount", "0", "--trim", "0", "--background", "motifs")
    assert text == source.read_text()
    assert MotifEdits() == MotifEdits(only=(), trim=0.0)


# A network: what the command does around the finding of motifs, with a stand-in for that.


def a_finding(name="1-ACGTTGCA"):
    motif = exact_motif("ACGTTGCA", name)
    match = Match(motif=name, target="MA1", target_name="T", pvalue=1e-5, evalue=1e-3, qvalue=1e-2, offset=0, overlap=8,
                  strand="+")  # fmt: skip
    return Finding(motif=motif, n_sites=3, heldout_pvalue=1e-6, heldout_evalue=1e-5, positives_with_site=0.5,
                   negatives_with_site=0.1, auroc=Interval(0.8, 0.7, 0.9), delta_auroc=0.1, n_filters=2,
                   matches=(match,), random_pvalue=0.1, search_evalue=1e-5)  # fmt: skip


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """Stand in for the finding of motifs; return what it was called with."""
    seen = []

    def model_motifs(model, data, **options):
        seen.append((model, data, options))
        if not Path("found").exists():
            return ModelMotifs((), (), 7, ("Tested so.",))
        sites = (Site("p1", 3, 11, "+", "1-ACGTTGCA", 9.5),)
        return ModelMotifs((a_finding(),), sites, 7, ("Tested so.",), {"1-ACGTTGCA": "both"})

    monkeypatch.setattr("motiflens.runs.network_motifs.model_motifs", model_motifs)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.json").write_text("{}")
    (tmp_path / "found").write_text("")
    monkeypatch.chdir(tmp_path)
    return seen


def fasta(path, sequences):
    rows = zip(sequences.names, sequences.strings(), strict=True)
    Path(path).write_text("".join(f">{name}\n{text}\n" for name, text in rows))
    return path


def test_the_motifs_of_a_network_are_written_as_discover_does(capsys, calls, tmp_path):
    data = two_classes({"ACGTTGCA": 1.0}, n=60)
    files = [fasta(name, data.of_class(label)) for name, label in (("p.fa", 1), ("n.fa", 0))]
    text = run(capsys, "model", files[0], "--negatives", files[1], "--method", "filters", "--seed", "4", "--database",
               "none", "--threads", "2", "-o", "out")  # fmt: skip
    assert "1-ACGTTGCA" in text
    assert sorted(p.name for p in Path("out").iterdir()) == [
        "matches.tsv", "motifs.meme", "motifs.tsv", "run.json", "sites.bed"]  # fmt: skip
    assert [motif.name for motif in read_motifs("out/motifs.meme")] == ["1-ACGTTGCA"]
    assert Path("out/motifs.tsv").read_text().splitlines()[1].startswith("1-ACGTTGCA\t")
    assert Path("out/sites.bed").read_text().startswith("p1\t3\t11\t1-ACGTTGCA\t")
    assert "\tMA1\t" in Path("out/matches.tsv").read_text()
    (model, seen, options), record = calls[0], json.loads(Path("out/run.json").read_text())
    assert model == Path("model")
    assert (int(seen.positive.sum()), len(seen)) == (60, 127)
    assert set(seen.names) == set(data.names)
    given = {name: options[name] for name in ("method", "database", "threads", "random_state")}
    assert given == {"method": "filters", "database": None, "threads": 2, "random_state": 4}
    assert (record["command"], record["seed"], record["n_tested"]) == ("motifs", 4, 7)
    assert record["sources"] == {"1-ACGTTGCA": "both"}
    assert "Tested so." in record["notes"]
    assert set(record["inputs"]) == {"model/model.json", "p.fa", "n.fa"}


def test_positives_alone_are_shuffled_and_a_table_has_both_classes(capsys, calls, tmp_path):
    data = two_classes({"ACGTTGCA": 1.0}, n=50)
    run(capsys, "model", fasta("p.fa", data.of_class(1)), "-o", "one", "--quiet")
    rows = zip(data.names, data.strings(), data.positive.astype(int), strict=True)
    Path("d.tsv").write_text("name\tsequence\tlabel\n" + "".join(f"{a}\t{b}\t{c}\n" for a, b, c in rows))
    run(capsys, "model", "d.tsv", "-o", "two", "--quiet")
    alone, both = (seen for _, seen, _ in calls)
    assert (int(alone.positive.sum()), len(alone)) == (50, 100)
    assert (int(both.positive.sum()), len(both)) == (50, 107)
    truth = dict(zip(data.names.tolist(), data.positive.tolist(), strict=True))
    assert all(truth[name] == label for name, label in zip(both.names, both.positive, strict=True))


def test_no_motif_is_a_result(capsys, calls, tmp_path):
    Path("found").unlink()
    text = run(capsys, "model", fasta("p.fa", two_classes({}, n=40).of_class(1)), "-o", "out")
    assert "No motif: none of 7 candidates" in text
    assert read_motifs("out/motifs.meme") == []
    assert len(Path("out/motifs.tsv").read_text().splitlines()) == 1


def test_what_a_network_cannot_be_asked_is_refused(capsys, calls, tmp_path):
    fasta("p.fa", two_classes({}, n=40).of_class(1))
    Path("few.fa").write_text(">a\nACGTACGTACGTACGT\n")
    assert "at least 20" in refused(capsys, tmp_path, "model", "few.fa", "-o", "out", "--quiet")
    assert "nosuch" in refused(capsys, tmp_path, "model", "nosuch.fa", "-o", "out", "--quiet")
    assert "jaspar:fungi" in refused(capsys, tmp_path, "model", "p.fa", "--database", "jaspar:fish", "-o", "out")
    assert calls == []
