"""Networks by name have the parameters that were published for them."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from motiflens.alphabet import reverse_complement
from motiflens.errors import ParameterError
from motiflens.estimator.classifier import MotifClassifier
from motiflens.networks import ensemble
from motiflens.networks.architectures import NETWORKS, architecture, named_network, recipe
from motiflens.networks.blueprints import Blueprint
from motiflens.networks.jobs import TrainingOptions
from motiflens.networks.layers import Conv
from motiflens.networks.model import FilterNetwork, initial, run_network
from motiflens.simulating.simulation import simulate

OF_FILTERS = ["deepbind", "foxo1-v1", "foxo1-v2", "motiflens", "rc-filters", "exponential", "positional"]


@pytest.mark.parametrize(
    ("name", "sizes", "length", "n_outputs", "published"),
    [
        ("deepbind", {}, 101, 1, 913),
        ("deepbind", {"n_filters": 24}, 101, 1, 1337),
        ("interaction", {}, 101, 1, 4241),
        ("foxo1-v1", {}, 100, 1, 1665),
        ("foxo1-v2", {}, 100, 1, 3201),
        ("foxo1-v3", {}, 100, 1, 15489),
        ("foxo1-v4", {}, 100, 1, 17025),
        ("foxo1-v5", {}, 100, 1, 17281),
        ("tfbs", {}, 50, 1, 6209),
        ("tfbs-deep", {}, 50, 2, 128050),
        ("multiscale", {}, 200, 1, 114693),
        ("multiscale", {}, 200, 5, 114693 + 4 * 129),
    ],
)
def test_parameters_are_as_many_as_published(name, sizes, length, n_outputs, published):
    network = named_network(name, length, n_outputs=n_outputs, sizes=sizes)
    assert network.n_parameters == published
    assert (recipe(name).length, recipe(name).n_outputs(2)) == (length, 2 if name == "tfbs-deep" else 1)
    assert recipe(name).n_outputs(5) == 5
    if isinstance(network, FilterNetwork):
        assert len(initial(network, np.random.default_rng(0)).parameters) == published
        assert not network.both_strands
    else:
        assert network.n_trainable == published - (1280 if name == "multiscale" else 0)


@pytest.mark.parametrize(
    ("name", "epochs", "patience", "batch", "loss", "halve"),
    [
        ("interaction", 10, 3, 128, "cross-entropy", 0),
        ("foxo1-v5", 10, 10, 256, "cross-entropy", 0),
        ("tfbs", 10, 10, 10, "squared-error", 0),
        ("tfbs-deep", 10, 10, 10, "squared-error", 0),
        ("multiscale", 30, 10, 64, "cross-entropy", 5),
    ],
)
def test_training_is_as_published(name, epochs, patience, batch, loss, halve):
    assert recipe(name).options == TrainingOptions(
        epochs, patience, batch, 1e-3, dropout=0, weight_decay=0, loss=loss, halve_after=halve, least_rate=1e-6
    )


@pytest.mark.parametrize("length", [7, 40, 101, 1000])
def test_motiflens_is_what_discover_trains(length):
    assert named_network("motiflens", length) == architecture(length, both_strands=True)
    assert ensemble.architecture(length, both_strands=False) == named_network(
        "motiflens", length, sizes={"both_strands": False}
    )
    assert recipe("motiflens").options == TrainingOptions()


def own_parameters(name, w, f, length):
    """Count from the text of the module."""
    places = {"positional": length - w + 1}.get(name, 0)
    tower = 4 * (3 * f * f + f) + (f + 1) * 32 + 33
    return (4 * w + 1) * f + (tower if name == "dilated" else places * f + f + 1)


@pytest.mark.parametrize("length", [101, 230])
@pytest.mark.parametrize(
    ("name", "f", "w", "strands"),
    [("rc-filters", 128, 20, True), ("exponential", 128, 20, False), ("positional", 128, 20, False),
     ("dilated", 64, 12, None)],
)  # fmt: skip
def test_our_own_networks_are_what_is_said_of_them(name, f, w, strands, length):
    network = named_network(name, length)
    assert network.n_parameters == own_parameters(name, w, f, length)
    assert named_network(name, length, sizes={"n_filters": 5, "filter_width": 7}).n_parameters == own_parameters(
        name, 7, 5, length
    )
    assert recipe(name).length == 200
    if isinstance(network, FilterNetwork):
        assert (network.both_strands, network.activation == "exponential") == (strands, name == "exponential")
    else:
        assert network.receptive_field == min(135, length)
        assert not network.knows_positions


def test_a_positional_network_has_a_preference_for_every_window():
    network = named_network("positional", 30, sizes={"filter_width": 6})
    assert network.bins[:25].tolist() == list(range(25))
    assert named_network("positional", 30, sizes={"n_bins": 4}).bins.max() == 3


def test_both_strands_share_the_weights_of_rc_filters():
    trained = initial(named_network("rc-filters", 50), np.random.default_rng(1))
    codes = np.random.default_rng(2).integers(0, 5, (6, 50)).astype(np.uint8)
    np.testing.assert_allclose(
        run_network(trained, reverse_complement(codes)).logits, run_network(trained, codes).logits, rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize(("name", "task", "least"), [
    ("rc-filters", "single", 0.9), ("exponential", "single", 0.9), ("positional", "localization", 0.85),
    ("dilated", "interaction", 0.75),
])  # fmt: skip
def test_our_own_networks_learn_what_they_are_for(name, task, least):
    """Of the way from chance to the best possible; on the filters of 8 bases that short planted words need."""
    dials = {"strands": "both"} if name == "rc-filters" else {}
    found = simulate(task, n_positives=900, n_negatives=900, length=60, random_state=1, **dials)
    sizes = {"n_filters": 16, "learning_rate": 3e-3, "epochs": 10} if name == "dilated" else {"filter_width": 8}
    classifier = MotifClassifier(network=name, random_state=0, threads=2, **sizes).fit(found.sequences[:1400])
    test = found.sequences[1400:]
    auroc = roc_auc_score(test.labels, classifier.predict_proba(test)[:, 1])
    assert (auroc - 0.5) / (found.limit.auroc.value - 0.5) > least


@pytest.mark.parametrize("name", OF_FILTERS)
def test_every_size_of_one_convolution_can_be_changed(name):
    sizes = {"n_filters": 3, "filter_width": 4, "n_hidden": 2, "n_bins": 5, "both_strands": True,
             "activation": "exponential"}  # fmt: skip
    network = named_network(name, 50, n_outputs=7, sizes=sizes)
    assert {size: getattr(network, size) for size in sizes} == sizes
    assert (network.length, network.n_outputs) == (50, 7)


def test_sizes_of_layers_change_in_step():
    network = named_network("foxo1-v5", 100, sizes={"n_filters": 32, "filter_width": 9, "dropout": 0.4})
    convolutions = [(layer.n_filters, layer.width) for layer in network.layers if isinstance(layer, Conv)]
    assert convolutions == [(32, 9), (16, 5), (8, 3), (4, 2)]
    assert [layer.rate for layer in network.layers if hasattr(layer, "rate")] == [0.4] * 3
    shallow = named_network("interaction", 101, sizes={"n_hidden": 0, "activation": "exponential"})
    assert shallow.n_parameters == 504 + 2904 + 25
    assert shallow.layers[0].activation == "exponential"
    with pytest.raises(ParameterError, match=r"'multiscale' has no n_bins. Its sizes are n_filters, activation"):
        named_network("multiscale", 200, sizes={"n_bins": 3})
    with pytest.raises(ParameterError, match="n_filters of a convolution"):
        named_network("tfbs", 50, sizes={"n_filters": 0})


def test_the_kind_of_a_network_is_told_by_its_recipe():
    for name, each in NETWORKS.items():
        network = named_network(name, each.length)
        assert isinstance(network, Blueprint if each.has_layers else FilterNetwork)
        assert each.has_layers == (name not in OF_FILTERS)


def test_a_narrower_filter_reads_sequences_that_the_named_network_cannot():
    assert named_network("foxo1-v2", 8, sizes={"filter_width": 6}).filter_width == 6
    with pytest.raises(ParameterError, match=r"as the filters \(12\). Got length 8"):
        named_network("foxo1-v2", 8)


@pytest.mark.parametrize("name", ["alexnet", "", None, ["deepbind"]])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(ParameterError, match="must be one of deepbind, interaction, foxo1-v1"):
        recipe(name)


def test_near_names_are_suggested():
    with pytest.raises(ParameterError, match=r"Did you mean deepbind\?"):
        recipe("deepbnd")


@pytest.mark.parametrize("wrong", [{"loss": "hinge"}, {"halve_after": -1}, {"least_rate": 0.0}, {"least_rate": np.nan}])
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        replace(TrainingOptions(), **wrong)
