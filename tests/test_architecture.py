"""The import rules of docs/architecture.md, read from the source files without importing them."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "motiflens"
LAYERS = ("words", "things", "acts", "networks", "biology", "story", "shell")
MAY_IMPORT_TORCH = {
    "estimator.layered",
    "networks.attention_branch",
    "networks.foreign",
    "networks.gradients",
    "networks.grammar_module",
    "networks.layered",
    "networks.layered_training",
    "networks.module",
    "networks.module_jobs",
    "networks.running",
    "networks.torch_activations",
    "networks.torch_layers",
    "networks.torch_ops",
    "networks.torch_training",
}
MAY_IMPORT_LATE = {  # matplotlib and torch are slow to load and seldom needed
    "logos": ["logomaker", "pandas"],
    "estimator.training": [
        "motiflens.estimator.automatic.choose_automatically",
        "motiflens.estimator.layered.fit_layers",
        "motiflens.estimator.layered.layered_logits",
        "motiflens.networks.grammar_module.trained_grammar",
        "motiflens.networks.torch_training.fit_on_device",
    ],
    "networks.attributions": ["motiflens.networks.gradients.Runner"],
    "networks.mutagenesis": ["motiflens.networks.running.mutated"],
    "networks.sliding": ["motiflens.networks.running.slid"],
}
MAY_CATCH_ALL = {"cli.run"}  # where a defect becomes one line and an exit code


def _module_name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def _table() -> list[tuple[str, str]]:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    section = page.partition("## The layers")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\w+) \| `([\w.]+)` \|", section, re.M)
    return [(module, layer) for layer, module in rows]


TREES = {
    _module_name(path): ast.parse(path.read_text("utf-8"))
    for path in SOURCE.rglob("*.py")
    if path != SOURCE / "__init__.py"
}
LAYER_OF = dict(_table())


def _guarded(tree: ast.Module) -> set[ast.AST]:
    """Return all nodes under ``if TYPE_CHECKING:``; they import nothing at run time."""
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    return {node for test in tests for statement in test.body for node in ast.walk(statement)}


def _imported(node: ast.AST) -> Iterator[str]:
    """Yield the full dotted names that an import statement may bring in."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def _own(name: str) -> str | None:
    """Return the module of ours that ``motiflens.a.b.name`` is or stands in; None for the package itself."""
    parts = name.split(".")[1:]
    known = (".".join(parts[:size]) for size in range(len(parts), 0, -1))
    return next((module for module in known if module in TREES), None)


def _uses(module: str, *, at_run_time: bool) -> set[str]:
    left_out = _guarded(TREES[module]) if at_run_time else set()
    names = (name for node in ast.walk(TREES[module]) if node not in left_out for name in _imported(node))
    return {own for name in names if name.startswith("motiflens.") and (own := _own(name))}


def test_the_table_lists_every_module_once():
    listed = [module for module, _ in _table()]
    assert sorted(listed) == sorted(TREES)
    assert set(LAYER_OF.values()) == set(LAYERS)


@pytest.mark.parametrize("module", sorted(TREES))
def test_a_module_uses_its_own_layer_and_those_beneath_it(module):
    above = {other for other in _uses(module, at_run_time=False) if _rank(other) > _rank(module)}
    assert not above


def _rank(module: str) -> int:
    return LAYERS.index(LAYER_OF[module])


def test_no_imports_go_round():
    TopologicalSorter({module: _uses(module, at_run_time=True) for module in TREES}).prepare()


def test_the_library_takes_nothing_but_the_version_from_the_package_itself():
    taken = {name for tree in TREES.values() for node in ast.walk(tree) for name in _imported(node)}
    from_package = {name for name in taken if name.split(".")[0] == "motiflens" and _own(name) is None}
    assert from_package == {"motiflens.__version__"}
    assert not {name for name in taken if name.startswith(".")}, "imports are absolute"


def test_torch_is_imported_where_it_belongs_alone():
    users = {
        module
        for module, tree in TREES.items()
        if any(name.split(".")[0] == "torch" for node in ast.walk(tree) for name in _imported(node))
    }
    assert users <= MAY_IMPORT_TORCH


@pytest.mark.parametrize("module", sorted(name for name in TREES if not name.startswith("cli")))
def test_the_library_prints_nothing_and_imports_at_the_top(module):
    nodes = list(ast.walk(TREES[module]))
    calls = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    late = {name for function in functions for node in ast.walk(function) for name in _imported(node)}
    assert "print" not in calls
    assert sorted(late) == MAY_IMPORT_LATE.get(module, [])


@pytest.mark.parametrize("module", sorted(set(TREES) - MAY_CATCH_ALL))
def test_who_catches_everything_raises_it_again(module):
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.ExceptHandler):
            caught = "BaseException" if node.type is None else ast.unparse(node.type)
            broad = bool({"Exception", "BaseException"} & set(re.findall(r"\w+", caught)))
            assert not broad or isinstance(node.body[-1], ast.Raise)
