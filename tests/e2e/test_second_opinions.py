"""The whole topology on two more implementations of AWS: made, found as declared, drifted, repaired, destroyed.

What an implementation does not have at all (``stack/capabilities.py`` says so) is only remembered by a stand-in, so
that all that refers to it is made.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from stack.capabilities import unreadable
from stack.cli import main
from stack.engine import Engine, Permission
from stack.model import Action, Plan
from stack.target import Target, TargetKind
from stack.topology import Options, topology
from tests.conftest import NOT_RUN
from tests.e2e.opinions import STACK, kinds_of, opinion
from tests.localstack.server import Unavailable

EVERYTHING = Permission(all_data=True)


@pytest.fixture(params=[TargetKind.MOTO, TargetKind.LOCALSTACK], ids=str)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    try:
        with opinion(request.param, tmp_path_factory.mktemp("opinion")) as made:
            yield made
    except Unavailable as error:
        pytest.skip(f"{NOT_RUN}LocalStack's open core: {error}")


def differences(plan: Plan) -> dict[str, list[str]]:
    """What is pending, by address: the paths that differ, or what is to be done."""
    return {c.address: [d.path for d in c.differences] or [c.action.name] for c in plan.pending}


@pytest.mark.parametrize("target", [TargetKind.LOCALSTACK], indirect=True, ids=str)
def test_a_target_that_lacks_a_kind_is_told_by_name_and_nothing_is_begun(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--target", "localstack", "--endpoint-url", str(target.endpoint_url), "--name", STACK)
    assert main(("apply", *where)) == 1
    told = capsys.readouterr().err
    assert "nothing was written" in told
    assert "  user_pool: this target does not have it" in told
    assert "  table: could not" in told
    assert target.client("logs").describe_log_groups()["logGroups"] == []
    assert main(("status", *where)) == 1
    assert "user_pool: all (absent)" in capsys.readouterr().out


@pytest.mark.timeout(300)
def test_the_whole_topology_from_nothing_to_nothing(target: Target) -> None:
    """One story, since each step begins where the last one ended."""
    engine = Engine(kinds_of(target), STACK, functools.partial(unreadable, target.kind))
    declared = topology(target, Options(web_origin="https://app.example.com"))
    assert {change.action for change in engine.plan(declared).changes} == {Action.CREATE}
    assert engine.apply(engine.plan(declared)).failed == ()

    writes = target.calls.writes
    assert differences(engine.plan(declared)) == {}
    assert engine.apply(engine.plan(declared)).outcomes == ()
    assert target.calls.writes == writes

    target.client("logs").delete_log_group(logGroupName=f"/aws/lambda/{STACK}-public")
    target.client("iam").delete_role_policy(RoleName=f"{STACK}-profile", PolicyName="access")
    target.client("lambda").update_function_configuration(FunctionName=f"{STACK}-reports", Timeout=99)
    gateway = target.client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    gateway.delete_gateway_response(restApiId=api["id"], responseType="UNAUTHORIZED")
    found = differences(engine.plan(declared))
    assert found["log_group.public"] == ["CREATE"]
    assert "policy.Profile.actions" in found["role.profile"]
    assert found["function.reports"] == ["live", "timeout"]
    assert "refusals.UNAUTHORIZED.status" in found["rest_api.api"]
    refers_to_it = "function.public"
    assert found.keys() == {"log_group.public", refers_to_it, "role.profile", "function.reports", "rest_api.api"}
    assert engine.apply(engine.plan(declared)).failed == ()
    assert differences(engine.plan(declared)) == {}

    gone = engine.apply(engine.plan((), EVERYTHING), EVERYTHING)
    assert gone.failed == ()
    assert {outcome.change.address for outcome in gone.outcomes} == {each.address for each in declared}
