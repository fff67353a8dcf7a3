"""JASPAR read straight from its file, against pyjaspar's own reader; names, misses and suggestions."""

import warnings

import numpy as np
import pytest

from motiflens.database import check_database, find_motif, jaspar_release, jaspar_taxa, read_database, read_targets
from motiflens.errors import InputError
from motiflens.formats.motif_files import write_meme


@pytest.fixture(scope="module")
def vertebrates():
    return read_database("jaspar:vertebrates")


def test_fungi_agree_with_pyjaspar():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyjaspar import JASPAR_LATEST_RELEASE, jaspardb

        theirs = {m.matrix_id: m for m in jaspardb().fetch_motifs(collection="CORE", tax_group=["fungi"])}
    ours = read_database("jaspar:fungi")
    assert jaspar_release() == JASPAR_LATEST_RELEASE
    assert len(ours) == len(theirs) > 100
    for motif in ours:
        other = theirs[motif.name]
        counts = np.array([other.counts[base] for base in "ACGT"])
        assert motif.alternate_name == other.name
        assert np.allclose(motif.probabilities, counts / counts.sum(axis=0))
        assert motif.n_sites == counts.sum(axis=0).max()


def test_vertebrates_are_the_default(vertebrates):
    default = read_database()
    assert [motif.name for motif in default] == [motif.name for motif in vertebrates]
    assert len(vertebrates) > 800
    assert read_database("JASPAR")[0].name == vertebrates[0].name


def test_one_version_of_each_matrix(vertebrates):
    bases = [motif.name.split(".")[0] for motif in vertebrates]
    assert len(set(bases)) == len(bases)
    assert bases == sorted(bases)


def test_all_is_the_sum_of_the_tax_groups():
    sizes = [len(read_database(f"jaspar:{taxon}")) for taxon in jaspar_taxa()]
    assert {"fungi", "insects", "nematodes", "plants", "urochordates", "vertebrates"} <= set(jaspar_taxa())
    assert len(read_database("jaspar:all")) == sum(sizes)


def test_a_path_is_a_database(tmp_path, vertebrates):
    path = tmp_path / "mine.meme"
    write_meme(vertebrates[:3], path)
    assert [motif.name for motif in read_database(str(path))] == [motif.name for motif in vertebrates[:3]]


@pytest.mark.parametrize("name", ["jaspar:vertebrate", "jasper:vertebrates", "jaspar:Vertebrats"])
def test_unknown_database_suggests_the_near_one(name):
    with pytest.raises(InputError, match="Did you mean jaspar:vertebrates"):
        read_database(name)
    with pytest.raises(InputError, match=r"No database or file 'absent\.meme'"):
        read_database("absent.meme")


@pytest.mark.parametrize("identifier", ["CTCF", "ctcf", "MA0139", "ma0139"])
def test_find_motif(vertebrates, identifier):
    motif = find_motif(identifier, vertebrates)
    assert motif.name.startswith("MA0139.")
    assert find_motif(motif.name, vertebrates) is motif
    assert motif.consensus.count("N") < motif.width / 2


def test_find_motif_suggests(vertebrates):
    with pytest.raises(InputError, match=r"No motif 'CTFC' .* Did you mean .*CTCF") as caught:
        find_motif("CTFC", vertebrates)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=r"'qqqqqqqq' among 0 in the database\.$"):
        find_motif("qqqqqqqq", [])


def test_a_database_is_checked_without_reading_it(tmp_path):
    (tmp_path / "any.txt").write_text("no motif")
    for name in ("jaspar", "JASPAR:Plants", "jaspar:all", "-", str(tmp_path / "any.txt")):
        check_database(name)
    for name in ("jaspar:nosuch", "nosuch.meme", "jaspar.meme", ""):
        with pytest.raises(InputError, match="No database or file"):
            check_database(name)


def test_another_version_suggests_the_one_at_hand(vertebrates):
    with pytest.raises(InputError, match=r"No motif 'MA0139\.1' .*Did you mean MA0139\.\d+\?$"):
        find_motif("MA0139.1", vertebrates)


def test_a_factor_with_a_species_suggests_the_factor(vertebrates):
    with pytest.raises(InputError, match="Did you mean Foxo3"):
        find_motif("FOXO3_HUMAN.H11MO.0.B", vertebrates)


def test_nothing_is_compared_with_nothing_and_a_file_without_motifs_is_refused(tmp_path):
    assert read_targets(None) == []
    path = tmp_path / "empty.meme"
    path.write_text("MEME version 5\n\nALPHABET= ACGT\n")
    with pytest.raises(InputError, match=r"empty\.meme: expected motifs to compare with"):
        read_targets(str(path))
    path.write_text(path.read_text() + "\nMOTIF a\nletter-probability matrix: w= 1\n 1 0 0 0\n")
    assert [motif.name for motif in read_targets(str(path))] == ["a"]
