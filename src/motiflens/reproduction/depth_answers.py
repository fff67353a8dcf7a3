"""What size, noise and depth do to the figures: differences by seed, with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from motiflens.report.words import figure, listing
from motiflens.reproduction.estimates import Estimate, differences, estimate, gain, limit, metric, paired
from motiflens.reproduction.experiments import Experiment
from motiflens.reproduction.summary import ONE_SEED, Row, Run, Spread, over
from motiflens.reproduction.wording import OURS_IN_WORDS, Answer, list_in_words, many, shared_kinds

AUROC = metric("auroc")
_LETTERS = ("Our best model learns from letters and never gets the noise, which is on the inputs of the published "
            "network alone: nothing is measured of what noise does to ours.")  # fmt: skip


def kernel_width(row: Row) -> int:
    """Return the kernel width of a row of a sweep, 0 for one that is in none."""
    return int(row.experiment.sizes.get("filter_width", 0))


def sweep(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of the kernel sweep that were run, narrowest first."""
    return sorted((row for row in rows if kernel_width(row) and row.runs), key=kernel_width)


def kernel_size(rows: Sequence[Row]) -> Answer | None:
    """Tell which kernel width is best, which others cannot be told from it, and why."""
    swept = [row for row in sweep(rows) if over(row.runs, AUROC)]
    if len(swept) < 2:
        return None
    best = max(swept, key=lambda row: _mean(row.runs))
    rivals = [row for row in swept if row is not best]
    gaps = {kernel_width(row): paired(best.runs, row.runs, AUROC, n_asked=len(rivals)) for row in rivals}
    worse = {width: gap for width, gap in gaps.items() if gap and gap.above(0)}
    alike = {width: gap for width, gap in gaps.items() if gap and gap.judged and not gap.above(0)}
    single = {width: gap for width, gap in gaps.items() if gap and not gap.judged}
    held, several = _limit_in_words(best.runs), "mean " if len(best.runs) > 1 else ""
    sentences = [f"Kernel {kernel_width(best)} has the highest {several}AUROC, {figure(_mean(best.runs), 3)} over "
                 f"{many(len(best.runs), 'seed')}{held}."]  # fmt: skip
    if single:
        sentences.append(f"{_kernels(single)} {'has' if len(single) == 1 else 'have'} less, by "
                         f"{listing([figure(gap.mean, 3) for gap in single.values()])}: {ONE_SEED}.")  # fmt: skip
    if alike:
        sentences.append(f"{_kernels(alike)} cannot be told apart from it; the difference"
                         f"{' is' if len(alike) == 1 else 's are'} {_gaps(alike)}.")  # fmt: skip
    if worse:
        sentences.append(f"{_kernels(worse)} {'is' if len(worse) == 1 else 'are'} worse, by {_gaps(worse)}.")
    sentences += [*_single_runs(best, rivals), *_why(best, set(worse), set(alike))]
    return Answer("Which kernel size is best, and why?", tuple(sentences))


def _mean(runs: Sequence[Run]) -> float:
    found = over(runs, AUROC)
    return found.mean if found else 0.0


def _limit_in_words(runs: Sequence[Run]) -> str:
    best = over(runs, limit("auroc"))
    return f"; the limit on the same test sequences is {figure(best.mean, 3)}" if best else ""


def _kernels(widths: dict[int, Any]) -> str:
    return f"Kernel{'' if len(widths) == 1 else 's'} {listing(list(map(str, widths)))}"


def _gaps(gaps: dict[int, Estimate]) -> str:
    return "; ".join(f"{gap.in_words()} for {width}" if len(gaps) > 1 else gap.in_words()
                     for width, gap in gaps.items())  # fmt: skip


def _single_runs(best: Row, rivals: Sequence[Row]) -> list[str]:
    """Tell which kernels single runs cannot rank, their ranges over the seeds overlapping, and which vary most."""
    ranges = {kernel_width(row): over(row.runs, AUROC) for row in (best, *rivals)}
    known = {width: each for width, each in ranges.items() if each and each.n > 1}
    own = known.get(kernel_width(best))
    if own is None or len(known) < 2:
        return []
    over_it = {width: each for width, each in known.items() if each is not own and each.high > own.low}
    sentences = []
    if over_it:
        sentences.append(f"The range over the seeds of kernel {kernel_width(best)}, {_ends(own)}, overlaps that of "
                         f"{_kernels(over_it).lower()}: single runs cannot rank them.")  # fmt: skip
    most, least = (pick(known, key=lambda width: known[width].sd) for pick in (max, min))
    sentences.append(f"Seeds differ most with kernel {most} ({_ends(known[most])}) and least with kernel {least} "
                     f"({_ends(known[least])}).")  # fmt: skip
    return sentences


def _ends(each: Spread) -> str:
    return f"{figure(each.low, 3)} to {figure(each.high, 3)}"


