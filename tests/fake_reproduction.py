"""Made-up runs of the published experiments for tests: figures near real ones, and no network trained."""

from __future__ import annotations

import dataclasses

import numpy as np

from motiflens.recovery import Recovery
from motiflens.reproduction.experiments import EXPERIMENTS, Experiment
from motiflens.reproduction.parameter_answers import layers_of
from motiflens.reproduction.summary import AS_PUBLISHED, OURS, Row, Run
from motiflens.results import Evaluation, Interval, Limit

SEEDS = 7
LIMITS = {  # AUROC, AUPRC, accuracy
    "single": (0.957, 0.920, 0.905), "single-80-10-10": (0.957, 0.920, 0.905), "noise-1": (0.957, 0.920, 0.905),
    "noise-0.8": (0.865, 0.830, 0.82), "noise-0.6": (0.773, 0.741, 0.74), "multi": (0.955, 0.925, 0.9),
    "interaction": (0.997, 0.994, 0.98), "promoter": (0.912, 0.874, 0.841), "foxo1": (0.998, 0.998, 0.979),
}  # fmt: skip
MEANS = {  # of the published network and of ours, in the experiment's metric
    "single motif, kernel 3": (0.61, 0.955), "single motif, kernel 5": (0.945, 0.955),
    "single motif, kernel 7": (0.943, 0.955), "single motif, kernel 11": (0.938, 0.955),
    "single motif, kernel 15": (0.925, 0.955), "single motif, split 80/10/10": (0.946, 0.955),
    "noise 0.05, motif probability 1": (0.944, 0.954), "noise 0.05, motif probability 0.8": (0.846, 0.862),
    "noise 0.05, motif probability 0.6": (0.752, 0.770), "two motifs": (0.944, 0.952), "interaction": (0.892, 0.993),
    "promoter elements": (0.893, 0.907), "v1": (0.792, 0.974), "v2": (0.834, 0.974), "v3": (0.873, 0.974),
    "v4": (0.908, 0.974), "v5": (0.93, 0.974), "shallow": (0.998, 1.0), "deep": (0.9905, 1.0),
}  # fmt: skip


def interval(value: float) -> Interval:
    return Interval(float(value), float(value) - 0.01, float(value) + 0.01)


def fake_limit(task: str, seed: int) -> Limit | None:
    if task not in LIMITS:
        return None
    moved = np.random.default_rng([seed, 5]).normal(0, 0.003)
    auroc, auprc, accuracy = (interval(min(1.0, value + moved * (1 - value) * 10)) for value in LIMITS[task])
    figures = {"n_positives": 800, "n_negatives": 801, "kind": "these sequences", "bound": "exact"}
    invariant = Limit(interval(0.923), interval(0.93), interval(0.847 + moved), **figures) if task == "foxo1" else None
    return Limit(auroc, auprc, accuracy, **figures, shift_invariant=invariant)


def fake_evaluation(auroc: float, auprc: float, accuracy: float) -> Evaluation:
    return Evaluation(interval(auroc), interval(auprc), interval(accuracy), 800, 801)


def fake_recovery(names: tuple[str, ...], quality: int) -> Recovery:
    """Return exact for quality 3, exact with one more for 2, partial for 1, missed for 0."""
    exact, partial, missed = (names if quality >= 2 else (), names if quality == 1 else (), () if quality else names)
    return Recovery(exact, partial, missed, (), ("9-AAAAT",) if quality == 2 else ())


def planted(experiment: Experiment) -> tuple[str, ...]:
    dials = experiment.task.dials
    if experiment.task.motifs:
        return experiment.task.motifs
    known = {"single": (dials.get("motif"),), "promoter": ("TATAAA", "CAAT", "GGGCGG", "TTGACA"), "pwm": ("FOXO1",)}
    return tuple(map(str, dials.get("motifs") or known[dials["task"]]))


def fake_history(rng: np.random.Generator, epochs: int, *, valid: bool) -> dict[str, list[float]]:
    steps = np.arange(epochs)
    loss = 0.3 + 0.4 * np.exp(-steps / 3) + rng.normal(0, 0.01, epochs)
    history = {"loss": loss, "accuracy": 1.1 - loss, "valid_loss": loss + 0.03 + 0.002 * steps, "valid_accuracy":
               1.05 - loss}  # fmt: skip
    return {name: list(map(float, values)) if valid or not name.startswith("valid") else []
            for name, values in history.items()}  # fmt: skip


