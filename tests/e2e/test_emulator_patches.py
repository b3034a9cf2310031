"""Each of our patches of MiniStack does what it promises, and reports a MiniStack that it no longer fits."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.exceptions import ClientError

from stack.local import Running, emulator_stop
from stack.local.environments import EMULATOR, emulator_environment
from tests.e2e.emulated import TABLE, client, make_function, make_table, start, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.environ.get("STACK_STOCK") == "1", reason="asked to run without our patches")
SILENT = "def handler(event, context):\n    return 'done'\n"
ECHO = """
import json
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""
POSITIVE = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 1}}}
PROBLEM = '{"instance": "$context.requestId"}'


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("emulator")
    yield start(home)
    emulator_stop(home)


@pytest.fixture(scope="module")
def api_url(emulator: Running) -> str:
    """An API whose one method validates JSON bodies and hands them to a function that echoes its event."""
    arn = make_function(emulator, "echo", ECHO)
    gateway = client(emulator, "apigateway")
    api = gateway.create_rest_api(name="echo")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.create_model(restApiId=api, name="Positive", contentType="application/json", schema=json.dumps(POSITIVE))
    validator = gateway.create_request_validator(restApiId=api, name="body", validateRequestBody=True)["id"]
    method = {"restApiId": api, "resourceId": root, "httpMethod": "POST"}
    gateway.put_method(
        **method,
        authorizationType="NONE",
        requestValidatorId=validator,
        requestModels={"application/json": "Positive"},
    )
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    gateway.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.put_gateway_response(
        restApiId=api, responseType="BAD_REQUEST_BODY", responseTemplates={"application/json": PROBLEM}
    )
    gateway.create_deployment(restApiId=api, stageName="v1")
    client(emulator, "lambda").add_permission(
        FunctionName="echo",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return f"{emulator.endpoint_url}/_aws/execute-api/{api}/v1/"


def post(url: str, body: bytes, media_type: str | None, **headers: str) -> tuple[int, Any, Any]:
    """Status, headers and JSON document of the answer."""
    request = urllib.request.Request(url, data=body, method="POST", headers=headers)
    request.add_header("Content-Type", media_type or "application/x-www-form-urlencoded")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, json.load(refusal)


def log_of(answer: Any) -> str:
    """The end of the log (at most 4 KB) that Invoke returns with LogType=Tail."""
    return base64.b64decode(answer["LogResult"]).decode()


# --- one request id ---------------------------------------------------------------------------------------


def test_event_and_answer_carry_one_request_id(api_url: str) -> None:
    _, headers, event = post(api_url, b'{"n": 1}', "application/json")

    assert headers["x-amzn-requestid"] == event["requestContext"]["requestId"]


def test_two_requests_carry_two_ids(api_url: str) -> None:
    first, second = (post(api_url, b'{"n": 1}', "application/json")[1]["x-amzn-requestid"] for _ in range(2))

    assert first != second


def test_what_the_gateway_itself_answers_carries_the_id_of_its_header(api_url: str) -> None:
    status, headers, problem = post(api_url, b'{"n": 0}', "application/json")

    assert status == 400
    assert problem == {"instance": headers["x-amzn-requestid"]}


# --- body validation --------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["text/plain", "application/merge-patch+json", None])
def test_a_media_type_without_a_model_reaches_the_handler_unvalidated(api_url: str, media_type: str | None) -> None:
    status, _, event = post(api_url, b"not json at all", media_type)

    assert status == 200
    assert event["body"] == "not json at all"


@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_a_media_type_with_a_model_is_validated_however_it_is_spelled(api_url: str, media_type: str) -> None:
    assert post(api_url, b'{"n": 0}', media_type)[0] == 400
    assert post(api_url, b'{"n": 1}', media_type)[0] == 200


# --- end mark ---------------------------------------------------------------------------------------------


def test_a_handler_that_logs_nothing_does_not_wait_for_a_log(emulator: Running) -> None:
    make_function(emulator, "silent", SILENT)
    functions = client(emulator, "lambda")

    def seconds() -> float:
        begun = time.perf_counter()
        functions.invoke(FunctionName="silent")
        return time.perf_counter() - begun

    # As published MiniStack waits 0.05 s every time; on a busy machine one invocation in many is quick enough.
    assert any(seconds() < 0.04 for _ in range(500))


def test_every_line_is_in_the_log_of_its_own_invocation_and_the_mark_is_not(emulator: Running) -> None:
    source = "def handler(event, context):\n    [print(f'{event}:{i}') for i in range(100)]\n"
    make_function(emulator, "chatty", source)
    functions = client(emulator, "lambda")

    for number in range(5):
        log = log_of(functions.invoke(FunctionName="chatty", Payload=str(number).encode(), LogType="Tail"))
        lines = [line for line in log.splitlines() if ":" in line and not line.startswith(("START", "END", "REPORT"))]
        assert lines == [f"{number}:{i}" for i in range(100)]
    assert "\x1e" not in log


def test_a_line_without_an_end_is_logged_without_the_mark(emulator: Running) -> None:
    source = "import sys\ndef handler(event, context):\n    sys.stderr.write('no newline')\n"
    make_function(emulator, "abrupt", source)

    log = log_of(client(emulator, "lambda").invoke(FunctionName="abrupt", LogType="Tail"))

    assert "no newline" in log.splitlines()


def test_what_a_handler_said_before_it_raised_is_logged(emulator: Running) -> None:
    make_function(emulator, "raises", "def handler(e, c):\n    print('about to fail')\n    raise ValueError('x')\n")

    answer = client(emulator, "lambda").invoke(FunctionName="raises", LogType="Tail")

    assert answer["FunctionError"]
    assert "about to fail" in log_of(answer)


def test_a_worker_that_dies_without_a_mark_is_not_waited_for(emulator: Running) -> None:
    source = "import os\ndef handler(e, c):\n    print('last words', flush=True)\n    os._exit(1)\n"
    make_function(emulator, "dies", source)

    def seconds() -> float:
        begun = time.perf_counter()
        answer = client(emulator, "lambda").invoke(FunctionName="dies", LogType="Tail")
        assert answer["FunctionError"]
        assert "last words" in log_of(answer)
        return time.perf_counter() - begun

    # A wait would take a second every time; on a busy machine one start of a worker in many is quick enough.
    assert any(seconds() < 0.9 for _ in range(50))


# --- unpacked zips and interpreter --------------------------------------------------------------------------

USES_LAYER = """
import os, sys, importlib.util
import shared
def handler(event, context):
    return {"value": shared.VALUE, "place": os.path.realpath(shared.__file__),
            "visible": [n for n in ("boto3", "ministack", "cryptography", "hypercorn", "pytest", "ruff")
                        if importlib.util.find_spec(n)]}
"""


def publish_layer(emulator: Running, source: str) -> str:
    content = {"ZipFile": zipped({"python/shared.py": source})}
    return str(client(emulator, "lambda").publish_layer_version(LayerName="shared", Content=content)["LayerVersionArn"])


def call(emulator: Running, function: str) -> Any:
    return json.load(client(emulator, "lambda").invoke(FunctionName=function)["Payload"])


def test_two_functions_share_one_unpacked_layer(emulator: Running) -> None:
    layer = publish_layer(emulator, "VALUE = 'both'\n")
    for name in ("left", "right"):
        make_function(emulator, name, USES_LAYER, Layers=[layer])

    left, right = call(emulator, "left"), call(emulator, "right")

    assert left["value"] == right["value"] == "both"
    assert left["place"] == right["place"]


def test_a_new_layer_of_the_same_size_is_not_mistaken_for_the_old_one(emulator: Running) -> None:
    make_function(emulator, "moves", USES_LAYER, Layers=[publish_layer(emulator, "VALUE = 'old'\n")])
    assert call(emulator, "moves")["value"] == "old"

    layer = publish_layer(emulator, "VALUE = 'new'\n")
    client(emulator, "lambda").update_function_configuration(FunctionName="moves", Layers=[layer])

    assert call(emulator, "moves")["value"] == "new"


TREES = """
import os, pathlib, sys
sys.path.insert(0, {folder!r})
from unpacked_zips import WEEK_SECONDS, Trees
cache, packed = pathlib.Path({cache!r}), pathlib.Path({cache!r} + ".zip")
packed.write_bytes(b"a zip")
unpacked = []

def unpack(draft):
    unpacked.append(draft)
    (draft / "file").write_text("content")

user = Trees(cache)
tree = user.tree(packed, unpack)
assert Trees(cache).tree(packed, unpack) == tree and len(unpacked) == 1, "another emulator unpacks again"
(lock,) = cache.glob("*.lock")
os.utime(lock, (0, os.stat(lock).st_mtime - WEEK_SECONDS - 1))
Trees(cache)
assert (tree / "file").exists(), "a tree in use was removed"
os.closerange(3, 50)  # the locks end with the process that holds them
Trees(cache)
assert not tree.exists(), "a tree that nobody has used for a week stays"
"""


def test_a_tree_is_unpacked_once_and_removed_when_nobody_has_used_it_for_a_week(tmp_path: Path) -> None:
    script = TREES.format(folder=str(EMULATOR), cache=str(tmp_path / "unpacked"))
    done = subprocess.run(
        [emulator_environment().python, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_a_handler_sees_what_lambda_gives_it_and_nothing_of_the_emulator_or_of_us(emulator: Running) -> None:
    layer = publish_layer(emulator, "VALUE = 1\n")
    make_function(emulator, "looks", USES_LAYER, Layers=[layer])

    assert call(emulator, "looks")["visible"] == ["boto3"]


# --- the HTTP server --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_stack/snapshot"])
def test_a_web_page_cannot_administer_the_emulator(emulator: Running, path: str) -> None:
    status, _, _ = post(emulator.endpoint_url + path, b"", None, Origin="https://elsewhere.example")

    assert status == 403


# --- failure destination ----------------------------------------------------------------------------------


def test_what_failed_for_good_goes_where_the_called_alias_says(emulator: Running) -> None:
    functions, queues = client(emulator, "lambda"), client(emulator, "sqs")
    make_function(emulator, "fails", "def handler(event, context):\n    raise ValueError\n")
    url = queues.create_queue(QueueName="failed")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    version = functions.publish_version(FunctionName="fails")["Version"]
    functions.create_alias(FunctionName="fails", Name="live", FunctionVersion=version)
    functions.put_function_event_invoke_config(
        FunctionName="fails",
        Qualifier="live",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )

    functions.invoke(FunctionName="fails", Qualifier="live", InvocationType="Event", Payload=b'{"number": 7}')

    (message,) = queues.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert json.loads(message["Body"])["requestPayload"] == {"number": 7}


# --- quick changes ----------------------------------------------------------------------------------------


def test_a_change_of_a_function_is_in_progress_and_soon_complete(emulator: Running) -> None:
    make_function(emulator, "changing", SILENT)
    functions = client(emulator, "lambda")
    waited = functions.get_waiter("function_updated_v2").wait
    waited(FunctionName="changing", WaiterConfig={"Delay": 0.01, "MaxAttempts": 1000})

    def seconds() -> float:
        begun = time.perf_counter()
        changed = functions.update_function_configuration(FunctionName="changing", Timeout=9)
        assert changed["LastUpdateStatus"] == "InProgress"
        waited(FunctionName="changing", WaiterConfig={"Delay": 0.01, "MaxAttempts": 1000})
        return time.perf_counter() - begun

    assert min(seconds() for _ in range(5)) < 0.4, "unpatched MiniStack takes 0.5 s"


# --- recorded calls ---------------------------------------------------------------------------------------


def calls(emulator: Running, principal: str) -> set[tuple[str, str, bool]]:
    """The records of the principals whose ARN ends in this."""
    with urllib.request.urlopen(f"{emulator.endpoint_url}/_stack/calls", timeout=120) as answer:
        document = json.load(answer)
    assert document["complete"]
    recorded = (call for call in document["calls"] if call["principal"].endswith(principal))
    return {(call["action"], call["resource"], call["allowed"]) for call in recorded}


def user_client(emulator: Running, name: str, service: Any, *actions: str) -> Any:
    """A client of an IAM user who may do these actions."""
    iam = client(emulator, "iam")
    iam.create_user(UserName=name)
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}}
    iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return client(emulator, service, key["AccessKeyId"], key["SecretAccessKey"])


def test_each_action_of_a_transaction_and_each_refusal_is_recorded_by_who_asked(emulator: Running) -> None:
    make_table(emulator)
    table = f"arn:aws:dynamodb:us-east-1:000000000000:table/{TABLE}"
    dynamodb = user_client(emulator, "writer", "dynamodb", "dynamodb:PutItem", "dynamodb:ConditionCheckItem")
    here = {"TableName": TABLE}
    check = {"Key": {"pk": {"S": "b"}}, "ConditionExpression": "attribute_not_exists(pk)"}
    dynamodb.transact_write_items(
        TransactItems=[{"Put": {**here, "Item": {"pk": {"S": "a"}}}}, {"ConditionCheck": {**here, **check}}]
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        dynamodb.scan(**here)

    assert calls(emulator, "user/writer") == {
        ("dynamodb:PutItem", table, True),
        ("dynamodb:ConditionCheckItem", table, True),
        ("dynamodb:Scan", table, False),
    }


def test_a_link_counts_as_used_by_who_signed_it(emulator: Running) -> None:
    client(emulator, "s3").create_bucket(Bucket="links")
    s3 = user_client(emulator, "signer", "s3", "s3:PutObject", "s3:GetObject")
    form = s3.generate_presigned_post("links", "posted")
    httpx.post(form["url"], data=form["fields"], files={"file": b"x"}).raise_for_status()
    httpx.get(s3.generate_presigned_url("get_object", {"Bucket": "links", "Key": "posted"})).raise_for_status()

    assert calls(emulator, "user/signer") == {
        ("s3:PutObject", "arn:aws:s3:::links/posted", True),
        ("s3:GetObject", "arn:aws:s3:::links/posted", True),
    }


# --- a MiniStack that no longer fits ----------------------------------------------------------------------

CACHED = """
import sys
sys.path.insert(0, {folder!r})
from ministack.services import dynamodb
stock = dynamodb._tokenize
import expression_cache; expression_cache.apply()
for text in ("#pk = :pk AND #sk BETWEEN :a AND :b", "size(x) < :n OR contains(y, :z)", ""):
    first = dynamodb._tokenize(text)
    assert first == stock(text)
    first.clear()
    assert dynamodb._tokenize(text) == stock(text), "a parser may take its tokens off the list"
    assert dynamodb._condition_syntax_error("a = = b", "KeyConditionExpression")
"""


def test_a_remembered_expression_is_read_as_the_first_time() -> None:
    script = CACHED.format(folder=str(EMULATOR))
    done = subprocess.run(
        [emulator_environment().python, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


BREAK_AND_APPLY = """
import sys, os, pathlib
sys.path.insert(0, {folder!r})
state = {state!r}
os.environ.update(STATE_DIR=state, PERSIST_STATE="1")
from ministack import app
from ministack.core import iam_evaluator, lambda_runtime, persistence
from ministack.services import apigateway_v1, cloudwatch, cloudwatch_logs, dynamodb, lambda_svc, s3, sqs
{breakage}
{application}
"""
APPLICATIONS = {
    "end mark": "import end_mark; end_mark.apply()",
    "expression cache": "import expression_cache; expression_cache.apply()",
    "telemetry": "import telemetry; p = pathlib.Path(state); telemetry.Telemetry(p, p / 'first')",
    "unpacked zips": "import unpacked_zips; unpacked_zips.apply(pathlib.Path(state, 'unpacked'))",
    "body validation": "import body_validation; body_validation.apply()",
    "one request id": "import request_id; request_id.apply()",
    "failure destination": "import failure_destination; failure_destination.apply()",
    "quick changes": "import quick_changes; quick_changes.apply()",
    "recorded calls": "import recorded_calls; recorded_calls.apply()",
    "reserved concurrency": "import reserved_concurrency; reserved_concurrency.apply()",
    "snapshots": "import snapshots; p = pathlib.Path(state); snapshots.Snapshots(p, p / 'first', None)",
}
BREAKAGES = [
    ("telemetry", "apigateway_v1._execute_in_scope = lambda request: None"),
    ("telemetry", "apigateway_v1._handle_execute_in_scope = lambda api_id, stage_name, method, path: None"),
    ("telemetry", "apigateway_v1._call_lambda_raw = lambda function: None"),
    ("telemetry", "lambda_svc._execute_function_dispatch = lambda func, event: None"),
    ("telemetry", "lambda_svc._emit_lambda_metrics = lambda name: None"),
    ("telemetry", "cloudwatch._stat_value = lambda stats: None"),
    ("telemetry", "cloudwatch_logs._append_log_events = lambda stream: None"),
    ("telemetry", "dynamodb.handle_request = lambda method, path: None"),
    ("telemetry", "sqs._queues = {}"),
    ("telemetry", "lambda_svc._acquire_execution_slot = lambda func: None"),
    ("telemetry", "lambda_svc.executions_in_flight = lambda account: (0, {})"),
    ("telemetry", "dynamodb._add_consumed_capacity = lambda result, data: None"),
    ("telemetry", "dynamodb._transact_write_items = lambda: None"),
    ("telemetry", "cloudwatch._dims_from_list = lambda: {}"),
    ("telemetry", "cloudwatch._get_metric_data = lambda params, cbor_data, is_cbor: None"),
    ("telemetry", "cloudwatch._store_datum = lambda namespace, name: None"),
    ("telemetry", "cloudwatch._evict_old_metrics = lambda now: None"),
    ("telemetry", "app._load_persisted_state = lambda services: None"),
    ("telemetry", "cloudwatch.get_state = lambda: {'metrics': {}, 'a store of another name': {}}"),
    ("telemetry", "cloudwatch_logs._fanout_to_subscription_filters = lambda events: None"),
    ("reserved concurrency", "lambda_svc._reserved_concurrency = lambda config: None"),
    ("reserved concurrency", "lambda_svc._acquire_execution_slot = lambda func, config: None"),
    ("failure destination", "lambda_svc.invoke_async_with_retry = lambda event: None"),
    ("failure destination", "del lambda_svc._functions"),
    ("end mark", "lambda_runtime._PYTHON_WORKER_SCRIPT = 'run()'"),
    ("end mark", "lambda_runtime.Worker.invoke = lambda self, payload: None"),
    ("end mark", "lambda_runtime.Worker._drain_stderr_bounded = lambda self: ''"),
    ("end mark", "lambda_runtime.Worker._spawn = lambda self: None"),
    ("expression cache", "dynamodb._tokenize = lambda text, slot: []"),
    ("expression cache", "dynamodb._condition_syntax_error = lambda text: None"),
    ("unpacked zips", "lambda_runtime.zipfile = None"),
    ("unpacked zips", "lambda_runtime.Worker._spawn = lambda self: None"),
    ("body validation", "apigateway_v1._check_request_validation = lambda method: None"),
    ("body validation", "apigateway_v1._header_ci = lambda name: None"),
    ("one request id", "apigateway_v1.new_uuid = lambda length: ''"),
    ("one request id", "apigateway_v1._handle_execute_in_scope = lambda: None"),
    ("quick changes", "lambda_svc._schedule_state_transition = lambda func_name: None"),
    ("quick changes", "lambda_svc._create_function = lambda data: None"),
    ("recorded calls", "iam_evaluator.enforce = lambda access_key_id, action, service, region: None"),
    ("recorded calls", "iam_evaluator.resolve_caller_identity = lambda headers: None"),
    (
        "recorded calls",
        "iam_evaluator.enforce = lambda access_key_id, iam_action, service, region, resource_arn, service_context: 1",
    ),
    ("snapshots", "app.save_all = None"),
    ("snapshots", "app._build_persistence_save_dict = lambda extra: {}"),
    ("snapshots", "persistence._json_default = lambda value, more: None"),
    ("snapshots", "persistence._state_format_version = lambda: 1"),
    ("snapshots", "lambda_svc._prune_orphan_code_blobs = lambda: None"),
    ("snapshots", "lambda_svc.CODE_BLOB_DIR = '/elsewhere'"),
    ("snapshots", "s3._VERSIONS_DIR = 'elsewhere'"),
]


@pytest.mark.parametrize(("patch", "breakage"), BREAKAGES)
def test_a_patch_that_no_longer_fits_stops_the_emulator_with_its_name(
    tmp_path: Path, patch: str, breakage: str
) -> None:
    script = BREAK_AND_APPLY.format(
        folder=str(EMULATOR), state=str(tmp_path), breakage=breakage, application=APPLICATIONS[patch]
    )

    ended = subprocess.run(
        [emulator_environment().python, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )

    assert f"The patch '{patch}' does not fit MiniStack 1.5.33" in ended.stderr
    assert "--stock" in ended.stderr
