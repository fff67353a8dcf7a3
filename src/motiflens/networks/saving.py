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
from motiflens.networks.blueprints import Blueprint, TrainedLayers, blueprint_from
from motiflens.networks.grammars import Grammar, TrainedGrammar
from motiflens.networks.model import FilterNetwork, Floats32, TrainedNetwork
from motiflens.networks.trained import Trained
from motiflens.results import SavedNetwork

ARCHITECTURE = "filter-network"
LAYERS = "layers"
GRAMMAR = "grammar"
_FIELDS = tuple(field.name for field in fields(FilterNetwork))
_GRAMMAR_FIELDS = ("length", "both_strands", "knows_positions", "n_hidden")
_TYPES = {"both_strands": bool, "knows_positions": bool, "activation": str}
_ADVICE = "Give the folder that a motiflens run wrote, unchanged."


def saved(networks: Sequence[Trained], *, classes: Sequence[str] = ("negative", "positive")) -> SavedNetwork:
    """Return an ensemble of one architecture as named arrays and a configuration.

    Weights are called ``networks.0.filters`` and so on, with the names and shapes of
    `TrainedNetwork.weights` or, for networks of layers, of `Blueprint.weights`; for grammars, of
    `Grammar.weights`, and ``networks.0.matrices.0`` is the first motif. `load_network` is the way back.

    Parameters
    ----------
    networks
        At least one, all of one architecture.
    classes
        Names of the classes or labels, in the order of the logits.

    Raises
    ------
    ParameterError
        When there is no network, or their architectures differ.
    """
    if not all(isinstance(trained, Trained) for trained in networks):
        msg = "Networks by name or blueprint can be saved. Got another torch module; save its state_dict with torch."
        raise ParameterError(msg)
    described = [_described(trained.network) for trained in networks]
    if not described or any(each != described[0] for each in described):
        msg = f"An ensemble is saved as networks of one architecture. Got {len(networks)} networks, not all alike."
        raise ParameterError(msg)
    weights = {_key(i, name): part for i, trained in enumerate(networks) for name, part in _parts(trained).items()}
    return SavedNetwork(weights, {**described[0], "n_networks": len(networks), "classes": list(classes)})


def load_network(folder: str | Path) -> list[Trained]:
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
    path, weights_path = Path(folder, "model.json"), Path(folder, "model.safetensors")
    config = _config(path)
    if config["architecture"] == GRAMMAR:
        return _grammars(config, path, weights_path)
    network, n_networks = _network(config, path), _n_networks(config, path)
    weights = _weights(weights_path, at_least=n_networks)
    parts = network.weights() if isinstance(network, Blueprint) else kernels.shapes(network.shape)
    expected = {_key(i, name): shape for i in range(n_networks) for name, shape in parts.items()}
    _check_weights(weights, expected, weights_path)
    return [_trained(network, {name: weights[_key(i, name)] for name in parts}) for i in range(n_networks)]


def _network(config: Mapping[str, Any], path: Path) -> FilterNetwork | Blueprint:
    try:
        if config["architecture"] == LAYERS:
            return blueprint_from(config.get("blueprint"))
        return FilterNetwork(**{name: _value(config, name, path) for name in _FIELDS})
    except ParameterError as error:
        msg = f"{path}: {error} {_ADVICE}"
        raise InputError(msg) from error


def _n_networks(config: Mapping[str, Any], path: Path) -> int:
    n_networks: int = _value(config, "n_networks", path)
    if n_networks < 1:
        msg = f"{path} must have n_networks of at least 1. Got {n_networks}. {_ADVICE}"
        raise InputError(msg)
    return n_networks


def _grammars(config: Mapping[str, Any], path: Path, weights_path: Path) -> list[Trained]:
    """Read grammars, whose matrices are weights too."""
    n_networks, widths = _n_networks(config, path), _integers(config, "widths", path)
    weights = _weights(weights_path, at_least=n_networks)
    matrices = {_matrix_key(j): (4, width) for j, width in enumerate(widths)}
    _check_weights(weights, {_key(i, name): shape for i in range(n_networks) for name, shape in matrices.items()},
                   weights_path, others=True)  # fmt: skip
    expected: dict[str, tuple[int, ...]] = {}
    grammars = []
    for i in range(n_networks):
        grammar = _grammar(config, tuple(weights[_key(i, name)] for name in matrices), path)
        grammars.append(grammar)
        expected |= {_key(i, name): shape for name, shape in {**matrices, **grammar.weights()}.items()}
    _check_weights(weights, expected, weights_path)
    return [
        TrainedGrammar(grammar, {name: weights[_key(i, name)] for name in grammar.weights()})
        for i, grammar in enumerate(grammars)
    ]


