"""The factors whose sites real data are known to hold: their own JASPAR profiles, and what else may come first.

A profile is named as JASPAR names it, without regard to case. A relative is a factor that binds the
same words or sits on the same sites; each is listed with the work that says so, for a match with
a relative counts as finding the factor.
"""

from __future__ import annotations

from dataclasses import dataclass

OWN, FAMILY, PARTNER = "own", "family", "partner"


@dataclass(frozen=True)
class Relatives:
    """Profiles that count beside the factor's own.

    Attributes
    ----------
    names
        Names of profiles.
    kind
        `FAMILY`, which binds the same words, or `PARTNER`, which binds beside it.
    source
        The work that says so.
    """

    names: tuple[str, ...]
    kind: str
    source: str


@dataclass(frozen=True)
class Factor:
    """What the first motif of a set may be.

    Attributes
    ----------
    own
        Names of the factor's own profiles, the usual one first.
    relatives
        Others that count.
    database
        Where its profiles are.
    """

    own: tuple[str, ...]
    relatives: tuple[Relatives, ...] = ()
    database: str = "jaspar:vertebrates"

    def kind_of(self, profile: str) -> str:
        """Return what a profile of that name is to the factor; empty when it is nothing to it."""
        name = profile.upper()
        if name in (own.upper() for own in self.own):
            return OWN
        return next((each.kind for each in self.relatives if name in (other.upper() for other in each.names)), "")


_ETS = (
    "ELK3", "ELK4", "ETS1", "ETS2", "ETV1", "ETV2", "ETV3", "ETV4", "ETV5", "ETV6", "ETV7", "ERF", "ERG", "FEV",
    "FLI1", "GABPA", "ELF1", "ELF2", "ELF4",
)  # fmt: skip
_JUN = ("FOS", "FOSB", "FOSL1", "FOSL2", "JUN", "JUNB", "JUND", "FOS::JUN", "FOS::JUNB", "FOS::JUND", "FOSB::JUNB",
        "FOSL1::JUN", "FOSL1::JUNB", "FOSL1::JUND", "FOSL2::JUN", "FOSL2::JUNB", "FOSL2::JUND")  # fmt: skip
_FUNGI = "jaspar:fungi"
_CTCFL = Relatives(("CTCF",), FAMILY, "the same eleven zinc fingers and sites, doi:10.1186/s13059-015-0736-8")

FACTORS = {
    "NANOG": Factor(("NANOG",), (
        Relatives(("POU5F1::SOX2", "POU5F1", "SOX2"), PARTNER, "shared sites, doi:10.1016/j.cell.2005.08.020"),
    )),
    "REST": Factor(("REST",)),
    "ELK1": Factor(("ELK1",), (
        Relatives(_ETS, FAMILY, "the same words in vitro, classes I and IIa, doi:10.1038/emboj.2010.106"),
    )),
    "ARID3A": Factor(("ARID3A", "ARID3B"), (
        Relatives(("GATA1", "GATA2", "GATA1::TAL1"), PARTNER,
                  "the erythroid programme of K562 cells, ImmunoHorizons 2021, 5(10):802"),
    )),
    "CTCFL": Factor(("CTCFL",), (_CTCFL,)),
    "ZBTB7A": Factor(("ZBTB7A",), (
        Relatives(("ZBTB7B", "ZBTB7C"), FAMILY, "JASPAR's family of the same zinc fingers, doi:10.1093/nar/gkad1059"),
    )),
    "GATA4": Factor(("GATA4",), (
        Relatives(("GATA1", "GATA2", "GATA3", "GATA5", "GATA6"), FAMILY, "WGATAR, doi:10.1128/mcb.13.7.4011"),
    )),
    "CTCF": Factor(("CTCF",)),
    "CTCF-1kb": Factor(("CTCF",)),
    "TAp73": Factor(("TP73",), (
        Relatives(("TP53", "TP63"), FAMILY, "the same response element, doi:10.1093/nar/gkn232"),
        Relatives(_JUN, PARTNER, "AP-1 beside these very TAp73alpha sites, doi:10.1093/nar/gkr028"),
    )),
    "Reb1": Factor(("REB1",), database=_FUNGI),
    "Fkh1": Factor(("FKH1",), (
        Relatives(("FKH2",), FAMILY, "paralogue with the same sites, doi:10.1038/35079107"),
    ), _FUNGI),
    "Ume6": Factor(("UME6",), database=_FUNGI),
    "Hsf1": Factor(("HSF1",), (
        Relatives(("SFL1", "MGA1"), FAMILY, "JASPAR's family of heat shock factors, doi:10.1093/nar/gkad1059"),
    ), _FUNGI),
    "Cbf1": Factor(("CBF1",), database=_FUNGI),
    "Swi4": Factor(("SWI4",), (
        Relatives(("MBP1", "MBP1::SWI6"), FAMILY, "overlapping sites, the same partner Swi6, doi:10.1038/35054095"),
    ), _FUNGI),
}  # fmt: skip
"""By the name of the case."""