def _why(best: Row, worse: set[int], alike: set[int]) -> list[str]:
    """Explain widths by the width of the motif, as far as the figures bear it out."""
    motif = str(best.experiment.task.dials.get("motif", ""))
    if not motif:
        return []
    width = len(motif)
    sentences = []
    narrow, wide = {each for each in worse if each < width}, {each for each in worse if each > width}
    if narrow:
        sentences.append(f"A filter narrower than {motif} sees only a part of it at a time, and the maximum over all "
                         "places does not tell whether two parts lie side by side.")  # fmt: skip
    if width in worse and kernel_width(best) > width:
        places = kernel_width(best) - width + 1
        sentences.append(f"A filter as wide as {motif} can hold it at one offset alone, one of {kernel_width(best)} at "
                         f"{places}, so that more starting weights can lead to it.")  # fmt: skip
    if unharmed := sorted(each for each in alike if each < width):
        sentences.append(f"{_kernels(dict.fromkeys(unharmed))}, though narrower than {motif}, cannot be told from the "
                         "best here.")  # fmt: skip
    if wide:
        sentences.append(f"A filter wider than {motif} can hold it whole; its further weights see bases that tell "
                         "nothing, and have to be learnt to be of no weight.")  # fmt: skip
    if free := sorted(each for each in alike if each > width):
        sentences.append(f"{_kernels(dict.fromkeys(free))} {'holds' if len(free) == 1 else 'hold'} the motif and "
                         "more; what the further weights cost, these seeds cannot show.")  # fmt: skip
    return sentences


def noise_and_share(rows: Sequence[Row]) -> Answer | None:
    """Tell what noise costs, and whether rarer motifs cost more than the limit loses by itself."""
    noisy = sorted((row for row in rows if row.experiment.task.dials.get("noise")), key=lambda row: -_share(row))
    if not noisy:
        return None
    sentences = [*_noise(noisy, rows), *_shares(noisy), *_published_order(noisy)]
    return Answer("What do noise and motif probability do?", tuple(sentences)) if sentences else None


def _share(row: Row) -> float:
    return float(row.experiment.task.dials.get("motif_prob", 1.0))


def _noise(noisy: Sequence[Row], rows: Sequence[Row]) -> list[str]:
    sentences = []
    for row in noisy:
        clean = next((each for each in rows if _without_noise(each.experiment, row.experiment)), None)
        if clean is None:
            continue
        start = f"Noise of {row.experiment.task.dials['noise']:g} on the training inputs"
        for name, without, with_noise in shared_kinds(clean, row):
            gap = None if name == OURS_IN_WORDS else paired(without, with_noise, AUROC)
            sentences += [f"{start} {_noise_costs(name, gap)}."] if gap else []
    return [*sentences, _LETTERS] if any(row.ours for row in noisy) else sentences


def _noise_costs(name: str, gap: Estimate) -> str:
    if not gap.judged:
        change = Estimate(-gap.mean, math.nan, math.nan, gap.n)
        return f"changes the AUROC of {name} by {change.in_words(signed=True)}"
    if gap.above(0):
        return f"costs {name} {gap.in_words()} of AUROC"
    if gap.below(0):
        lower = Estimate(-gap.mean, -gap.high, -gap.low, gap.n).in_words()
        return f"does not harm {name}: without it the AUROC is lower, by {lower}"
    shown = f"makes no difference to {name} that {many(gap.n, 'seed')} can show"
    return f"{shown}: without it the AUROC changes by {gap.in_words(signed=True)}"


def _without_noise(clean: Experiment, noisy: Experiment) -> bool:
    def dials(each: Experiment) -> dict[str, Any]:
        return {"motif_prob": 1.0, **{key: value for key, value in each.task.dials.items() if key != "noise"}}

    plain = not clean.sizes or clean.sizes == {"filter_width": 5}
    same = (clean.network, clean.task.fractions) == (noisy.network, noisy.task.fractions)
    return plain and same and "noise" not in clean.task.dials and dials(clean) == dials(noisy)


def _shares(noisy: Sequence[Row]) -> list[str]:
    """Tell of each lower share of positives with the motif what it costs, and what it must cost."""
    sentences = []
    for row in noisy[1:]:
        for name, most, fewer in shared_kinds(noisy[0], row):
            sentences += _share_costs(name, (fewer, most), (_share(row), _share(noisy[0])))
    return sentences


def _share_costs(name: str, runs: tuple[Sequence[Run], Sequence[Run]], shares: tuple[float, float]) -> list[str]:
    change, due = paired(*runs, AUROC), paired(*runs, limit("auroc"))
    if change is None:
        return []
    text = (f"With the motif in {shares[0]:.0%} of the positives in place of {shares[1]:.0%}, the AUROC of {name} "
            f"changes by {change.in_words(signed=True)}")  # fmt: skip
    if due is None:
        return [f"{text}."]
    own, best = differences(*runs, AUROC), differences(*runs, limit("auroc"))
    excess = estimate(own[seed] - best[seed] for seed in own)
    if excess is None:
        return [f"{text}."]
    text += f", the limit by {'+' if due.mean > 0 else ''}{figure(due.mean, 3)}"
    if not excess.judged:
        return [f"{text}."]
    if excess.below(0):
        return [f"{text}: it falls behind the limit, by {figure(-excess.mean, 3)}."]
    if excess.above(0):
        return [f"{text}: it comes nearer to the limit, by {figure(excess.mean, 3)}."]
    return [f"{text}: that cannot be told from what the change does to any model."]


