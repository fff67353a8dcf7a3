"""What became of the planted motifs, and what the filters and the network see of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from motiflens.report.words import figure
from motiflens.reproduction.estimates import Estimate, estimate, metric
from motiflens.reproduction.gaps import gaps_in_words
from motiflens.reproduction.parameter_answers import layers_of
from motiflens.reproduction.summary import Row, Run, n_whole, over
from motiflens.reproduction.wording import (
    AS_PUBLISHED_IN_WORDS,
    FATES,
    OURS_IN_WORDS,
    Answer,
    Table,
    dicts,
    distinct_runs,
    fate_counts,
    first_upper,
    kinds,
    many,
    rows_of,
)

ALIKE = 0.8
"""Similarity from which on a filter is said to look like a motif: four of five bases."""
_SHORT = {AS_PUBLISHED_IN_WORDS: "published", OURS_IN_WORDS: "ours"}
_SHIFTED = 0.05
_SEES = 0.9
_ENDS = ("that is more than chance and less than the distance allows; sites far apart also lie nearer to the ends of "
         "the sequence, which can be seen without the distance")  # fmt: skip
_DISTANCE = "both, too far apart"


def recovered(rows: Sequence[Row]) -> Answer | None:
    """Tell in how many runs the planted motifs were found, by the published networks and by ours."""
    asked = distinct_runs(rows)
    lines = [(about, _SHORT[name], *fate_counts(runs)) for about, name, runs in asked]
    if not lines:
        return None
    sentences = []
    for name in dict.fromkeys(name for _, name, _ in asked):
        runs = [run for _, other, own in asked if other == name for run in own]
        whole, total = n_whole(runs)
        sentences.append(f"{first_upper(name)} shows the planted motifs exactly, and nothing else, in {whole} of "
                         f"{many(total, 'run')}.")  # fmt: skip
    sentences += _in_place([run for row in rows for run in row.runs])
    table = Table("In how many runs the planted motifs were found, and how", ("Sequences", "Network", *FATES),
                  tuple(lines))  # fmt: skip
    return Answer("Was the implanted motif recovered?", tuple(sentences), (table,))


def _in_place(runs: Sequence[Run]) -> list[str]:
    """Tell what a comparison without shifts sees of the best filter of each run."""
    best = [filters[0] for run in runs if (filters := dicts(run, "filters"))]
    pairs = [(each["similarity"], each["similarity_in_place"]) for each in best
             if "similarity" in each and "similarity_in_place" in each]  # fmt: skip
    shifted = sum(free >= ALIKE and free - fixed > _SHIFTED for free, fixed in pairs)
    if not pairs:
        return []
    free, fixed = (figure(fmean(pair[index] for pair in pairs)) for index in range(2))
    text = f"Over {many(len(pairs), 'run')} of the published network, the best filter has a mean similarity of {free}"
    if not shifted:
        return [f"{text} to its motif, with or without shifts."]
    return [f"{text} to its motif at its best shift and strand, and of {fixed} in place, as the published figures "
            f"compare them: in {shifted} the motif is there, but shifted or on the other strand."]  # fmt: skip


def filters(rows: Sequence[Row]) -> Answer | None:
    """Tell whether each filter takes one motif, where two are planted."""
    runs = [run for row in rows_of(rows, "multi") for run in row.runs if _pairs(run)]
    if not runs:
        return None
    motifs = [str(motif) for motif in rows_of(rows, "multi")[0].experiment.task.dials.get("motifs", ())] or [
        "the first motif", "the second motif"]  # fmt: skip
    counts = [_counts(_pairs(run)) for run in runs]
    first, second, both, neither = (fmean(each[index] for each in counts) for index in range(4))
    total = fmean(len(_pairs(run)) for run in runs)
    sentences = [f"Of {total:g} filters, in the mean over {many(len(runs), 'seed')}, {first:.1f} look like {motifs[0]} "
                 f"alone, {second:.1f} like {motifs[1]} alone, {both:.1f} like both and {neither:.1f} like neither; to "
                 f"look alike is a mean probability of the true base of {ALIKE} or more, at the best shift and "
                 "strand."]  # fmt: skip
    sentences.append(_specialised(counts))
    sentences += _correlation(runs)
    return Answer("Does each filter take one motif?", tuple(sentences))


def _pairs(run: Run) -> list[Sequence[float]]:
    return [pair for pair in run.extra.get("filter_similarity") or () if len(pair) == 2]


def _counts(pairs: Sequence[Sequence[float]]) -> tuple[int, int, int, int]:
    """Count the filters that look like the first motif alone, the second alone, both, neither."""
    alike = [(first >= ALIKE, second >= ALIKE) for first, second in pairs]
    return (alike.count((True, False)), alike.count((False, True)), alike.count((True, True)),
            alike.count((False, False)))  # fmt: skip


def _specialised(counts: Sequence[tuple[int, int, int, int]]) -> str:
    each = sum(first > 0 and second > 0 for first, second, _, _ in counts)
    mixed = sum(both > 0 for _, _, both, _ in counts)
    text = f"Both motifs have filters of their own in {each} of {many(len(counts), 'run')}"
    return f"{text}; a filter that looks like both occurs in {mixed}." if mixed else f"{text}; no filter takes both."


def _correlation(runs: Sequence[Run]) -> list[str]:
    known = [run.extra.get("correlation") for run in runs]
    found = estimate(math.nan if each is None else float(each) for each in known)
    if found is None:
        return []
    if not found.judged:
        sense = ""
    elif found.above(0):
        sense = ": they tend to be high in the same sequences"
    elif found.below(0):
        sense = ": where one is high, the other tends to be low"
    else:
        sense = ": no tendency to go together can be told"
    mean = "a mean" if found.judged else "a"
    return [f"The maximal activations of the best filter of each motif have {mean} correlation of {found.in_words()}"
            f"{sense}."]  # fmt: skip


def interaction(rows: Sequence[Row]) -> Answer | None:
    """Tell whether a network sees how far apart two motifs lie, or only that both are there."""
    sentences = []
    for row in rows_of(rows, "interaction"):
        for name, runs in kinds(row):
            sentences += _sees(name, runs)
        if sentences and row.runs:
            sentences += _reach(row)
        sentences += gaps_in_words(row)
    question = "Does the network see the interaction, or only the co-occurrence?"
    return Answer(question, tuple(sentences)) if sentences else None


def _sees(name: str, runs: Sequence[Run]) -> list[str]:
    found = estimate(_against(run, _DISTANCE) for run in runs)
    if found is None:
        return []
    mean = "a mean" if found.judged else "an"
    start = f"{first_upper(name)} tells positives from negatives that hold both motifs too far apart with {mean} AUROC"
    sentences = [f"{start} of {found.in_words()}{_distance_seen(found)}."]
    alone = [mean for mode in ("first motif alone", "second motif alone", "neither") if (mean := _mean(runs, mode))]
    if len(alone) == 3:
        mean = "mean AUROC" if found.judged else "AUROC"
        sentences.append(f"Its {mean} is {alone[0]} against negatives with the first motif alone, {alone[1]} "
                         f"against the second alone, and {alone[2]} against neither.")  # fmt: skip
    return sentences


def _distance_seen(found: Estimate) -> str:
    if not found.judged:
        return ""
    if found.above(0.5):
        return ": it sees the distance" if found.low >= _SEES else f": {_ENDS}"
    if found.below(0.5):
        return ": it ranks these negatives above the positives, and does not see the distance"
    return ": that is no better than chance as far as these runs can tell, and the distance is not seen"


def _mean(runs: Sequence[Run], mode: str) -> str:
    found = estimate(_against(run, mode) for run in runs)
    return figure(found.mean, 3) if found else ""


def _against(run: Run, mode: str) -> float:
    return float((run.extra.get("auroc_by_negative") or {}).get(mode, math.nan))


def _reach(row: Row) -> list[str]:
    """Tell what the published network can see at once, beside what there is to see."""
    dials = row.experiment.task.dials
    if not {"motifs", "min_gap", "max_gap"} <= dials.keys():
        return []
    letters = sum(map(len, dials["motifs"]))
    reach = layers_of(row.experiment).receptive_field
    least, most = letters + dials["min_gap"], letters + dials["max_gap"]
    text = (f"One unit of the published network sees {reach} bases at once; the two motifs and their gap span {least} "
            f"to {most}")  # fmt: skip
    if reach >= most:
        return [f"{text}, so that its layers could see the distance."]
    mean = over(row.runs, metric("auroc"))
    reached = "" if mean is None else f" Its AUROC of {figure(mean.mean, 3)} comes from what it sees without."
    return [f"{text}: no unit sees both motifs whole{' at the widest gaps' if reach >= least else ''}, and a maximum "
            f"over all places does not keep how far apart two units were.{reached}"]  # fmt: skip
