"""The whole topology on two more implementations of AWS: made, found as declared, drifted, repaired, destroyed.

What an implementation does not have at all (``capabilities.py`` says so) is only remembered by a stand-in, so
that all that refers to it is made.
"""

from __future__ import annotations

import functools

import httpx
import pytest

from stack.engine.compare import compare, resolve
from stack.engine.engine import Engine
from stack.engine.model import Action, Plan
from stack.engine.permission import Permission
from stack.target.capabilities import Lack, gaps, unreadable
from stack.target.target import Target
from stack.topology.addresses import API
from stack.topology.options import Options
from stack.topology.topology import topology
from tests.e2e.opinions import STACK, kinds_of

EVERYTHING = Permission(all_data=True)


def the_api_answers(url: str) -> None:
    """Our handlers run behind the API, its models refuse, and preflights are answered."""
    assert httpx.get(f"{url}/health", timeout=120).json() == {"status": "ok"}
    assert httpx.get(f"{url}/profile", timeout=120).status_code == 401
    assert httpx.post(f"{url}/expenses", json=["no object"], timeout=120).status_code == 400
    preflight = httpx.options(f"{url}/expenses", timeout=120)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "https://app.example.com"


def differences(plan: Plan) -> dict[str, list[str]]:
    """The pending changes by address: the differing paths, or the action."""
    return {c.address: [d.path for d in c.differences] or [c.action.name] for c in plan.pending}


@pytest.mark.deep
def test_the_whole_topology_from_nothing_to_nothing(target: Target) -> None:
    """One story, since each step begins where the last one ended."""
    engine = Engine(kinds_of(target), STACK, functools.partial(unreadable, target.kind), target.region)
    declared = topology(target, Options(web_origin="https://app.example.com"))
    assert {change.action for change in engine.plan(declared).changes} == {Action.CREATE}
    done = engine.apply(engine.plan(declared))
    assert done.failed == ()
    if target.endpoint_url:
        the_api_answers(done.outputs[API]["url"])

    writes = target.calls.writes
    assert differences(engine.plan(declared)) == {}
    assert engine.apply(engine.plan(declared)).outcomes == ()
    assert target.calls.writes == writes

    target.client("logs").delete_log_group(logGroupName=f"/aws/lambda/{STACK}-public")
    target.client("iam").delete_role_policy(RoleName=target.regional("profile"), PolicyName="access")
    target.client("lambda").update_function_configuration(FunctionName=f"{STACK}-reports", Timeout=99)
    gateway = target.client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    gateway.delete_gateway_response(restApiId=api["id"], responseType="UNAUTHORIZED")
    found = differences(engine.plan(declared))
    assert found["log_group.public"] == ["CREATE"]
    assert "policy.Profile.actions" in found["role.profile"]
    assert found["function.reports"] == ["live", "timeout"]
    assert "responses.UNAUTHORIZED.status" in found["rest_api.api"]
    refers_to_it = "function.public"
    assert found.keys() == {"log_group.public", refers_to_it, "role.profile", "function.reports", "rest_api.api"}
    assert engine.apply(engine.plan(declared)).failed == ()
    assert differences(engine.plan(declared)) == {}

    known = {each.address: resolve(each, done.outputs).props for each in declared}
    lost = {
        (change.desired.kind, difference.field)
        for change in engine.plan(declared).changes
        if change.desired and change.live
        for difference in compare(change.live.props, known[change.address])
    }
    assert lost == {(g.kind, g.subject) for g in gaps(target.kind) if g.lack is Lack.UNREADABLE}

    gone = engine.apply(engine.plan((), EVERYTHING), EVERYTHING)
    assert gone.failed == ()
    assert {outcome.change.address for outcome in gone.outcomes} == {each.address for each in declared}
