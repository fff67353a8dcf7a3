"""Find, explain and test DNA motifs with interpretable convolutional networks.

Every public name is imported when it is first used, so ``import motiflens`` is quick and
sequences, motifs and reports load no deep-learning framework.

Examples
--------
>>> import motiflens as ml
>>> ml.from_strings(["ACGT", "GG"]).strings()
['ACGT', 'GG']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from motiflens.auditing import audit as audit
    from motiflens.backgrounds import shuffle_dinucleotides as shuffle_dinucleotides
    from motiflens.database import find_motif as find_motif
    from motiflens.database import read_database as read_database
    from motiflens.discovering import discover as discover
    from motiflens.discovery import Discovery as Discovery
    from motiflens.discovery import Finding as Finding
    from motiflens.errors import InputError as InputError
    from motiflens.errors import MotiflensError as MotiflensError
    from motiflens.errors import OutputError as OutputError
    from motiflens.errors import ParameterError as ParameterError
    from motiflens.estimator.classifier import MotifClassifier as MotifClassifier
    from motiflens.formats.motif_files import read_motifs as read_motifs
    from motiflens.formats.motif_files import write_homer as write_homer
    from motiflens.formats.motif_files import write_jaspar as write_jaspar
    from motiflens.formats.motif_files import write_meme as write_meme
    from motiflens.formats.motif_files import write_transfac as write_transfac
    from motiflens.formats.regions import open_genome as open_genome
    from motiflens.formats.regions import read_regions as read_regions
    from motiflens.logos import draw_logo as draw_logo
    from motiflens.logos import logo_svg as logo_svg
    from motiflens.matching import match as match
    from motiflens.metrics import evaluate as evaluate
    from motiflens.motifs import Motif as Motif
    from motiflens.motifs import from_counts as from_counts
    from motiflens.negatives import genomic_negatives as genomic_negatives
    from motiflens.networks.attributions import attributions as attributions
    from motiflens.networks.mutagenesis import saturation_mutagenesis as saturation_mutagenesis
    from motiflens.networks.sliding import slide as slide
    from motiflens.planted import PlantedSites as PlantedSites
    from motiflens.reading import read_sequences as read_sequences
    from motiflens.recovery import Recovery as Recovery
    from motiflens.recovery import recovery_of as recovery_of
    from motiflens.reproduction.campaign import Reproduction as Reproduction
    from motiflens.reproduction.campaign import reproduce as reproduce
    from motiflens.results import Audit as Audit
    from motiflens.results import Evaluation as Evaluation
    from motiflens.results import Interval as Interval
    from motiflens.results import Limit as Limit
    from motiflens.results import Match as Match
    from motiflens.results import Site as Site
    from motiflens.runs.describe import describe as describe
    from motiflens.scanning.occurrences import scan as scan
    from motiflens.scanning.sites import Sites as Sites
    from motiflens.sequences import Coordinates as Coordinates
    from motiflens.sequences import SequenceSet as SequenceSet
    from motiflens.sequences import concatenate as concatenate
    from motiflens.sequences import from_strings as from_strings
    from motiflens.simulating.background import Background as Background
    from motiflens.simulating.background import learn_background as learn_background
    from motiflens.simulating.planting import plant as plant
    from motiflens.simulating.planting import random_sequences as random_sequences
    from motiflens.simulating.simulation import Simulation as Simulation
    from motiflens.simulating.simulation import simulate as simulate
    from motiflens.simulating.truth import Truth as Truth
    from motiflens.simulating.truth import read_truth as read_truth
    from motiflens.splits import split as split

__version__ = "0.1.0"

_MODULE_OF = {
    # things
    "Audit": "results",
    "Background": "simulating.background",
    "Coordinates": "sequences",
    "Discovery": "discovery",
    "Evaluation": "results",
    "Finding": "discovery",
    "Interval": "results",
    "Limit": "results",
    "Match": "results",
    "Motif": "motifs",
    "MotifClassifier": "estimator.classifier",
    "PlantedSites": "planted",
    "Recovery": "recovery",
    "Reproduction": "reproduction.campaign",
    "SequenceSet": "sequences",
    "Simulation": "simulating.simulation",
    "Site": "results",
    "Sites": "scanning.sites",
    "Truth": "simulating.truth",
    # errors
    "InputError": "errors",
    "MotiflensError": "errors",
    "OutputError": "errors",
    "ParameterError": "errors",
    # acts
    "audit": "auditing",
    "concatenate": "sequences",
    "describe": "runs.describe",
    "discover": "discovering",
    "draw_logo": "logos",
    "evaluate": "metrics",
    "find_motif": "database",
    "from_counts": "motifs",
    "from_strings": "sequences",
    "genomic_negatives": "negatives",
    "learn_background": "simulating.background",
    "logo_svg": "logos",
    "match": "matching",
    "open_genome": "formats.regions",
    "plant": "simulating.planting",
    "random_sequences": "simulating.planting",
    "read_database": "database",
    "read_motifs": "formats.motif_files",
    "read_regions": "formats.regions",
    "read_sequences": "reading",
    "read_truth": "simulating.truth",
    "recovery_of": "recovery",
    "reproduce": "reproduction.campaign",
    "attributions": "networks.attributions",
    "saturation_mutagenesis": "networks.mutagenesis",
    "scan": "scanning.occurrences",
    "shuffle_dinucleotides": "backgrounds",
    "simulate": "simulating.simulation",
    "slide": "networks.sliding",
    "split": "splits",
    "write_homer": "formats.motif_files",
    "write_jaspar": "formats.motif_files",
    "write_meme": "formats.motif_files",
    "write_transfac": "formats.motif_files",
}

__all__ = ["__version__", *_MODULE_OF]

if not TYPE_CHECKING:  # a typed __getattr__ would hide misspelt names from type checkers

    def __getattr__(name):
        """Import a public name when it is first used (PEP 562)."""
        if name not in _MODULE_OF:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
