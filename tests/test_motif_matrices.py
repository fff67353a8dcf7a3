"""`Motif`: what is no motif is refused."""

import numpy as np
import pytest

from motiflens.errors import InputError
from motiflens.motifs import Motif

MATRIX = np.array([[1, 0.5], [0, 0.5], [0, 0], [0, 0]])


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (MATRIX[:3], r"\(4, width\) matrix"),
        (MATRIX[:, :0], r"\(4, width\) matrix"),
        (MATRIX[:, 0], r"\(4, width\) matrix"),
        (MATRIX * 1.01, "sum to 1"),
        (MATRIX - np.array([[0.0, 0.6], [0.0, -0.6], [0, 0], [0, 0]]), "sum to 1"),
        (MATRIX * np.nan, "sum to 1"),
    ],
)
def test_a_matrix_that_holds_no_probabilities_is_refused(matrix, message):
    with pytest.raises(InputError, match=f"Motif 'm' must .*{message}"):
        Motif(matrix, "m")


@pytest.mark.parametrize("background", [(1, 1, 1, 1), (0.5, 0.5, 0, 0), (0.3, 0.3, 0.4), (np.nan, 0.3, 0.3, 0.4)])
def test_a_background_that_is_none_is_refused(background):
    with pytest.raises(InputError, match="background frequencies above 0 that sum to 1"):
        Motif(MATRIX, "m", background=background)


@pytest.mark.parametrize("n_sites", [0, -3, np.inf, np.nan])
def test_a_number_of_sites_that_is_none_is_refused(n_sites):
    with pytest.raises(InputError, match="number of sites above 0"):
        Motif(MATRIX, "m", n_sites=n_sites)
