"""One run of ``motiflens simulate``: a task in; sequences, and all that is true of them, out."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from motiflens.errors import ParameterError
from motiflens.formats.motif_files import write_meme
from motiflens.formats.motif_text import one_word
from motiflens.motifs import Motif
from motiflens.outputs import output_folder
from motiflens.reading import checksum
from motiflens.results import Limit
from motiflens.runs.record import versions
from motiflens.sequences import SequenceSet
from motiflens.simulating.dials import Dials
from motiflens.simulating.effort import nanoseconds
from motiflens.simulating.noise import InputNoise
from motiflens.simulating.simulation import Simulation, simulate
from motiflens.writing import to_json

_log = logging.getLogger(__name__)
_LETTERS = np.frombuffer(b"ACGTN", dtype=np.uint8)
_LINES = 50_000
_INPUTS = "inputs.npy"
_LONG = 1.0  # minutes that a user is told of
_RAREST = 1e-4  # MEME has six decimals and no base of frequency 0


@dataclass(frozen=True)
class SimulateRun:
    """A simulated task with its limits, to be written.

    Attributes
    ----------
    simulation
        The task.
    limits
        The best possible scores, by ``population`` and ``these_sequences``, of models that read letters;
        where the inputs have noise, also by ``population_noisy_inputs`` and ``these_noisy_inputs``, of models
        that read those.
    inputs
        SHA-256 of the files that were read, by path.
    """

    simulation: Simulation
    limits: Mapping[str, Limit]
    inputs: Mapping[str, str]

    def write(self, output: str | Path, *, force: bool = False) -> Path:
        """Write the files of the task into the folder ``output`` and return it.

        They are `sequences.fa`, `positives.fa`, `negatives.fa`, `sequences.tsv`, `labels.tsv`,
        `truth.bed`, `truth.meme` and `truth.json`; with noise on the inputs also `inputs.npy`,
        ``(n, 4, length)`` in the order of `sequences.fa`, for networks trained outside motiflens.

        Raises
        ------
        OutputError
            When the folder exists and ``force`` is False, or it cannot be written.
        """
        simulation, sequences = self.simulation, self.simulation.sequences
        texts = {
            "sequences.fa": _fasta(sequences),
            "positives.fa": _fasta(sequences.of_class(1)),
            "negatives.fa": _fasta(sequences.of_class(0)),
            "sequences.tsv": _sequences_tsv(sequences),
            "labels.tsv": _labels_tsv(simulation),
            "truth.bed": _sites_bed(sequences),
            "truth.json": iter([to_json(self.record())]),
        }
        with output_folder(output, force=force) as folder:
            for name, text in texts.items():
                with (folder / name).open("w", encoding="utf-8", newline="\n") as file:
                    file.writelines(text)
            (folder / "truth.meme").write_text(_meme(simulation), encoding="utf-8", newline="\n")
            if simulation.parameters["noise"] > 0:
                np.save(folder / _INPUTS, simulation.inputs(), allow_pickle=False)
        if force and simulation.parameters["noise"] == 0:  # those of an earlier task would not fit these sequences
            (Path(output) / _INPUTS).unlink(missing_ok=True)
        return Path(output)

    def record(self) -> dict[str, Any]:
        """Return the content of `truth.json`: what `read_truth` needs, the limits, and what the run took."""
        limits = {name: limit.as_dict() for name, limit in self.limits.items()}
        seed = self.simulation.parameters["random_state"]
        run = {"seed": seed, "versions": versions(), "inputs": dict(self.inputs)}
        return {**self.simulation.record(), **run, "limit": limits, "limit_notes": list(self.notes())}

    def notes(self) -> tuple[str, ...]:
        """Return sentences that say what each limit is of."""
        generator, noise, notes = self.simulation.generator, self.simulation.noise, []
        n_drawn = self.limits["population"].n_positives
        notes.append(f"Population: a Monte-Carlo estimate from {n_drawn} fresh sequences of each class, with its 95 % "
                     "interval." if n_drawn else "Half of the labels are flipped, so they say nothing: no model can "
                     "beat chance.")  # fmt: skip
        positive, negative = (
            {layout: round(share, 9) for share, layout in mixture}
            for mixture in (generator.positive, generator.negative)
        )
        if positive == negative:
            notes.append("Both classes hold the same: no model can tell them apart.")
        if noise is not None:
            notes.append(f"Letters have no noise: theirs is the limit of a model that reads sequences.fa or .tsv. That "
                         f"of noisy inputs is for one that reads {_INPUTS}, trained outside motiflens.")  # fmt: skip
            notes.append(_of_noise(noise, self.limits["population_noisy_inputs"]))
        return tuple(filter(None, notes))


def _of_noise(noise: InputNoise, limit: Limit) -> str:
    if noise.to == "negatives":
        return "The noise is on the inputs of labelled negatives alone, and by itself tells the classes apart."
    if not limit.n_positives:
        return ""
    if limit.bound in ("upper bound", "approximate"):
        return ("How likely noisy inputs are is not worked out for this background: their limit is that of the "
                "letters, which noise can only lower.")  # fmt: skip
    return f"That of noisy inputs is estimated from {limit.n_positives} fresh inputs of each class."


def run_simulate(task: str, **dials: Unpack[Dials]) -> SimulateRun:
    """Simulate a task and work out its limits.

    Parameters
    ----------
    task, **dials
        As `simulate` takes them; files are given by path.

    Raises
    ------
    ParameterError
        When there is no such task, it has no such dial, or a value does not fit.
    InputError
        When a motif or a file is not there or cannot be used.
    """
    try:
        simulation = simulate(task, **dials)
        limits = _limits(simulation)
    except MemoryError as error:
        msg = "There is not enough memory for so many bases: lower n_positives, n_negatives or length."
        raise ParameterError(msg) from error
    return SimulateRun(simulation, limits, _checksums(dials))


def _limits(simulation: Simulation) -> dict[str, Limit]:
    sequences, labels, noisy = simulation.sequences, simulation.sequences.labels, simulation.noise is not None
    both = labels is not None and len(np.unique(labels)) > 1  # flipped labels may leave one class in a small set
    minutes = nanoseconds(simulation.generator, noisy=noisy) * len(sequences) / 60e9
    if minutes > _LONG:
        _log.warning("The limit on these sequences takes about %.0f minutes: fewer or shorter sequences, or narrower "
                     "gaps, take less.", minutes)  # fmt: skip
    limits = {"population": simulation.limit}
    if both:
        limits["these_sequences"] = simulation.limit_on(sequences)
    if noisy:
        limits["population_noisy_inputs"] = simulation.limit_with_noise
    if both and noisy:
        limits["these_noisy_inputs"] = simulation.limit_with_noise_on(sequences)
    return limits


def _checksums(dials: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of every dial that is a file."""
    given = [dials.get("background"), dials.get("database"), dials.get("motif"), *(dials.get("motifs") or ())]
    texts = [str(each).partition("#")[0] for each in given if isinstance(each, str | Path)]
    return {text: checksum(text) for text in texts if Path(text).is_file()}


