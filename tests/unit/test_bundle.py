"""What Lambda runs is built byte for byte the same, whenever and wherever it is built."""

from __future__ import annotations

import io
import marshal
import subprocess
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
import uv

from stack import bundle
from stack.errors import StackError

EXPENSES = "handlers.functions.expenses"
FILES = {"handlers/a.py": b"def a(x):\n    return {'k': x, 'names': ('a', 'b')}\n", "handlers/b.txt": b"text"}


def entries(zipped: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(zipped))


def test_a_zip_is_the_same_at_another_time_and_in_another_order() -> None:
    one = bundle._zip(FILES, bundle.running(), "/var/task/")
    two = bundle._zip(dict(reversed(FILES.items())), bundle.running(), "/var/task/")
    assert one == two
    assert {entry.date_time for entry in entries(one).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_zip_has_bytecode_that_is_trusted_without_its_source_and_knows_no_path_of_this_machine() -> None:
    zipped = entries(bundle._zip(FILES, bundle.running(), "/var/task/"))
    (name,) = [each for each in zipped.namelist() if each.endswith(".pyc")]
    compiled = zipped.read(name)
    assert int.from_bytes(compiled[4:8], "little") == 0b01, "hash-based and unchecked (PEP 552)"
    code = marshal.loads(compiled[16:])
    assert isinstance(code, CodeType)
    assert code.co_filename == "/var/task/handlers/a.py"


def test_another_pythons_zip_has_source_only() -> None:
    assert entries(bundle._zip(FILES, "python3.99", "/var/task/")).namelist() == sorted(FILES)


def test_a_file_that_does_not_compile_is_named() -> None:
    with pytest.raises(StackError, match=r"handlers/bad\.py does not compile; it was not deployed"):
        bundle._zip({"handlers/bad.py": b"def ("}, bundle.running(), "/var/task/")


def test_the_code_is_that_of_one_function_and_its_fingerprint_needs_no_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "BUILDS", tmp_path)
    files = bundle.sources()
    code = bundle.code(bundle.running(), EXPENSES, files)
    assert not list(tmp_path.iterdir()), "it was built"
    names = entries(code.build()).namelist()
    assert "handlers/functions/expenses.py" in names
    assert "handlers/functions/reports.py" not in names
    assert not [name for name in names if not name.startswith("handlers/")]
    assert bundle.code(bundle.running(), EXPENSES, files).fingerprint == code.fingerprint
    assert bundle.code("python3.99", EXPENSES, files).fingerprint != code.fingerprint


def test_an_edit_changes_the_fingerprints_of_the_functions_that_use_the_module() -> None:
    files = bundle.sources()
    edited = {**files, "handlers/inspection/png.py": b"# edited\n"}

    functions = ("eraser", "expenses", "processor", "profile", "public", "receipts", "reports")
    one, two = (
        {name: bundle.code("python3.99", f"handlers.functions.{name}", each).fingerprint for name in functions}
        for each in (files, edited)
    )
    assert {name for name in functions if one[name] != two[name]} == {"processor"}


def test_functions_that_are_written_at_once_share_one_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "BUILDS", tmp_path)
    builds: list[None] = []

    def slow(*_: Any) -> bytes:
        builds.append(None)
        time.sleep(0.05)
        return b"zip"

    monkeypatch.setattr(bundle, "_zip", slow)
    code = bundle.code(bundle.running(), EXPENSES, bundle.sources())
    with ThreadPoolExecutor(8) as pool:
        zips = {each.result() for each in [pool.submit(code.build) for _ in range(8)]}
    assert (zips, len(builds)) == ({b"zip"}, 1)
    assert [path.suffix for path in tmp_path.iterdir()] == [".zip"]


@pytest.mark.parametrize(("name", "group"), [("dependencies", "layer"), ("images", "images")])
def test_the_requirements_of_a_layer_are_those_of_the_lock(name: str, group: str) -> None:
    """``make lock`` writes them."""
    options = ("--only-group", group, "--frozen", "--no-emit-project", "--no-header", "--no-annotate")
    locked = subprocess.run(
        [uv.find_uv_bin(), "export", "--quiet", *options], cwd=bundle.PROJECT, capture_output=True, check=True
    )
    assert (bundle.REQUIREMENTS / f"{name}.txt").read_bytes() == locked.stdout


def test_the_layer_holds_our_dependencies_and_not_what_the_runtime_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "BUILDS", tmp_path)
    layer = bundle.layer(bundle.running(), bundle.host_architecture(), host=True)
    top = {name.split("/")[1] for name in entries(layer.build()).namelist()}
    assert {"pydantic", "pydantic_core", "aws_lambda_powertools"} <= top
    assert not top & {"boto3", "botocore", "urllib3", "bin"}
    before = sorted(tmp_path.iterdir())
    layer.build()
    assert sorted(tmp_path.iterdir()) == before, "it was built again"


def test_the_layers_fingerprint_tells_its_python_and_its_platform() -> None:
    kinds = [("python3.13", "x86_64", False), ("python3.13", "arm64", False), ("python3.12", "x86_64", False)]
    found = {bundle.layer(runtime, processor, host=host).fingerprint for runtime, processor, host in kinds}
    assert len(found) == len(kinds)
