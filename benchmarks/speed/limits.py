"""The forward pass against the machine's limit."""

from __future__ import annotations

from statistics import median

import numpy as np

from motiflens.networks import kernels
from motiflens.windows import best_windows, words_of
from speed.machine import add_from_cache, clock_hz, vector_width
from speed.rows import FAIL, PASS, Ratio, Result, Settings, alternate, duration
from speed.tasks import DEEPBIND, DISCOVER, FOXO1_V2, Task, random_network, random_set

ROWS = {"limit-deepbind": DEEPBIND, "limit-foxo1-v2": FOXO1_V2, "limit-discover": DISCOVER}
AT_LEAST = 0.5
_ROUNDS = 15


def look_ups(task: Task) -> int:
    """Return the look-ups of one forward pass: windows x words a window x filters x strands.

    Examples
    --------
    >>> look_ups(DEEPBIND) == 5600 * 97 * 2 * 16
    True
    """
    net = task.network
    n_windows = task.n * (net.length - net.filter_width + 1)
    return n_windows * words_of(net.filter_width) * net.n_filters * (1 + net.both_strands)


def limit_row(name: str, settings: Settings) -> list[Result]:
    """Time convolution and global max of one network in one thread, and what the machine would take at best.

    The model adds one vector from a table in each cycle. The measured limit sums as many
    vectors of a table that stays in the first-level cache. The dense layers do no look-up and are
    not in it; what they add is in the note.
    """
    task, width = ROWS[name], vector_width()
    sequences, trained = random_set(task.n, task.network.length), random_network(task.network)
    plan, parts = task.network.plan, kernels.views(trained.parameters, task.network.shape)
    rows, run = np.arange(task.n), kernels.room(plan, task.n)
    n_vectors = look_ups(task) // width
    clocks: list[float] = []
    seconds = alternate(
        {
            "ours": lambda: best_windows(
                sequences.codes,
                parts.filters,
                parts.position,
                plan.edges,
                run.pooled,
                run.window,
                both=plan.both,
                rows=rows,
                table=run.table,
            ),
            "all": lambda: kernels.forward(sequences.codes, rows, parts, plan, run),
            "clock": lambda: clocks.append(clock_hz()),
            "cache": lambda: add_from_cache(n_vectors, width),
        },
        settings.rounds(_ROUNDS),
    )
    model = [n_vectors / hz for hz in clocks[1:]]
    ratio, measured = Ratio.of(model, seconds["ours"]), Ratio.of(seconds["cache"], seconds["ours"])
    return [
        Result(
            name,
            f"convolution and global max of {task.text.rpartition(', ')[0]}; one thread",
            "machine's limit",
            f">= {AT_LEAST:g} of it",
            f"{ratio.value:.2f} ({ratio.low:.2f}-{ratio.high:.2f})",
            duration(median(seconds["ours"])),
            duration(median(model)),
            PASS if ratio.value >= AT_LEAST else FAIL,
            f"{n_vectors * width / 1e6:.0f} million look-ups, {width} floats a cycle at "
            f"{median(clocks[1:]) / 1e9:.2f} GHz; {measured.value:.2f} of the measured limit, "
            f"{duration(median(seconds['cache']))}; with the dense layers {duration(median(seconds['all']))}",
        )
    ]
