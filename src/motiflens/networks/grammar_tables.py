"""What a grammar is made of and can see, in words and numbers."""

from __future__ import annotations

import numpy as np

from motiflens.motifs import Motif
from motiflens.networks.blueprints import Row
from motiflens.networks.grammars import N_KERNELS, Floats32, Grammar
from motiflens.networks.layers import Shape


def grammar_rows(grammar: Grammar) -> tuple[Row, ...]:
    """Return the steps from a sequence to its logit as a table.

    Examples
    --------
    >>> motif = np.zeros((4, 3), np.float32)
    >>> [row.formula for row in grammar_rows(Grammar((motif, motif), (1, -1), length=20))]
    ['4 x 6 = 24', '2 x 2 = 4', '', '2 x 1 + 1 = 3', '2 x 8 + 8 = 24', '8 x 1 + 1 = 9']
    """
    n, length, bases = len(grammar.matrices), grammar.length, sum(grammar.widths)
    strands = "both strands" if grammar.both_strands else "one strand"
    n_pairs, features, hidden = len(grammar.pairs), grammar.n_features, grammar.n_hidden
    found: list[tuple[str, Shape, int, str]] = [
        (f"motifs, {n} of {bases} bases together, {strands}", (n, length), 4 * bases, f"4 x {bases}"),
        ("sites, log odds scaled", (n, length), 2 * n, f"2 x {n}"),
    ]
    if grammar.knows_positions:
        found.append(("places", (n, length), n * length, f"{n} x {length}"))
    found.append(("sum over all starts", (n,), 0, ""))
    if n_pairs:
        count = N_KERNELS * n_pairs * (length + 1)
        found.append(
            (f"pairs, {n_pairs} ordered", (N_KERNELS * n_pairs,), count, f"{N_KERNELS} x {n_pairs} x ({length} + 1)")
        )
    found += [
        ("weighted sum", (1,), features + 1, f"{features} x 1 + 1"),
        (
            f"dense {hidden}, softplus, beside it",
            (hidden,),
            (features + 1) * hidden,
            f"{features} x {hidden} + {hidden}",
        ),
        ("dense 1, added", (1,), hidden + 1, f"{hidden} x 1 + 1"),
    ]
    return tuple(
        Row(str(index), name, shape, count, 0 if index == 1 else count, f"{formula} = {count}" if formula else "")
        for index, (name, shape, count, formula) in enumerate(found, start=1)
    )


def grammar_field(grammar: Grammar) -> int:
    """Return the bases that a grammar sees at once: a motif's, or all where it knows distances."""
    return grammar.length if grammar.paired else max(grammar.widths)


def grammar_notes(grammar: Grammar) -> tuple[str, ...]:
    """Return what a grammar is about and what it can see, a sentence each."""
    notes = [
        f"Motif {index}, {consensus(matrix)}: a site speaks {'for' if sign > 0 else 'against'} the positives."
        for index, (matrix, sign) in enumerate(zip(grammar.matrices, grammar.signs, strict=True), start=1)
    ]
    notes.append(f"Sees {max(grammar.widths)} bases at once, and adds up all sites: two count for more than one.")
    if grammar.both_strands:
        notes.append("A site on either strand counts.")
    if grammar.knows_positions:
        notes.append(f"Each motif has a preference for each of {grammar.length} starts, so that place counts.")
    if grammar.paired:
        names = ", ".join(str(index + 1) for index in grammar.paired)
        notes.append(
            f"Ordered pairs of the motifs {names} have preferences for every distance over the whole sequence, so that "
            "order and spacing count."
        )
    else:
        notes.append("How far sites lie from each other it cannot see.")
    if grammar.knows_positions or grammar.paired:
        notes.append("Other lengths cannot be read.")
    notes.append(f"{4 * sum(grammar.widths)} figures are the log odds of the motifs, which are given and not trained.")
    return tuple(notes)


def consensus(log_odds: Floats32) -> str:
    """Return the consensus of log odds ``(4, width)``, as over an even background.

    Examples
    --------
    >>> consensus(np.log(np.array([[0.97, 0.01], [0.01, 0.01], [0.01, 0.49], [0.01, 0.49]]) / 0.25).astype(np.float32))
    'AK'
    """
    odds = np.exp(log_odds.astype(np.float64) - log_odds.max(axis=0))
    return Motif(odds / odds.sum(axis=0), "motif").consensus
