"""Two stacks in one account, one's name the beginning of the other's: no change of one reaches the other."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.api import Stack
from tests.e2e.crashing import Runs, nothing, short, whole_first, whole_second
from tests.e2e.inventory import inventory, tagged
from tests.e2e.raw import raw

ONE, OTHER = "side", "side-b"


@pytest.fixture
def runs(stack: Stack) -> Iterator[Runs]:
    made = Runs(stack)
    yield made
    for name in (ONE, OTHER):
        made.brings(nothing, name)


@pytest.mark.deep
def test_a_change_and_an_end_of_one_leave_the_other_byte_for_byte(runs: Runs, stack: Stack) -> None:
    """On the way nothing is sent that botocore's models rule out."""
    declared = short(whole_first)
    runs.brings(declared, ONE)
    runs.brings(declared, OTHER)
    before = raw(stack.client, OTHER)
    assert len(before) > 30
    assert runs.pending(declared, ONE) == []
    assert runs.pending(declared, OTHER) == []

    runs.brings(short(whole_second), ONE)
    assert runs.pending(declared, OTHER) == []
    runs.brings(nothing, ONE)

    assert raw(stack.client, OTHER) == before
    assert runs.pending(declared, OTHER) == []
    assert [line for line in inventory(stack.client, f"{ONE}-") if f"{OTHER}-" not in line] == []
    assert tagged(stack.client, ONE) == []
    assert len(tagged(stack.client, OTHER)) > 5
    (api,) = (api for api in stack.client("apigateway").get_rest_apis()["items"] if api["name"] == f"{OTHER}-api")
    url = f"{stack.outputs['endpoint_url']}/_aws/execute-api/{api['id']}/v1"
    assert httpx.get(f"{url}/health").json() == {"status": "ok"}
    assert httpx.get(f"{url}/expenses").status_code == 401
    assert runs.sent > 100
    assert sorted(runs.wrong) == []
