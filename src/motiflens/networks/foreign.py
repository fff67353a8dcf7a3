"""Torch modules that are not ours: made with a seed, and refused in one line when they cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from motiflens.errors import ParameterError
from motiflens.networks.blueprints import Blueprint
from motiflens.networks.grammar_module import GrammarModule
from motiflens.networks.grammars import Grammar
from motiflens.networks.layered import LayeredNetwork


@contextmanager
def built(
    network: Blueprint | Grammar | Callable[[], Any], seed: int, device: torch.device
) -> Iterator[tuple[nn.Module, torch.Generator]]:
    """Make a module on the processor, with a generator that has drawn its weights.

    A module that is not ours draws from torch's one generator, now and in training: that of the
    processor and of the device are seeded on entering and put back on leaving.

    Raises
    ------
    ParameterError
        When it cannot be made or is no torch module.
    """
    generator = torch.Generator().manual_seed(seed)
    if isinstance(network, Blueprint):
        yield LayeredNetwork(network, generator), generator
        return
    if isinstance(network, Grammar):
        yield GrammarModule(network, generator), generator
        return
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        module = made(network)
        if not isinstance(module, nn.Module):
            msg = "The function given as network must return a torch module whenever it is called. Got a Blueprint."
            raise ParameterError(msg)
        yield module, generator


def made(network: Callable[[], Any]) -> nn.Module | Blueprint:
    """Return what a function makes.

    Raises
    ------
    ParameterError
        When it fails, or that is no torch module or blueprint.
    """
    try:
        found = network()
    except ParameterError:
        raise
    except Exception as error:
        msg = f"The network cannot be made or copied. Got {_words(error)}."
        raise ParameterError(msg) from error
    if not isinstance(found, nn.Module | Blueprint):
        msg = f"The function given as network must return a torch module or a Blueprint. Got {type(found).__name__}."
        raise ParameterError(msg)
    return found


def checked(module: nn.Module, x: Tensor, n_outputs: int) -> None:
    """Refuse a module that cannot learn to give ``(n, n_outputs)`` finite logits of ``(n, 4, length)``.

    Parameters
    ----------
    x
        A few inputs.

    Raises
    ------
    ParameterError
        When it has nothing to train, fails, or gives something else.
    """
    module.eval()
    with torch.no_grad():
        logits = called(module, x, n_outputs)
    if not bool(torch.isfinite(logits).all()):
        msg = "The network must give finite logits. Got NaN or infinity before any training."
        raise ParameterError(msg)
    if not any(part.requires_grad for part in module.parameters()):
        msg = f"The network must have parameters to train. Got {type(module).__name__} without any."
        raise ParameterError(msg)


def called(module: nn.Module, x: Tensor, n_outputs: int) -> Tensor:
    """Return a module's logits ``(n, n_outputs)``.

    Raises
    ------
    ParameterError
        When it fails, or gives something else.
    """
    shape = tuple(x.shape)
    try:
        logits = module(x)
    except Exception as error:
        mode = "training" if module.training else "evaluation"
        msg = f"The network must take one-hot sequences of shape {shape} in {mode}. Got {_words(error)}."
        raise ParameterError(msg) from error
    found = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
    if found != (len(x), n_outputs):
        msg = f"The network must give logits of shape {(len(x), n_outputs)} for inputs {shape}. Got {found}."
        raise ParameterError(msg)
    if not logits.is_floating_point():
        msg = f"The network must give floating-point logits. Got {logits.dtype}."
        raise ParameterError(msg)
    found_logits: Tensor = logits
    return found_logits


def _words(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text if len(text) <= 200 else text[:197] + '...'}".rstrip(".")
