"""Networks by name have the parameters that were published for them."""

import numpy as np
import pytest

from motiflens.errors import ParameterError
from motiflens.networks import ensemble
from motiflens.networks.architectures import NETWORKS, architecture, named_network, recipe
from motiflens.networks.jobs import TrainingOptions
from motiflens.networks.model import initial


@pytest.mark.parametrize(
    ("name", "sizes", "length", "published"),
    [
        ("deepbind", {}, 101, 913),
        ("deepbind", {"n_filters": 24}, 101, 1337),
        ("foxo1-v1", {}, 100, 1665),
        ("foxo1-v2", {}, 100, 3201),
    ],
)
def test_parameters_are_as_many_as_published(name, sizes, length, published):
    """One 4 k F + F for the convolution, inputs x units + units for each dense layer, nothing else."""
    network = named_network(name, length, sizes=sizes)
    assert network.n_parameters == published
    assert len(initial(network, np.random.default_rng(0)).parameters) == published
    assert not network.both_strands


@pytest.mark.parametrize("length", [7, 40, 101, 1000])
def test_motiflens_is_what_discover_trains(length):
    assert named_network("motiflens", length) == architecture(length, both_strands=True)
    assert ensemble.architecture(length, both_strands=False) == named_network(
        "motiflens", length, sizes={"both_strands": False}
    )
    assert recipe("motiflens").options == TrainingOptions()


@pytest.mark.parametrize("name", NETWORKS)
def test_every_size_can_be_changed(name):
    sizes = {"n_filters": 3, "filter_width": 4, "n_hidden": 2, "n_bins": 5, "both_strands": True,
             "activation": "exponential"}  # fmt: skip
    network = named_network(name, 50, n_outputs=7, sizes=sizes)
    assert {size: getattr(network, size) for size in sizes} == sizes
    assert (network.length, network.n_outputs) == (50, 7)


def test_a_narrower_filter_reads_sequences_that_the_named_network_cannot():
    assert named_network("foxo1-v2", 8, sizes={"filter_width": 6}).filter_width == 6
    with pytest.raises(ParameterError, match=r"as the filters \(12\). Got length 8"):
        named_network("foxo1-v2", 8)


@pytest.mark.parametrize("name", ["alexnet", "", None, ["deepbind"]])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(ParameterError, match="must be one of deepbind, foxo1-v1, foxo1-v2, motiflens"):
        recipe(name)
