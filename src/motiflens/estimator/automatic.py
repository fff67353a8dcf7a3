"""The network that the data need, chosen on validation evidence: filters, or a grammar of their motifs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from motiflens.extraction.both_classes import SignedMotif, signed_motifs
from motiflens.extraction.matrices import Scanner, scanner_of
from motiflens.networks.choosing import Candidate, Choice, Step, Trainer, choose_network, every_position
from motiflens.networks.ensemble import Ensemble, train_ensemble
from motiflens.networks.examples import Examples, examples_of
from motiflens.networks.grammar_module import GrammarModule
from motiflens.networks.grammars import Grammar
from motiflens.networks.jobs import Fitted, Job, TrainingOptions
from motiflens.networks.layered_training import fit_modules
from motiflens.networks.model import FilterNetwork, TrainedNetwork, mean_logits
from motiflens.networks.module_jobs import FittedModule, ModuleJob
from motiflens.networks.training import fit_jobs
from motiflens.sequences import SequenceSet

Floats = npt.NDArray[np.float64]
_MOST_MOTIFS = 20
_MOST_PAIRED = 4
_NARROW = 8
_RESTARTS = 2
_MOST_NEGATIVES = 0.65  # a motif may be in most negatives, when its company is what tells the classes apart
_GRAMMAR = TrainingOptions(
    epochs=40, patience=5, batch_size=256, learning_rate=1e-2, dropout=0.0, weight_decay=0.0, halve_after=2
)


@dataclass(frozen=True)
class Automatic:
    """What was chosen, and why.

    Attributes
    ----------
    networks
        The trained networks whose logits are averaged: `TrainedNetwork` or one `GrammarModule`.
    motifs
        Motifs of both classes that the validation sequences confirm.
    scanner
        How they were found.
    ensemble
        The filter networks that they come from.
    notes
        Sentences for the user: each step with its evidence.
    """

    networks: tuple[TrainedNetwork | GrammarModule, ...]
    motifs: tuple[SignedMotif, ...]
    scanner: Scanner
    ensemble: Ensemble
    notes: tuple[str, ...]

    @property
    def grammar(self) -> GrammarModule | None:
        """The grammar, if that was chosen."""
        first = self.networks[0]
        return first if isinstance(first, GrammarModule) else None


def choose_automatically(
    train: SequenceSet,
    valid: SequenceSet,
    *,
    strands: str = "auto",
    n_networks: int = 4,
    random_state: int = 0,
    threads: int = 1,
) -> Automatic:
    """Train networks of several kinds and choose one on validation evidence.

    An ensemble of filter networks comes first, on one strand or both. The filters are turned into
    motifs of either class, and a grammar of these is trained that adds up sites, then one that
    reads one strand if the filters read both, one that knows the motifs' positions, and one that knows
    their distances; a step is kept where it is clearly better. Where positions matter, or no motif is
    found, filters with a preference for every position are tried too. Of filters and grammar that with
    the lower validation loss is chosen.

    Parameters
    ----------
    train, valid
        Sequences of one length with labels 0 and 1.
    strands, n_networks
        As in `train_ensemble`.
    random_state
        Seed of all starts.
    threads
        Threads to use; no result depends on it.

    Raises
    ------
    ParameterError
        When labels are missing or training diverges.
    """
    ensemble = train_ensemble(
        train, valid, strands=strands, n_networks=n_networks, random_state=random_state, threads=threads
    )
    learn, check = examples_of(train, 1), examples_of(valid, 1)
    scanner = scanner_of(train, both_strands=ensemble.both_strands, threads=threads, most_negatives=_MOST_NEGATIVES)
    motifs = tuple(
        signed_motifs(
            [ensemble.networks, _narrow(ensemble, learn, check, threads)],
            train,
            valid,
            scanner,
            limit=_MOST_MOTIFS,
            random_state=random_state,
        )
    )
    grammar = _grammar(motifs, scanner, train, check, random_state) if motifs else None
    positional = grammar is None or _knows_positions(grammar)
    filters = _filters(ensemble, learn, check, threads, tried=positional)
    networks: tuple[TrainedNetwork | GrammarModule, ...] = tuple(fitted.trained for fitted in filters.fits)
    notes = [*ensemble.notes, *(filters.notes if positional else ())]
    if grammar is not None:
        losses = _ensemble_loss(filters, valid, check, threads), float(grammar.fits[0].valid_losses.mean())
        notes += [*grammar.notes, _verdict(*losses)]
        if losses[1] < losses[0]:
            networks = tuple(_module(fitted) for fitted in grammar.fits)
    return Automatic(networks, motifs, scanner, ensemble, tuple(notes))


def _filters(ensemble: Ensemble, train: Examples, valid: Examples, threads: int, *, tried: bool) -> Choice[Fitted]:
    """Try, if it shall be tried, a preference for every position in place of that for a few stretches."""
    first = Candidate(ensemble.networks[0].network, TrainingOptions())

    def fit(candidate: Candidate) -> Sequence[Fitted]:
        network = candidate.network
        if network == first.network or not isinstance(network, FilterNetwork):
            return ensemble.fitted
        return _fit(network, train, valid, threads)

    steps = [Step("Filters with a preference for every position", every_position)] if tried else []
    return choose_network(first, steps, fit)


def _narrow(ensemble: Ensemble, train: Examples, valid: Examples, threads: int) -> list[TrainedNetwork]:
    """Train networks with filters of 8 bases: short motifs come out of them cleaner."""
    network = ensemble.networks[0].network
    narrow = replace(network, filter_width=min(_NARROW, network.filter_width))
    return [fitted.trained for fitted in _fit(narrow, train, valid, threads)]


def _fit(network: FilterNetwork, train: Examples, valid: Examples, threads: int) -> list[Fitted]:
    jobs = [Job(network, train, valid, seed, TrainingOptions()) for seed in range(_RESTARTS)]
    return fit_jobs(jobs, threads=threads)


def _grammar(
    motifs: Sequence[SignedMotif], scanner: Scanner, train: SequenceSet, valid: Examples, seed: int
) -> Choice[FittedModule]:
    matrices = tuple(np.log(each.candidate.matrix / scanner.base[:, None]).astype(np.float32) for each in motifs)
    sites = Grammar(matrices, tuple(each.sign for each in motifs), train.width, both_strands=scanner.both_strands)
    reverse = [_reads_reverse(each, train, scanner) for each in motifs] if scanner.both_strands else []
    steps = [
        Step("A grammar that reads one strand", partial(_on_one_strand, reverse=reverse)),
        Step("A grammar that knows positions", _with_positions),
        Step("A grammar that knows distances", _with_pairs),
    ]
    return choose_network(Candidate(sites, _GRAMMAR), steps, _grammar_trainer(examples_of(train, 1), valid, seed))


def _grammar_trainer(train: Examples, valid: Examples, seed: int) -> Trainer[FittedModule]:
    def fit(candidate: Candidate) -> Sequence[FittedModule]:
        if not isinstance(candidate.network, Grammar):
            msg = f"Expected a grammar. Got a {type(candidate.network).__name__}."
            raise TypeError(msg)
        return fit_modules([ModuleJob(candidate.network, train, valid, seed, candidate.options)])

    return fit


def _knows_positions(choice: Choice[FittedModule]) -> bool:
    network = choice.candidate.network
    return isinstance(network, Grammar) and network.knows_positions


def _on_one_strand(held: Candidate, *, reverse: Sequence[bool]) -> Candidate | None:
    grammar = held.network
    if not isinstance(grammar, Grammar) or not grammar.both_strands:
        return None
    return replace(held, network=grammar.on_one_strand(reverse))


def _reads_reverse(motif: SignedMotif, train: SequenceSet, scanner: Scanner) -> bool:
    """Tell whether the reverse complement of a motif tells more of the classes, on one strand, than the motif."""
    matrix, positive = motif.candidate.matrix, train.positive == (motif.sign > 0)
    scores = replace(scanner, both_strands=False).best(train.codes, [matrix, matrix[::-1, ::-1]]).scores
    forward, backward = (scanner.cut_off(scores[:, strand], positive).log_p for strand in (0, 1))
    return backward < forward


def _with_positions(held: Candidate) -> Candidate | None:
    return replace(held, network=held.network.with_positions()) if isinstance(held.network, Grammar) else None


def _with_pairs(held: Candidate) -> Candidate | None:
    if not isinstance(held.network, Grammar):
        return None
    paired = held.network.with_pairs(_MOST_PAIRED)
    return replace(held, network=paired) if paired.paired else None


def _module(fitted: FittedModule) -> GrammarModule:
    module = fitted.module
    if not isinstance(module, GrammarModule):
        msg = f"Expected a grammar. Got a {type(module).__name__}."
        raise TypeError(msg)
    return module


def _ensemble_loss(choice: Choice[Fitted], valid: SequenceSet, examples: Examples, threads: int) -> float:
    """Return the validation loss of the mean logits, which is what the ensemble predicts with."""
    logits = mean_logits([fitted.trained for fitted in choice.fits], valid, threads=threads)
    return float(examples.losses(logits.astype(np.float32)).mean())


def _verdict(filters: float, grammar: float) -> str:
    chosen = "grammar" if grammar < filters else "filters"
    return f"Validation loss {filters:.4f} with filters, {grammar:.4f} with a grammar of their motifs: {chosen} kept."
