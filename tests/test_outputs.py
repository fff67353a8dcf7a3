"""The output folder: all of it or nothing, whatever happens on the way."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from motiflens.errors import OutputError
from motiflens.outputs import check_output, output_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def tree(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / name).write_text(text)


def test_a_good_end_leaves_the_folder_and_nothing_beside_it(tmp_path):
    with output_folder(tmp_path / "deep" / "er" / "out") as folder:
        write(folder, a="1", b="2")
        assert folder.parent == tmp_path / "deep" / "er"
        assert not (tmp_path / "deep" / "er" / "out").exists()
    assert tree(tmp_path) == {"deep/er/out/a": "1", "deep/er/out/b": "2"}
    assert names(tmp_path / "deep" / "er") == ["out"]


def test_the_folder_has_the_permissions_of_a_new_folder(tmp_path):
    (tmp_path / "ordinary").mkdir()
    with output_folder(tmp_path / "out"):
        pass
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, ValueError, GeneratorExit])
def test_any_stop_leaves_nothing(tmp_path, stop):
    with pytest.raises(stop), output_folder(tmp_path / "new" / "out") as folder:  # noqa: PT012
        write(folder, a="half")
        (folder / "sub").mkdir()
        raise stop
    assert names(tmp_path) == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_a_stop_leaves_the_former_results(tmp_path, stop):
    old = tmp_path / "out"
    old.mkdir()
    write(old, a="old")
    with pytest.raises(stop), output_folder(old, force=True) as folder:  # noqa: PT012
        write(folder, a="new")
        raise stop
    assert tree(tmp_path) == {"out/a": "old"}
    assert names(tmp_path) == ["out"]


def test_a_failing_last_rename_puts_the_former_results_back(tmp_path, monkeypatch):
    old = tmp_path / "out"
    old.mkdir()
    write(old, a="old")
    rename, calls = Path.rename, []

    def second_fails(self, target):
        calls.append(self)
        if len(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", second_fails)
    with pytest.raises(OutputError, match="Input/output error"), output_folder(old, force=True) as folder:
        write(folder, a="new")
    assert tree(tmp_path) == {"out/a": "old"}
    assert names(tmp_path) == ["out"]


def test_force_replaces_results_and_keeps_what_is_not_ours(tmp_path):
    old = tmp_path / "out"
    (old / "mine").mkdir(parents=True)
    write(old, a="old")
    write(old / "mine", notes="keep")
    with output_folder(old, force=True) as folder:
        write(folder, a="new", b="more")
    assert tree(tmp_path) == {"out/a": "new", "out/b": "more", "out/mine/notes": "keep"}
    assert names(tmp_path) == ["out"]


def test_an_existing_folder_is_refused_even_when_empty(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError, match="--force"), output_folder(tmp_path / "out"):
        pytest.fail("the block must not run")
    check_output(tmp_path / "out", force=True)


def test_a_folder_that_appears_meanwhile_is_not_overwritten(tmp_path):
    with pytest.raises(OutputError, match="exists already"), output_folder(tmp_path / "out") as folder:  # noqa: PT012
        write(folder, a="ours")
        (tmp_path / "out").mkdir()
        write(tmp_path / "out", a="theirs")
    assert tree(tmp_path) == {"out/a": "theirs"}
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("force", [False, True])
def test_a_file_is_never_replaced(tmp_path, force):
    write(tmp_path, out="precious")
    for path in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(OutputError):
            check_output(path, force=force)
    assert tree(tmp_path) == {"out": "precious"}


def test_the_working_directory_is_never_replaced(tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    for path in (".", "..", "../../a", ""):
        with pytest.raises(OutputError, match="in use"):
            check_output(path, force=True)


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with output_folder(tmp_path / "link", force=True) as folder:
        write(folder, a="1")
    assert (tmp_path / "link").is_symlink()
    assert tree(tmp_path / "real") == {"a": "1"}


@pytest.mark.parametrize("path", ["/proc/out", "/proc/self/out/deeper", "/dev/null/out", "/" + "x" * 300])
def test_a_place_that_cannot_be_written_is_found_out_at_once(path):
    with pytest.raises(OutputError) as caught:
        check_output(path)
    assert "\n" not in str(caught.value)


def test_checking_leaves_no_trace(tmp_path):
    check_output(tmp_path / "a" / "b" / "out")
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["n" * 255, "é" * 127])
def test_the_longest_names_work(tmp_path, name):
    with output_folder(tmp_path / name) as folder:
        write(folder, a="1")
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_an_error_of_the_system_becomes_one_line(tmp_path, number):
    with pytest.raises(OutputError) as caught, output_folder(tmp_path / "out"):
        raise OSError(number, os.strerror(number))
    assert os.strerror(number) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], capture_output=True).returncode:
        pytest.skip("cannot mount a small disk here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_is_reported_and_left_as_it_was(small_disk):
    with pytest.raises(OutputError, match="No space left on device"), output_folder(small_disk / "out") as folder:
        (folder / "big").write_bytes(b"x" * 1_000_000)
    assert names(small_disk) == []
    with pytest.raises(OutputError, match="in use"):
        check_output(small_disk, force=True)
