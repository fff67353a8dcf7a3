"""`run_train`: what is split, what is measured, and what is written of a network by name."""

import hashlib
import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted import two_classes
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score

import motiflens as ml
from motiflens.errors import InputError, ParameterError
from motiflens.formats.motif_files import write_meme
from motiflens.networks.model import predict_probabilities
from motiflens.networks.saving import load_network
from motiflens.runs.simulate import run_simulate
from motiflens.runs.train import run_train
from motiflens.runs.train_data import TrainFiles, read_train_data
from motiflens.runs.train_metrics import many_class_figures
from motiflens.sequences import concatenate
from motiflens.simulating.limits import population_limit
from motiflens.simulating.planting import random_sequences

WORDS = ("GATTACGAC", "CCTGAACTG", "TGCATTGCA")
LEARNS = {"n_filters": 24, "filter_width": 11, "epochs": 30, "batch_size": 16, "learning_rate": 5e-3, "threads": 1}


def write_table(path, sequences, labels):
    rows = zip(sequences.names, sequences.strings(), labels, strict=True)
    path.write_text("name\tsequence\tlabel\n" + "".join("\t".join(map(str, row)) + "\n" for row in rows))
    return str(path)


def write_fasta(path, sequences):
    rows = zip(sequences.names, sequences.strings(), strict=True)
    path.write_text("".join(f">{name}\n{text}\n" for name, text in rows))
    return str(path)


def binary(n=160, seed=0, length=60):
    return two_classes({WORDS[0]: 0.95}, n=n, random_state=seed, length=length)


