"""The gaps of moto and of LocalStack's open core: each gap in ``stack/target/capabilities.py`` is still there.

What they cannot read back is proven in ``test_second_opinions.py``, where a resource of each kind is made.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable

import httpx
import pytest

from stack.cli.main import main
from stack.engine.compare import compare
from stack.errors import Unimplemented, explain
from stack.kinds import kinds
from stack.target.capabilities import Lack, gaps
from stack.target.target import Target
from stack.target.target_kind import TargetKind
from tests.e2e.emulated import TRUST, refused, zipped
from tests.e2e.opinions import STACK
from tests.e2e.places import Place, place_of


def answers_501(kind: str) -> Callable[[Target], bool]:
    def proof(target: Target) -> bool:
        with contextlib.suppress(Unimplemented), explain("looking"):
            list(kinds(target)[kind].names())
            return False
        return True

    return proof


def a_layer_without_versions_breaks_the_listing(target: Target) -> bool:
    functions = target.client("lambda")
    made = functions.publish_layer_version(LayerName="short-lived", Content={"ZipFile": zipped({"x.py": ""})})
    assert not refused("InternalError", functions.list_layers)
    functions.delete_layer_version(LayerName="short-lived", VersionNumber=made["Version"])
    return refused("InternalError", functions.list_layers)


def an_authorizer_asks_for_no_token(target: Target) -> bool:
    gateway, api = target.client("apigateway"), an_api(target)
    authorizer = gateway.create_authorizer(
        restApiId=api,
        name="users",
        type="COGNITO_USER_POOLS",
        providerARNs=[target.arn("cognito-idp", "userpool/us-east-1_abc")],
        identitySource="method.request.header.Authorization",
    )
    mock_method(target, api, authorizationType="COGNITO_USER_POOLS", authorizerId=authorizer["id"])
    return httpx.get(target.api_url(api, "v1")).status_code == 200


def refusals_have_default_bodies(target: Target) -> bool:
    gateway, api = target.client("apigateway"), an_api(target)
    templates = {"application/json": "our words"}
    gateway.put_gateway_response(
        restApiId=api, responseType="MISSING_AUTHENTICATION_TOKEN", statusCode="404", responseTemplates=templates
    )
    mock_method(target, api)
    return httpx.get(f"{target.api_url(api, 'v1')}/nowhere").text != "our words"


def a_caller_without_permission_is_served(target: Target) -> bool:
    gateway, api = target.client("apigateway"), an_api(target)
    function = a_function(target)
    uri = f"arn:aws:apigateway:{target.region}:lambda:path/2015-03-31/functions/{function}/invocations"
    at = at_root(target, api)
    gateway.put_method(**at, authorizationType="NONE")
    gateway.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName="v1")
    return httpx.get(target.api_url(api, "v1"), timeout=120).text == "made by the handler"


def functions_are_not_run(target: Target) -> bool:
    answer = target.client("lambda").invoke(FunctionName=a_function(target))
    return b"made by the handler" not in answer["Payload"].read()


def an_alarm_is_made_without_its_tags(target: Target) -> bool:
    cloudwatch = target.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="tagged",
        Namespace="n",
        MetricName="m",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Tags=[{"Key": "a", "Value": "b"}],
    )
    arn = target.arn("cloudwatch", "alarm:tagged")
    return not cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]


def a_new_resource_has_the_tags_of_the_deleted_one(kind: str) -> Callable[[Target], bool]:
    def proof(target: Target) -> bool:
        place = place_of(target, kind)
        place.bring()
        place.kind.delete(place.live())
        place.kind.create(place.known(), {})
        return place.live().owner is not None

    return proof


def a_second_deletion_ends_in_a_key_error(kind: str) -> Callable[[Target], bool]:
    def proof(target: Target) -> bool:
        place = place_of(target, kind)
        place.bring()
        live = place.live()
        place.kind.delete(live)
        with contextlib.suppress(KeyError):
            place.kind.delete(live)
            return False
        return True

    return proof


def a_number_of_a_version_is_given_twice(target: Target) -> bool:
    place = place_of(target, "function")
    place.bring()
    name, client = place.sample.resource.name, target.client("lambda")

    def published(timeout: int) -> str:
        client.update_function_configuration(FunctionName=name, Timeout=timeout)
        return str(client.publish_version(FunctionName=name)["Version"])

    first, second = published(31), published(32)
    client.delete_function(FunctionName=name, Qualifier=first)
    return published(33) == second


def changes_are_not_kept_as_told(kind: str, *fields: str) -> Callable[[Target], bool]:
    """Of each of these properties: it is refused, or something of the resource is not as it should be afterwards."""

    def is_kept(place: Place, field: str) -> bool:
        place.bring()
        row = place.sample.changes[field]
        changed = place.with_changes(row.values)
        with contextlib.suppress(NotImplementedError):
            place.kind.update(place.live(), changed, frozenset(row.values))
            return {each.field for each in compare(place.live().props, changed.props)} <= place.hidden
        return False

    def proof(target: Target) -> bool:
        place = place_of(target, kind)
        return not any(is_kept(place, field) for field in fields)

    return proof


def a_deployment_made_with_a_stage_is_for_ever(target: Target) -> bool:
    gateway, api = target.client("apigateway"), an_api(target)
    mock_method(target, api)
    (first,) = gateway.get_deployments(restApiId=api)["items"]
    second = gateway.create_deployment(restApiId=api)
    move = [{"op": "replace", "path": "/deploymentId", "value": second["id"]}]
    gateway.update_stage(restApiId=api, stageName="v1", patchOperations=move)
    return refused("BadRequestException", lambda: gateway.delete_deployment(restApiId=api, deploymentId=first["id"]))


def a_table_has_no_id(target: Target) -> bool:
    made = target.client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "TableId" not in made["TableDescription"]


def a_pool_cannot_be_tagged(target: Target) -> bool:
    cognito = target.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]
    with contextlib.suppress(NotImplementedError):
        cognito.tag_resource(ResourceArn=pool["Arn"], Tags={"a": "b"})
        return False
    return True


def an_api_cannot_be_tagged(target: Target) -> bool:
    arn = f"arn:aws:apigateway:{target.region}::/restapis/{an_api(target)}"
    return refused("NotFoundException", lambda: target.client("apigateway").get_tags(resourceArn=arn))


TAGS_STAY = "tags after deletion"
KEEP_TAGS_ON_LOCALSTACK, KEEP_TAGS_ON_MOTO = ("log_group", "alarm", "rest_api"), ("log_group", "alarm", "bucket")
POOL_UPDATES = ("verified", "password", "recovery", "deletion_protection", "email_from", "email_arn")
PROOFS: dict[TargetKind, dict[tuple[str, str], Callable[[Target], bool]]] = {
    TargetKind.LOCALSTACK: {
        ("user_pool", "all"): answers_501("user_pool"),
        ("table", "all"): answers_501("table"),
        ("layer", "listing"): a_layer_without_versions_breaks_the_listing,
        ("rest_api", "authorizer"): an_authorizer_asks_for_no_token,
        ("rest_api", "responses"): refusals_have_default_bodies,
        ("function", "permission"): a_caller_without_permission_is_served,
        ("alarm", "owner"): an_alarm_is_made_without_its_tags,
        **{(kind, TAGS_STAY): a_new_resource_has_the_tags_of_the_deleted_one(kind) for kind in KEEP_TAGS_ON_LOCALSTACK},
    },
    TargetKind.MOTO: {
        ("function", "code"): functions_are_not_run,
        ("function", "architecture"): changes_are_not_kept_as_told("function", "architecture"),
        ("function", "failures"): changes_are_not_kept_as_told("function", "failures"),
        ("function", "deleting"): a_number_of_a_version_is_given_twice,
        ("user_pool", ", ".join(POOL_UPDATES)): changes_are_not_kept_as_told("user_pool", *POOL_UPDATES),
        ("rest_api", "models"): changes_are_not_kept_as_told("rest_api", "models"),
        ("rest_api", "deployed"): a_deployment_made_with_a_stage_is_for_ever,
        ("rest_api", "deleting"): a_second_deletion_ends_in_a_key_error("rest_api"),
        **{(kind, TAGS_STAY): a_new_resource_has_the_tags_of_the_deleted_one(kind) for kind in KEEP_TAGS_ON_MOTO},
        ("table", "id"): a_table_has_no_id,
        ("user_pool", "stamp"): a_pool_cannot_be_tagged,
        ("rest_api", "stamp"): an_api_cannot_be_tagged,
    },
}


@pytest.mark.parametrize("kind", PROOFS, ids=str)
def test_every_listed_gap_has_a_proof(kind: TargetKind) -> None:
    assert PROOFS[kind].keys() == {(g.kind, g.subject) for g in gaps(kind) if g.lack is not Lack.UNREADABLE}


def test_each_gap_is_still_there(target: Target) -> None:
    """All in one test, since one start of the target serves all."""
    assert [": ".join(gap) for gap, still_there in PROOFS[target.kind].items() if not still_there(target)] == []


@pytest.mark.deep
@pytest.mark.parametrize("target", [TargetKind.LOCALSTACK], indirect=True, ids=str)
def test_a_kind_that_a_target_lacks_is_named_and_nothing_is_begun(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--target", "localstack", "--endpoint-url", str(target.endpoint_url), "--name", STACK)
    assert main(("apply", *where)) == 1
    printed = capsys.readouterr().err
    assert "nothing was written" in printed
    lacking = re.findall("^  (\\w+): this target does not have it", printed, re.MULTILINE)
    assert lacking == ["table", "user_pool"]
    ours = target.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{STACK}")["logGroups"]
    assert ours == []
    assert main(("status", *where)) == 1
    assert "user_pool: all (absent)" in capsys.readouterr().out


def an_api(target: Target) -> str:
    return str(target.client("apigateway").create_rest_api(name="probe")["id"])


def at_root(target: Target, api: str) -> dict[str, str]:
    root = target.client("apigateway").get_resources(restApiId=api)["items"][0]["id"]
    return {"restApiId": api, "resourceId": root, "httpMethod": "GET"}


def mock_method(target: Target, api: str, **authorization: str) -> None:
    """A method that the gateway answers itself with 200, live on the stage v1."""
    gateway, at = target.client("apigateway"), at_root(target, api)
    gateway.put_method(**at, **(authorization or {"authorizationType": "NONE"}))
    gateway.put_integration(**at, type="MOCK", requestTemplates={"application/json": '{"statusCode":200}'})
    gateway.put_method_response(**at, statusCode="200")
    gateway.put_integration_response(**at, statusCode="200")
    gateway.create_deployment(restApiId=api, stageName="v1")


def a_function(target: Target) -> str:
    """The ARN of a function that says who made its answer."""
    role = target.client("iam").create_role(RoleName="probe", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    answer = json.dumps({"statusCode": 200, "body": "made by the handler"})
    made = target.client("lambda").create_function(
        FunctionName="probe",
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": zipped({"app.py": f"def handler(event, context):\n    return {answer}\n"})},
    )
    target.client("lambda").get_waiter("function_active_v2").wait(FunctionName="probe")
    return str(made["FunctionArn"])
