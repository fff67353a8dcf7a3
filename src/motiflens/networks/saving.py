"""Networks on disk: `model.safetensors` holds the weights, `model.json` what rebuilds them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from motiflens.errors import InputError, ParameterError
from motiflens.networks import kernels
from motiflens.networks.model import FilterNetwork, Floats32, TrainedNetwork
from motiflens.results import SavedNetwork

ARCHITECTURE = "filter-network"
_FIELDS = tuple(field.name for field in fields(FilterNetwork))
_TYPES = {"both_strands": bool, "activation": str}
_ADVICE = "Give the folder that a motiflens run wrote, unchanged."


def saved(networks: Sequence[TrainedNetwork]) -> SavedNetwork:
    """Return an ensemble of one architecture as named arrays and a configuration.

    Weights are called ``networks.0.filters`` and so on, with the names and shapes of
    `TrainedNetwork.weights`. `load_network` is the way back.

    Raises
    ------
    ParameterError
        When there is no network, or their architectures differ.
    """
    if len({trained.network for trained in networks}) != 1:
        msg = f"An ensemble is saved as networks of one architecture. Got {len(networks)} networks, not all alike."
        raise ParameterError(msg)
    weights = {_key(i, name): part for i, trained in enumerate(networks) for name, part in trained.weights().items()}
    config = {
        "architecture": ARCHITECTURE,
        **{name: getattr(networks[0].network, name) for name in _FIELDS},
        "n_networks": len(networks),
        "classes": ["negative", "positive"],
    }
    return SavedNetwork(weights, config)


def load_network(folder: str | Path) -> list[TrainedNetwork]:
    """Read the networks that a run wrote into a folder.

    Parameters
    ----------
    folder
        The output folder, with `model.json` and `model.safetensors`.

    Raises
    ------
    InputError
        When a file is missing, damaged or of another program, or the two do not fit together.
    """
    config_path, weights_path = Path(folder, "model.json"), Path(folder, "model.safetensors")
    network, n_networks = _network(config_path)
    weights = _weights(weights_path)
    parts = kernels.shapes(network.shape)
    expected = {_key(i, name): shape for i in range(n_networks) for name, shape in parts.items()}
    _check_weights(weights, expected, weights_path)
    return [
        TrainedNetwork(network, np.concatenate([weights[_key(i, name)].ravel() for name in parts]))
        for i in range(n_networks)
    ]


def _key(index: int, name: str) -> str:
    return f"networks.{index}.{name}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"Expected the file {path} of a saved network. Got: {error.strerror}. {_ADVICE}"
        raise InputError(msg) from error


def _network(path: Path) -> tuple[FilterNetwork, int]:
    """Read the architecture and the number of networks from `model.json`."""
    try:
        config = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        msg = f"{path} must be JSON. Got: {' '.join(str(error).split())}. {_ADVICE}"
        raise InputError(msg) from error
    if not isinstance(config, dict) or config.get("architecture") != ARCHITECTURE:
        found = config.get("architecture") if isinstance(config, dict) else type(config).__name__
        msg = f"{path} must describe the architecture {ARCHITECTURE!r}. Got {found!r}. {_ADVICE}"
        raise InputError(msg)
    values = {name: _value(config, name, path) for name in (*_FIELDS, "n_networks")}
    n_networks = values.pop("n_networks")
    if n_networks < 1:
        msg = f"{path} must have n_networks of at least 1. Got {n_networks}. {_ADVICE}"
        raise InputError(msg)
    try:
        return FilterNetwork(**values), n_networks
    except ParameterError as error:
        msg = f"{path}: {error} {_ADVICE}"
        raise InputError(msg) from error


def _value(config: Mapping[str, Any], name: str, path: Path) -> Any:
    wanted = _TYPES.get(name, int)
    if type(config.get(name)) is not wanted:
        msg = f"{path} must have {name!r} of type {wanted.__name__}. Got {config.get(name)!r}. {_ADVICE}"
        raise InputError(msg)
    return config[name]


def _weights(path: Path) -> dict[str, Floats32]:
    try:
        return load(_read(path))
    except (SafetensorError, KeyError, ValueError) as error:  # KeyError: a type that numpy does not have
        msg = f"{path} must be a safetensors file. Got: {' '.join(str(error).split())}. {_ADVICE}"
        raise InputError(msg) from error


def _check_weights(weights: Mapping[str, Floats32], expected: Mapping[str, tuple[int, ...]], path: Path) -> None:
    if weights.keys() != expected.keys():
        wrong = sorted(weights.keys() ^ expected.keys())
        msg = f"{path} must hold the weights that model.json describes. {wrong[0]!r} is in only one of them. {_ADVICE}"
        raise InputError(msg)
    for name, shape in expected.items():
        part = weights[name]
        if part.shape != shape or part.dtype != np.float32:
            msg = f"{path}: {name!r} must be float32 of shape {shape}. Got {part.dtype} of {part.shape}. {_ADVICE}"
            raise InputError(msg)
        if not np.isfinite(part).all():
            msg = f"{path}: {name!r} must hold finite figures. Got NaN or infinity. {_ADVICE}"
            raise InputError(msg)
