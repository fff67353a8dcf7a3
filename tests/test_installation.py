"""What a fresh checkout promises: pinned versions, set-up commands, a build that fails when a test fails."""

import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LINES = [
    line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if line and not line.startswith("#")
]
PINS = dict(line.split("==") for line in LINES)
DECLARED = [
    Requirement(text)
    for texts in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for text in texts
]

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def _needed(requirement: Requirement, found: set[str]) -> set[str]:
    """Return the names that a requirement brings in, on this machine, with those already found."""
    name = canonicalize_name(requirement.name)
    if name in found and not requirement.extras:
        return found
    try:
        texts = requires(name) or []
    except PackageNotFoundError:  # e.g. of an extra that this environment was not given
        return found | {name}
    found = found | {name}
    for inner in map(Requirement, texts):
        if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in ("", *requirement.extras)):
            found = _needed(inner, found)
    return found


def test_constraints_are_exact_versions_and_nothing_else():
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line) for line in LINES)
    assert sorted(PINS) == list(PINS)
    assert len(PINS) == len(LINES)
    assert not [name for name in PINS if name.startswith(("nvidia", "cuda"))]


def test_constraints_fit_what_the_package_declares():
    for requirement in DECLARED:
        assert PINS[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_constraints_pin_all_that_the_declared_packages_need():
    needed: set[str] = set()
    for requirement in DECLARED:
        needed = _needed(requirement, needed)
    vendor = {name for name in needed if name.startswith(("nvidia", "cuda", "triton"))}
    assert needed - vendor <= set(PINS)


@needs_make
@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_make_command_of_the_documents_exists(page):
    targets = sorted(set(re.findall(r"`make (\w+)`|^make (\w+)", (ROOT / page).read_text("utf-8"), re.M)))
    assert targets
    for target in targets:
        done = subprocess.run(["make", "-n", *filter(None, target)], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0, (target, done.stderr)


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("code", [0, 2])
def test_the_build_ends_as_its_tests_do(tmp_path, code):
    make = tmp_path / "make"
    make.write_text(f'#!/bin/sh\necho "$PWD: $*"\nexit {code}\n')
    make.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", ROOT / ".ci" / "run"], cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (code, f"{ROOT}: test\n")


def test_the_command_is_installed():
    assert PROJECT["scripts"] == {"motiflens": "motiflens.cli:main"}
    assert (ROOT / "src" / "motiflens" / "py.typed").exists()