def _grammar(config: Mapping[str, Any], matrices: tuple[Floats32, ...], path: Path) -> Grammar:
    figures = {name: _value(config, name, path) for name in _GRAMMAR_FIELDS}
    signs, paired = (_integers(config, name, path) for name in ("signs", "paired"))
    try:
        return Grammar(matrices, signs, paired=paired, **figures)
    except ParameterError as error:
        msg = f"{path}: {error} {_ADVICE}"
        raise InputError(msg) from error


def _parts(trained: Trained) -> Mapping[str, Floats32]:
    if isinstance(trained, TrainedGrammar):
        matrices = {_matrix_key(j): matrix for j, matrix in enumerate(trained.network.matrices)}
        return {**matrices, **trained.weights}
    return trained.weights if isinstance(trained, TrainedLayers) else trained.weights()


def _described(network: FilterNetwork | Blueprint | Grammar) -> dict[str, Any]:
    if isinstance(network, Grammar):
        lists = {"widths": network.widths, "signs": network.signs, "paired": network.paired}
        figures = {name: getattr(network, name) for name in _GRAMMAR_FIELDS}
        return {"architecture": GRAMMAR, **figures, **{name: list(values) for name, values in lists.items()}}
    if isinstance(network, Blueprint):
        return {"architecture": LAYERS, "blueprint": network.as_dict()}
    return {"architecture": ARCHITECTURE, **{name: getattr(network, name) for name in _FIELDS}}


def _trained(network: FilterNetwork | Blueprint, weights: Mapping[str, Floats32]) -> Trained:
    if isinstance(network, Blueprint):
        return TrainedLayers(network, weights)
    return TrainedNetwork(network, np.concatenate([part.ravel() for part in weights.values()]))


def _key(index: int, name: str) -> str:
    return f"networks.{index}.{name}"


def _matrix_key(index: int) -> str:
    return f"matrices.{index}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"Expected the file {path} of a saved network. Got: {error.strerror}. {_ADVICE}"
        raise InputError(msg) from error


def _config(path: Path) -> dict[str, Any]:
    """Read `model.json`, of any architecture."""
    text = _read(path)
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"{path} must be JSON. Got: {' '.join(str(error).split())}. {_ADVICE}"
        raise InputError(msg) from error
    found = config.get("architecture") if isinstance(config, dict) else type(config).__name__
    if not isinstance(config, dict) or found not in (ARCHITECTURE, LAYERS, GRAMMAR):
        known = f"{ARCHITECTURE!r}, {LAYERS!r} or {GRAMMAR!r}"
        msg = f"{path} must describe the architecture {known}. Got {found!r}. {_ADVICE}"
        raise InputError(msg)
    return config


def _value(config: Mapping[str, Any], name: str, path: Path) -> Any:
    wanted = _TYPES.get(name, int)
    if type(config.get(name)) is not wanted:
        msg = f"{path} must have {name!r} of type {wanted.__name__}. Got {config.get(name)!r}. {_ADVICE}"
        raise InputError(msg)
    return config[name]


def _integers(config: Mapping[str, Any], name: str, path: Path) -> tuple[int, ...]:
    values = config.get(name)
    if not isinstance(values, list) or not all(type(value) is int for value in values):
        msg = f"{path} must have {name!r}, a list of integers. Got {values!r}. {_ADVICE}"
        raise InputError(msg)
    return tuple(values)


def _weights(path: Path, *, at_least: int) -> dict[str, Floats32]:
    """Read the weights, refusing fewer than networks, which model.json may name beyond all reason."""
    content = _read(path)
    try:
        weights = load(content)
    except (SafetensorError, KeyError, ValueError) as error:  # KeyError: a type that numpy does not have
        msg = f"{path} must be a safetensors file. Got: {' '.join(str(error).split())}. {_ADVICE}"
        raise InputError(msg) from error
    if len(weights) < at_least:
        msg = f"{path} must hold the weights of {at_least} networks. Got {len(weights)} arrays. {_ADVICE}"
        raise InputError(msg)
    return weights


def _check_weights(
    weights: Mapping[str, Floats32], expected: Mapping[str, tuple[int, ...]], path: Path, *, others: bool = False
) -> None:
    """Refuse weights that are not as expected; there may be others besides where that is said."""
    wrong = sorted(expected.keys() - weights.keys() if others else weights.keys() ^ expected.keys())
    if wrong:
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
        if name.endswith(".variance") and (part < 0).any():
            msg = f"{path}: {name!r} must hold variances >= 0. Got {part.min()}. {_ADVICE}"
            raise InputError(msg)
