"""The innermost loops as vector instructions: sums of look-ups for 16 or 32 matrices at once.

A compiler that is given the loop over matrices keeps the running maxima in memory and pays
for that at every window. Here the loop over windows is written in LLVM's own language, sums
and maxima in registers. LLVM cuts the vectors to what the processor has; every sum is taken
word by word in the same order, so a window's score has the same bits on every processor.

A block is W = 16 or 32 matrices side by side. Its table is ``(G, 128, W)`` float32 and starts
on a cache line; a word is kept as the distance in bytes, uint16, of its row from row 0. With
G words of three letters a window, the sum of the window at p is::

    s[p, f] = sum_g table[g, word[p + 3 g], f]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
"""Matrices in one vector."""
LETTERS = 3
"""Letters in a word."""
TABLE_ROWS = 128
"""Rows of the table for one word of the window: 5^3 = 125, and three that are never read."""
LOWEST = -3e38
"""Below every sum; where a maximum starts."""
EXACT: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy"}
"""How loops are compiled whose sums keep their order: the same bits on every processor."""
FLAGS: dict[str, Any] = {**EXACT, "fastmath": True}
"""How loops are compiled whose sums the compiler may reorder, which lets it take many terms at once."""
CACHE_LINE = 64
_AHEAD = 2
"""Sequences between the one that is read and the one that is asked for."""
_WRITTEN_OUT = 8
"""Up to this many words, the sum over the words of a window is written out."""
_BYTE, _I32, _I64, _FLOAT = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.FloatType()
_FLOATS, _INTS = ir.VectorType(_FLOAT, LANES), ir.VectorType(_I32, LANES)


@dataclass(frozen=True)
class _Block:
    """Writes the parts of a loop over the windows of one sequence, for one block of matrices.

    Attributes
    ----------
    builder
        Where LLVM's instructions go.
    vectors
        Vectors in the block, 1 or 2.
    words, table
        Pointers to their first bytes.
    """

    builder: Any
    vectors: int
    words: Any
    table: Any

    def load(self, pointer: Any, kind: Any = _FLOATS) -> list[Any]:
        """Read the block's vectors from where a pointer to numbers points."""
        return [self.builder.load(place, align=4) for place in self._places(pointer, kind)]

    def store(self, values: list[Any], pointer: Any) -> None:
        """Write the block's vectors there."""
        for value, place in zip(values, self._places(pointer, values[0].type), strict=True):
            self.builder.store(value, place, align=4)

    def _places(self, pointer: Any, kind: Any) -> list[Any]:
        starts = [self.builder.gep(pointer, [_I64(LANES * vector)]) for vector in range(self.vectors)]
        return [self.builder.bitcast(start, kind.as_pointer()) for start in starts]

    def variables(self, values: list[Any]) -> list[Any]:
        """Keep vectors in variables, which LLVM turns into registers."""
        return [cgutils.alloca_once_value(self.builder, value) for value in values]

    def window_sum(self, place: Any, n_words: int | Any) -> list[Any]:
        """Sum the words of the window at ``place``; a loop when their number is known at run time alone."""
        if isinstance(n_words, int):
            sums = self._word(place, _I64(0))
            for word in range(1, n_words):
                sums = self.add(sums, self._word(place, _I64(word)))
            return sums
        sums = self.variables(self._word(place, _I64(0)))
        with cgutils.for_range(self.builder, n_words, start=_I64(1)) as loop:
            values = self.add([self.builder.load(total) for total in sums], self._word(place, loop.index))
            for total, value in zip(sums, values, strict=True):
                self.builder.store(value, total)
        return [self.builder.load(total) for total in sums]

    def _word(self, place: Any, word: Any) -> list[Any]:
        builder = self.builder
        column = builder.add(place, builder.mul(word, _I64(LETTERS)))
        row = builder.zext(builder.load(builder.gep(self.words, [column])), _I64)
        row = builder.add(row, builder.mul(word, _I64(TABLE_ROWS * LANES * self.vectors * 4)))
        return self.load(builder.bitcast(builder.gep(self.table, [row]), _FLOAT.as_pointer()))

    def add(self, a: list[Any], b: list[Any]) -> list[Any]:
        """Add two blocks of floats."""
        return [self.builder.fadd(x, y) for x, y in zip(a, b, strict=True)]

    def mask(self, values: list[Any], lowest: list[Any]) -> Any:
        """Return an int32 with a bit for each value of the block that is not below the lowest."""
        bits = _I32(0)
        for vector, (value, low) in enumerate(zip(values, lowest, strict=True)):
            reached = self.builder.bitcast(self.builder.fcmp_ordered(">=", value, low), ir.IntType(LANES))
            shifted = self.builder.shl(self.builder.zext(reached, _I32), _I32(LANES * vector))
            bits = self.builder.or_(bits, shifted)
        return bits

    def splat(self, value: Any) -> Any:
        """Return a vector with an int32 in every lane."""
        nothing = ir.Constant(_INTS, ir.Undefined)
        first = self.builder.insert_element(nothing, value, _I32(0))
        return self.builder.shuffle_vector(first, nothing, ir.Constant(_INTS, [0] * LANES))


