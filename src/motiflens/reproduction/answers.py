"""Answers to the questions of the published systems, from what was measured.

Every sentence is chosen and filled by the runs: none is written beforehand that other figures
could make wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from motiflens.report.words import figure, share
from motiflens.reproduction.depth_answers import depth, kernel_size, noise_and_share
from motiflens.reproduction.estimates import limit, metric, paired
from motiflens.reproduction.parameter_answers import parameters
from motiflens.reproduction.planted_answers import filters, interaction, recovered
from motiflens.reproduction.summary import Row, Run, over
from motiflens.reproduction.wording import Answer, dicts, first_upper, kinds, many

__all__ = ["Answer", "answers_to"]

_FATES = {"found exactly": "exact", "found in part": "partial", "not found": "missed"}
_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_Asked = Callable[[Sequence[Row]], Answer | None]


def answers_to(rows: Sequence[Row], system: str) -> list[Answer]:
    """Answer the questions of a system; one that these runs cannot answer is left out.

    Parameters
    ----------
    rows
        Experiments with their runs, of any systems.
    system
        One of `SYSTEMS`.
    """
    own = [row for row in rows if row.experiment.system == system]
    found = (ask(own) for ask in (*_QUESTIONS.get(system, ()), parameters))
    return [answer for answer in found if answer is not None]


def nearness(rows: Sequence[Row]) -> Answer | None:
    """Tell how near to the limit the published network and ours come."""
    sentences = []
    for row in rows:
        for name, runs in kinds(row):
            sentences += _near(name, runs)
        gap = paired(row.ours, row.runs, metric("auroc"))
        if gap is not None:
            sense = "is better" if gap.above(0) else "is worse" if gap.below(0) else "cannot be told from it"
            told = f": ours {sense}" if gap.judged else ""
            sentences.append(f"Its AUROC differs from the published network’s by {gap.in_words(signed=True)}{told}.")
    return Answer("How near to the limit does it come?", tuple(sentences)) if sentences else None


def _near(name: str, runs: Sequence[Run]) -> list[str]:
    own, best = over(runs, metric("auroc")), over(runs, limit("auroc"))
    way, right = over(runs, Run.fraction), over(runs, metric("accuracy"))
    if own is None:
        return []
    text = f"{first_upper(name)} has {'a mean' if own.n > 1 else 'an'} AUROC of {figure(own.mean, 3)}"
    if best is not None and way is not None:
        text += f", {share(way.mean)} of the way from chance to the limit of {figure(best.mean, 3)}"
    return [f"{text}; its accuracy is {figure(right.mean, 3)}." if right else f"{text}."]


def elements(rows: Sequence[Row]) -> Answer | None:
    """Tell in how many runs of ours each planted element was found, and the evidence where it was not."""
    sentences = []
    for row in rows:
        asked = [run for run in row.ours if run.recovery is not None]
        for name in dict.fromkeys(name for run in asked for name in _planted(run)):
            sentences.append(_element(name, asked))
    return Answer("Which of the planted elements are found?", tuple(sentences)) if sentences else None


def _planted(run: Run) -> tuple[str, ...]:
    found = run.recovery
    return (*found.exact, *found.partial, *found.missed) if found else ()


def _element(name: str, runs: Sequence[Run]) -> str:
    found = [run.recovery for run in runs if run.recovery]
    counts = [(how, sum(name in getattr(each, fate) for each in found)) for how, fate in _FATES.items()]
    text = f"{name}: " + ", ".join(f"{how} in {count}" for how, count in counts if count)
    text += f" of {many(len(found), 'run')} of ours"
    evidence = [float(each["auroc"]) for run in runs for each in dicts(run, "unreported") if _stands_for(each, name)]
    if evidence:
        ends = " to ".join(dict.fromkeys(figure(value, 3) for value in (min(evidence), max(evidence))))
        text += f"; a candidate that did not pass the test in {len(evidence)}, with an AUROC of its own of {ends}"
    return f"{text}."


def _stands_for(record: Mapping[str, Any], name: str) -> bool:
    """Tell whether a motif that was not reported holds the word of a planted one, on either strand."""
    other = name.translate(_COMPLEMENT)[::-1]
    words = f"{record.get('name', '')} {record.get('consensus', '')}"
    return record.get("auroc") is not None and (name in words or other in words)


def deeper(rows: Sequence[Row]) -> Answer | None:
    """Tell whether the deeper of two networks on the same sequences does better."""
    known = [row for row in rows if row.runs]
    if len(known) != 2:
        return None
    first, second = known
    gap = paired(second.runs, first.runs, metric("auroc"))
    if gap is None:
        return None
    names = first.experiment.name, second.experiment.name
    text = f"The AUROC of the {names[1]} network less that of the {names[0]} one is {gap.in_words(signed=True)}"
    sense = ": it does better" if gap.above(0) else ": it does worse" if gap.below(0) else ": they cannot be told apart"
    sense = sense if gap.judged else ""
    sizes = [f"{row.runs[0].n_parameters:,}".replace(",", "\u202f") for row in known]
    sentences = [f"{text}{sense}, with {sizes[1]} parameters in place of {sizes[0]}."]
    return Answer("Is the deeper network better?", tuple(sentences))


_QUESTIONS: dict[str, tuple[_Asked, ...]] = {
    "hw4": (kernel_size, recovered, noise_and_share, filters, interaction),
    "multiscale": (nearness, elements),
    "foxo1": (depth, recovered),
    "tfbs": (deeper, recovered),
}
