"""The public names: what the documents list, what can be imported, and how quickly."""

import doctest
import inspect
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import motiflens as ml

ROOT = Path(__file__).parents[1]
TRAINS_WITH_TORCH = ("reproduce", "Reproduction")
HEAVY = ("torch", "numba", "pandas", "matplotlib", "scipy", "sklearn", "numpy")


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_public_name_can_be_imported():
    for name in ml.__all__:
        assert not isinstance(getattr(ml, name), ModuleType), name
    assert set(ml.__all__) <= set(dir(ml))
    assert len(ml.__all__) == len(set(ml.__all__))


def test_the_documents_list_the_public_names():
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    section = page.partition("## Public names")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"`(\w+)`", section)) == sorted(ml.__all__)


@pytest.mark.parametrize("page", ["README.md", "docs/concepts.md", "docs/design-decisions.md"])
def test_the_documents_use_names_that_exist(page):
    used = set(re.findall(r"\bml\.(\w+)", (ROOT / page).read_text("utf-8")))
    assert used <= set(ml.__all__)


def _has_example_that_runs(name: str) -> bool:
    _, _, section = (inspect.getdoc(getattr(ml, name)) or "").partition("\nExamples\n--------\n")
    return any(doctest.SKIP not in example.options for example in doctest.DocTestParser().get_examples(section))


def test_every_public_name_has_an_example_that_runs():
    names = [name for name in ml.__all__ if name != "__version__"]
    assert [name for name in names if not _has_example_that_runs(name)] == []


def test_type_checkers_see_the_same_names():
    source = Path(ml.__file__).read_text("utf-8")
    typed = re.findall(r"^    from motiflens\.([\w.]+) import (\w+) as (\w+)$", source, re.M)
    assert {as_name: module for module, name, as_name in typed if name == as_name} == ml._MODULE_OF


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'discvoer'"):
        ml.discvoer  # noqa: B018


@pytest.mark.parametrize(
    "first",
    [
        "pass",
        "import motiflens.{0}",
        "from motiflens.{0} import {0}",
        "import motiflens as ml; ml.{0}; import motiflens.{0}",
    ],
)
def test_a_function_is_never_hidden_by_the_module_of_its_name(first):
    """Importing a submodule sets it on its package, whatever was there."""
    names = ("discover", "audit")
    lines = [first.format(name) for name in names if (Path(ml.__file__).parent / f"{name}.py").exists()]
    check = f"import motiflens as ml; print([ml.discover.__name__, ml.audit.__name__] == {list(names)})"
    assert _run("\n".join([*lines, check])) == "True"


def test_importing_the_package_loads_nothing_heavy():
    loaded = _run("import sys, motiflens; print(*sorted({name.split('.')[0] for name in sys.modules}))").split()
    assert not set(HEAVY) & set(loaded)


def test_all_but_the_published_experiments_do_without_torch():
    loaded = _run(
        f"import sys, motiflens as ml; [getattr(ml, name) for name in ml.__all__ if name not in {TRAINS_WITH_TORCH}]; "
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    ).split()
    assert "torch" not in loaded


def test_the_version_is_the_installed_one():
    assert re.fullmatch(r"\d+\.\d+\.\d+([a-z]+\d+)?", ml.__version__)
