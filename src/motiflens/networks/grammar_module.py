"""`GrammarModule`: a `Grammar` as a torch module."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from motiflens.errors import ParameterError
from motiflens.networks.grammars import N_KERNELS, Grammar, TrainedGrammar

_SMOOTHNESS = 0.3
_POSITION_GAIN = 3.0
_SCALE_GAIN = 5.0
_RARE = -2.0
_FIRST_DISTANCE = 0.01
_TINY = 1e-12


class GrammarModule(nn.Module):
    """One-hot sequences in, one logit out, by way of sites, their places and their distances.

    The feature of a motif is ``log(1 + exp(b) * mean over starts of exp(s * score + place))``: the log
    likelihood ratio of a site in a share of the sequences, when the scale ``s`` is 1. That of an
    ordered pair is the same over pairs of starts, each weighted by the preference for its distance.
    A weighted sum of all features and a few hidden units give the logit.

    Parameters
    ----------
    grammar
        The architecture; its matrices are not trained.
    generator
        Draws the initial weights; torch's own by default. Dense weights are Glorot-uniform.

    Examples
    --------
    >>> motif = np.log(np.full((4, 3), 0.25, np.float32) / 0.25)
    >>> module = GrammarModule(Grammar((motif,), (1,), length=20))
    >>> tuple(module(torch.zeros(7, 4, 20)).shape)
    (7, 1)
    """

    filters: Tensor
    closed: Tensor

    def __init__(self, grammar: Grammar, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.grammar = grammar
        n, length = len(grammar.matrices), grammar.length
        self.register_buffer("filters", torch.from_numpy(_filters(grammar)))
        self.register_buffer("closed", torch.from_numpy(_closed(grammar)), persistent=False)
        self.scale, self.bias = nn.Parameter(torch.zeros(n)), nn.Parameter(torch.zeros(n))
        self.place = nn.Parameter(torch.zeros(n, length)) if grammar.knows_positions else None
        n_pairs = len(grammar.pairs)
        self.distance = nn.Parameter(torch.zeros(n_pairs, N_KERNELS, length)) if n_pairs else None
        self.pair_bias = nn.Parameter(torch.full((n_pairs, N_KERNELS), _RARE)) if n_pairs else None
        self.sum = nn.Linear(grammar.n_features, 1)
        self.hidden, self.output = nn.Linear(grammar.n_features, grammar.n_hidden), nn.Linear(grammar.n_hidden, 1)
        self.activation = nn.Softplus()
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the weights anew; sites of the positives speak for them, those of the negatives against."""
        n_pairs = len(self.grammar.pairs)
        with torch.no_grad():
            for part in (self.scale, self.bias, self.place, self.sum.bias, self.hidden.bias, self.output.bias):
                if part is not None:
                    part.zero_()
            for layer in (self.hidden, self.output):
                nn.init.xavier_uniform_(layer.weight, generator=generator)
            if self.distance is not None and self.pair_bias is not None:
                self.distance.normal_(std=_FIRST_DISTANCE, generator=generator)
                self.pair_bias.fill_(_RARE)
            signs = torch.tensor(self.grammar.signs, dtype=torch.float32)
            for_and_against = torch.tensor([0.3, -0.3]).repeat(n_pairs)
            self.sum.weight.copy_(torch.cat([0.5 * signs, for_and_against])[None])

    def forward(self, x: Tensor) -> Tensor:
        """Return logits ``(n, 1)`` of ``(n, 4, length)`` one-hot sequences, zeros where unknown.

        Raises
        ------
        ParameterError
            When ``x`` has another shape.
        """
        if x.ndim != 3 or x.shape[1:] != (4, self.grammar.length):
            msg = f"The network takes one-hot sequences (n, 4, {self.grammar.length}). Got shape {tuple(x.shape)}."
            raise ParameterError(msg)
        features = self.features(x)
        found: Tensor = self.sum(features) + self.output(self.activation(self.hidden(features)))
        return found

    def features(self, x: Tensor) -> Tensor:
        """Return ``(n, n_features)``: of each motif, then of each ordered pair."""
        scores = self.scores(x)
        placed = scores if self.place is None else scores + _POSITION_GAIN * self.place
        windows = self.grammar.length + 1 - torch.tensor(self.grammar.widths, device=x.device)
        single = torch.logsumexp(placed, dim=2) - torch.log(windows) + self.bias
        parts = [self.activation(single)]
        if self.distance is not None:
            parts.append(self._pairs(scores[:, list(self.grammar.paired)]))
        return torch.cat(parts, dim=1)

    def scores(self, x: Tensor) -> Tensor:
        """Return ``(n, n_motifs, length)`` scaled log odds of a site at each start, very low where none fits."""
        padded = functional.pad(x, (0, self.filters.shape[2] - 1))
        found = functional.conv1d(padded, self.filters)
        if self.grammar.both_strands:
            forward, backward = found.chunk(2, dim=1)
            found = torch.logaddexp(forward, backward) - math.log(2)
        return found * torch.exp(_SCALE_GAIN * self.scale)[:, None] + self.closed

    def penalty(self) -> Tensor:
        """Return what training adds to the loss, so that preferences change smoothly from base to base."""
        parts = [_POSITION_GAIN * self.place] if self.place is not None else []
        parts += [self.distance] if self.distance is not None else []
        steps = [(part[..., 1:] - part[..., :-1]).square().mean() for part in parts]
        return _SMOOTHNESS * torch.stack(steps).sum() if steps else self.bias.new_zeros(())

    def _pairs(self, scores: Tensor) -> Tensor:
        """Return ``(n, N_KERNELS * n_pairs)`` features of pairs, summed over all starts by Fourier transforms."""
        n, m, length = scores.shape
        if self.distance is None or self.pair_bias is None:
            return scores.new_zeros((n, 0))
        top = scores.detach().amax(dim=2, keepdim=True)
        # in double precision: the strongest pair of sites may outweigh the one asked for by far
        spectrum = _spectrum(torch.exp(scores - top)).transpose(0, 1).contiguous()
        products = (spectrum.conj()[:, None] * spectrum).reshape(m * m, n, length + 1)
        preferences = _spectrum(torch.exp(self.distance)) * _shares(length, scores.device)
        # Parseval: the sum over distances is one over frequencies, so that no product is transformed back
        parts = [torch.view_as_real(each).flatten(2) for each in (products, preferences)]
        summed = torch.bmm(parts[0], parts[1].transpose(1, 2)).transpose(0, 1).clamp(min=0)
        level = (top[:, :, None] + top[:, None]).reshape(n, m * m, 1) - 2 * math.log(length)
        found: Tensor = self.activation(torch.log(summed + _TINY).to(scores.dtype) + level + self.pair_bias)
        return found.reshape(n, -1)