def _best_windows(vectors: int) -> Any:
    def write(builder, words, table, n_words, start, stop, strand, shift, best, where):
        block = _Block(builder, vectors, words, builder.bitcast(table, _BYTE.as_pointer()))
        sums = block.variables([ir.Constant(_FLOATS, [LOWEST] * LANES)] * vectors)
        places = block.variables([ir.Constant(_INTS, [0] * LANES)] * vectors)
        counter = cgutils.alloca_once_value(builder, block.splat(builder.trunc(start, _I32)))
        for count in _numbers_of_words(builder, n_words):
            with cgutils.for_range(builder, stop, start=start) as loop:
                here = builder.load(counter)
                builder.store(builder.add(here, ir.Constant(_INTS, [1] * LANES)), counter)
                _keep_better(builder, block.window_sum(loop.index, count), [here] * vectors, sums, places)
        scores, chosen = block.variables(block.load(best)), block.variables(block.load(where, _INTS))
        values = block.add([builder.load(total) for total in sums], block.load(shift))
        turned = block.splat(builder.trunc(strand, _I32))
        doubled = [builder.add(builder.add(place, place), turned) for place in map(builder.load, places)]
        _keep_better(builder, values, doubled, scores, chosen)
        block.store([builder.load(score) for score in scores], best)
        block.store([builder.load(place) for place in chosen], where)
        builder.ret_void()

    @intrinsic
    def best_windows(typingctx, words, table, at, n_words, start, stop, strand, shift, added, best, where):
        """Find the best of the windows from ``start`` to below ``stop``, the first of equals.

        ``words (L,)``; the block's table begins at number ``at`` of ``table``, and what is added to
        its sums, ``(W,)``, at number ``added`` of ``shift``: whole arrays, for a slice costs more
        than a short sequence. ``best`` and ``where (W,)`` hold the best of former windows,
        ``where`` as ``2 p + strand``, and are overwritten by what is better.
        """
        signature = types.void(words, table, at, n_words, start, stop, strand, shift, added, best, where)

        def codegen(context, builder, signature, args):
            words, table, shift, best, where = _pointers(context, builder, signature, args, (0, 1, 7, 9, 10))
            table, shift = builder.gep(table, [args[2]]), builder.gep(shift, [args[8]])
            values = [words, table, *args[3:7], shift, best, where]
            _call_apart(builder, f"best_windows_{vectors}", write, values, ir.VoidType())
            return context.get_dummy_value()

        return signature, codegen

    return best_windows


def _call_apart(builder: Any, name: str, write: Callable[..., None], values: list[Any], result: Any) -> Any:
    """Call a function that is written once, apart: merged into its caller the cases multiply each other."""
    function = builder.module.globals.get(name)
    if function is None:
        kind = ir.FunctionType(result, [value.type for value in values])
        function = ir.Function(builder.module, kind, name)
        function.linkage = "internal"
        function.attributes.add("noinline")
        write(ir.IRBuilder(function.append_basic_block("entry")), *function.args)
    return builder.call(function, values)


def _keep_better(builder: Any, values: list[Any], places: list[Any], best: list[Any], where: list[Any]) -> None:
    """Put values above the best so far, and their places, into the variables of the best."""
    for value, place, score, at in zip(values, places, best, where, strict=True):
        former = builder.load(score)
        better = builder.fcmp_ordered(">", value, former)
        builder.store(builder.select(better, value, former), score)
        builder.store(builder.select(better, place, builder.load(at)), at)


