"""Where the parameters of the published networks come from, counted layer by layer."""

from __future__ import annotations

from collections.abc import Sequence

from motiflens.networks.architectures import as_layers, named_network, recipe
from motiflens.networks.blueprints import Blueprint
from motiflens.networks.layers import Attention, BatchNorm, Layer
from motiflens.report.words import fact
from motiflens.reproduction.experiments import Experiment
from motiflens.reproduction.summary import Row
from motiflens.reproduction.wording import Answer, Table

_FURTHER = {
    BatchNorm: "A batch normalisation holds four figures a channel: a scale and a shift, which are trained, and the "
    "moving mean and variance, which are not.",
    Attention: "Attention holds a weight a channel and one bias.",
}
_COLUMNS = ("Layer", "Output", "Parameters")


def layers_of(experiment: Experiment) -> Blueprint:
    """Return the layers of an experiment's network, for sequences of its task's length.

    Examples
    --------
    >>> from motiflens.reproduction.experiments import EXPERIMENTS
    >>> layers_of(EXPERIMENTS[1]).n_parameters
    913
    """
    known = recipe(experiment.network)
    length = int(experiment.task.dials.get("length", known.length))
    network = named_network(
        experiment.network, length, n_outputs=known.n_outputs(2), sizes=dict(experiment.sizes) or None
    )
    return network if isinstance(network, Blueprint) else as_layers(network)


def parameters(rows: Sequence[Row]) -> Answer | None:
    """Tell where the parameters come from: the formula of every layer, with its numbers."""
    if not rows:
        return None
    distinct = _distinct([row.experiment for row in rows])
    shown: dict[str, Experiment] = {}
    for each in distinct:
        shown.setdefault(each.network, each)
        if layers_of(each) == _plain(each):
            shown[each.network] = each
    sentences = ["A convolution of F filters over k positions holds channels × k × F weights and F biases; the first "
                 "one reads four channels, the letters. A dense layer holds inputs × units weights and a bias a unit. "
                 "Pools, dropout and activations hold none."]  # fmt: skip
    layers = {type(layer) for each in distinct for layer in _all_layers(layers_of(each))}
    sentences += [text for kind, text in _FURTHER.items() if kind in layers]
    others = [f"{_sizes_in_words(each)} holds {fact(layers_of(each).n_parameters)}" for each in distinct
              if each not in shown.values()]  # fmt: skip
    if others:
        sentences.append(f"In all, with other sizes: {'; '.join(others)}.")
    return Answer("Where do the parameters come from?", tuple(sentences), tuple(map(_table, shown.values())))


def _all_layers(network: Blueprint) -> list[Layer]:
    """Return every layer of a network, those inside blocks too."""
    found: list[Layer] = []
    waiting = list(network.stack)
    while waiting:
        layer = waiting.pop(0)
        found.append(layer)
        waiting += [inner for stack in layer.inner for inner in stack]
    return found


def _plain(experiment: Experiment) -> Blueprint:
    """Return the network of the same name with the sizes that it has of itself."""
    return layers_of(Experiment(experiment.system, experiment.name, experiment.task, experiment.network))


def _distinct(experiments: Sequence[Experiment]) -> list[Experiment]:
    kept: list[Experiment] = []
    for each in experiments:
        if not any(other.network == each.network and layers_of(other) == layers_of(each) for other in kept):
            kept.append(each)
    return kept


def _sizes_in_words(experiment: Experiment) -> str:
    words = {"filter_width": "kernel {}", "n_filters": "{} filters", "n_hidden": "{} hidden units"}
    sizes = ", ".join(words.get(name, f"{name} {{}}").format(value) for name, value in experiment.sizes.items())
    return f"{experiment.network} with {sizes}" if sizes else experiment.network


def _table(experiment: Experiment) -> Table:
    network = layers_of(experiment)
    rows = [
        (row.name, " × ".join(map(fact, row.shape)), row.formula.replace(" x ", " × "))
        for row in network.rows()
        if row.n_parameters
    ]
    total = fact(network.n_parameters)
    if network.n_trainable != network.n_parameters:
        total += f", of which {fact(network.n_trainable)} are trained"
    return Table(_sizes_in_words(experiment), _COLUMNS, (*rows, ("in all", "", total)))
