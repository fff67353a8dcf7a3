"""One run of ``motiflens describe``: a network's name or folder in; its layers and their parameters out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from motiflens.errors import ParameterError
from motiflens.networks.architectures import NETWORKS, named_network, recipe
from motiflens.networks.blueprints import Row
from motiflens.networks.jobs import TrainingOptions
from motiflens.networks.saving import load_network
from motiflens.networks.tables import Network, notes_of, output_in_words, receptive_field, rows_of
from motiflens.runs.describe_auto import AutomaticDescription, describe_auto

_AUTO = "auto"


@dataclass(frozen=True)
class Description:
    """A network explained.

    Attributes
    ----------
    name
        Its name, or the folder that it was read from.
    network
        Its architecture.
    options
        How it is trained unless told otherwise; None for a saved network.
    n_networks
        Networks of this architecture in the folder, 1 for a name.
    """

    name: str
    network: Network
    options: TrainingOptions | None
    n_networks: int = 1

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table of layers."""
        return rows_of(self.network)

    @property
    def n_parameters(self) -> int:
        """Figures that one network holds."""
        return sum(row.n_parameters for row in self.rows)

    @property
    def n_trainable(self) -> int:
        """Those of them that training changes by gradients."""
        return sum(row.n_trainable for row in self.rows)

    @property
    def receptive_field(self) -> int:
        """Bases that it sees at once."""
        return receptive_field(self.network)

    @property
    def output(self) -> str:
        """What its logits become."""
        return output_in_words(self.network)

    @property
    def notes(self) -> tuple[str, ...]:
        """What it can and cannot see, a sentence each."""
        return notes_of(self.network)

    @property
    def training(self) -> str:
        """How it is trained unless told otherwise, in words; empty for a saved network.

        Examples
        --------
        >>> describe("tfbs").training
        'batches of 10, at most 10 epochs, Adam at 0.001, loss squared-error'
        """
        return "" if self.options is None else _in_words(self.options)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            "name": self.name,
            "length": self.network.length,
            "n_outputs": self.network.n_outputs,
            "output": self.output,
            "n_networks": self.n_networks,
            "layers": [asdict(row) for row in self.rows],
            "n_parameters": self.n_parameters,
            "n_trainable": self.n_trainable,
            "receptive_field": self.receptive_field,
            "notes": list(self.notes),
            "training": None if self.options is None else asdict(self.options),
        }


def describe(
    network: str, *, length: int | None = None, n_classes: int | None = None, sizes: Mapping[str, Any] | None = None
) -> Description | AutomaticDescription:
    """Explain a network: its layers, where its parameters come from, and what it can see.

    Parameters
    ----------
    network
        A network by name, ``auto`` (what it tries, and in which order), or the folder of a saved
        network.
    length
        Columns of the sequences; by default those it is published for.
    n_classes
        Classes that it shall tell apart, >= 2. Default 2.
    sizes
        What shall differ from the named network, as `named_network` takes it.

    Raises
    ------
    ParameterError
        When there is no network of that name, or a size is out of range or given for a saved one.
    InputError
        When a folder holds no saved network, or its files are damaged or do not fit together.

    Examples
    --------
    >>> found = describe("deepbind")
    >>> found.n_parameters, found.receptive_field, [row.formula for row in found.rows if row.formula]
    (913, 5, ['4 x 5 x 16 + 16 = 336', '16 x 32 + 32 = 544', '32 x 1 + 1 = 33'])
    """
    if network not in NETWORKS and (os.sep in network or Path(network).is_dir()):
        if (length, n_classes) != (None, None) or sizes:
            msg = f"A saved network has its length, classes and sizes. Got others for {network}; leave them out."
            raise ParameterError(msg)
        return Description(network, *_saved(network))
    if network == _AUTO:
        return _chosen(length, n_classes, sizes)
    try:
        named = recipe(network)
    except ParameterError as error:
        msg = f"{error} Or give {_AUTO!r}, or the folder of a saved network."
        raise ParameterError(msg) from error
    classes = 2 if n_classes is None else n_classes
    if classes < 2:
        msg = f"classes must be at least 2. Got {classes}."
        raise ParameterError(msg)
    columns = named.length if length is None else length
    made = named_network(network, columns, n_outputs=named.n_outputs(classes), sizes=sizes)
    return Description(network, made, named.options)


def _saved(folder: str) -> tuple[Network, None, int]:
    networks = load_network(folder)  # weights too, so that nothing is said of what they do not hold
    return networks[0].network, None, len(networks)


def _chosen(length: int | None, n_classes: int | None, sizes: Mapping[str, Any] | None) -> AutomaticDescription:
    if n_classes not in (None, 2):
        msg = f"network {_AUTO!r} tells two classes apart. Got {n_classes} classes; name a network, such as 'deepbind'."
        raise ParameterError(msg)
    if sizes:
        name = next(iter(sizes))
        msg = f"network {_AUTO!r} chooses its sizes. Got {name} {sizes[name]!r}; leave it out."
        raise ParameterError(msg)
    return describe_auto(recipe("motiflens").length if length is None else length)


def _in_words(options: TrainingOptions) -> str:
    words = [
        f"batches of {options.batch_size}" if options.batch_size else "batches of 16 to 128",
        f"at most {options.epochs} epochs",
    ]
    if options.patience < options.epochs:
        words.append(f"stops after {options.patience} without a better validation loss, and keeps the best weights")
    words += [f"Adam at {options.learning_rate:g}", f"loss {options.loss}"]
    if options.halve_after:
        words.append(f"rate halved after {options.halve_after} flat epochs, down to {options.least_rate:g}")
    words += [
        f"{name} {value:g}"
        for name, value in (("dropout", options.dropout), ("weight decay", options.weight_decay))
        if value
    ]
    return ", ".join(words)
