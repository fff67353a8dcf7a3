"""A `Generator` as a JSON record, and back without loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from motiflens.errors import InputError, MotiflensError
from motiflens.motifs import Motif
from motiflens.simulating.background import Background
from motiflens.simulating.generators import (
    Generator,
    Layout,
    Mixture,
    Nothing,
    Overwritten,
    Part,
    Placed,
    Scattered,
    Spaced,
)

Record = Mapping[str, Any]


def generator_record(generator: Generator) -> dict[str, Any]:
    """Return a generator as dicts, lists, texts and numbers; floats keep every digit in JSON."""
    return {
        "length": generator.length,
        "mutation": generator.mutation,
        "background": {
            "order": generator.background.order,
            "initial": generator.background.initial.tolist(),
            "transitions": generator.background.transitions.tolist(),
        },
        "motifs": [_motif_record(motif) for motif in generator.motifs],
        "positive": _mixture_record(generator.positive),
        "negative": _mixture_record(generator.negative),
    }


def generator_of(record: Record) -> Generator:
    """Return the generator of a record made by `generator_record`.

    Raises
    ------
    InputError
        When something in it is missing or makes no sense.
    """
    try:
        background = record["background"]
        return Generator(
            motifs=tuple(_motif_of(each) for each in record["motifs"]),
            background=Background(_floats(background["initial"]), _floats(background["transitions"])),
            length=int(record["length"]),
            positive=_mixture_of(record["positive"]),
            negative=_mixture_of(record["negative"]),
            mutation=float(record["mutation"]),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        reason = f"{error}" if isinstance(error, MotiflensError) else f"{type(error).__name__}: {error}"
        msg = f"Expected the description of a generator, as `motiflens simulate` writes it: {reason.rstrip('.')}."
        raise InputError(msg) from error


def _floats(values: Any) -> np.typing.NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


def _motif_record(motif: Motif) -> dict[str, Any]:
    return {
        "name": motif.name,
        "alternate_name": motif.alternate_name,
        "probabilities": motif.probabilities.tolist(),
        "background": list(motif.background),
        "n_sites": motif.n_sites,
    }


def _motif_of(record: Record) -> Motif:
    a, c, g, t = (float(share) for share in record["background"])
    name, alternate_name = str(record["name"]), str(record["alternate_name"])
    return Motif(_floats(record["probabilities"]), name, alternate_name, (a, c, g, t), float(record["n_sites"]))


def _mixture_record(mixture: Mixture) -> list[dict[str, Any]]:
    return [{"share": share, **_layout_record(layout)} for share, layout in mixture]


def _layout_record(layout: Layout) -> dict[str, Any]:
    parts = [{"motif": part.motif, "reverse": part.reverse} for part in layout.parts]
    record: dict[str, Any] = {"layout": type(layout).__name__.lower(), "parts": parts}
    match layout:
        case Scattered(distance=distance):
            record["distance"] = distance
        case Placed(starts=starts):
            record["starts"] = list(starts)
        case Spaced(gaps=gaps):
            record["gaps"] = [list(gap) for gap in gaps]
    return record


def _mixture_of(records: list[Record]) -> Mixture:
    return tuple((float(record["share"]), _layout_of(record)) for record in records)


def _layout_of(record: Record) -> Layout:
    parts = tuple(Part(int(part["motif"]), float(part["reverse"])) for part in record["parts"])
    match record["layout"]:
        case "nothing":
            return Nothing()
        case "scattered":
            return Scattered(parts, int(record["distance"]))
        case "placed":
            return Placed(parts[0], tuple(float(share) for share in record["starts"]))
        case "spaced":
            return Spaced(parts, tuple((int(fewest), int(most)) for fewest, most in record["gaps"]))
        case "overwritten":
            first, second = parts
            return Overwritten(first, second)
    msg = f"the layout {record['layout']!r}, which is not known"
    raise InputError(msg)
