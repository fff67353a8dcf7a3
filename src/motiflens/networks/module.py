"""The same networks as torch modules, for attribution and every other torch tool.

Plain torch modules that know nothing of training; `torch_training` trains them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
import torch
from torch import Tensor, nn

from motiflens.errors import ParameterError
from motiflens.networks import kernels
from motiflens.networks.blueprints import TrainedLayers
from motiflens.networks.grammar_module import GrammarModule, grammar_of
from motiflens.networks.grammars import TrainedGrammar
from motiflens.networks.layered import LayeredNetwork, layered_of
from motiflens.networks.model import FilterNetwork, TrainedNetwork
from motiflens.networks.torch_activations import CappedExponential
from motiflens.networks.trained import Trained, alike, trained_networks


class FilterNetworkModule(nn.Module):
    """A `FilterNetwork` in torch: one-hot sequences in, logits out.

    Each non-linearity is a registered submodule of its own (``pool``, ``activation`` and, with
    hidden units, ``hidden_activation``), as DeepLIFT-like methods need. `CappedExponential` is
    no torch class, so such a method must be told its rule.

    Parameters
    ----------
    network
        The architecture. Weights are drawn Glorot-uniform (Glorot & Bengio 2010), biases zero;
        they have the names and shapes of `TrainedNetwork.weights`.

    Examples
    --------
    >>> module = FilterNetworkModule(FilterNetwork(n_filters=3, filter_width=5, length=20, n_outputs=2))
    >>> tuple(module(torch.zeros(7, 4, 20)).shape)
    (7, 2)
    """

    filters: nn.Parameter
    filter_bias: nn.Parameter
    position: nn.Parameter
    hidden: nn.Parameter
    hidden_bias: nn.Parameter
    output: nn.Parameter
    output_bias: nn.Parameter
    bins: Tensor

    def __init__(self, network: FilterNetwork) -> None:
        super().__init__()
        self.network = network
        for name, shape in kernels.shapes(network.shape).items():
            self.register_parameter(name, nn.Parameter(torch.zeros(shape)))
        n_windows = network.length - network.filter_width + 1
        self.register_buffer("bins", torch.from_numpy(network.bins[:n_windows]), persistent=False)
        self.pool = nn.MaxPool1d(n_windows * (2 if network.both_strands else 1))
        self.activation = nn.ReLU() if network.activation == "relu" else CappedExponential()
        self.hidden_activation = nn.ReLU() if network.n_hidden else nn.Identity()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights anew with torch's generator."""
        for part in self.parameters():
            nn.init.zeros_(part)
        nn.init.xavier_uniform_(self.filters.permute(2, 1, 0))
        nn.init.xavier_uniform_(self.output)
        if self.network.n_hidden:
            nn.init.xavier_uniform_(self.hidden)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits ``(n, n_outputs)`` of ``(n, 4, length)`` one-hot sequences, zeros where unknown.

        Raises
        ------
        ParameterError
            When ``x`` has another shape.
        """
        return self.head(self.features(x))

    def features(self, x: Tensor) -> Tensor:
        """Return ``(n, n_filters)`` pooled features after their activation; `forward` without its head.

        Raises
        ------
        ParameterError
            When ``x`` has another shape than ``(n, 4, length)``.
        """
        if x.ndim != 3 or x.shape[1:] != (4, self.network.length):
            msg = f"The network takes one-hot sequences (n, 4, {self.network.length}). Got shape {tuple(x.shape)}."
            raise ParameterError(msg)
        filters = self.filters.permute(2, 1, 0)  # (F, 4, k)
        strands = (filters, filters.flip(1, 2)) if self.network.both_strands else (filters,)
        scores = [nn.functional.conv1d(x, strand) for strand in strands]  # (n, F, windows)
        if self.network.n_bins:
            position = self.position[self.bins].T  # (F, windows)
            scores = [score + position for score in scores]
        feature: Tensor = self.activation(self.pool(torch.cat(scores, dim=2))[:, :, 0] + self.filter_bias)
        return feature

    def head(self, feature: Tensor) -> Tensor:
        """Return logits ``(n, n_outputs)`` of ``(n, n_filters)`` features."""
        if self.network.n_hidden:
            feature = self.hidden_activation(feature @ self.hidden + self.hidden_bias)
        return feature @ self.output + self.output_bias


class EnsembleModule(nn.Module):
    """The mean of the logits of several networks, as `predict_probabilities` takes it.

    Raises
    ------
    ParameterError
        When there is no network.
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        if not members:
            msg = "An ensemble needs at least one network. Got none."
            raise ParameterError(msg)
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor) -> Tensor:
        """Return mean logits ``(n, n_outputs)`` of ``(n, 4, length)`` one-hot sequences."""
        return torch.stack([member(x) for member in self.members]).mean(dim=0)


@overload
def module_of(networks: TrainedNetwork) -> FilterNetworkModule: ...
@overload
def module_of(networks: TrainedLayers) -> LayeredNetwork: ...
@overload
def module_of(networks: TrainedGrammar) -> GrammarModule: ...
@overload
def module_of(networks: Trained | Sequence[Trained]) -> nn.Module: ...
def module_of(networks: Trained | Sequence[Trained]) -> nn.Module:
    """Return a trained network of any kind as a torch module, in evaluation mode.

    Parameters
    ----------
    networks
        A network, or several. The arrays are copied.

    Returns
    -------
    module
        One-hot sequences ``(n, 4, length)`` in, zeros where unknown; logits ``(n, n_outputs)`` out.
        Of several networks an `EnsembleModule`, which averages their logits.

    Raises
    ------
    ParameterError
        When there is no network, one is of another kind or has other weights than its architecture,
        or several differ in length or outputs.

    Examples
    --------
    >>> from motiflens.networks.model import initial
    >>> trained = initial(FilterNetwork(3, 5, 12, n_outputs=2), np.random.default_rng(0))
    >>> tuple(module_of([trained, trained])(torch.zeros(7, 4, 12)).shape)
    (7, 2)
    """
    ensemble = alike(trained_networks(networks))
    members = [_module(trained) for trained in ensemble]
    return members[0] if len(members) == 1 else EnsembleModule(members).eval()


def _module(trained: Trained) -> nn.Module:
    if not isinstance(trained, TrainedNetwork):
        _check_weights(trained)
        return (
            layered_of(trained.network, trained.weights) if isinstance(trained, TrainedLayers) else grammar_of(trained)
        )
    with torch.random.fork_rng(devices=[]):  # the weights drawn at first are not kept
        module = FilterNetworkModule(trained.network)
    module.load_state_dict({name: torch.from_numpy(part) for name, part in trained.weights().items()})
    return module.eval()


def _check_weights(trained: TrainedLayers | TrainedGrammar) -> None:
    """Refuse arrays that the network does not have; torch would, in many lines."""
    expected, found = trained.network.weights(), {name: part.shape for name, part in trained.weights.items()}
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        msg = (
            "The weights must be those that the network has, by name and shape. "
            f"Got {wrong[0]!r} of {found.get(wrong[0])} in place of {expected.get(wrong[0])}."
        )
        raise ParameterError(msg)


def trained_of(module: FilterNetworkModule) -> TrainedNetwork:
    """Return a module's network and weights as plain arrays; the way back from `module_of`."""
    weights = dict(module.named_parameters())
    flat = [
        weights[name].detach().cpu().numpy().astype(np.float32).ravel() for name in kernels.shapes(module.network.shape)
    ]
    return TrainedNetwork(module.network, np.concatenate(flat))
