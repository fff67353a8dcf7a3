"""Operations of training in torch, in few passes over memory and with Keras' gradients.

torch's own do the same in several times the time on a processor: a mask of booleans times floats,
a maximum with its place, and the moments of a batch are its slow paths. They have no second
derivative.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

_LEVELS = 1 << 16


def dropped(x: Tensor, rate: float, generator: torch.Generator | None = None) -> Tensor:
    """Set about a share ``rate`` of the values to 0 and multiply the rest by ``1 / (1 - rate)``.

    Parameters
    ----------
    rate
        In [0, 1); taken to the nearest of 65 536 levels.
    generator
        On the device of ``x``; torch's own by default. Four values share one random word.

    Examples
    --------
    >>> found = dropped(torch.ones(3, 5), 0.5, torch.Generator().manual_seed(0))
    >>> sorted(set(found.flatten().tolist())), tuple(found.shape)
    ([0.0, 2.0], (3, 5))
    """
    level = min(round(rate * _LEVELS), _LEVELS - 1)
    words = torch.empty(-(-x.numel() // 4), dtype=torch.int64, device=x.device)
    words.random_(-(2**63), None, generator=generator)  # all 64 bits, the sign among them
    kept = _where(torch.ge, words.view(torch.int16)[: x.numel()], level - _LEVELS // 2, x)
    return x * kept.mul_(_LEVELS / (_LEVELS - level)).view(x.shape)


def largest(x: Tensor) -> Tensor:
    """Return ``(n, channels)``, the largest of ``(n, channels, positions)``; equal ones share the gradient."""
    found: Tensor = _Largest.apply(x)  # type: ignore[no-untyped-call]
    return found


def largest_of_each(x: Tensor, size: int) -> Tensor:
    """Return the largest of every ``size`` positions; the first of equal ones has the gradient."""
    found: Tensor = _LargestOfEach.apply(x, size)  # type: ignore[no-untyped-call]
    return found


def normalised(x: Tensor, weight: Tensor, bias: Tensor, epsilon: float) -> tuple[Tensor, Tensor, Tensor]:
    """Bring each channel's mean and variance over the batch to ``bias`` and ``weight`` squared.

    Parameters
    ----------
    x
        ``(n, channels)`` or ``(n, channels, positions)``.
    weight, bias
        ``(channels,)``.
    epsilon
        Added to the variance.

    Returns
    -------
    normalised, mean, variance
        Of x's shape, ``(channels,)`` and ``(channels,)``; the variance divides by n, as Keras' does.
    """
    return _Normalised.apply(x, weight, bias, epsilon)  # type: ignore[no-any-return, no-untyped-call]


def _where(compare: Any, a: Tensor, b: Any, like: Tensor) -> Tensor:
    """Return 1 where a comparison holds and 0 else, in the type of ``like`` without a detour by booleans."""
    found: Tensor = compare(a, b, out=torch.empty(a.shape, dtype=like.dtype, device=like.device))
    return found


class _Largest(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        found = x.amax(dim=2)
        ctx.save_for_backward(x, found)
        return found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        x, found = ctx.saved_tensors
        is_largest = _where(torch.eq, x, found[:, :, None], x)
        return is_largest.mul_((gradient / is_largest.sum(dim=2)).unsqueeze(2))


class _LargestOfEach(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, size: int) -> Tensor:
        used = x.shape[2] // size * size
        parts = [x[:, :, start:used:size].contiguous() for start in range(size)]  # to compare with gaps is slow
        found = reduce(torch.maximum, parts, torch.full_like(parts[0], -torch.inf))
        ctx.save_for_backward(found, *parts)
        ctx.shape = x.shape
        return found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        found, *parts = ctx.saved_tensors
        size, used = len(parts), len(parts) * found.shape[2]
        result, left = gradient.new_empty(ctx.shape), gradient
        result[:, :, used:] = 0
        for start, part in enumerate(parts):
            share = _where(torch.eq, part, found, gradient).mul_(left)
            result[:, :, start:used:size] = share
            left = left - share
        return result, None


class _Normalised(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, epsilon: float) -> tuple[Tensor, Tensor, Tensor]:
        axes, shape = _over(x)
        mean = x.mean(dim=axes)
        centred = x - mean.view(shape)
        variance = (centred * centred).mean(dim=axes)
        scale = torch.rsqrt(variance + epsilon)
        found = torch.addcmul(bias.view(shape), centred, (scale * weight).view(shape))
        ctx.save_for_backward(centred, scale, weight)
        ctx.mark_non_differentiable(mean, variance)
        return found, mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        centred, scale, weight = ctx.saved_tensors
        axes, shape = _over(gradient)
        n = gradient.numel() // len(scale)
        of_bias = gradient.sum(dim=axes)
        of_scale = (gradient * centred).sum(dim=axes)
        slope = weight * scale
        result = torch.addcmul((slope * of_bias / -n).view(shape), gradient, slope.view(shape))
        result.addcmul_(centred, (slope * scale * scale * of_scale / -n).view(shape))
        return result, of_scale * scale, of_bias, None


def _over(x: Tensor) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the axes that a channel's moments go over, and the shape of one figure a channel."""
    return ((0,), (1, -1)) if x.ndim == 2 else ((0, 2), (1, -1, 1))
