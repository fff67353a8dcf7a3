"""How a network likes two motifs at each distance, in either order, read off by asking it."""

from __future__ import annotations

from typing import Any

import numpy as np

from motiflens.networks.grammar_module import GrammarModule, logits_of


def gap_profile(module: GrammarModule) -> list[dict[str, Any]]:
    """Ask a grammar for its logit of two sites at every gap, in sequences of otherwise unknown bases.

    The pair is centred, each site the motif's likeliest word.

    Returns
    -------
    profiles
        For each ordered pair of different motifs its ``first`` and ``second`` (their likeliest
        words), ``logits`` by gap from 0, and ``from`` and ``to``: the longest stretch of gaps with a
        logit above half of the largest, if that is above 0, where the network says positive clearly;
        None where there is none.
    """
    grammar = module.grammar
    found = []
    for first, second in grammar.pairs:
        if first == second:
            continue
        words = [np.asarray(grammar.matrices[index]).argmax(axis=0) for index in (first, second)]
        logits = _logits(module, *words)
        low, high = longest_run((logits > 0) & (logits > logits.max() / 2))
        spelled = ["".join("ACGT"[base] for base in word) for word in words]
        found.append({"first": spelled[0], "second": spelled[1], "logits": logits.tolist(), "from": low, "to": high})
    return found


def longest_run(flags: np.ndarray) -> tuple[int | None, int | None]:
    """Return the first and last index of the longest run of True; None twice where there is none.

    Examples
    --------
    >>> longest_run(np.array([True, False, True, True, False]))
    (2, 3)
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    if not len(edges):
        return None, None
    starts, ends = edges[::2], edges[1::2]
    longest = int((ends - starts).argmax())
    return int(starts[longest]), int(ends[longest]) - 1


def _logits(module: GrammarModule, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    length = module.grammar.length
    gaps = np.arange(length - len(first) - len(second) + 1)
    hot = np.zeros((len(gaps), 4, length), np.float32)
    for gap in gaps:
        start = (length - len(first) - len(second) - gap) // 2
        hot[gap, first, start + np.arange(len(first))] = 1
        hot[gap, second, start + len(first) + gap + np.arange(len(second))] = 1
    return logits_of(module, hot)
