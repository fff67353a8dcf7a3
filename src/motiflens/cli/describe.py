"""``motiflens describe``: where the parameters of a network come from, and what it can see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from motiflens.cli.options import AsJson
from motiflens.cli.summary import table

if TYPE_CHECKING:
    from motiflens.runs.describe import Description
    from motiflens.runs.describe_auto import AutomaticDescription

_SIZES = "Sizes (each network has some of these)"
_LEGEND = {
    "conv": "conv: channels x width x filters, and a bias a filter",
    "dense": "dense: inputs x units, and a bias a unit",
    "batch": "batch-norm: a factor, a shift, and moving mean and variance a channel",
    "motifs": "motifs: four log odds a base, given and not trained",
    "sites": "sites: a scale and a bias a motif",
    "places": "places: a preference a motif and start",
    "pairs": "pairs: two kinds of preference a distance, and two biases, for each ordered pair of motifs",
    "weighted": "weighted sum: a weight a feature, and a bias",
    "attention": "attention: a weight a channel and a bias, which score every position",
}


def describe(
    network: Annotated[
        str,
        typer.Argument(
            metavar="NETWORK",
            help="Name of a network; auto, for what it tries; or the folder of a saved network.",
            show_default=False,
        ),
    ],
    *,
    length: Annotated[
        int | None, typer.Option(min=1, metavar="BP", help="Columns of the sequences; as published by default.")
    ] = None,
    classes: Annotated[
        int | None, typer.Option(min=2, metavar="N", help="Classes to tell apart; 2 by default.")
    ] = None,
    filters: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Filters of the first convolution.", rich_help_panel=_SIZES)
    ] = None,
    filter_width: Annotated[
        int | None, typer.Option(min=1, metavar="BP", help="Bases that a filter reads.", rich_help_panel=_SIZES)
    ] = None,
    hidden: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Hidden units behind the filters.", rich_help_panel=_SIZES)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain a NETWORK: its layers, where its parameters come from, what it can see, how it is trained.

    Nothing is trained and nothing is written.
    """
    from motiflens.runs.describe import Description
    from motiflens.runs.describe import describe as described
    from motiflens.writing import to_json

    given = {"n_filters": filters, "filter_width": filter_width, "n_hidden": hidden}
    sizes = {name: value for name, value in given.items() if value is not None}
    found = described(network, length=length, n_classes=classes, sizes=sizes)
    if as_json:
        typer.echo(to_json(found.as_dict()), nl=False)
    else:
        typer.echo("\n".join(_lines(found) if isinstance(found, Description) else _trials(found)))


def _lines(found: Description) -> list[str]:
    several = f", {found.n_networks} networks alike" if found.n_networks > 1 else ""
    logits = "1 logit" if found.network.n_outputs == 1 else f"{found.network.n_outputs} logits"
    fixed = found.n_parameters - found.n_trainable
    total = f"{found.n_parameters} parameters" + (f", {found.n_trainable} trained, {fixed} not" if fixed else "")
    return [
        f"{found.name}: sequences of {found.network.length} columns, {logits}, {found.output}{several}",
        "",
        *_table(found),
        "",
        total,
        *(f"  {text}" for text in _legend(found)),
        "",
        *found.notes,
        *([f"Training: {found.training}."] if found.training else []),
    ]


def _trials(found: AutomaticDescription) -> list[str]:
    rows = [
        ("", "", "parameters"),
        *((f"{i}", each.name, str(each.n_parameters)) for i, each in enumerate(found.trials, start=1)),
    ]
    more = [("counted as", "kept"), *((each.formula, each.kept) for each in found.trials)]
    width = max(len(formula) for formula, _ in more)
    return [
        f"{found.name}: what is tried, in order, for two classes and sequences of {found.length} columns "
        "(grammars: with two motifs)",
        "",
        *(f"{line}  {formula:<{width}}  {kept}" for line, (formula, kept) in zip(table(rows), more, strict=True)),
        "",
        *found.notes,
    ]


def _table(found: Description) -> list[str]:
    cells = [("layer", "", "output", "parameters")] + [
        (row.path, row.name, " x ".join(map(str, row.shape)), str(row.n_parameters)) for row in found.rows
    ]
    formulas = ["counted as", *(row.formula for row in found.rows)]
    return [f"{line}  {formula}".rstrip() for line, formula in zip(table(cells), formulas, strict=True)]


def _legend(found: Description) -> list[str]:
    kinds = {row.name.split("-")[0].split()[0].rstrip(",") for row in found.rows}
    return [text for kind, text in _LEGEND.items() if kind in kinds]