def _with_background(simulation: Simulation) -> list[Motif]:
    shares = np.maximum(simulation.generator.background.frequencies, _RAREST)
    a, c, g, t = (shares / shares.sum()).tolist()
    return [replace(motif, background=(a, c, g, t)) for motif in simulation.motifs]


def _meme(simulation: Simulation) -> str:
    """Return the planted motifs in MEME format, with the strands that their sites lie on."""
    text = StringIO()
    write_meme(_with_background(simulation), text)
    generator = simulation.generator
    parts = [part for mixture in (generator.positive, generator.negative) for _, layout in mixture
             for part in layout.parts]  # fmt: skip
    strands = "+ -" if any(part.reverse > 0 for part in parts) else "+"
    return text.getvalue().replace("strands: + -", f"strands: {strands}", 1)


def _pieces(n: int) -> Iterator[slice]:
    return (slice(first, min(first + _LINES, n)) for first in range(0, n, _LINES))


def _letters(sequences: SequenceSet) -> list[str]:
    """Return sequences that fill their rows as letters."""
    rows = np.ascontiguousarray(_LETTERS[sequences.codes])
    letters: list[bytes] = rows.view(f"S{sequences.width}").ravel().tolist()
    return [row.decode("ascii") for row in letters]


def _fasta(sequences: SequenceSet) -> Iterator[str]:
    for piece in _pieces(len(sequences)):
        part = sequences[piece]
        yield "".join(map(">{}\n{}\n".format, part.names.tolist(), _letters(part)))


def _sequences_tsv(sequences: SequenceSet) -> Iterator[str]:
    yield "name\tsequence\tlabel\n"
    for piece in _pieces(len(sequences)):
        part = sequences[piece]
        labels = part.positive.astype(np.int64).tolist()
        yield "".join(map("{}\t{}\t{}\n".format, part.names.tolist(), _letters(part), labels))


def _labels_tsv(simulation: Simulation) -> Iterator[str]:
    """Yield names and labels, and the true classes where labels may be wrong."""
    sequences = simulation.sequences
    noisy = simulation.parameters["label_noise"] > 0
    columns = [sequences.names, sequences.positive.astype(np.int64), *([simulation.true_labels] if noisy else [])]
    yield "\t".join(["name", "label", "true_label"][: len(columns)]) + "\n"
    line = "\t".join(["{}"] * len(columns)) + "\n"
    for piece in _pieces(len(sequences)):
        yield "".join(map(line.format, *(column[piece].tolist() for column in columns)))


def _sites_bed(sequences: SequenceSet) -> Iterator[str]:
    """Yield BED6, in the order of the sequences; planted sites have no score, which is written as 0."""
    if sequences.planted is None:
        return
    row, start, end, motif, reverse = sequences.planted.table(sequences.spans[:, 0])
    motifs, strands = np.array([one_word(name) for name in sequences.planted.names]), np.array(["+", "-"])
    for piece in _pieces(len(row)):
        columns = (sequences.names[row[piece]], start[piece], end[piece], motifs[motif[piece]],
                   strands[reverse[piece].astype(np.int64)])  # fmt: skip
        yield "".join(map("{}\t{}\t{}\t{}\t0\t{}\n".format, *(column.tolist() for column in columns)))
