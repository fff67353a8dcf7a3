"""The output folder: written aside, then renamed, so that no half result is ever left."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from motiflens.errors import OutputError

_ADVICE = {
    errno.ENOSPC: "Free some space there or choose another output folder.",
    errno.EDQUOT: "Free some space there or choose another output folder.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
}
_LONGEST_STEM = 200  # bytes of the folder's name that its temporary sibling keeps


@contextmanager
def output_folder(path: str | Path, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary folder that becomes ``path`` when the block ends well.

    The temporary folder lies beside ``path`` (``.NAME.partial-xxxxxxxx``), so the last step is
    a rename. Whatever stops the block, an interrupt included, the temporary folder is removed
    and ``path`` stays as it was.

    Parameters
    ----------
    path
        The folder to make; missing parents are made too.
    force
        Replace the results in an existing folder. Files of other names stay in it. Default False.

    Raises
    ------
    OutputError
        As `check_output`, and when writing fails (no space, no permission).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     with output_folder(Path(home, "out")) as folder:
    ...         _ = (folder / "a.txt").write_text("done")
    ...     Path(home, "out", "a.txt").read_text()
    'done'
    """
    target = check_output(path, force=force)
    partial = _sibling(target, "partial")
    made = _missing_parents(target)
    try:
        partial.mkdir(parents=True)
        yield partial
        _put_in_place(partial, target, force=force)
    except BaseException as error:
        shutil.rmtree(partial, ignore_errors=True)
        _remove_empty(made)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise _output_error(target, error) from error
        raise


def check_output(path: str | Path, *, force: bool = False) -> Path:
    """Check, before any work is done, that ``path`` can become an output folder.

    A folder is made and removed on the spot, since that is the only sure test.

    Parameters
    ----------
    path
        The folder to be made later.
    force
        Accept an existing folder. A file, a mount point, or a folder that holds the working
        directory is refused even so. Default False.

    Returns
    -------
    target
        ``path`` made absolute, symbolic links followed.

    Raises
    ------
    OutputError
        When something is there already, or the folder cannot be made.
    """
    target = Path(os.path.realpath(path))
    try:
        _check_target(target, force=force)
        made = _missing_parents(target)
        probe = _sibling(made[0] if made else target, "probe")
        probe.mkdir()
        probe.rmdir()
    except OutputError:
        raise
    except OSError as error:
        raise _output_error(target, error) from error
    return target


def _check_target(target: Path, *, force: bool) -> None:
    try:
        target.lstat()
    except FileNotFoundError:
        return
    if not target.is_dir():
        msg = f"Expected a new folder for the output. Got {target}, which is a file. Choose another name."
        raise OutputError(msg)
    if not force:
        msg = f"Output folder {target} exists already. Choose another, or use --force to replace its results."
        raise OutputError(msg)
    if target.is_mount() or Path.cwd().is_relative_to(target):
        msg = f"Output folder {target} is in use and cannot be replaced. Choose a folder inside it."
        raise OutputError(msg)


def _sibling(target: Path, kind: str) -> Path:
    stem = os.fsdecode(os.fsencode(target.name)[:_LONGEST_STEM])
    return target.with_name(f".{stem}.{kind}-{secrets.token_hex(4)}")


def _missing_parents(target: Path) -> list[Path]:
    """Return the parents that do not exist yet, outermost first."""
    missing = [parent for parent in target.parents if not os.path.lexists(parent)]
    return missing[::-1]


def _remove_empty(folders: list[Path]) -> None:
    for folder in reversed(folders):
        try:
            folder.rmdir()
        except OSError:
            return


def _put_in_place(partial: Path, target: Path, *, force: bool) -> None:
    _check_target(target, force=force)
    if not target.exists():
        partial.rename(target)
        return
    aside = _sibling(target, "replaced")
    target.rename(aside)
    try:
        partial.rename(target)
    except BaseException:
        aside.rename(target)
        raise
    for entry in aside.iterdir():
        if not os.path.lexists(target / entry.name):
            entry.rename(target / entry.name)
    shutil.rmtree(aside, ignore_errors=True)


def _output_error(target: Path, error: OSError) -> OutputError:
    advice = _ADVICE.get(error.errno or 0, "Choose a folder that you may write to.")
    return OutputError(f"Cannot write the output folder {target}: {error.strerror or error}. {advice}")
