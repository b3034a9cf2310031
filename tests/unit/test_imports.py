"""A function's zip has every module that the function can import, and only those."""

from __future__ import annotations

import grimp
import pytest

from stack import bundle
from stack.imports import closure, imported

FUNCTIONS = ("eraser", "expenses", "processor", "profile", "public", "receipts", "reports")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """The imports of the handlers, by a parser."""
    return grimp.build_graph("handlers", cache_dir=None)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_closure_has_the_modules_that_a_parser_finds(graph: grimp.ImportGraph, function: str) -> None:
    files, module = bundle.sources(), f"handlers.functions.{function}"
    names = {name.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for name in closure(files, module)}
    assert graph.find_upstream_modules(module) | {module} <= names


def test_the_inspection_runs_as_a_process_of_its_own_and_is_there_with_all_that_it_imports(
    graph: grimp.ImportGraph,
) -> None:
    names = closure(bundle.sources(), "handlers.functions.processor")
    needed = graph.find_upstream_modules("handlers.inspection.__main__")
    assert {f"{name.replace('.', '/')}" for name in needed} <= {
        name.removesuffix(".py").removesuffix("/__init__") for name in names
    }


def test_a_function_has_no_module_that_it_does_not_use() -> None:
    names = closure(bundle.sources(), "handlers.functions.public")
    assert not [name for name in names if "inspection" in name or "receipts" in name]


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        (b"import a.b, c as d", {"a.b", "c"}),
        (b"from a import (\n    b,  # c\n    d as e,\n)", {"a", "a.b", "a.d"}),
        (b"def f():\n    from a.b import c  # d\n", {"a.b", "a.b.c"}),
        (b"# import a\nx = 'import b'\n", set()),
        (b"\xff\xfe no Python (", set()),
    ],
)
def test_imports_are_found_wherever_they_are(source: bytes, modules: set[str]) -> None:
    assert imported(source) == modules
