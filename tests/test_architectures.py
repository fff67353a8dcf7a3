"""Networks by name have the parameters that were published for them."""

from dataclasses import replace

import numpy as np
import pytest

from motiflens.errors import ParameterError
from motiflens.networks import ensemble
from motiflens.networks.architectures import NETWORKS, architecture, named_network, recipe
from motiflens.networks.blueprints import Blueprint
from motiflens.networks.jobs import TrainingOptions
from motiflens.networks.layers import Conv
from motiflens.networks.model import FilterNetwork, initial

OF_FILTERS = ["deepbind", "foxo1-v1", "foxo1-v2", "motiflens"]


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
