"""What is said of ``auto``, against what it does."""

import json
import re

import pytest
from planted import two_classes

import motiflens as ml
from motiflens.cli import main
from motiflens.errors import ParameterError
from motiflens.estimator import automatic
from motiflens.networks.choosing import Candidate
from motiflens.networks.grammars import Grammar
from motiflens.networks.jobs import TrainingOptions
from motiflens.runs.describe_auto import describe_auto

LENGTH = 40


def value(formula, **known):
    """Evaluate ``11 M + 18 + M L``, in which a space multiplies."""
    return eval(re.sub(r"(?<=[\w)]) (?=[\w(])", "*", formula.replace(" x ", "*")), known)


@pytest.fixture(scope="module")
def tried():
    """Return the networks of every choice that `auto` makes on some data: the first, and each step by name."""
    data = two_classes({"GATTACGAC": 0.9}, n=300, length=LENGTH, random_state=2).shuffle(random_state=0)
    found, narrow = [], []
    plain, fit = automatic.choose_network, automatic._fit

    def choose(first, steps, train):
        held, networks = first, {}
        for step in steps:
            held = step.change(held) or held
            networks[step.name] = held.network
        found.append((first.network, networks))
        return plain(first, steps, train)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(automatic, "choose_network", choose)
        patch.setattr(automatic, "_fit", lambda network, *more: narrow.append(network) or fit(network, *more))
        automatic.choose_automatically(data[:450], data[450:], strands="both", n_networks=1)
    return found, narrow


def test_the_steps_are_those_that_are_tried_in_that_order(tried):
    (grammar, steps), (filters, _) = tried[0]
    names = [trial.name for trial in describe_auto(LENGTH).trials]
    assert list(steps) == names[4:7]
    assert isinstance(grammar, Grammar)
    assert filters.n_parameters == describe_auto(LENGTH).trials[0].n_parameters
    assert tried[1][0].n_parameters == describe_auto(LENGTH).trials[2].n_parameters
    (step,) = _steps_of_filters(filters)
    assert step.name == names[7]
    assert step.change(Candidate(filters, TrainingOptions())).network.n_parameters == value(
        describe_auto(LENGTH).trials[7].formula
    )


def _steps_of_filters(network):
    """Return the steps that filters are given where positions matter."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(automatic, "choose_network", lambda first, steps, fit: found.extend(steps))
        fitted = type("Fitted", (), {"networks": [type("Trained", (), {"network": network})], "fitted": ()})
        automatic._filters(fitted, None, None, 1, tried=True)
    return found


def test_parameters_are_counted_as_the_formulas_say(tried):
    (grammar, steps), _ = tried[0]
    n_pairs = min(sum(sign > 0 for sign in grammar.signs), 4) ** 2
    trials = describe_auto(LENGTH).trials
    for trial, network in zip(trials[3:7], [grammar, *steps.values()], strict=True):
        formula = trial.formula.split(",")[0]
        known = {"M": len(grammar.matrices), "L": LENGTH, "P": n_pairs}
        assert value(formula, **known) == network.n_parameters
        assert value(formula, M=2, L=LENGTH, P=4) == trial.n_parameters
    for trial in (*trials[:3], trials[7]):
        assert value(trial.formula) == trial.n_parameters


def test_the_command_prints_it_and_refuses_what_auto_does_not_take(capsys):
    assert main(["describe", "auto", "--length", "101"]) == 0
    text = capsys.readouterr().out
    for trial in ml.describe("auto", length=101).trials:
        assert re.search(rf"{re.escape(trial.name)} +{trial.n_parameters}  {re.escape(trial.formula)}", text)
    assert main(["describe", "auto", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["name"], found["length"], len(found["trials"])) == ("auto", 200, 8)
    for options, words in ((["--classes", "3"], "two classes apart. Got 3"), (["--filters", "3"], "Got n_filters 3"),
                           (["--length", "3"], "at least as long")):  # fmt: skip
        assert main(["describe", "auto", *options]) == 2
        captured = capsys.readouterr()
        assert words in captured.err
        assert captured.err.count("\n") == 1
        assert not captured.out


def test_sequences_too_short_for_positions_have_no_such_step():
    assert [trial.name for trial in describe_auto(6).trials][-1] == "A grammar that knows distances"
    with pytest.raises(ParameterError):
        describe_auto(0)