def fake_extra(experiment: Experiment, kind: str, rng: np.random.Generator) -> dict[str, object]:
    names = planted(experiment)
    extra: dict[str, object] = {}
    if kind == AS_PUBLISHED and experiment.network == "deepbind":
        fixed = float(rng.choice([0.4, 0.95]))
        extra["filters"] = [
            {"filter": 3, "consensus": names[0], "motif": names[0], "similarity": 0.95, "similarity_in_place": fixed,
             "information_content": 8.7, "n_windows": 1230},
            {"filter": 11, "consensus": "TTACG", "motif": names[-1], "similarity": 0.7, "similarity_in_place": 0.31,
             "information_content": 4.1, "n_windows": 56},
        ]  # fmt: skip
    if experiment.task.name == "multi" and kind == AS_PUBLISHED:
        extra["filter_similarity"] = [[0.9, 0.3]] * 5 + [[0.2, 0.85]] * 4 + [[0.82, 0.83]] * 2 + [[0.5, 0.5]] * 13
        extra["correlation"] = float(rng.normal(-0.2, 0.03))
    if experiment.task.name == "interaction":
        far = (0.52, 0.97)[kind == OURS] + rng.normal(0, 0.01)
        extra["auroc_by_negative"] = {"first motif alone": 0.95, "second motif alone": 0.96, "both, too far apart":
                                      float(far), "neither": 0.99}  # fmt: skip
        if kind == OURS:
            extra["gaps"] = fake_gaps(rng)
    if kind == OURS:
        extra["model"] = "one convolution of 16 filters of 12 bases, chosen on validation loss"
        extra["motifs"] = [{"name": f"1-{name}", "consensus": name, "evalue": 1e-80, "auroc": 0.93} for name in names]
        if experiment.system == "multiscale":
            extra["unreported"] = [{"name": "4-CCAAT", "consensus": "NCAATN", "evalue": 0.3, "auroc": 0.521}]
    return extra


def fake_gaps(rng: np.random.Generator) -> list[dict[str, object]]:
    """Return gap profiles in the planted order, with one base more at the end of the first motif, and in the other."""
    gaps = np.arange(90)
    logits = np.where((gaps >= 9) & (gaps <= 24), 4.0, -3.0) + rng.normal(0, 0.2, 90)
    return [{"first": "ACGTGA", "second": "TGCAT", "logits": logits.tolist(), "from": 9, "to": 24},
            {"first": "TGCAT", "second": "ACGTGA", "logits": [-3.0] * 90, "from": None, "to": None}]  # fmt: skip


def fake_run(experiment: Experiment, kind: str, seed: int, **changes: object) -> Run:
    code = next(index for index, each in enumerate(EXPERIMENTS) if each == experiment)
    rng = np.random.default_rng([seed, 100 if kind == OURS else code])
    mean = MEANS[experiment.name][kind == OURS]
    metric = experiment.published[0].metric if experiment.published else "auroc"
    value = float(np.clip(mean + rng.normal(0, 0.002 + 0.1 * (1 - mean) * (kind != OURS)), 0, 1))
    figures = {"auroc": value, "auprc": max(value - 0.03, 0), "accuracy": value - 0.05}
    if metric == "accuracy":
        figures = {"auroc": min(value + 0.02, 0.9975), "auprc": min(value + 0.02, 0.997), "accuracy": value}
    names = planted(experiment)
    whole = fake_recovery(names, 3 if kind == OURS else int(rng.integers(4)))
    if kind == OURS and experiment.system == "multiscale":
        whole = Recovery(("TATAAA", "GGGCGG", "TTGACA"), (), ("CAAT",), (), ())
    filters = kind == OURS or experiment.network == "deepbind"
    run = Run(
        task=experiment.task.name,
        network="motiflens" if kind == OURS else _network(experiment),
        kind=kind, seed=seed,
        n_parameters=1234 if kind == OURS else layers_of(experiment).n_parameters,
        evaluation=fake_evaluation(**figures),
        limit=fake_limit(experiment.task.name, seed),
        recovery=whole if filters else None,
        found=names if filters else (),
        history=fake_history(rng, 6 + int(rng.integers(4)), valid=experiment.system != "foxo1"),
        extra=fake_extra(experiment, kind, rng),
        seconds=3.25,
    )  # fmt: skip
    return dataclasses.replace(run, **changes)


def _network(experiment: Experiment) -> str:
    return experiment.network + "".join(f", {name} {value}" for name, value in experiment.sizes.items())


def fake_rows(system: str = "all", *, seeds: int = SEEDS) -> list[Row]:
    """Return every experiment of a system with its runs; experiments on one task share ours."""
    chosen = [each for each in EXPERIMENTS if system in ("all", each.system)]
    ours: dict[str, tuple[Run, ...]] = {}
    for each in chosen:
        ours.setdefault(each.task.name, tuple(fake_run(each, OURS, seed) for seed in range(seeds)))
    return [Row(each, tuple(fake_run(each, AS_PUBLISHED, seed) for seed in range(seeds)), ours[each.task.name])
            for each in chosen]  # fmt: skip


def fake_record() -> dict[str, object]:
    return {"command": "reproduce", "arguments": {"system": "all", "seeds": SEEDS}, "seed": 0,
            "versions": {"motiflens": "0.1.0", "numpy": "2.4.6", "torch": "2.13.0"}, "inputs": {}, "notes": [],
            "seconds": {"total": 754.0}}  # fmt: skip
