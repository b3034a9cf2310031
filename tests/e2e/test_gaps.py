"""The gaps between the embedded emulator and AWS: each gap that ``stack status`` lists is still there.

When one of these fails, the emulator got better: delete the row in ``capabilities.py`` and the proof here. The
gaps of the user pool are proven in ``test_account_gaps.py``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from stack.local import Running, emulator_status
from stack.target.capabilities import gaps
from stack.target.target_kind import TargetKind
from tests.e2e.api import Stack
from tests.e2e.conftest import run
from tests.e2e.emulated import client, make_function, refused

MEGABYTE = 1024 * 1024
DAY_MS = 24 * 60 * 60 * 1000
ECHO = """
import sys, time
def handler(event, context):
    time.sleep(float((event.get("queryStringParameters") or {}).get("seconds", 0)))
    size = int((event.get("queryStringParameters") or {}).get("answer", 0))
    headers = {"WWW-Authenticate": "Bearer"}
    return {"statusCode": 200, "headers": headers, "body": "x" * size + str(len(event.get("body") or ""))}
"""


@pytest.fixture(scope="module")
def running(stack: Stack, home: Path) -> Running:
    found = emulator_status(home)
    assert found
    return found


@pytest.fixture(scope="module")
def url(running: Running) -> str:
    """The URL of an API of one method, whose integration may take 50 ms and has no permission to call its function."""
    gateway, name = client(running, "apigateway"), f"probe-{secrets.token_hex(4)}"
    function = make_function(running, name, ECHO)
    api = gateway.create_rest_api(name=name)["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    at = {"restApiId": api, "resourceId": root, "httpMethod": "POST"}
    gateway.put_method(**at, authorizationType="NONE")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    gateway.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri, timeoutInMillis=50)
    gateway.create_deployment(restApiId=api, stageName="v1")
    return f"{running.endpoint_url}/_aws/execute-api/{api}/v1/"


def integrations_have_no_timeout(running: Running, url: str) -> bool:
    return httpx.post(url, params={"seconds": 0.5}, timeout=120).status_code == 200


def the_challenge_of_a_function_keeps_its_name(running: Running, url: str) -> bool:
    return bool(httpx.post(url, timeout=60).headers.get("www-authenticate") == "Bearer")


def a_method_is_live_without_a_deployment(running: Running, url: str) -> bool:
    gateway, api = client(running, "apigateway"), url.split("/")[-3]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    at = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    assert httpx.get(url).status_code != 200
    gateway.put_method(**at, authorizationType="NONE")
    gateway.put_integration(**at, type="MOCK", requestTemplates={"application/json": '{"statusCode":200}'})
    gateway.put_method_response(**at, statusCode="200")
    gateway.put_integration_response(**at, statusCode="200")
    return httpx.get(url).status_code == 200


def payloads_have_no_limit(running: Running, url: str) -> bool:
    sent = httpx.post(url, content=b"x" * (10 * MEGABYTE + 1), timeout=120)
    answered = httpx.post(url, params={"answer": 6 * MEGABYTE}, timeout=120)
    return (sent.status_code, answered.status_code) == (200, 200)


def memory_has_no_limit(running: Running, url: str) -> bool:
    source = f"def handler(event, context):\n    return len(bytearray({300 * MEGABYTE}))\n"
    return bool(invoked(running, source, MemorySize=128) == 300 * MEGABYTE)


def any_runtime_is_the_same(running: Running, url: str) -> bool:
    source = "import sys\ndef handler(event, context):\n    return list(sys.version_info[:2])\n"
    return bool(invoked(running, source, Runtime="python3.8") != [3, 8])


def a_caller_without_permission_is_served(running: Running, url: str) -> bool:
    return httpx.post(url, content=b"hello").text == "5"


def old_events_stay(running: Running, url: str) -> bool:
    logs, where = client(running, "logs"), {"logGroupName": f"old-{secrets.token_hex(4)}", "logStreamName": "one"}
    logs.create_log_group(logGroupName=where["logGroupName"])
    logs.put_retention_policy(logGroupName=where["logGroupName"], retentionInDays=1)
    logs.create_log_stream(**where)
    old = int(time.time() * 1000) - 3 * DAY_MS
    logs.put_log_events(**where, logEvents=[{"timestamp": old, "message": "of three days ago"}])
    return len(logs.get_log_events(**where)["events"]) == 1


def a_query_always_costs_the_same(running: Running, url: str) -> bool:
    dynamodb, table = client(running, "dynamodb"), f"capacity-{secrets.token_hex(4)}"
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for key, size in (("small", 1), ("large", 100_000)):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, "text": {"S": "x" * size}})
    small, large = (capacity(dynamodb, table, key) for key in ("small", "large"))
    return small == large


def a_policy_for_tls_shuts_everybody_out(running: Running, url: str) -> bool:
    """Everybody but the account's root."""
    bucket, theirs = a_bucket(running), a_reader(running)
    assert theirs.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    plain_http = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": plain_http}
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    policy = {"Version": "2012-10-17", "Statement": [{**deny, "Resource": resources}]}
    client(running, "s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    return refused("AccessDenied", lambda: theirs.list_objects_v2(Bucket=bucket))


def a_form_takes_other_bytes_than_it_names(running: Running, url: str) -> bool:
    bucket = a_bucket(running)
    checksum = {"x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(b"promised").digest()).decode()}
    conditions: list[Any] = [{name: value} for name, value in checksum.items()]
    form = client(running, "s3").generate_presigned_post(bucket, "key", Fields=checksum, Conditions=conditions)
    return httpx.post(form["url"], data=form["fields"], files={"file": b"sent instead"}).status_code == 204


def no_capacity_of_reads_is_measured(running: Running, url: str) -> bool:
    table = run_json("outputs", running)["table_name"]
    client(running, "dynamodb").get_item(TableName=table, Key={"pk": {"S": "x"}, "sk": {"S": "x"}})
    metrics = client(running, "cloudwatch").list_metrics(Namespace="AWS/DynamoDB")["Metrics"]
    return not [each for each in metrics if each["MetricName"] == "ConsumedReadCapacityUnits"]


PROOFS: dict[tuple[str, str], Callable[[Running, str], bool]] = {
    ("rest_api", "integration timeout"): integrations_have_no_timeout,
    ("rest_api", "WWW-Authenticate"): the_challenge_of_a_function_keeps_its_name,
    ("rest_api", "deployment"): a_method_is_live_without_a_deployment,
    ("rest_api", "payload limits"): payloads_have_no_limit,
    ("function", "memory"): memory_has_no_limit,
    ("function", "runtime"): any_runtime_is_the_same,
    ("function", "permission"): a_caller_without_permission_is_served,
    ("log_group", "retention"): old_events_stay,
    ("table", "query capacity"): a_query_always_costs_the_same,
    ("table", "metrics"): no_capacity_of_reads_is_measured,
    ("bucket", "TLS-only policy"): a_policy_for_tls_shuts_everybody_out,
    ("bucket", "upload checksum"): a_form_takes_other_bytes_than_it_names,
}


def test_every_listed_gap_has_a_proof() -> None:
    assert PROOFS.keys() == {(gap.kind, gap.subject) for gap in gaps(TargetKind.LOCAL) if gap.kind != "user_pool"}


@pytest.mark.parametrize("gap", PROOFS, ids=": ".join)
def test_the_gap_is_still_there(running: Running, url: str, gap: tuple[str, str]) -> None:
    assert PROOFS[gap](running, url)


def run_json(verb: str, running: Running) -> dict[str, Any]:
    code, printed = run(verb, "--home", str(running.home), "--json")
    assert code == 0
    return dict(json.loads(printed))


def a_bucket(running: Running) -> str:
    name = f"probe-{secrets.token_hex(4)}"
    client(running, "s3").create_bucket(Bucket=name)
    return name


def a_reader(running: Running) -> Any:
    """An S3 client of a user who may list any bucket."""
    iam, name = client(running, "iam"), f"reader-{secrets.token_hex(4)}"
    may = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="list", PolicyDocument=json.dumps({"Statement": [may]}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return client(running, "s3", key["AccessKeyId"], key["SecretAccessKey"])


def invoked(running: Running, source: str, **settings: Any) -> Any:
    """The answer of a new function with this source."""
    name = f"probe-{secrets.token_hex(4)}"
    make_function(running, name, source, **settings)
    return json.loads(client(running, "lambda").invoke(FunctionName=name)["Payload"].read())


def capacity(dynamodb: Any, table: str, key: str) -> float:
    found = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": key}},
        ReturnConsumedCapacity="TOTAL",
    )
    return float(found["ConsumedCapacity"]["CapacityUnits"])
