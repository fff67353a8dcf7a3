"""``motiflens simulate``: a task in; labelled sequences, and all that is true of them, out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from motiflens.cli.options import AsJson, Force, Output, Quiet, Verbose
from motiflens.cli.summary import many, table
from motiflens.cli.task_options import (
    Centre,
    CooccurProb,
    Copies,
    DecoyProb,
    Gc,
    LabelNoise,
    LearntBackground,
    Length,
    MaxGap,
    MinGap,
    MotifDatabase,
    MotifProb,
    MotifProbs,
    Mutation,
    NegativeCopies,
    NegativeKind,
    NegativeProbs,
    NNegatives,
    Noise,
    NoiseTo,
    NPositives,
    OneMotif,
    Order,
    Orientation,
    Place,
    Rule,
    SeveralMotifs,
    SimulatedStrands,
    SiteOrder,
    Spread,
    Task,
    TaskSeed,
    numbers_of,
    words_of,
)

if TYPE_CHECKING:
    from motiflens.results import Limit
    from motiflens.runs.simulate import SimulateRun


def simulate(  # noqa: PLR0913 (one parameter an option)
    task: Task,
    *,
    motif: OneMotif = None,
    motifs: SeveralMotifs = None,
    cooccur_prob: CooccurProb = None,
    min_gap: MinGap = None,
    max_gap: MaxGap = None,
    decoy_prob: DecoyProb = None,
    place: Place = None,
    copies: Copies = None,
    negative_copies: NegativeCopies = None,
    centre: Centre = None,
    spread: Spread = None,
    site_order: SiteOrder = None,
    orientation: Orientation = None,
    negatives: NegativeKind = None,
    rule: Rule = None,
    motif_probs: MotifProbs = None,
    negative_probs: NegativeProbs = None,
    n_positives: NPositives = None,
    n_negatives: NNegatives = None,
    length: Length = None,
    gc: Gc = None,
    background: LearntBackground = None,
    order: Order = None,
    motif_prob: MotifProb = None,
    mutation: Mutation = None,
    strands: SimulatedStrands = None,
    label_noise: LabelNoise = None,
    noise: Noise = None,
    noise_to: NoiseTo = None,
    database: MotifDatabase = None,
    seed: TaskSeed = 0,
    output: Output,
    force: Force = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Simulate a TASK: sequences of two classes with known motifs planted in them.

    Tasks: single (one motif), multi (two motifs, together or alone), interaction (two motifs
    with a bounded gap; hard negatives), promoter (one of several), pwm (FOXO1's matrix at the
    centre), density (more copies), localization (near the centre), spacing (several motifs with
    bounded gaps), logic (and, or, xor, not), mixture (several of different strengths).

    Writes a folder with sequences.fa, positives.fa, negatives.fa, sequences.tsv (with labels),
    labels.tsv, truth.bed (every planted site), truth.meme and truth.json (parameters, and the
    best score that any model could reach that reads the letters). With --noise also inputs.npy, for
    networks that you train outside motiflens, and the best score for models that read those.

    Of HOCOMOCO only FOXO1_HUMAN.H11MO.0.A is at hand: for others, give a MEME file of HOCOMOCO's with
    --database FILE.
    """
    given = {**locals()}
    from motiflens.cli.console import compilation_notice, start_logging
    from motiflens.outputs import check_output

    start_logging(verbose=verbose, quiet=quiet)
    check_output(output, force=force)

    from motiflens.runs.simulate import run_simulate

    with compilation_notice():
        run = run_simulate(task, **_dials(given))
        folder = run.write(output, force=force)
    _show(run, folder, as_json=as_json, quiet=quiet)


def _dials(given: dict[str, Any]) -> Any:
    """Return the dials as `simulate` takes them, those that were not given left out."""
    own = ("task", "seed", "output", "force", "verbose", "quiet", "as_json")
    dials = {name: value for name, value in given.items() if name not in own and value is not None}
    for name in ("motifs",):
        dials[name] = words_of(name, dials.get(name))
    for name in ("copies", "negative_copies", "motif_probs", "negative_probs"):
        dials[name] = numbers_of(name.replace("_", "-"), dials.get(name))
    strands = dials.get("strands")
    dials["strands"] = None if strands is None else strands.value
    return {"random_state": given["seed"], **{name: value for name, value in dials.items() if value is not None}}


def _show(run: SimulateRun, folder: Path, *, as_json: bool, quiet: bool) -> None:
    import typer

    from motiflens.writing import to_json

    simulation = run.simulation
    n_positives = int(simulation.sequences.positive.sum())
    n_negatives = len(simulation.sequences) - n_positives
    if as_json:
        motifs = [{"motif": motif.name, "consensus": motif.consensus, "width": motif.width}
                  for motif in simulation.motifs]  # fmt: skip
        record = {"output": str(folder), "task": simulation.task, "parameters": simulation.parameters,
                  "n_positives": n_positives, "n_negatives": n_negatives, "motifs": motifs,
                  "limit": {name: limit.as_dict() for name, limit in run.limits.items()},
                  "limit_notes": list(run.notes())}  # fmt: skip
        typer.echo(to_json(record), nl=False)
    elif not quiet:
        lines = [f"{many(n_positives, 'positive')} and {many(n_negatives, 'negative')} of "
                 f"{many(simulation.generator.length, 'base')}", "Motifs: "
                 + (", ".join(motif.name for motif in simulation.motifs) or "none is planted"), ""]  # fmt: skip
        rows = [row for name, limit in run.limits.items()
                for row in _limit_rows(_title(name, noisy=simulation.noise is not None), "", limit)]  # fmt: skip
        lines += table([("best possible", "places", "AUROC", "AUPRC", "accuracy"), *rows])
        typer.echo("\n".join([*lines, "", *run.notes(), "", f"Truth: {folder / 'truth.json'}"]))


def _title(name: str, *, noisy: bool) -> str:
    """Return what a limit is of, in words; with noise, whether of letters or of inputs."""
    words = {"population_noisy_inputs": "population, noisy inputs", "these_noisy_inputs": "these noisy inputs"}
    title = words.get(name, name.replace("_", " "))
    return f"{title}, letters" if noisy and name not in words else title


def _limit_rows(name: str, places: str, limit: Limit) -> list[tuple[str, ...]]:
    """Return a line for a limit, and one for models that cannot know places where that is another."""
    figures = [f"{figure.value:.3f} ({figure.low:.3f}-{figure.high:.3f})"
               for figure in (limit.auroc, limit.auprc, limit.accuracy)]  # fmt: skip
    title = name if limit.bound == "exact" else f"{name} ({limit.bound})"
    if limit.shift_invariant is None:
        return [(title, places, *figures)]
    return [(title, "known", *figures), *_limit_rows(name, "unknown", limit.shift_invariant)]
