"""Recovery against motif probability, a panel a tool and a line a number of sequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recovery.summary import Cell

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")
_APART = 0.03  # of a step of the axis, so that intervals do not hide each other


def draw_recovery(folder: Path, cells: Mapping[str, Sequence[Cell]]) -> None:
    """Write `recovery.svg` and `recovery.png`: single motifs above, mixtures below."""
    kinds = [kind for kind in ("single", "mixture") if any(c.kind == kind for made in cells.values() for c in made)]
    if not kinds:
        return
    figure = Figure(figsize=(1.2 + 4.4 * len(cells), 0.6 + 3.4 * len(kinds)), layout="constrained")
    axes = figure.subplots(len(kinds), len(cells), squeeze=False)
    for row, kind in enumerate(kinds):
        for column, (name, made) in enumerate(cells.items()):
            _panel(axes[row, column], [cell for cell in made if cell.kind == kind])
            axes[row, column].set_title(f"{name}: {'one motif' if kind == 'single' else 'two to five motifs'}")
    for kind_of_file in ("svg", "png"):
        figure.savefig(folder / f"recovery.{kind_of_file}", dpi=150)


def _panel(axes: Axes, cells: Sequence[Cell]) -> None:
    probabilities = sorted({cell.probability for cell in cells})
    sizes = sorted({cell.n for cell in cells})
    for index, (size, colour) in enumerate(zip(sizes, _COLOURS * len(sizes), strict=False)):
        mine = sorted((cell for cell in cells if cell.n == size), key=lambda cell: cell.probability)
        shift = _APART * (index - (len(sizes) - 1) / 2)
        places = [probabilities.index(cell.probability) + shift for cell in mine]
        values = [100 * cell.every.value for cell in mine]
        bars = [[100 * abs(cell.every.interval[side] - cell.every.value) for cell in mine] for side in (0, 1)]
        axes.errorbar(places, values, yerr=bars, color=colour, marker="o", capsize=3, label=f"{size} a class")
        axes.plot(places, [100 * cell.detectable.n / cell.every.n for cell in mine], color=colour, ls=":", lw=1.2)
        asked = [(place, 100 * cell.asked) for place, cell in zip(places, mine, strict=True) if cell.asked]
        axes.plot(*zip(*asked, strict=True) if asked else ([], []), color=colour, marker="_", ms=16, mew=2, ls="")
    axes.plot([], [], color="grey", ls=":", label="detectable by the true profile")
    if any(cell.asked for cell in cells):
        axes.plot([], [], color="grey", marker="_", ms=12, mew=2, ls="", label="asked")
    axes.set(ylim=(-3, 105), xlabel="share of positives with a site", ylabel="planted motifs recovered, %")
    axes.set_xticks(range(len(probabilities)), [f"{probability:g}" for probability in probabilities])
    axes.set_xlim(-0.4, len(probabilities) - 0.6)
    axes.grid(axis="y", color="#dddddd", lw=0.6)
    axes.legend(loc="lower right", fontsize=8, frameon=False)