def _windows_above(vectors: int) -> Any:
    def write(builder, words, table, n_words, start, stop, cut_off, places, masks):
        block = _Block(builder, vectors, words, builder.bitcast(table, _BYTE.as_pointer()))
        lowest = block.load(cut_off)
        listed = cgutils.alloca_once_value(builder, _I64(0))
        for count in _numbers_of_words(builder, n_words):
            with cgutils.for_range(builder, stop, start=start) as loop:
                mask = block.mask(block.window_sum(loop.index, count), lowest)
                with builder.if_then(builder.icmp_signed("!=", mask, _I32(0)), likely=False):
                    n = builder.load(listed)
                    builder.store(loop.index, builder.gep(places, [n]))
                    builder.store(mask, builder.gep(masks, [n]))
                    builder.store(builder.add(n, _I64(1)), listed)
        builder.ret(builder.load(listed))

    @intrinsic
    def windows_above(typingctx, words, table, n_words, start, stop, cut_off, places, masks):
        """List the windows from ``start`` to below ``stop`` that reach the cut-off of a matrix; return their number.

        ``words (L,)``, ``table (G, 128, W)``, ``cut_off (W,)``. Of a listed window, ``places`` tells p
        and ``masks`` has a bit for each matrix of the block that it reaches. Both hold at least
        ``stop - start`` numbers.
        """
        signature = types.int64(words, table, n_words, start, stop, cut_off, places, masks)

        def codegen(context, builder, signature, args):
            words, table, cut_off, places, masks = _pointers(context, builder, signature, args, (0, 1, 5, 6, 7))
            values = [words, table, *args[2:5], cut_off, places, masks]
            return _call_apart(builder, f"windows_above_{vectors}", write, values, _I64)

        return signature, codegen

    return windows_above


def _numbers_of_words(builder: Any, n_words: Any) -> Iterator[int | Any]:
    """Write a case for each number of words that is written out, and one for all others."""
    for count in range(1, _WRITTEN_OUT + 1):
        with builder.if_then(builder.icmp_signed("==", n_words, _I64(count))):
            yield count
    with builder.if_then(builder.icmp_signed(">", n_words, _I64(_WRITTEN_OUT))):
        yield n_words


def _pointers(context: Any, builder: Any, signature: Any, args: Any, chosen: tuple[int, ...]) -> list[Any]:
    """Return pointers to the first numbers of these arguments, which are arrays without gaps."""
    return [context.make_array(signature.args[i])(context, builder, args[i]).data for i in chosen]


_best_windows_16, _best_windows_32 = _best_windows(1), _best_windows(2)
_windows_above_16, _windows_above_32 = _windows_above(1), _windows_above(2)
_CHUNK = 4096


