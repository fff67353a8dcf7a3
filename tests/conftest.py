"""What all tests share: one environment wherever they are started, and real data where they are at hand."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("motiflens", deadline=None, derandomize=True)
settings.load_profile("motiflens")

os.environ.pop("PYTHONUNBUFFERED", None)  # commands that tests start buffer their output, as a user's do
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job; what tests start would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data beside the checkout; skip the test when there is none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the real data of ../shared/data, which are not beside this checkout")
    return SHARED_DATA
