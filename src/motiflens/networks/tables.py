"""What a network is made of, in words and numbers: layers, parameters, what it can see."""

from __future__ import annotations

from motiflens.networks.blueprints import Blueprint, Row
from motiflens.networks.grammar_tables import grammar_field, grammar_notes, grammar_rows
from motiflens.networks.grammars import Grammar
from motiflens.networks.layers import Attention, Layer, Shape
from motiflens.networks.model import FilterNetwork

Network = FilterNetwork | Blueprint | Grammar


def rows_of(network: Network) -> tuple[Row, ...]:
    """Return the table of a network's layers.

    Examples
    --------
    >>> [row.formula for row in rows_of(FilterNetwork(16, 5, 101, n_bins=3))]
    ['4 x 5 x 16 + 16 = 336', '3 x 16 = 48', '', '16 x 1 + 1 = 17']
    """
    if isinstance(network, Grammar):
        return grammar_rows(network)
    return network.rows() if isinstance(network, Blueprint) else tuple(_filter_rows(network))


def receptive_field(network: Network) -> int:
    """Return the bases that the network sees at once, before it looks at the sequence as a whole."""
    if isinstance(network, Grammar):
        return grammar_field(network)
    return network.receptive_field if isinstance(network, Blueprint) else network.filter_width


def notes_of(network: Network) -> tuple[str, ...]:
    """Return what a network can and cannot see, a sentence each."""
    if isinstance(network, Grammar):
        return grammar_notes(network)
    field = receptive_field(network)
    sees = f"Sees {field} {'base' if field == 1 else 'bases'} at once"
    if isinstance(network, FilterNetwork):
        return (
            f"{sees}: a motif, or two motifs within {field} bases. How far motifs further apart lie from each other "
            "it cannot see.",
            *_about_filters(network),
        )
    if network.knows_positions:
        notes = [
            f"{sees}, and keeps every place in the sequence: the dense layers see all {network.length} columns, "
            "positions included, and other lengths cannot be read."
        ]
    else:
        notes = [f"{sees}; behind the maximum over the sequence it knows whether something is there, not where."]
        if field < network.length:
            notes.append(f"An interaction that spans more than {field} bases is seen as presence together only.")
    if _has(network.layers, Attention):
        notes.append("Attention weighs positions by what is there; the weights add to 1 over a sequence.")
    if network.n_trainable < network.n_parameters:
        fixed = network.n_parameters - network.n_trainable
        notes.append(f"{fixed} figures are moving means and variances, which follow the data and are not trained.")
    return tuple(notes)


def output_in_words(network: Network) -> str:
    """Return what the logits become.

    Examples
    --------
    >>> output_in_words(FilterNetwork(16, 5, 101))
    'sigmoid'
    """
    return "sigmoid" if network.n_outputs == 1 else "softmax (many classes) or sigmoid each (many labels)"


def _about_filters(network: FilterNetwork) -> list[str]:
    notes = []
    if network.both_strands:
        notes.append("A filter reads both strands and keeps the better one; both share its weights.")
    if network.n_bins > 1:
        n_windows = network.length - network.filter_width + 1
        places = "positions" if network.n_bins >= n_windows else "stretches of the sequence"
        notes.append(
            f"Each filter has a preference for each of {min(network.n_bins, n_windows)} {places}, so that place "
            "counts; other lengths cannot be read."
        )
    if network.activation == "exponential":
        notes.append("The exponential makes one good match outweigh all poor ones.")
    return notes


def _filter_rows(network: FilterNetwork) -> list[Row]:
    n, width, length = network.n_filters, network.filter_width, network.length
    strands = ", both strands" if network.both_strands else ""
    shape: Shape = (n, length - width + 1)
    total = 4 * width * n + n
    sizes = [(f"conv {n} filters of {width}{strands}", shape, total, f"4 x {width} x {n} + {n} = {total}")]
    if network.n_bins:
        bins = network.n_bins * n
        sizes.append((f"{network.n_bins} position bins", shape, bins, f"{network.n_bins} x {n} = {bins}"))
    sizes.append((f"global-max, {network.activation}", (n,), 0, ""))
    inputs = n
    for units, kind in ((network.n_hidden, ", relu"), (network.n_outputs, "")):
        if units:
            count = inputs * units + units
            sizes.append((f"dense {units}{kind}", (units,), count, f"{inputs} x {units} + {units} = {count}"))
            inputs = units
    return [
        Row(str(index), name, out, count, count, formula)
        for index, (name, out, count, formula) in enumerate(sizes, start=1)
    ]


def _has(layers: tuple[Layer, ...], kind: type[Layer]) -> bool:
    return any(isinstance(layer, kind) or any(_has(inner, kind) for inner in layer.inner) for layer in layers)