@intrinsic
def _fetch(typingctx, codes, row):
    """Ask for a row of ``codes (n, L)`` ahead of its use: sequences in a random order come from far memory."""
    signature = types.void(codes, row)

    def codegen(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        width = cgutils.unpack_tuple(builder, array.shape, 2)[1]
        kind = ir.FunctionType(ir.VoidType(), [_BYTE.as_pointer(), _I32, _I32, _I32])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        first = builder.gep(array.data, [builder.mul(args[1], width)])
        with cgutils.for_range_slice(builder, _I64(0), width, _I64(CACHE_LINE)) as (column, _):
            builder.call(prefetch, [builder.gep(first, [column]), _I32(0), _I32(3), _I32(1)])
        return context.get_dummy_value()

    return signature, codegen


@njit(**EXACT)
def _word(a, b, c):
    """Return the word of three letters, 0-124; in bytes, of which a vector holds most."""
    return np.uint8(np.uint8(a * np.uint8(25)) + np.uint8(b * np.uint8(5)) + c)


@njit(**EXACT)
def _fill(kernel, strand, table):
    """Fill the ``(blocks, G, 128, W)`` table of one strand from ``kernel (k, 4 or 5, F)``."""
    k, n_letters, n_matrices = kernel.shape
    n_blocks, n_words, _, width = table.shape
    scores = np.zeros((3 * n_words, 5, n_blocks * width), np.float32)
    for j in range(k):
        for c in range(n_letters):
            row = scores[k - 1 - j if strand else j, 3 - c if strand and c < 4 else c]
            for f in range(n_matrices):
                row[f] = kernel[j, c, f]
    for block in range(n_blocks):
        for g in range(n_words):
            for word in range(125):
                a, b = scores[3 * g, word // 25], scores[3 * g + 1, word // 5 % 5]
                c, into = scores[3 * g + 2, word % 5], table[block, g, word]
                first = block * width
                for f in range(width):
                    into[f] = a[first + f] + b[first + f] + c[first + f]


@njit(**EXACT)
def pool(codes, rows, kernel, shift, edges, table, pooled, window):
    """Find the best window of each matrix in the sequences ``rows``; see `motiflens.windows`.

    ``codes (n, L)``, ``kernel (k, 4 or 5, F)``, ``shift (B or 0, F)``, ``edges (B + 1,)``; room for the
    ``table (strands, blocks, G, 128, W)``; results ``(m, F)``.
    """
    n_strands, n_blocks, n_words, _, width = table.shape
    n_columns, n_filters = codes.shape[1], pooled.shape[1]
    shift_by = np.uint16(6 if width == LANES else 7)
    for strand in range(n_strands):
        _fill(kernel, strand, table[strand])
    shifts = np.zeros((edges.shape[0] - 1, n_blocks * width), np.float32)
    for b in range(shift.shape[0]):
        for f in range(n_filters):
            shifts[b, f] = shift[b, f]
    words = np.zeros(n_columns + 3 * n_words, np.uint16)
    best, where = np.empty(width, np.float32), np.empty(width, np.int32)
    for r in range(rows.shape[0]):
        row = rows[r]
        _fetch(codes, rows[min(r + _AHEAD, rows.shape[0] - 1)])  # type: ignore[call-arg]
        for p in range(n_columns - 2):
            words[p] = np.uint16(_word(codes[row, p], codes[row, p + 1], codes[row, p + 2])) << shift_by
        for p in range(max(n_columns - 2, 0), n_columns):
            following = codes[row, p + 1] if p + 1 < n_columns else np.uint8(4)
            words[p] = np.uint16(_word(codes[row, p], following, np.uint8(4))) << shift_by
        for block in range(n_blocks):
            for f in range(width):
                best[f] = np.float32(LOWEST)
                where[f] = 0
            for strand in range(n_strands):
                at = (strand * n_blocks + block) * n_words * TABLE_ROWS * width
                for b in range(edges.shape[0] - 1):
                    start, stop, added = edges[b], edges[b + 1], (b * n_blocks + block) * width
                    if width == LANES:
                        _best_windows_16(words, table, at, n_words, start, stop, strand, shifts, added, best, where)
                    else:
                        _best_windows_32(words, table, at, n_words, start, stop, strand, shifts, added, best, where)
            first = block * width
            for f in range(min(width, n_filters - first)):
                pooled[r, first + f] = best[f]
                window[r, first + f] = where[f]


@njit(**EXACT)
def above(code, kernel, cut_off, table):
    """List every window of one sequence that reaches the cut-off of a matrix.

    ``code (L,)``, ``kernel (k, 5, F)``, ``cut_off (blocks, W)`` and room for the ``table (1, blocks,
    G, 128, W)``; windows that begin in the sequence and end beyond it read unknown letters there.
    Returns ``(n_hits,)`` numbers ``start blocks W + matrix``, in no useful order.
    """
    _, n_blocks, n_words, _, width = table.shape
    shift_by, listed, n = np.uint16(6 if width == LANES else 7), 0, code.shape[0]
    letters, words = np.empty(_CHUNK + 3 * n_words + 2, np.uint8), np.empty(_CHUNK + 3 * n_words, np.uint16)
    places, masks = np.empty(_CHUNK, np.int64), np.empty(_CHUNK, np.uint32)
    hits = np.empty(1024, np.int64)
    _fill(kernel, 0, table[0])
    for first in range(0, n, _CHUNK):
        n_windows = min(_CHUNK, n - first)
        for p in range(n_windows + 3 * n_words + 2):
            letters[p] = code[first + p] if first + p < n else np.uint8(4)
        for p in range(n_windows + 3 * n_words):
            words[p] = np.uint16(_word(letters[p], letters[p + 1], letters[p + 2])) << shift_by
        for block in range(n_blocks):
            at, lowest = table[0, block], cut_off[block]
            if width == LANES:
                found = _windows_above_16(words, at, n_words, 0, n_windows, lowest, places, masks)
            else:
                found = _windows_above_32(words, at, n_words, 0, n_windows, lowest, places, masks)
            if listed + found * width > len(hits):
                larger = np.empty(2 * (listed + found * width), np.int64)
                for i in range(listed):
                    larger[i] = hits[i]
                hits = larger
            for i in range(found):
                for f in range(width):
                    if masks[i] >> np.uint32(f) & np.uint32(1):
                        hits[listed] = ((first + places[i]) * n_blocks + block) * width + f
                        listed += 1
    return hits[:listed]
