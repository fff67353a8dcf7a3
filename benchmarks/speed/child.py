"""What runs in a process of its own, so that imports, first calls and memory are seen whole.

    python -P child.py PROGRAM RESULT.json '{"argument": "value"}'

Every program imports for itself what it needs: what the others need is no part of its time.
"""

import time

STARTED = time.perf_counter()

import json  # noqa: E402 (the clock starts before any import)
import sys  # noqa: E402
from pathlib import Path  # noqa: E402


def fit_ours(path, epochs, batch):
    """Fit the estimator of motiflens on a file of sequences and labels."""
    sequences, labels = read_lines(path)
    from motiflens import MotifClassifier

    estimator = MotifClassifier(
        network="deepbind", n_filters=16, filter_width=5, epochs=epochs, batch_size=batch, learning_rate=1e-3,
        patience=epochs,
    )  # fmt: skip
    began = time.perf_counter()
    estimator.fit(sequences, labels)
    return {"fit": time.perf_counter() - began, "whole": time.perf_counter() - STARTED}


def fit_keras(path, epochs, batch, threads):
    """Fit the same network in Keras, a tenth of the sequences to validate and to stop early."""
    import os

    os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
    import keras
    import numpy as np
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    sequences, labels = read_lines(path)
    began = time.perf_counter()
    letters = np.array([list(sequence.encode()) for sequence in sequences], np.uint8)
    inputs = (letters[:, :, None] == np.frombuffer(b"ACGT", np.uint8)).astype(np.float32)
    layers = [
        keras.Input(inputs.shape[1:]), keras.layers.Conv1D(16, 5, activation="relu"), keras.layers.GlobalMaxPooling1D(),
        keras.layers.Dense(32, activation="relu"), keras.layers.Dense(1, activation="sigmoid"),
    ]  # fmt: skip
    model = keras.Sequential(layers)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy")
    stop = keras.callbacks.EarlyStopping(patience=epochs, restore_best_weights=True)
    history = model.fit(
        inputs, np.array(labels, np.float32), batch_size=batch, epochs=epochs, validation_split=0.1, callbacks=[stop],
        verbose=0,
    )  # fmt: skip
    seconds = {"fit": time.perf_counter() - began, "whole": time.perf_counter() - STARTED}
    return {**seconds, "losses": history.history["loss"]}


def grow(n, length, epochs, batch, threads):
    """Train on ``n`` sequences and return seconds an epoch."""
    import numpy as np

    from motiflens.networks.model import FilterNetwork
    from motiflens.networks.training import TrainingOptions, fit_ensemble
    from motiflens.sequences import SequenceSet

    rng = np.random.default_rng(0)
    codes, labels = rng.integers(0, 4, (n, length), dtype=np.uint8), rng.integers(0, 2, n)
    names, spans = np.arange(n).astype(str), np.tile(np.array([0, length]), (n, 1))
    sequences = SequenceSet(codes, names, spans, labels=labels, classes=("0", "1"))
    network = FilterNetwork(n_filters=16, filter_width=5, length=length, n_hidden=32, both_strands=False)

    def train(some, turns):
        options = TrainingOptions(
            epochs=turns, patience=turns, batch_size=batch, learning_rate=1e-3, dropout=0, weight_decay=0
        )
        began = time.perf_counter()
        fit_ensemble(network, some, sequences[:16], seeds=[0], options=options, threads=threads)
        return time.perf_counter() - began

    train(sequences[: 2 * batch], 1)  # loads the compiled loops
    return {"epoch": train(sequences, epochs) / epochs, "peak_bytes": peak_bytes()}


def compile_command(arguments):
    """Run a motiflens command and return what it spent in numba's compiler and in loading from its cache."""
    from motiflens.cli import main

    codes = []
    figures = watched(lambda: codes.append(main(arguments)))
    if codes[0]:
        sys.exit(codes[0])
    return figures


def compile_fit(path):
    """Fit the estimator and return the same."""
    return watched(lambda: fit_ours(path, 2, 128))


def watched(work):
    """Run ``work`` and return the seconds of numba's events: compilation, and anything under its lock.

    The lock is held while a function is compiled or loaded from the cache; without any
    compilation it is the time of loading. Events lie within one another and beside one another
    in threads, so the time is that of their union.
    """
    from numba.core.event import install_recorder

    with install_recorder("numba:compile") as compiled, install_recorder("numba:compiler_lock") as locked:
        work()
    return {
        "compile": union_seconds([(at, event.is_start) for at, event in compiled.buffer]),
        "lock": union_seconds([(at, event.is_start) for at, event in locked.buffer]),
        "n_compiled": sum(event.is_start for _, event in compiled.buffer),
    }


def union_seconds(marks):
    """Return the time covered by intervals given as ``(time, whether it is a start)``, in any order."""
    total, depth, since = 0.0, 0, 0.0
    for at, starts in sorted(marks, key=lambda mark: (mark[0], not mark[1])):
        if starts and depth == 0:
            since = at
        depth += 1 if starts else -1
        if not starts and depth == 0:
            total += at - since
    return total


def peak_bytes():
    """Return the peak memory of this program alone; a child's `ru_maxrss` starts at its parent's size on Linux."""
    import resource

    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def read_lines(path):
    """Read lines of a sequence, a tab, and a label."""
    with Path(path).open() as file:
        rows = [line.split() for line in file]
    return [row[0] for row in rows], [int(row[1]) for row in rows]


PROGRAMS = {each.__name__: each for each in (fit_ours, fit_keras, grow, compile_command, compile_fit)}


if __name__ == "__main__":
    figures = PROGRAMS[sys.argv[1]](**json.loads(sys.argv[3]))
    Path(sys.argv[2]).write_text(json.dumps(figures))
