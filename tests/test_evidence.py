"""The evidence for a motif as a whole: calibrated on nulls, and telling what is there."""

import re
from dataclasses import fields, replace
from functools import partial

import numpy as np
import pytest
from calibration import assert_never_too_small, assert_uniform
from planted import exact_motif, two_classes
from scipy.stats import fisher_exact, mannwhitneyu

from motiflens.describing import describe
from motiflens.discovery import Finding
from motiflens.enrichment import CutOff
from motiflens.extraction.candidates import Candidate, filter_candidates, merge
from motiflens.extraction.evidence import Evidence, heldout_evidence, scrambled
from motiflens.extraction.matrices import Scanner
from motiflens.extraction.refine import rescored
from motiflens.extraction.selection import select
from motiflens.metrics import auroc
from motiflens.networks.ensemble import train_ensemble
from motiflens.networks.model import predict_probabilities
from motiflens.sequences import from_codes
from motiflens.splits import split

UNIFORM = np.full(4, 0.25)
SCANNER = Scanner(UNIFORM, threads=2)
NO_CUT_OFF = CutOff(0.0, np.inf, 0, 0)
WORD, SECOND, ABSENT = "GATTACCA", "CCGTGGAC", "TTGGCCAAT"


def candidate(word, cut_off=9.0, **more):
    return Candidate(exact_motif(word).probabilities, CutOff(0.0, cut_off, 0, 0), **more)


def unsure(sequences):
    return np.full(len(sequences), 0.5)


@pytest.fixture(scope="module")
def trained():
    data = two_classes({WORD: 0.6, SECOND: 0.4}, n=500)
    train, valid, test = split(data, random_state=0)
    ensemble = train_ensemble(train, valid, strands="both", n_networks=2, random_state=0, threads=2)
    return train, test, partial(predict_probabilities, ensemble.networks), ensemble.networks


@pytest.fixture(scope="module")
def nulls():
    """Evidence for motifs of no class, where a better motif was erased that the classes hold in common.

    The better motif is in both classes alike: what the positives alone hold leaves them less room for chance
    sites, which makes the tests that follow conservative.
    """
    found = []
    for seed in range(160):
        rng = np.random.default_rng(seed)
        data = two_classes({WORD: 0.5}, n=60, length=80, random_state=3000 + seed)
        data = data.with_labels(rng.permutation(data.labels))
        matrices = [np.maximum(rng.dirichlet(np.full(4, 0.5), 6 + seed % 5).T, 0.01) for _ in range(2)]
        matrices = [each / each.sum(axis=0) for each in matrices]
        scores = SCANNER.best(data.codes, matrices).scores
        cuts = [float(np.quantile(scores[:, f], (0.4, 0.7, 0.85)[(seed + f) % 3])) for f in range(2)]
        motifs = [Candidate(each, CutOff(0.0, cut, 0, 0)) for each, cut in zip(matrices, cuts, strict=True)]
        found += heldout_evidence(motifs, data, unsure, SCANNER, before=[candidate(WORD)], random_state=seed)
    return found


@pytest.mark.parametrize("figure", ["fisher_pvalue", "gc_pvalue", "rank_pvalue"])
def test_pvalues_of_association_are_not_too_small_on_nulls(nulls, figure):
    (assert_never_too_small if figure == "fisher_pvalue" else assert_uniform)([getattr(e, figure) for e in nulls])


@pytest.mark.parametrize("figure", ["centrality", "strands"])
def test_pvalues_of_places_are_not_too_small_on_nulls(nulls, figure):
    values = [getattr(e, figure).pvalue for e in nulls]
    known = [value for value in values if not np.isnan(value)]
    assert len(known) > 0.9 * len(values)
    assert_never_too_small(known)


def test_intervals_of_enrichment_cover_nothing_where_there_is_nothing(nulls):
    outside = sum(not e.log2_enrichment.low <= 0 <= e.log2_enrichment.high for e in nulls)
    assert outside <= 0.09 * len(nulls)


def test_a_motif_that_the_network_learnt_has_all_the_evidence(trained):
    train, test, predict, _ = trained
    found = rescored([candidate(WORD), candidate(ABSENT)], train, SCANNER)
    found[1] = replace(found[1], cut_off=found[0].cut_off)
    first, absent = heldout_evidence(found, test, predict, SCANNER, random_state=0)
    for pvalue in (first.fisher_pvalue, first.rank_pvalue, first.gc_pvalue):
        assert pvalue < 1e-5
    assert first.log2_enrichment.low > 1
    assert first.sites_per_positive > 0.3 > first.sites_per_negative
    assert first.sufficiency.beyond.low > 0.2
    assert first.sufficiency.change.low > 0 > first.sufficiency.control.low - 0.3
    assert first.delta_auroc > 0.02
    assert first.centrality.pvalue > 0.01  # planted anywhere, on either strand
    assert first.strands.pvalue > 0.01
    assert absent.sufficiency.change.value < first.sufficiency.change.value / 4
    assert absent.fisher_pvalue > 0.05


