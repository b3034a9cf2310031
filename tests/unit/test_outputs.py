"""A verb that only reads reads the resources that it needs, and builds nothing: a broken handler stops no look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stack import bundle
from stack.cli import outputs
from stack.engine.engine import Engine
from stack.engine.model import Desired
from stack.errors import StackError
from stack.target.target_kind import TargetKind
from stack.topology.addresses import POOL
from stack.topology.options import Options
from stack.topology.topology import topology
from tests.unit.remote import Boxes, BoxProps, Remote
from tests.unit.test_topology import target

LOCAL = target(TargetKind.LOCAL)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A handler that does not compile, and no build in the cache."""
    functions = tmp_path / "handlers" / "functions"
    functions.mkdir(parents=True)
    (functions / "public.py").write_text("def (")
    monkeypatch.setattr(bundle, "PROJECT", tmp_path)
    monkeypatch.setattr(bundle, "BUILDS", tmp_path / "builds")


@pytest.mark.usefixtures("broken")
def test_the_topology_is_declared_although_a_handler_does_not_compile(tmp_path: Path) -> None:
    declared = {each.address: each for each in topology(LOCAL, Options(web_origin="http://localhost"))}
    assert not (tmp_path / "builds").exists()
    with pytest.raises(StackError, match=r"handlers/functions/public\.py does not compile"):
        declared["function.public"].build()


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        (("user_pool_id",), {"user_pool"}),
        (("log_groups",), {"log_group"}),
        (("functions",), {"function"}),
        (("table_name", "receipts_bucket", "dead_letters_url"), {"table", "bucket", "queue"}),
        (("web_url",), set()),
        (("dashboard_name", "alarms"), {"dashboard", "alarm"}),
    ],
)
def test_only_the_resources_of_the_wanted_fields_are_read(names: tuple[str, ...], kinds: set[str]) -> None:
    declared = topology(LOCAL, Options(web_origin="http://localhost"))
    assert {each.kind for each in outputs.sources(declared, names)} == kinds


def test_a_field_without_its_resource_says_what_to_do() -> None:
    with pytest.raises(StackError, match=rf"^{POOL} of stack expenses does not exist\. Run `stack apply` first\.$"):
        outputs.document(LOCAL, {}, None, ("user_pool_id",))


def test_the_document_has_the_wanted_fields_and_where_it_was_read() -> None:
    found = outputs.document(LOCAL, {"queue.erasures": {"url": "http://q"}}, None, ("queues", "web_url"))
    assert (found["queues"], found["web_url"]) == ({"erasures": "http://q"}, None)
    assert (found["target"], found["name"], found["demo"]) == ("local", "expenses", None)


def test_outputs_are_read_without_listing_and_what_does_not_exist_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(_: Any) -> Any:
        raise AssertionError("it listed resources")

    remote = Remote()
    engine = Engine({"box": Boxes(remote)}, "s")
    here, gone = (Desired(f"box.{key}", f"s-{key}", BoxProps("red")) for key in "ab")
    engine.apply(engine.plan([here]))
    monkeypatch.setattr(Boxes, "names", listed)
    assert engine.outputs([here, gone]) == {"box.a": {"arn": "arn:s-a"}}
