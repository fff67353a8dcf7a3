"""How likely some sequences are in a task's classes: sums over layouts, sites and strands."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from motiflens.simulating.arrangements import Windows, log_sum, n_arrangements, scattered, spaced, windows_of
from motiflens.simulating.evidence import IMPOSSIBLE, Evidence, Mask
from motiflens.simulating.generators import (
    Generator,
    Layout,
    Mixture,
    Overwritten,
    Part,
    Placed,
    Scattered,
    Spaced,
)

Floats = npt.NDArray[np.float64]


def layouts_of(generator: Generator) -> list[Layout]:
    """Return the layouts of both classes, the positives' first."""
    return [layout for mixture in (generator.positive, generator.negative) for _, layout in mixture]


def widths_of(generator: Generator) -> set[int]:
    """Return every width of window that the layouts ask for."""
    widths = set()
    for layout in layouts_of(generator):
        own = [generator.motifs[part.motif].width for part in layout.parts]
        widths.update(own)
        if isinstance(layout, Overwritten):
            widths.update(range(max(own), min(sum(own), generator.length) + 1))
    return widths


class Likelihoods:
    """The likelihoods of some sequences; what a part's windows say is found once for all layouts."""

    def __init__(self, generator: Generator, evidence: Evidence, n: int) -> None:
        self.generator, self.evidence, self.n = generator, evidence, n
        parts = {part for layout in layouts_of(generator) for part in layout.parts}
        self.windows = {part: self._window(part) for part in parts}
        self.several = {
            layout: logs
            for distance in {layout.distance for layout in layouts_of(generator) if isinstance(layout, Scattered)}
            for layout, logs in self._scattered(distance)
        }

    def score(self) -> Floats:
        """Return the log ratio, ``(n,)``; NaN where both classes are impossible."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self._mixture(self.generator.positive) - self._mixture(self.generator.negative))

    def _mixture(self, mixture: Mixture) -> Floats:
        logs = np.stack([np.log(share) + self._layout(layout) for share, layout in mixture if share > 0])
        left = self.evidence.uncovered
        logs[(logs + left < IMPOSSIBLE / 2) & (left < 0)] = -np.inf
        return log_sum(logs)

    def _layout(self, layout: Layout) -> Floats:
        """Return the log of a layout's likelihood over the background's, ``(n,)``."""
        windows = [self.windows[part] for part in layout.parts]
        match layout:
            case Placed(starts=starts):
                with np.errstate(divide="ignore"):
                    return log_sum(windows[0].logs + np.log(starts)[:, None])
            case Scattered() if len(windows) > 1:
                return self.several[layout]
            case Spaced(gaps=gaps) if len(windows) > 1:
                return spaced(windows, gaps)
            case Overwritten():
                return self._overwritten(layout)
            case _:
                return windows[0].log_mean() if windows else np.zeros(self.n)

    def _scattered(self, distance: int) -> Iterable[tuple[Scattered, Floats]]:
        """Return every layout of several scattered parts with this distance, and its likelihood as of `_layout`."""
        layouts = [
            layout
            for layout in dict.fromkeys(layouts_of(self.generator))
            if isinstance(layout, Scattered) and layout.distance == distance and len(layout.parts) > 1
        ]
        if not layouts:
            return ()
        kinds = list(dict.fromkeys(part for layout in layouts for part in layout.parts))
        counts = [tuple(layout.parts.count(kind) for kind in kinds) for layout in layouts]
        return zip(layouts, scattered([self.windows[kind] for kind in kinds], counts, distance), strict=True)

    def _overwritten(self, layout: Overwritten) -> Floats:
        """Return the likelihood as of `_layout`: pairs that touch or overlap, and those that are a base apart."""
        widths = [self._width(part) for part in layout.parts]
        windows = [self.windows[part] for part in layout.parts]
        second = self._strands(layout.second, np.ones(widths[1], dtype=np.bool_))
        pairs = [self._touching(layout, second, shift) for shift in range(-widths[0], widths[1] + 1)]
        n_apart = n_arrangements(self.generator.length, widths, (1, 1), 1)
        if n_apart:
            pairs += [logs + np.log(n_apart) for logs in scattered(windows, [(1, 1)], 1)]
        total = log_sum(np.stack([logs for logs in pairs if logs is not None]))
        return np.asarray(total - np.log(len(windows[0].logs) * len(windows[1].logs)))

    def _touching(self, layout: Overwritten, right: Floats, shift: int) -> Floats | None:
        """Return the log of the sum over pairs whose first site starts ``shift`` after the second, ``(n,)``.

        ``right`` is how well the letters fit the second, which hides what it was written over;
        both together hide one window of the background. None if no such pair fits.
        """
        first, second = self._width(layout.first), self._width(layout.second)
        begin, end = min(shift, 0), max(shift + first, second)
        n_starts = self.generator.length - (end - begin) + 1
        if n_starts < 1:
            return None
        places = np.arange(shift, shift + first)
        left = self._strands(layout.first, (places < 0) | (places >= second))
        pairs = left[shift - begin :][:n_starts] + right[-begin:][:n_starts]
        return log_sum(pairs + self.evidence.outside(end - begin))

    def _window(self, part: Part) -> Windows:
        """Return what each window says if it is this part's site."""
        width = self._width(part)
        return windows_of(self._strands(part, np.ones(width, dtype=np.bool_)) + self.evidence.outside(width), width)

    def _strands(self, part: Part, kept: Mask) -> Floats:
        """Return how well the letters in the columns ``kept`` fit a part, on either strand, ``(starts, n)``."""
        matrix = self.generator.motifs[part.motif].probabilities
        mutation = self.generator.mutation
        emitted = (1 - mutation) * matrix + mutation / 3 * (1 - matrix)
        if part.reverse in (0, 1):
            return self.evidence.letters(emitted[::-1, ::-1] if part.reverse else emitted, kept)
        forward = self.evidence.letters(emitted, kept) + np.log1p(-part.reverse)
        backward = self.evidence.letters(emitted[::-1, ::-1], kept) + np.log(part.reverse)
        return np.asarray(np.logaddexp(forward, backward))

    def _width(self, part: Part) -> int:
        return self.generator.motifs[part.motif].width
