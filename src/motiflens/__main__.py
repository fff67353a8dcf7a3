"""Run the command line: ``python -m motiflens``."""

import sys

from motiflens.cli import main

if __name__ == "__main__":
    sys.exit(main())
