"""A branch of convolution, normalisation, dropout, attention and global max, trained by compiled loops.

On the processor and with one-hot inputs, in training or without gradients, the whole branch is one
operation (`attention_loops`); elsewhere its layers run one after the other. Both give the same figures, but
draw their dropout differently.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd import Function

from motiflens.alphabet import Codes
from motiflens.networks.attention_loops import Branch, backward, evaluated, forward
from motiflens.networks.torch_layers import Convolution, Normalisation, PositionAttention, RandomDropout

_Weighted = tuple[Convolution, Normalisation, RandomDropout, PositionAttention]


class AttentionBranch(nn.Sequential):
    """The layers of a branch: Convolution, Normalisation, RandomDropout, PositionAttention, Largest.

    Parameters
    ----------
    layers
        These five, in order; the convolution is padded to the sequence's length and has a ReLU.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(n, F)`` features of ``(n, 4, length)`` inputs."""
        codes = codes_of(x) if self.training or not torch.is_grad_enabled() else None
        if codes is None:
            found: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
            return found
        convolution, normalisation, dropout, attention = cast("_Weighted", tuple(self)[:4])
        if not self.training:
            branch = _branch(
                convolution.weight, convolution.bias, normalisation.weight, normalisation.bias, attention.weight,
                attention.bias,
            )  # fmt: skip
            mean, variance = normalisation.mean.numpy(), normalisation.variance.numpy()
            return torch.from_numpy(
                evaluated(codes, branch, mean=mean, variance=variance, epsilon=normalisation.epsilon)
            )
        seed = int(torch.randint(2**31, (), generator=dropout.generator))
        features, mean, variance = _Whole.apply(  # type: ignore[no-untyped-call]
            convolution.weight, convolution.bias, normalisation.weight, normalisation.bias, attention.weight,
            attention.bias, codes, dropout.rate, normalisation.epsilon, seed,
        )  # fmt: skip
        normalisation.follow(mean, variance)
        return torch.as_tensor(features)


def codes_of(x: Tensor) -> Codes | None:
    """Return ``(n, length)`` codes of one-hot inputs ``(n, 4, length)`` on the processor, 4 where all are zero.

    None for any other input, such as noisy ones.
    """
    if x.device.type != "cpu" or x.dtype != torch.float32 or x.requires_grad:
        return None
    hot = x.numpy()
    set_ = hot == 1
    counts = set_.sum(axis=1)
    if counts.max(initial=0) > 1 or np.count_nonzero(hot) != counts.sum():
        return None
    return np.where(counts > 0, set_.argmax(axis=1), 4).astype(np.uint8)


def _branch(*weights: Tensor) -> Branch:
    """Return the weights of the layers, in order, as the loops take them."""
    filters, filter_bias, scale, shift, attention, attention_bias = (part.detach().numpy() for part in weights)
    return Branch(
        np.ascontiguousarray(filters.transpose(2, 1, 0)), filter_bias, scale, shift, attention[0], attention_bias
    )


class _Whole(Function):
    """A branch as one operation."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> tuple[Tensor, Tensor, Tensor]:
        *weights, codes, drop, epsilon, seed = given
        branch = _branch(*weights)
        features, kept, variance = forward(codes, branch, drop=drop, epsilon=epsilon, seed=seed)
        ctx.branch, ctx.kept, ctx.drop = branch, kept, drop
        moments = torch.from_numpy(kept.mean), torch.from_numpy(variance)
        ctx.mark_non_differentiable(*moments)
        return torch.from_numpy(features), *moments

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        gradient = np.ascontiguousarray(gradients[0].numpy())
        found = backward(ctx.branch, ctx.kept, gradient, drop=ctx.drop)
        ctx.kept = None  # the way back has used it up
        parts = (
            np.ascontiguousarray(found.filters.transpose(2, 1, 0)), found.filter_bias, found.scale, found.shift,
            found.attention[None], found.attention_bias,
        )  # fmt: skip
        return *(torch.from_numpy(part) for part in parts), None, None, None, None