def _published_order(noisy: Sequence[Row]) -> list[str]:
    """Tell where the published figures rank the shares otherwise than the means over seeds do."""
    known = [(row, figures[0]) for row in noisy if row.runs and _mean(row.runs)
             if (figures := [each.value for each in row.experiment.published if each.metric == "auroc"])]  # fmt: skip
    if len(known) < 2 or any(len(row.runs) < 2 for row, _ in known):
        return []
    published = [f"{_share(row):.0%}" for row, _ in sorted(known, key=lambda each: -each[1])]
    measured = [f"{_share(row):.0%}" for row, _ in sorted(known, key=lambda each: -_mean(each[0].runs))]
    if published == measured:
        return []
    return [f"The published single runs rank the shares {', '.join(published)} from best to worst; the means over "
            f"seeds rank them {', '.join(measured)}."]  # fmt: skip


def depth(rows: Sequence[Row]) -> Answer | None:
    """Tell whether deeper networks do better, and whether they do so by knowing the place of the motif."""
    known = [row for row in rows if row.runs and over(row.runs, metric("accuracy"))]
    if len(known) < 2:
        return None
    first, last = known[0], known[-1]
    sentences = [*_depth_gain(first, last), *_past_the_limit(known), *_ours_with_place(last)]
    return Answer("Does depth help, or does it leak the position?", tuple(sentences)) if sentences else None


def _depth_gain(first: Row, last: Row) -> list[str]:
    gap = paired(last.runs, first.runs, metric("accuracy"))
    if gap is None:
        return []
    names = first.experiment.name, last.experiment.name
    several = "mean " if gap.judged else ""
    text = f"From {names[0]} to {names[1]} the {several}accuracy changes by {gap.in_words(signed=True)}"
    if not gap.judged:
        return [f"{text}."]
    if gap.above(0):
        return [f"{text}: the deepest network does better."]
    return [f"{text}: the deepest network does worse." if gap.below(0) else f"{text}: no gain can be told."]


def _past_the_limit(known: Sequence[Row]) -> list[str]:
    """Sort the networks by the best that a model without knowledge of places could do."""
    bound = over(known[0].runs, limit("accuracy", shift_invariant=True))
    over_it = {row.experiment.name: estimate((gain("accuracy", shift_invariant=True)(run) for run in row.runs),
                                             n_asked=len(known)) for row in known}  # fmt: skip
    if bound is None:
        return []
    past = {name: gap for name, gap in over_it.items() if gap and gap.above(0)}
    below = [name for name, gap in over_it.items() if gap and gap.below(0)]
    unclear = [name for name, gap in over_it.items() if gap and not (gap.above(0) or gap.below(0))]
    sentences = [f"A model that cannot know where in the sequence a motif lies has an accuracy of at most "
                 f"{figure(bound.mean, 3)} on these test sequences."]  # fmt: skip
    single = [f"{name} {figure(gap.mean, 3)}" for name, gap in over_it.items() if gap and not gap.judged]
    if single:
        return [*sentences, f"Accuracies less that one: {listing(single)}; {ONE_SEED}."]
    if past:
        gaps = list_in_words([f"{name} by {gap.in_words()}" for name, gap in past.items()])
        sentences.append(f"Passing it: {gaps}. That is possible only by knowing the place of the motif, which pools "
                         "between convolutions and the edges of the sequence give away.")  # fmt: skip
    else:
        sentences.append("None of the networks passes it for certain, so nothing here shows that they know the place.")
    if below:
        sentences.append(f"Below it: {listing(below)}.")
    if unclear:
        sentences.append(f"Neither above nor below for certain: {listing(unclear)}.")
    return sentences


def _ours_with_place(row: Row) -> list[str]:
    own, best = over(row.ours, metric("accuracy")), over(row.ours, limit("accuracy"))
    if own is None or best is None:
        return []
    sentences = [f"Our best model reaches {figure(own.mean, 3)}, where a model that knows the place can have "
                 f"{figure(best.mean, 3)} at most."]  # fmt: skip
    without = [float(run.extra["without_place"]) for run in row.ours if "without_place" in run.extra]
    bound = over(row.ours, limit("accuracy", shift_invariant=True))
    if without and bound is not None:
        reached = f"{figure(fmean(without), 3)}, of {figure(bound.mean, 3)} at most"
        gap = estimate(metric("accuracy")(run) - float(run.extra.get("without_place", math.nan)) for run in row.ours)
        known = "It uses the place: the" if gap and gap.above(0) else "The"
        sentences.append(f"{known} same filters without knowledge of the place reach {reached}.")
    return sentences
