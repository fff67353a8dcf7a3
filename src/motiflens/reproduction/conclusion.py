"""What all runs together say, and what was not reached: in sentences, from the figures alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from motiflens.report.words import figure, listing
from motiflens.reproduction.estimates import metric
from motiflens.reproduction.experiments import Published
from motiflens.reproduction.summary import ONE_SEED, TRAINING_CUT, Row, Run, limit_over, n_whole, near_limit, over
from motiflens.reproduction.wording import many, published_in_words

VERDICTS = ("reproduced", "surpassed", "not reached", ONE_SEED, TRAINING_CUT, "not run")
_NOT_JUDGED = (ONE_SEED, TRAINING_CUT)


def conclusions(rows: Sequence[Row]) -> list[str]:
    """Sum up the runs: the published figures, our models beside the limit, and the planted motifs."""
    return [*_published(rows), *_near_the_limit(rows), *_motifs(rows)]


def shortfalls(rows: Sequence[Row]) -> list[str]:
    """Tell what was not reached: by the published networks of their figures, by ours of the limit and the motifs."""
    return [
        *_not_judged(rows),
        *(sentence for row in rows for sentence in _below_published(row)),
        *(sentence for row in one_a_task(rows) for sentence in _of_ours(row)),
    ]


def most_epochs(rows: Sequence[Row]) -> int | None:
    """Return the epochs that training of the published networks was cut to; None where it was not."""
    return max((row.cut for row in rows if row.cut is not None), default=None)


def one_a_task(rows: Sequence[Row]) -> list[Row]:
    """Return the first row of each task: its experiments share the runs of our best model."""
    return list({row.experiment.task.name: row for row in reversed(rows)}.values())[::-1]


def distinct(rows: Sequence[Row]) -> list[Run]:
    """Return every run once, in the order of the experiments, the published networks' before ours."""
    every = [run for row in rows for run in (*row.runs, *row.ours)]
    return list({(run.task, run.network, run.kind, run.seed): run for run in every}.values())


def duration(seconds: float) -> str:
    r"""Return a time in words.

    Examples
    --------
    >>> duration(3.25), duration(754), duration(7322)
    ('3.2\xa0s', '12\xa0min 34\xa0s', '2\xa0h 2\xa0min')
    """
    if seconds < 60:
        return f"{seconds:.1f}\xa0s"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    return f"{hours}\xa0h {left}\xa0min" if hours else f"{minutes}\xa0min {rest}\xa0s"


def _published(rows: Sequence[Row]) -> list[str]:
    counts = _verdicts(rows)
    if not counts:
        return ["No figures were published for these experiments."]
    told = [f"{counts[name]} {'are' if counts[name] != 1 else 'is'} {name}" for name in VERDICTS if counts[name]]
    start, cut = f"Of {many(sum(counts.values()), 'published figure')}, {listing(told)}", most_epochs(rows)
    if cut is None and not any(counts[name] for name in _NOT_JUDGED):
        return [f"{start}, when the same networks are trained again as published."]
    how = "as published" if cut is None else f"for at most {many(cut, 'epoch')}, fewer than published"
    return [f"{start}. The same networks were trained again {how}."]


def _verdicts(rows: Sequence[Row]) -> Counter[str]:
    return Counter(verdict for row in rows for _, verdict in row.verdicts())


def _not_judged(rows: Sequence[Row]) -> list[str]:
    counts, ways = _verdicts(rows), _ways_of_one_seed(rows)
    sentences = [f"{many(counts[name], 'published figure')}: {name}." for name in _NOT_JUDGED if counts[name]]
    return [
        *sentences,
        *([f"How near our best models come to {many(len(ways), 'limit')}: {ONE_SEED}."] if ways else []),
    ]


def _ways_of_one_seed(rows: Sequence[Row]) -> list[float]:
    """Return how far ours go from chance to the limit on the tasks with one seed."""
    ways = [over(row.ours, Run.fraction) for row in one_a_task(rows)]
    return [way.mean for way in ways if way and way.n == 1]


def _near_the_limit(rows: Sequence[Row]) -> list[str]:
    known = [near for row in one_a_task(rows) if (near := near_limit(row)) is not None]
    sentences = [f"Our best models come within 2% of the way from chance to the limit in {sum(known)} of "
                 f"{many(len(known), 'task')} whose limit is known."] if known else []  # fmt: skip
    ways = _ways_of_one_seed(rows)
    if ways:
        ends = " to ".join(dict.fromkeys(f"{100 * way:.1f}%" for way in (min(ways), max(ways))))
        sentences.append(f"Our best models go {ends} of the way from chance to the limit in {many(len(ways), 'task')} "
                         f"whose limit is known ({ONE_SEED}).")  # fmt: skip
    return sentences


def _motifs(rows: Sequence[Row]) -> list[str]:
    ours, asked = n_whole([run for row in one_a_task(rows) for run in row.ours])
    theirs, asked_of_them = n_whole([run for row in rows for run in row.runs])
    parts = [f"in {ours} of {many(asked, 'run')} of ours"] if asked else []
    parts += [f"in {theirs} of {many(asked_of_them, 'run')} of the published networks"] if asked_of_them else []
    return [f"Exactly the planted motifs, and nothing else, are found {' and '.join(parts)}."] if parts else []


def _below_published(row: Row) -> list[str]:
    name = f"{row.experiment.system}, {row.experiment.name}"
    if not row.runs:
        return [f"{name}: the published network was not run."]
    sentences = []
    for each, verdict in row.verdicts():
        best = over(row.runs, metric(each.metric))
        if verdict == "not reached" and best:
            what = each.metric if each.metric == "accuracy" else each.metric.upper()
            value = published_in_words(each.value) + (f" ({each.source})" if each.source else "")
            sentences.append(f"{name}: the published {what} of {value} is above all of {many(best.n, 'run')}, of which "
                             f"the best has {figure(best.high, 3)}{_above_limit(row, each)}.")  # fmt: skip
    return sentences


def _above_limit(row: Row, published: Published) -> str:
    """Hold a published AUROC against the limit; no AUPRC, in which equal scores count by their order."""
    best = limit_over(row.runs, published.metric) if published.metric == "auroc" else None
    if best is None or published.value <= best.high:
        return ""
    return f"; it is above the limit on the test sequences of every seed, {figure(best.mean, 3)} in the mean"


def _of_ours(row: Row) -> list[str]:
    title = row.experiment.task.title
    if not row.ours:
        return [f"{title}: our best model was not run."]
    sentences = []
    fraction = over(row.ours, Run.fraction)
    if near_limit(row) is False and fraction:
        sentences.append(f"{title}: our best model goes {100 * fraction.mean:.1f}% of the way from chance to the "
                         "limit in AUROC, less than 98%.")  # fmt: skip
    whole, asked = n_whole(row.ours)
    if whole < asked:
        faults = Counter(fault for run in row.ours for fault in _faults(run))
        told = [f"{fault} in {count}" for fault, count in sorted(faults.items(), key=lambda each: (-each[1], each[0]))]
        sentences.append(f"{title}: exactly the planted motifs, and nothing else, in {whole} of {many(asked, 'run')} "
                         f"of ours; {', '.join(told)}.")  # fmt: skip
    return sentences


def _faults(run: Run) -> set[str]:
    if run.recovery is None:
        return set()
    faults = {f"{name} missed" for name in run.recovery.missed} | {f"{name} in part" for name in run.recovery.partial}
    faults |= {"a motif twice"} if run.recovery.duplicates else set()
    return faults | ({"a motif that was not planted"} if run.recovery.spurious else set())