def test_the_figures_are_those_of_other_programs(trained):
    _, test, predict, _ = trained
    motif, positive = candidate(WORD, 12.0), test.positive  # the word itself
    found = heldout_evidence([motif], test, predict, SCANNER, random_state=7)[0]
    scores = SCANNER.best(test.codes, [motif.matrix]).scores[:, 0]
    hit = scores >= 12.0
    table = [[(hit & members).sum(), (~hit & members).sum()] for members in (positive, ~positive)]
    assert found.fisher_pvalue == pytest.approx(fisher_exact(table, alternative="greater").pvalue)
    assert found.pvalue == found.evalue == found.fisher_pvalue == found.fisher_evalue
    rounded = np.round(scores.astype(float), 3)
    assert found.rank_pvalue == mannwhitneyu(rounded[positive], rounded[~positive], alternative="greater").pvalue
    sites = SCANNER.sites(test.codes, motif.matrix, 12.0)
    whole = predict(scrambled(test, sites, len(WORD), random_state=7))  # of all sequences, not of those with a site
    assert found.delta_auroc == auroc(positive, predict(test)) - auroc(positive, whole)
    turned = re.compile(f"{WORD}|TGGTAATC")
    exact = np.array([len(turned.findall(text)) for text in test.strings()])
    assert found.sites_per_positive == pytest.approx(exact[positive].mean(), abs=1e-9)
    assert found.sites_per_negative == pytest.approx(exact[~positive].mean(), abs=1e-9)
    assert found.centrality.n == (hit & positive).sum()
    assert found.strands.n == exact[positive].sum()


def test_the_motif_is_planted_in_what_the_negatives_are_made_of():
    rng = np.random.default_rng(0)
    codes = np.concatenate([rng.choice([0, 3], (40, 50)), rng.choice([1, 2], (30, 50))]).astype(np.uint8)
    heldout = from_codes(list(codes)).with_labels(np.repeat([1, 0], [40, 30]))
    seen = []
    heldout_evidence([candidate("AATTA", 1.0)], heldout, lambda s: seen.append(s) or unsure(s), SCANNER, random_state=0)
    background, planted = sorted((s.codes for s in seen if len(s) >= 250), key=len)
    assert set(np.unique(background)) == {1, 2}
    assert (np.isin(planted, (1, 2)).sum(axis=1) >= 45).all()


def test_a_motif_of_the_negatives_has_its_sign(trained):
    _, test, predict, _ = trained
    swapped = test.with_labels(1 - test.labels)
    found = heldout_evidence([candidate(WORD)], swapped, predict, SCANNER, random_state=0)[0]
    assert found.log2_enrichment.high < 0
    assert min(found.fisher_pvalue, found.rank_pvalue, found.gc_pvalue) > 0.99
    assert found.sites_per_positive < found.sites_per_negative


def test_a_motif_without_a_site_has_no_effect_and_says_why(trained):
    _, test, predict, _ = trained
    found = heldout_evidence([candidate(WORD, cut_off=99.0)], test, predict, SCANNER, random_state=0)[0]
    assert (found.fisher_pvalue, found.gc_pvalue, found.delta_auroc) == (1.0, 1.0, 0.0)
    assert (found.sites_per_positive, found.sites_per_negative) == (0.0, 0.0)
    assert found.centrality.reason == found.strands.reason == "no sequence holds a site"
    assert heldout_evidence([], test, predict, SCANNER, random_state=0) == []


def test_the_family_of_filters_is_kept_through_merging_and_choosing(trained):
    train, _, _, networks = trained
    found = filter_candidates(networks, train, SCANNER, limit=50)
    assert all(len(each.filters) == each.n_filters for each in found)
    every = [pair for each in found for pair in each.filters]
    assert len(set(every)) == len(every)
    assert {network for network, _ in every} == {0, 1}
    assert max(f for _, f in every) < networks[0].network.n_filters
    best = found[0].filters
    signs = [networks[network].weights()["output"][f, 0] for network, f in best]
    assert min(signs) > 0
    chosen = select(found, train, SCANNER, limit=4)
    kept = [pair for each in chosen for pair in each.filters]
    assert len(set(kept)) == len(kept)
    assert set(best) <= set(kept)
    merged = merge(
        [candidate(WORD, filters=((0, 4),)), candidate(SECOND), candidate(WORD, filters=((1, 2), (1, 3)))], SCANNER
    )
    assert merged[0].filters == ((0, 4), (1, 2), (1, 3))
    alike = rescored([candidate(WORD, filters=((0, 1),)), candidate(WORD, filters=((2, 9),))], train, SCANNER)
    for limit in (1, 3):  # the second is left over, or has lost its evidence to the first
        only = select(alike, train, SCANNER, limit=limit)
        assert [(each.n_filters, set(each.filters)) for each in only] == [(2, {(0, 1), (2, 9)})]


def test_a_finding_has_every_figure_of_its_evidence(trained):
    _, test, predict, _ = trained
    motif = candidate(WORD, n_filters=2, filters=((0, 5), (1, 9)))
    evidence = heldout_evidence([motif], test, predict, SCANNER, random_state=0)[0]
    grown = replace(evidence, pvalue=1e-30, evalue=1e-25)  # believed by a test of its own
    finding = describe([(motif, grown)], test.of_class(1), [], SCANNER, random_state=0).findings[0]
    assert (finding.search_pvalue, finding.search_evalue) == (1e-30, 1e-25)
    assert finding.heldout_pvalue == evidence.fisher_pvalue != 1e-30
    assert finding.heldout_evalue == evidence.fisher_evalue != 1e-25
    assert finding.cut_off == motif.cut_off.score
    assert finding.filters == ((0, 5), (1, 9))
    same = {field.name for field in fields(Evidence)} & {field.name for field in fields(Finding)}
    assert len(same) == 12
    for name in same:
        assert getattr(finding, name) == getattr(evidence, name), name