def three(n=110, seed=0):
    """Return three classes, each with a word of its own, of n, n + 9 and n + 18 sequences."""
    parts = []
    for index, word in enumerate(WORDS):
        one = two_classes({word: 0.95}, n=n + 9 * index, random_state=seed + 300 * index).of_class(1)
        parts.append(one)
    sequences = concatenate(parts)
    return sequences, np.repeat(["ape", "bee", "cat"], [len(part) for part in parts])


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    sequences = binary()
    labels = np.where(sequences.positive, "bound", "unbound")
    return write_table(tmp_path_factory.mktemp("t") / "two.tsv", sequences, labels)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Return a folder that `simulate` writes, of an easy task."""
    run = run_simulate("single", motif=WORDS[0], n_positives=150, n_negatives=170, length=50, motif_prob=0.8)
    return str(run.write(tmp_path_factory.mktemp("s") / "task"))


def learned(data, network="deepbind", seed=0, **more):
    files = {name: more.pop(name) for name in ("negatives", "test") if name in more}
    return run_train(TrainFiles((data,), **files), network, {**LEARNS, **more}, random_state=seed)


# --- the parts


def test_parts_have_their_shares_and_hold_every_sequence_once(table):
    data = read_train_data(TrainFiles((table,)), random_state=3)
    assert data.classes == ("unbound", "bound")
    sizes = {name: len(part) for name, part in data.parts.items()}
    assert sum(sizes.values()) == 327
    assert sizes["test"] == pytest.approx(0.2 * 327, abs=3)
    assert sizes["valid"] == pytest.approx(0.1 * 327, abs=3)
    names = np.concatenate([part.names for part in data.parts.values()])
    assert len(set(names)) == 327
    for part in data.parts.values():
        assert (part.positive == np.char.startswith(part.names, "p")).all()


@pytest.mark.parametrize("many", [False, True])
def test_copies_of_a_sequence_stay_in_one_part(tmp_path, many):
    sequences, labels = three(n=60) if many else (binary(n=90), None)
    labels = sequences.labels if labels is None else labels
    doubled = concatenate([sequences, sequences])
    data = read_train_data(TrainFiles((write_table(tmp_path / "d.tsv", doubled, [*labels, *labels]),)), random_state=0)
    seen = [set(part.strings()) for part in data.parts.values()]
    assert all(seen)
    assert len(set.union(*seen)) == sum(map(len, seen))


@pytest.mark.parametrize("many", [False, True])
def test_a_test_of_ones_own_is_used_whole_and_taught_by_nothing(tmp_path, many):
    sequences, labels = three(n=60) if many else (binary(n=90), None)
    labels = sequences.labels if labels is None else labels
    rows = np.random.default_rng(0).permutation(len(sequences))
    test, rest = rows[:40], rows[30:]  # ten sequences in both
    data = read_train_data(
        TrainFiles(
            (write_table(tmp_path / "a.tsv", sequences[rest], np.asarray(labels)[rest]),),
            test=(write_table(tmp_path / "b.tsv", sequences[test], np.asarray(labels)[test]),),
        ),
        random_state=0,
    )
    assert data.test.strings() == sequences[test].strings()
    assert len(data.train) + len(data.valid) == len(rest) - 10
    assert not set(data.test.strings()) & {*data.train.strings(), *data.valid.strings()}
    assert any("nearly repeat a test sequence" in note for note in data.notes)


def test_classes_of_a_test_are_matched_by_name(tmp_path):
    sequences, labels = three(n=40)
    keep = labels != "ape"
    rest = np.arange(len(labels)) % 4 != 0
    data = read_train_data(
        TrainFiles(
            (write_table(tmp_path / "a.tsv", sequences[rest], labels[rest]),),
            test=(write_table(tmp_path / "b.tsv", sequences[keep & ~rest], labels[keep & ~rest]),),
        ),
        random_state=0,
    )
    assert data.classes == data.test.classes == ("ape", "bee", "cat")
    assert [data.classes[label] for label in data.test.labels] == labels[keep & ~rest].tolist()


def test_positives_alone_are_shuffled_and_negatives_taken_when_given(tmp_path):
    sequences = binary(n=70)
    positives = write_fasta(tmp_path / "p.fa", sequences.of_class(1))
    made = read_train_data(TrainFiles((positives,)), random_state=0)
    assert sum(map(len, made.parts.values())) == 140
    assert any("shuffled" in note for note in made.notes)
    negatives = write_fasta(tmp_path / "n.fa", sequences.of_class(0))
    given = read_train_data(TrainFiles((positives,), (negatives,)), random_state=0)
    assert sorted(text for part in given.parts.values() for text in part.of_class(0).strings()) == sorted(
        sequences.of_class(0).strings()
    )


def test_all_parts_are_as_wide_as_the_longest_that_is_learned_from(tmp_path):
    sequences = binary(n=60)
    longer = random_sequences(1, 90, random_state=5)
    test = concatenate([sequences[50:80], longer.with_labels([1])])
    data = read_train_data(
        TrainFiles(
            (write_table(tmp_path / "a.tsv", sequences[np.r_[0:50, 80:127]], sequences.labels[np.r_[0:50, 80:127]]),),
            test=(write_table(tmp_path / "b.tsv", test, test.labels),),
        ),
        random_state=0,
    )
    assert {part.width for part in data.parts.values()} == {60}
    assert data.test.strings()[-1] == longer.strings()[0][15:75]


def test_a_long_sequence_that_is_not_learned_from_is_cropped(tmp_path):
    sequences = binary(n=50)
    longer = random_sequences(1, 70, random_state=5).with_labels([1], sequences.classes)
    every = concatenate([sequences, longer])
    table = write_table(tmp_path / "a.tsv", every, every.labels)
    widths = set()
    for seed in range(12):
        data = read_train_data(TrainFiles((table,)), random_state=seed)
        in_train = 70 in data.train.lengths
        assert {part.width for part in data.parts.values()} == {70 if in_train else 60}
        assert any("are cropped to the 60 bases" in note for note in data.notes) is not in_train
        widths.add(data.train.width)
    assert widths == {60, 70}


# --- two classes


def test_what_is_saved_is_the_classifier_of_these_parts_and_this_seed(table, tmp_path):
    folder = learned(table, seed=6, epochs=3).write(tmp_path / "out")
    data = read_train_data(TrainFiles((table,)), random_state=6)
    classifier = ml.MotifClassifier(network="deepbind", **{**LEARNS, "epochs": 3}, random_state=6)
    classifier.fit(data.train, X_val=data.valid)
    (trained,) = load_network(folder)
    assert (trained.parameters == classifier.network_.parameters).all()
    assert json.loads((folder / "model.json").read_text())["classes"] == ["unbound", "bound"]


def test_a_planted_word_is_learned_and_every_figure_is_that_of_the_predictions(table, tmp_path):
    run = learned(table)
    folder = run.write(tmp_path / "out")
    metrics = json.loads((folder / "metrics.json").read_text())
    predictions = pd.read_csv(folder / "predictions.tsv", sep="\t")
    test = predictions[predictions["split"] == "test"]
    auroc, right = metrics["test"]["auroc"], metrics["test"]["accuracy"]["value"]
    assert auroc["value"] > 0.9
    assert auroc["value"] == pytest.approx(roc_auc_score(test["label"], test["probability"]), abs=1e-4)
    assert right == pytest.approx(accuracy_score(test["label"], test["probability"] >= 0.5), abs=1e-9)
    assert auroc["low"] <= auroc["value"] <= auroc["high"]
    assert metrics["n"] == predictions["split"].value_counts().to_dict()
    assert metrics["classes"] == ["unbound", "bound"]
    assert (predictions["label"] == predictions["name"].str.startswith("p")).all()
    assert metrics["limit"] is None
    assert metrics["n_parameters"] == 4 * 11 * 24 + 24 + 24 * 32 + 32 + 33
    record = json.loads((folder / "run.json").read_text())
    assert record["inputs"] == {table: hashlib.sha256(Path(table).read_bytes()).hexdigest()}
    assert (record["command"], record["seed"], record["arguments"]["n_filters"]) == ("train", 0, 24)


def test_the_saved_network_gives_the_written_probabilities(table, tmp_path):
    folder = learned(table, n_networks=2).write(tmp_path / "out")
    networks = load_network(folder)
    assert len(networks) == 2
    sequences = ml.read_sequences(table)
    mine = dict(zip(sequences.names, predict_probabilities(networks, sequences), strict=True))
    theirs = pd.read_csv(folder / "predictions.tsv", sep="\t").set_index("name")["probability"]
    np.testing.assert_allclose([mine[name] for name in theirs.index], theirs, rtol=1e-5)
    history = pd.read_csv(folder / "history.tsv", sep="\t")
    assert history.groupby("network")["kept"].sum().tolist() == [1, 1]


@pytest.mark.parametrize(("network", "more"), [("deepbind", {}), ("interaction", {"n_filters": 6})])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(table, tmp_path, network, more):
    quick = {"epochs": 2, **more}
    folders = [
        learned(table, network, seed=seed, **quick, threads=threads).write(tmp_path / str(index))
        for index, (seed, threads) in enumerate([(4, 1), (4, 2), (5, 1)])
    ]
    for name in ("model.safetensors", "model.json", "predictions.tsv"):
        first, second, other = ((folder / name).read_bytes() for folder in folders)
        assert first == second, name
        assert (first != other) or name == "model.json"


def test_balanced_classes_count_the_same(tmp_path):
    sequences = binary(n=150)
    few = np.r_[0:40, 150:307]
    data = write_table(tmp_path / "few.tsv", sequences[few], sequences.labels[few])
    shares = []
    for weight in (None, "balanced"):
        predictions = learned(data, epochs=1, class_weight=weight).predictions
        shares.append(predictions["probability"].mean())
    assert shares[1] > shares[0] + 0.05


# --- many classes


def test_many_classes_are_learned_and_measured(tmp_path):
    sequences, labels = three()
    run = learned(write_table(tmp_path / "three.tsv", sequences, labels), network="foxo1-v2", epochs=40)
    folder = run.write(tmp_path / "out")
    metrics = json.loads((folder / "metrics.json").read_text())
    table = pd.read_csv(folder / "predictions.tsv", sep="\t")
    columns = [f"probability_{name}" for name in ("ape", "bee", "cat")]
    assert list(table.columns) == ["name", "label", *columns, "split"]
    np.testing.assert_allclose(table[columns].sum(axis=1), 1, atol=1e-5)
    test = table[table["split"] == "test"]
    predicted = np.array(["ape", "bee", "cat"])[test[columns].to_numpy().argmax(axis=1)]
    figures = metrics["test"]
    assert figures["accuracy"]["value"] == pytest.approx(accuracy_score(test["label"], predicted))
    assert figures["accuracy"]["value"] > 0.7
    assert figures["macro_auroc"] == pytest.approx(
        roc_auc_score(test["label"], test[columns], multi_class="ovr", average="macro"), abs=1e-4
    )
    for name, score in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
        expected = score(test["label"], predicted, average=None, labels=["ape", "bee", "cat"])
        np.testing.assert_allclose([each[name] for each in figures["classes"]], expected)
    counts = test["label"].value_counts()
    assert {each["name"]: each["n"] for each in figures["classes"]} == counts.to_dict()


def test_the_confusion_matrix_has_a_row_a_true_class():
    labels = np.array([0, 0, 0, 1, 1, 2])
    probabilities = np.eye(3)[[0, 1, 1, 1, 1, 0]] * 0.8 + 0.05
    found = many_class_figures(labels, probabilities, ("a", "b", "c"))
    assert found["confusion_matrix"] == [[1, 2, 0], [0, 2, 0], [1, 0, 0]]
    a, b, c = found["classes"]
    assert (a["precision"], a["recall"], a["n"]) == (0.5, pytest.approx(1 / 3), 3)
    assert (b["precision"], b["recall"]) == (0.5, 1.0)
    assert np.isnan(c["precision"])
    assert c["recall"] == 0
    assert found["accuracy"].low < found["accuracy"].value == 0.5 < found["accuracy"].high
    assert found["accuracy"].low == pytest.approx(0.1876, abs=1e-4)  # Wilson's for 3 of 6


def test_a_class_that_the_test_lacks_has_no_figures_and_spoils_none():
    found = many_class_figures(
        np.array([0, 1, 1]), np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.3, 0.3, 0.4]]), "abc"
    )
    assert np.isnan(found["classes"][2]["auroc"])
    assert found["macro_auroc"] == 1.0


# --- simulated data


def test_a_simulated_folder_brings_its_limit(simulated, tmp_path):
    run = learned(simulated)
    limit = run.metrics["limit"]
    test = run.predictions[run.predictions["split"] == "test"]["name"]
    every = ml.read_sequences(f"{simulated}/sequences.tsv")
    chosen = every[np.flatnonzero(np.isin(every.names, test))]
    expected = ml.read_truth(f"{simulated}/truth.json").limit_on(chosen)
    assert limit["these_sequences"]["auroc"]["value"] == expected.auroc.value
    assert limit["population"] == json.loads(Path(simulated, "truth.json").read_text())["limit"]["population"]
    reached = run.metrics["test"]["auroc"]["value"]
    assert limit["fraction"] == pytest.approx((reached - 0.5) / (expected.auroc.value - 0.5))
    assert 0.6 < limit["fraction"] <= 1.05
    assert set(run.run["inputs"]) == {f"{simulated}/{name}" for name in ("sequences.tsv", "truth.json")}


def test_a_simulated_test_brings_the_limit_of_its_own_task(simulated, table):
    files = TrainFiles((simulated,), test=(simulated,))
    with pytest.raises(InputError, match=r"at least 20 positive .* Got 0, since 320 that nearly repeat"):
        read_train_data(files, random_state=0)
    data = read_train_data(TrainFiles((table,), test=(simulated,), window=50), random_state=0)
    assert data.known.limits is not None
    assert len(data.test) == 320
    assert read_train_data(TrainFiles((simulated,), test=(table,)), random_state=0).known.limits is None


@pytest.mark.parametrize("limit", [None, 3, {"population": {"auroc": {"value": 1}}}])
def test_the_limit_of_the_population_is_worked_out_where_the_folder_does_not_tell(tmp_path, monkeypatch, limit):
    folder = run_simulate("single", motif=WORDS[0], n_positives=60, n_negatives=60, length=30).write(tmp_path / "s")
    path = folder / "truth.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "limit": limit}))
    monkeypatch.setattr("motiflens.simulating.truth.population_limit", partial(population_limit, n_drawn=2000))
    found = read_train_data(TrainFiles((str(folder),)), random_state=0).known.limits.population
    assert (found["kind"], found["n_positives"]) == ("population", 2000)


def test_cropped_sequences_have_no_limit(simulated, caplog):
    with caplog.at_level("INFO", "motiflens"):
        data = read_train_data(TrainFiles((simulated,), window=40), random_state=0)
    assert any(message.startswith("No limit") for message in caplog.messages)
    assert data.known.limits is None
    assert any(note.startswith("No limit") for note in data.notes)


def test_sequences_that_the_task_cannot_give_are_refused(tmp_path):
    task = run_simulate("single", motif="GGCGCC", gc=1.0, n_positives=60, n_negatives=60, length=30)
    folder = task.write(tmp_path / "s")
    assert read_train_data(TrainFiles((str(folder),)), random_state=0).known.limits is not None
    lines = (folder / "sequences.tsv").read_text().splitlines()
    changed = [lines[0], *(line[:-3] + "A" + line[-2:] for line in lines[1:])]
    (folder / "sequences.tsv").write_text("\n".join(changed) + "\n")
    with pytest.raises(InputError, match="unchanged"):
        read_train_data(TrainFiles((str(folder),)), random_state=0)


@pytest.mark.parametrize(
    "files",
    [
        {"data": ["sequences.tsv"]},
        {"data": ["labels.tsv", "sequences.fa"]},
        {"data": ["positives.fa"], "negatives": ["negatives.fa"]},
    ],
)
def test_the_files_of_a_task_bring_its_limit_as_its_folder_does(simulated, files):
    given = {name: tuple(f"{simulated}/{file}" for file in each) for name, each in files.items()}
    found = read_train_data(TrainFiles(**given), random_state=1).known
    assert found.limits.population == read_train_data(TrainFiles((simulated,)), random_state=1).known.limits.population
    assert [motif.consensus for motif in found.motifs] == [WORDS[0]]


# --- the motifs of a network that was chosen


@pytest.mark.parametrize("strands", [True, False])
def test_a_chosen_network_brings_its_motifs_with_their_evidence(simulated, tmp_path, strands):
    parameters = {"n_networks": 1, "threads": 1, "both_strands": strands}
    run = run_train(TrainFiles((simulated,)), "auto", parameters, random_state=2, database=None)
    folder = run.write(tmp_path / "out")
    turned = str.maketrans("ACGT", "TGCA")
    (row,) = pd.read_csv(folder / "motifs.tsv", sep="\t").to_dict("records")
    assert row["consensus"] in ((WORDS[0], WORDS[0][::-1].translate(turned)) if strands else (WORDS[0],))
    assert row["heldout_evalue"] < 1e-6
    (motif,) = ml.read_motifs(folder / "motifs.meme")
    assert (motif.name, motif.consensus) == (row["motif"], row["consensus"])
    assert run.metrics["recovery"]["exact"] == [WORDS[0]]
    # every written site is the word in the positives, and the share of positives is that of the word
    sequences = ml.read_sequences(f"{simulated}/positives.fa")
    texts = dict(zip(sequences.names, sequences.strings(), strict=True))
    sites = [line.split("\t") for line in (folder / "sites.bed").read_text().splitlines()]
    assert len(sites) == row["n_sites"]
    words = [texts[name][int(start) : int(end)] for name, start, end, *_ in sites]
    assert np.mean([word in (WORDS[0], WORDS[0][::-1].translate(turned)) for word in words]) > 0.9
    with_word = np.mean([WORDS[0] in text for text in texts.values()])
    assert len({site[0] for site in sites}) / len(texts) == pytest.approx(with_word, abs=0.05)
    test = run.predictions[run.predictions["split"] == "test"]
    in_test = [WORDS[0] in texts[name] for name in test["name"][test["label"] == 1]]
    assert run.motifs.findings[0].positives_with_site == pytest.approx(np.mean(in_test), abs=0.1)
    assert 0.1 < row["delta_auroc"] <= 0.5


@pytest.mark.parametrize("strands", [True, False])
def test_motifs_of_a_chosen_network_are_compared_with_a_database(simulated, tmp_path, strands):
    columns = np.array([[letter == base for letter in WORDS[0]] for base in "ACGT"])
    others = [ml.Motif(np.random.default_rng(seed).dirichlet([0.3] * 4, 8).T, f"MB{seed}") for seed in range(60)]
    write_meme([ml.Motif(np.where(columns, 0.94, 0.02), "MA1", "THIS"), *others], tmp_path / "known.meme")
    parameters = {"n_networks": 1, "threads": 1, "both_strands": strands}
    database = str(tmp_path / "known.meme")
    run = run_train(TrainFiles((simulated,)), "auto", parameters, random_state=2, database=database)
    folder = run.write(tmp_path / "out")
    (row,) = pd.read_csv(folder / "motifs.tsv", sep="\t").to_dict("records")
    assert (row["best_match"], row["best_match_name"]) == ("MA1", "THIS")
    assert row["match_qvalue"] < 1e-3
    matches = pd.read_csv(folder / "matches.tsv", sep="\t")
    assert matches.target[0] == "MA1"
    assert set(matches.motif) == {row["motif"]}
    assert len(matches) >= 3
    assert json.loads((folder / "run.json").read_text())["arguments"]["database"] == database


def test_a_database_that_is_not_there_stops_auto_before_anything_is_read(simulated):
    with pytest.raises(InputError, match="No database or file 'jaspar:moon'"):
        run_train(TrainFiles(("not there",)), "auto", {}, database="jaspar:moon")


def test_no_motif_no_file(tmp_path):
    table = write_table(tmp_path / "null.tsv", null := two_classes({}, n=120, random_state=5), null.labels)
    run = run_train(TrainFiles((table,)), "auto", {"n_networks": 1, "threads": 1})
    assert run.motifs.findings == ()
    names = {path.name for path in run.write(tmp_path / "out").iterdir()}
    assert not names & {"motifs.meme", "motifs.tsv", "matches.tsv", "sites.bed"}
    assert "model.json" in names


# --- what is refused


def test_sequences_and_labels_that_cannot_be_used_are_refused(tmp_path, table):
    sequences = binary(n=40)
    one = write_table(tmp_path / "one.tsv", sequences, ["x"] * len(sequences))
    short = write_table(tmp_path / "short.tsv", sequences.resize(14), sequences.labels)
    (tmp_path / "empty").mkdir()
    plain = write_fasta(tmp_path / "p.fa", sequences.of_class(1))
    three_table = write_table(tmp_path / "3.tsv", *three(n=30))
    other = write_table(tmp_path / "other.tsv", *(part[:30] for part in three(n=30)))
    for files, match in (
        (TrainFiles((one,)), "two classes or more. Got 'x' for all 87"),
        (TrainFiles((table,), (plain,)), "already hold two labels"),
        (TrainFiles((three_table,), (plain,)), "hold 3 classes"),
        (TrainFiles((table,), test=(plain,)), "labels of both classes"),
        (TrainFiles((plain,), (plain,), test=(plain,)), "labels of both classes"),
        (TrainFiles((three_table,), test=(plain,)), "of the classes ape, bee, cat. Got none"),
        (TrainFiles((three_table,), test=(table,)), "Got 'bound'|Got 'unbound'"),
        (TrainFiles((str(tmp_path / "empty"),)), "without sequences.tsv"),
        (TrainFiles((str(tmp_path / "nosuch.fa"),)), "nosuch.fa"),
        (TrainFiles(("-",), ("-",)), "only once"),
    ):
        with pytest.raises((InputError, ParameterError), match=match) as caught:
            read_train_data(files, random_state=0)
        assert "\n" not in str(caught.value)
    assert read_train_data(TrainFiles((three_table,), test=(other,)), random_state=0).test.classes[0] == "ape"
    for network, more, match in (
        ("motiflens", {"filter_width": 20}, "at least as long"),
        ("tfbs", {"filter_width": 15, "n_filters": None}, "narrower"),
    ):
        with pytest.raises(ParameterError, match=match):
            learned(short, network, **more)


@pytest.mark.parametrize(
    ("network", "more", "match"),
    [
        ("resnet", {}, "must be one of .*'auto'"),
        ("deepbind", {"n_filters": 0}, "n_filters"),
        ("deepbind", {"epochs": 0}, "epochs"),
        ("deepbind", {"dropout": 1.0}, "dropout"),
        ("deepbind", {"learning_rate": -1.0}, "learning_rate"),
        ("deepbind", {"device": "tpu"}, "tpu"),
        ("interaction", {"both_strands": True}, "has no filters that read both strands"),
        ("multiscale", {"filter_width": 9}, "has no filter_width"),
        ("auto", {}, "chooses its sizes"),
    ],
)
def test_options_that_do_not_fit_are_refused(table, network, more, match):
    with pytest.raises(ParameterError, match=match) as caught:
        learned(table, network, **more)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("network", "more", "match"),
    [
        (
            "tfbs",
            {"n_filters": None, "filter_width": None, "both_strands": True},
            "has no filters that read both strands",
        ),
        ("multiscale", {"n_filters": None}, "has no filter_width"),
        ("deepbind", {"learning_rate": float("nan")}, r"^learning_rate must be above 0 and finite\. Got nan\.$"),
        ("deepbind", {"patience": 0}, r"^patience must be at least 1\. Got 0\.$"),
        ("deepbind", {"n_filters": -3}, "n_filters"),
        ("deepbind", {"n_filters": 10**8}, "n_filters must be at most 65536"),
    ],
)
def test_options_are_checked_before_anything_is_read(network, more, match):
    with pytest.raises(ParameterError, match=match):
        learned("no such file", network, **more)


def test_networks_of_several_convolutions_may_be_told_that_they_read_one_strand(table):
    run = run_train(TrainFiles((table,)), "foxo1-v3", {"epochs": 1, "threads": 1, "both_strands": False})
    assert run.network.config
    assert run.run["arguments"]["both_strands"] is None


def test_tfbs_takes_other_lengths_than_published(table):
    run = run_train(TrainFiles((table,)), "tfbs", {"epochs": 1, "threads": 1})
    assert run.metrics["n_parameters"] > 6209
