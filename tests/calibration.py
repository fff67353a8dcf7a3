"""Whether p-values of a null are as they should be, at an error rate of one in ten thousand a check.

Seeds are fixed, so a check that passes once always passes; the rate says how likely a sound test was to fail
when its seeds were chosen.
"""

import numpy as np
from scipy.stats import binom, kstest

ERROR = 1e-4
LEVELS = (0.01, 0.05, 0.2)


def assert_never_too_small(pvalues):
    """Check that p-values are uniform or larger: at each level no more of them than chance allows."""
    values = np.asarray(pvalues)
    assert ((values >= 0) & (values <= 1)).all()
    for level in LEVELS:
        assert (values <= level).sum() <= binom.ppf(1 - ERROR, len(values), level), level
    assert kstest(values, "uniform", alternative="greater").pvalue > ERROR


def assert_uniform(pvalues):
    """Check that p-values are uniform, neither too small nor too large."""
    assert_never_too_small(pvalues)
    assert kstest(np.asarray(pvalues), "uniform").pvalue > ERROR