def logits_of(module: GrammarModule, inputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return ``(n,)`` logits of one-hot sequences ``(n, 4, length)``, without gradients.

    Raises
    ------
    ParameterError
        When ``inputs`` has another shape.
    """
    with torch.no_grad():
        return np.asarray(module(torch.from_numpy(inputs))[:, 0].double().numpy())


def grammar_of(trained: TrainedGrammar) -> GrammarModule:
    """Return a trained grammar as a torch module in evaluation mode; `trained_grammar` is the way back.

    Parameters
    ----------
    trained
        The arrays are copied.
    """
    with torch.random.fork_rng(devices=[]):  # the weights drawn at the start are replaced
        module = GrammarModule(trained.network)
    weights = {name: torch.from_numpy(np.array(part, dtype=np.float32)) for name, part in trained.weights.items()}
    module.load_state_dict({"filters": module.filters, **weights})
    return module.eval()


def trained_grammar(module: GrammarModule) -> TrainedGrammar:
    """Return the parameters of a module as plain arrays."""
    weights = {name: part.detach().cpu().numpy().copy() for name, part in module.named_parameters()}
    return TrainedGrammar(module.grammar, weights)


def _spectrum(values: Tensor) -> Tensor:
    """Return the Fourier transform over the last axis, in double precision, of values followed by as many zeros."""
    found: Tensor = torch.fft.rfft(values.double(), n=2 * values.shape[-1])
    return found


def _shares(length: int, device: torch.device) -> Tensor:
    """Return ``(length + 1,)``: how much each frequency of `_spectrum` counts in a sum over values."""
    shares = torch.full((length + 1,), 1 / length, dtype=torch.float64, device=device)
    shares[0] = shares[-1] = 0.5 / length
    return shares


def _filters(grammar: Grammar) -> np.ndarray:
    """Return ``(n_motifs, 4, widest)`` log odds, and the reverse complements behind them for both strands."""
    widest = max(grammar.widths)
    strands = [grammar.matrices]
    if grammar.both_strands:
        strands.append(tuple(matrix[::-1, ::-1] for matrix in grammar.matrices))
    padded = [np.pad(each, ((0, 0), (0, widest - each.shape[1]))) for strand in strands for each in strand]
    return np.ascontiguousarray(np.stack(padded), dtype=np.float32)


def _closed(grammar: Grammar) -> np.ndarray:
    """Return ``(n_motifs, length)``: 0 where a site may start, very low where it would stick out."""
    starts = np.arange(grammar.length)[None]
    last = grammar.length - np.array(grammar.widths)[:, None]
    return np.where(starts <= last, 0.0, -1e4).astype(np.float32)
