"""When the learning rate is halved."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

_LEAST_GAIN = 1e-4


@dataclass(frozen=True)
class Plateau:
    """A learning rate that is halved when the loss no longer falls, as Keras' ReduceLROnPlateau does it.

    Attributes
    ----------
    rate
        The learning rate of now.
    halve_after
        Epochs in a row without a loss lower by more than 1e-4 than the lowest; 0 for never.
    least_rate
        What the rate does not go below.
    lowest, flat_epochs
        Lowest loss so far, and the epochs since.

    Examples
    --------
    >>> state = Plateau(0.1, halve_after=2, least_rate=0.03)
    >>> for loss in (1.0, 0.99995, 1.2, 1.1, 1.0):
    ...     state = state.after(loss)
    >>> state.rate  # halved after the third loss, and less than halved after the fifth
    0.03
    """

    rate: float
    halve_after: int
    least_rate: float
    lowest: float = math.inf
    flat_epochs: int = 0

    def after(self, loss: float) -> Plateau:
        """Return the state after an epoch with this loss."""
        if loss < self.lowest - _LEAST_GAIN:
            return replace(self, lowest=loss, flat_epochs=0)
        flat = self.flat_epochs + 1
        if not self.halve_after or flat < self.halve_after or self.rate <= self.least_rate:
            return replace(self, flat_epochs=flat)
        return replace(self, rate=max(self.rate / 2, self.least_rate), flat_epochs=0)
