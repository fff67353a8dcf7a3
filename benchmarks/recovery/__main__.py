"""Plant JASPAR profiles in realistic sequences and see which ones a motif finder brings back.

    python benchmarks/recovery --output FOLDER --data ../shared/data
    python benchmarks/recovery --output FOLDER --profiles 12 --sizes 2000 --nulls 6

Every finished run is a line of JSON in the folder; the same command goes on where it stopped.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # the package by its name, not its modules by theirs

    from recovery.command import main, quiet

    quiet()
    sys.exit(main())
