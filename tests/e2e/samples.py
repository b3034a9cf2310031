"""One row for each kind: a resource, what it refers to, a change of each of its properties, and the calls that takes.

``test_kinds.py`` makes the rhythm of a kind out of its row. A new kind needs a row and nothing else there.
"""

from __future__ import annotations

import functools
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from stack.engine.model import Desired, Live, Owner, Ref
from stack.engine.stamps import owner_tags
from stack.kinds.alarm import AlarmProps
from stack.kinds.bucket.props import BucketProps, CorsRule, LifecycleRule, Notification
from stack.kinds.dashboard import DashboardProps, dashboard_body
from stack.kinds.function.props import Failures, FunctionProps, Trigger
from stack.kinds.layer import LayerProps
from stack.kinds.log_group import LogGroupProps
from stack.kinds.policy import document
from stack.kinds.queue import QueueProps
from stack.kinds.rest_api.props import Authorizer, GatewayResponse, Method, Model, RestApiProps, Stage
from stack.kinds.role import RoleProps
from stack.kinds.table import LocalIndex, TableProps
from stack.kinds.topic import TopicProps
from stack.kinds.user_pool.props import PasswordPolicy, UserPoolClient, UserPoolProps
from stack.target.target import Target
from stack.topology.grants import allow

ByHand = Callable[[Target, Live[Any]], Any]


@dataclass(frozen=True)
class Change:
    """New values of the property (and of those that go with it), and the writes it takes besides the stamp."""

    values: Mapping[str, object]
    writes: frozenset[str]


@dataclass(frozen=True)
class Part:
    """Another value for what lies within a property, at the path that ``flatten`` spells, and for what goes with it.

    Without ``writes`` it takes those of the whole property.
    """

    path: str
    value: object
    writes: frozenset[str] = frozenset()
    also: Mapping[str, object] = field(default_factory=dict)

    @property
    def field(self) -> str:
        return self.path.partition(".")[0]

    def of(self, props: Any) -> Any:
        """``props`` with this part changed."""
        for path, value in {self.path: self.value, **self.also}.items():
            props = edited(props, path, value)
        return props


def edited(value: Any, path: str, new: object, at: str = "") -> Any:
    """``value`` with ``new`` at ``path``."""
    dot = f"{at}." if at else ""
    if at == path:
        return new
    if is_dataclass(value) and not isinstance(value, type | Ref):
        held = {each.name: getattr(value, each.name) for each in fields(value)}
        return replace(value, **{name: edited(item, path, new, dot + name) for name, item in held.items()})
    if isinstance(value, Mapping):
        return {key: edited(item, path, new, dot + key) for key, item in value.items()}
    if isinstance(value, tuple) and any(is_dataclass(item) and not isinstance(item, Ref) for item in value):
        return tuple(edited(item, path, new, dot + str(getattr(item, fields(item)[0].name))) for item in value)
    return value


def parts(values: Mapping[str, object], *writes: str) -> tuple[Part, ...]:
    """Parts that are changed one at a time and take the same writes."""
    return tuple(Part(path, value, frozenset(writes)) for path, value in values.items())


@dataclass(frozen=True)
class Sample:
    """``by_hand`` are properties that only others change: declared as they should be, read to see that they are.

    ``tidies`` are writes that take away older versions, when there are some. ``unowned``: whether AWS lets one exist
    without our mark.
    """

    resource: Desired[Any]
    stamp: frozenset[str]
    changes: Mapping[str, Change]
    by_hand: Mapping[str, ByHand] = field(default_factory=dict)
    needs: tuple[Desired[Any], ...] = ()
    tidies: frozenset[str] = frozenset()
    unowned: bool = True
    parts: tuple[Part, ...] = ()

    @property
    def kind(self) -> str:
        return self.resource.kind

    @property
    def topology(self) -> tuple[Desired[Any], ...]:
        return (*self.needs, self.resource)


ORIGIN = "Access-Control-Allow-Origin"


def samples(target: Target) -> tuple[Sample, ...]:
    """Every row, named for the stack of ``target``."""
    rows = (
        _log_group,
        _table,
        _user_pool,
        _topic,
        _queue,
        _alarm,
        _dashboard,
        _role,
        _layer,
        _function,
        _bucket,
        _rest_api,
    )
    return tuple(_with_contents(row(target)) for row in rows)


def _with_contents(sample: Sample) -> Sample:
    needs = tuple(with_content(each) for each in sample.needs)
    return replace(sample, resource=with_content(sample.resource), needs=needs)


def to(*writes: str, **values: object) -> Change:
    return Change(values, frozenset(writes))


def with_content(desired: Desired[Any]) -> Desired[Any]:
    """Give a function or layer its zip, with a handler that answers the text which stands for its sources."""
    sources = getattr(desired.props, "code", None) or getattr(desired.props, "content", None)
    return replace(desired, build=functools.partial(zipped, sources)) if sources else desired


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("app.py")
        archive.writestr(entry, f"def handler(event, context):\n    return {text!r}\n\nother = handler\n")
    return buffer.getvalue()


def a_role(target: Target, key: str, *actions: str) -> Desired[RoleProps]:
    policy = (allow("Work", actions or ("dynamodb:GetItem",), (target.arn("dynamodb", "table/x"),)),)
    return Desired(f"role.{key}", target.regional(key), RoleProps("lambda.amazonaws.com", policy, "A sample"))


def a_log_group(target: Target, key: str) -> Desired[LogGroupProps]:
    return Desired(f"log_group.{key}", f"/aws/lambda/{target.named(key)}", LogGroupProps(30))


def a_queue(target: Target, key: str) -> Desired[QueueProps]:
    return Desired(f"queue.{key}", target.named(key), QueueProps(visibility=60, retention=3600))


def a_function(target: Target, key: str) -> tuple[Desired[Any], ...]:
    """A function with all it needs."""
    props = FunctionProps(
        runtime="python3.13",
        handler="app.handler",
        role=Ref(f"role.{key}", "arn"),
        code="first",
        layers=(),
        environment={"COLOUR": "red"},
        timeout=5,
        memory=128,
        architecture="x86_64",
        description="A sample",
        log_group=Ref(f"log_group.{key}", "name"),
    )
    function = Desired(f"function.{key}", target.named(key), props)
    queues = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage")
    return (a_log_group(target, key), a_role(target, key, *queues), function)


def _log_group(target: Target) -> Sample:
    return Sample(
        a_log_group(target, "sample"),
        stamp=frozenset({"logs:TagResource"}),
        changes={"retention_days": to("logs:PutRetentionPolicy", retention_days=7)},
    )


def _table(target: Target) -> Sample:
    props = TableProps(
        partition_key="pk",
        sort_key="sk",
        local_indexes=(LocalIndex("by_date", "date"),),
        ttl_attribute="expires_at",
        point_in_time_recovery=True,
        deletion_protection=True,
    )
    update = "dynamodb:UpdateTable"
    return Sample(
        Desired("table.sample", target.named("sample"), props),
        stamp=frozenset({"dynamodb:TagResource"}),
        changes={
            "partition_key": to(partition_key="owner"),
            "sort_key": to(sort_key="item"),
            "local_indexes": to(local_indexes=(LocalIndex("by_size", "size"),)),
            "ttl_attribute": to("dynamodb:UpdateTimeToLive", ttl_attribute=None),
            "point_in_time_recovery": to("dynamodb:UpdateContinuousBackups", point_in_time_recovery=False),
            "deletion_protection": to(update, deletion_protection=False),
        },
        by_hand={
            "billing": lambda at, live: at.client("dynamodb").update_table(
                TableName=live.name,
                BillingMode="PROVISIONED",
                ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            ),
            "undeclared": lambda at, live: at.client("dynamodb").update_table(
                TableName=live.name, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
            ),
        },
        parts=(
            *parts({"local_indexes.by_date.name": "by_day", "local_indexes.by_date.sort_key": "day"}),
            *parts({"ttl_attribute": "gone_at"}),
        ),
    )


def identity(name: str) -> str:
    """The ARN of an identity in SES."""
    return f"arn:aws:ses:us-east-1:123456789012:identity/{name}"


def _user_pool(target: Target) -> Sample:
    client = UserPoolClient(
        flows=("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"),
        id_token_minutes=60,
        access_token_minutes=60,
        refresh_token_days=30,
        write_attributes=("email",),
    )
    props = UserPoolProps(
        sign_in=("email",),
        verified=("email",),
        case_sensitive=False,
        password=PasswordPolicy(minimum_length=12),
        recovery=("verified_email",),
        mfa="OPTIONAL",
        totp=True,
        deletion_protection=True,
        client=client,
        email_from="one@example.com",
        email_arn=identity("one@example.com"),
    )
    pool, mfa = "cognito-idp:UpdateUserPool", "cognito-idp:SetUserPoolMfaConfig"
    longer = UserPoolClient(client.flows, 30, 30, 60, ("email",))
    return Sample(
        Desired("user_pool.sample", target.named("sample"), props),
        stamp=frozenset({"cognito-idp:TagResource"}),
        changes={
            "sign_in": to(sign_in=("phone_number",)),
            "case_sensitive": to(case_sensitive=True),
            "verified": to(pool, verified=()),
            "password": to(pool, password=PasswordPolicy(minimum_length=20, symbols=False)),
            "recovery": to(pool, recovery=("admin_only",)),
            "mfa": to(mfa, mfa="ON"),
            "totp": to(mfa, totp=False, mfa="OFF"),
            "deletion_protection": to(pool, deletion_protection=False),
            "client": to("cognito-idp:UpdateUserPoolClient", client=longer),
            "email_from": to(pool, email_from="The tracker <one@example.com>"),
            "email_arn": to(pool, email_arn=identity("example.com")),
        },
        by_hand={
            "other_clients": lambda at, live: at.client("cognito-idp").create_user_pool_client(
                UserPoolId=live.outputs["id"], ClientName="theirs"
            ),
            "duplicates": lambda at, live: at.client("cognito-idp").create_user_pool(
                PoolName=live.name, UserPoolTags=owner_tags(Owner(at.stack, "user_pool.sample"))
            ),
        },
        parts=(
            *parts({f"password.{flag}": False for flag in ("uppercase", "lowercase", "numbers", "symbols")}),
            *parts({"password.minimum_length": 14, "password.temporary_days": 1}),
            *parts({f"client.{flag}": False for flag in ("hides_users", "revocable")}),
            *parts({"client.flows": client.flows[:1], "client.write_attributes": ("email", "name")}),
            *parts({f"client.{token}_token_minutes": 5 for token in ("id", "access")}),
            *parts({"client.refresh_token_days": 1}),
        ),
    )


def open_to_everybody(live: Live[Any], action: str) -> str:
    """A policy with which anybody may do something with a resource."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": live.outputs["arn"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _topic(target: Target) -> Sample:
    return Sample(
        Desired("topic.sample", target.named("sample"), TopicProps("Sample")),
        stamp=frozenset({"sns:TagResource"}),
        changes={
            "display_name": to("sns:SetTopicAttributes", display_name="Another"),
            "email": to("sns:Subscribe", "sns:TagResource", email="a@example.com"),
        },
        by_hand={
            "undeclared": lambda at, live: at.client("sns").set_topic_attributes(
                TopicArn=live.outputs["arn"],
                AttributeName="Policy",
                AttributeValue=open_to_everybody(live, "SNS:Publish"),
            )
        },
    )


def _queue(target: Target) -> Sample:
    props = QueueProps(visibility=60, retention=3600, dead_letters=Ref("queue.first", "arn"), max_receives=3)
    write = "sqs:SetQueueAttributes"
    return Sample(
        Desired("queue.sample", target.named("sample"), props),
        stamp=frozenset({"sqs:TagQueue"}),
        changes={
            "visibility": to(write, visibility=120),
            "retention": to(write, retention=7200),
            "dead_letters": to(write, dead_letters=Ref("queue.second", "arn")),
            "max_receives": to(write, dead_letters="", max_receives=0),
            "encrypted": to(write, encrypted=False),
        },
        by_hand={
            "undeclared": lambda at, live: at.client("sqs").set_queue_attributes(
                QueueUrl=live.outputs["url"],
                Attributes={"Policy": open_to_everybody(live, "sqs:*"), "DelaySeconds": "900"},
            )
        },
        needs=(a_queue(target, "first"), a_queue(target, "second")),
    )


def _alarm(target: Target) -> Sample:
    props = AlarmProps(
        description="A sample",
        namespace="Sample",
        metric="Depth",
        dimensions={"Queue": "one"},
        statistic="Maximum",
        threshold=1,
        actions=(Ref("topic.heard", "arn"),),
    )
    write = "cloudwatch:PutMetricAlarm"
    return Sample(
        Desired("alarm.sample", target.named("sample"), props),
        stamp=frozenset({"cloudwatch:TagResource"}),
        changes={
            "description": to(write, description="Another"),
            "namespace": to(write, namespace="Other"),
            "metric": to(write, metric="Age"),
            "dimensions": to(write, dimensions={"Queue": "two", "Shard": "1"}),
            "statistic": to(write, statistic="p99"),
            "threshold": to(write, threshold=2.5),
            "comparison": to(write, comparison="LessThanThreshold"),
            "period": to(write, period=300),
            "periods": to(write, periods=3),
            "datapoints": to(write, periods=3, datapoints=2),
            "missing": to(write, missing="breaching"),
            "actions": to(write, actions=()),
        },
        parts=parts({"dimensions.Queue": "two"}),
        by_hand={
            "undeclared": lambda at, live: at.client("cloudwatch").put_metric_alarm(
                AlarmName=live.name,
                Namespace="Sample",
                MetricName="Depth",
                Statistic="Maximum",
                Threshold=1,
                ComparisonOperator="GreaterThanOrEqualToThreshold",
                Period=60,
                EvaluationPeriods=1,
                Unit="Bytes",
            )
        },
        needs=(Desired("topic.heard", target.named("heard"), TopicProps("Heard")),),
    )


def _dashboard(target: Target) -> Sample:
    def body(title: str) -> str:
        metric = {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6}
        shown = {"title": title, "metrics": [["Sample", "Depth"]], "region": target.region, "stat": "Sum", "period": 60}
        return dashboard_body({"widgets": [{**metric, "properties": shown}]})

    return Sample(
        Desired("dashboard.sample", target.named("sample"), DashboardProps(body("Depth"))),
        stamp=frozenset(),
        changes={"body": to("cloudwatch:PutDashboard", body=body("Another"))},
    )


def _role(target: Target) -> Sample:
    role = a_role(target, "sample")
    more = allow("More", ("dynamodb:PutItem", "dynamodb:GetItem"), (target.arn("dynamodb", "table/y"),))
    from_elsewhere = document(role.props.policy)
    from_elsewhere["Statement"][0]["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    return Sample(
        role,
        stamp=frozenset({"iam:TagRole"}),
        changes={
            "service": to("iam:UpdateAssumeRolePolicy", service="states.amazonaws.com"),
            "policy": to("iam:PutRolePolicy", policy=(more,)),
            "description": to("iam:UpdateRole", description="Another"),
        },
        parts=(
            *parts({"policy": ()}, "iam:DeleteRolePolicy"),
            *parts(
                {
                    "policy.Work.sid": "Look",
                    "policy.Work.actions": ("dynamodb:GetItem", "dynamodb:PutItem"),
                    "policy.Work.resources": ("arn:aws:s3:::ours/*",),
                    "policy.Work.effect": "Deny",
                }
            ),
        ),
        by_hand={
            "policy": lambda at, live: at.client("iam").put_role_policy(
                RoleName=live.name, PolicyName="access", PolicyDocument=json.dumps(from_elsewhere)
            ),
            "undeclared": lambda at, live: at.client("iam").put_role_permissions_boundary(
                RoleName=live.name, PermissionsBoundary=administrator
            ),
            "attached": lambda at, live: at.client("iam").attach_role_policy(
                RoleName=live.name, PolicyArn=administrator
            ),
            "other_policies": lambda at, live: at.client("iam").put_role_policy(
                RoleName=live.name,
                PolicyName="theirs",
                PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}',
            ),
        },
    )


def _layer(target: Target) -> Sample:
    publish = "lambda:PublishLayerVersion"
    return Sample(
        Desired("layer.sample", target.named("sample"), LayerProps("layer", "python3.13", "x86_64")),
        stamp=frozenset(),
        changes={
            "content": to(publish, content="another-layer"),
            "runtime": to(publish, runtime="python3.12"),
            "architecture": to(publish, architecture="arm64"),
        },
        tidies=frozenset({"lambda:DeleteLayerVersion"}),
        unowned=False,
    )


def _function(target: Target) -> Sample:
    settings = ("lambda:UpdateFunctionConfiguration", *GO_LIVE)
    code = ("lambda:UpdateFunctionCode", *GO_LIVE)
    *needs, function = a_function(target, "sample")
    read, unread, dead, lost = (Ref(f"queue.{key}", "arn") for key in ("read", "unread", "dead", "lost"))
    function = replace(
        function, props=replace(function.props, triggers=(Trigger(read, 1),), failures=Failures(dead, retries=1))
    )
    mapping = "lambda:{}EventSourceMapping"
    layer = Desired("layer.added", target.named("added"), LayerProps("l", "python3.13", "x86_64"))
    return Sample(
        function,
        stamp=frozenset({"lambda:TagResource"}),
        changes={
            "runtime": to(*settings, runtime="python3.12"),
            "handler": to(*settings, handler="app.other"),
            "role": to(*settings, role=Ref("role.other", "arn")),
            "code": to(*code, code="second"),
            "layers": to(*settings, layers=(Ref("layer.added", "arn"),)),
            "environment": to(*settings, environment={"COLOUR": "blue", "SIZE": "1"}),
            "timeout": to(*settings, timeout=9),
            "memory": to(*settings, memory=256),
            "architecture": to(*code, architecture="arm64"),
            "description": to(*settings, description="Another"),
            "log_group": to(*settings, log_group=Ref("log_group.other", "name")),
            "triggers": to(mapping.format("Create"), mapping.format("Delete"), triggers=(Trigger(unread, 5),)),
            "failures": to("lambda:PutFunctionEventInvokeConfig", failures=Failures(lost, retries=2)),
        },
        parts=(
            *parts({"environment.COLOUR": "blue", "environment": {}}),
            *parts({f"triggers.{read}.queue": unread}),
            *parts({f"triggers.{read}.batch": 5}, mapping.format("Update")),
            *parts({"triggers": ()}, mapping.format("Delete")),
            *parts({"failures.queue": lost, "failures.retries": 0}),
            *parts({"failures": None}, "lambda:DeleteFunctionEventInvokeConfig"),
        ),
        by_hand={
            "undeclared": lambda at, live: [
                at.client("lambda").update_function_configuration(
                    FunctionName=live.name, TracingConfig={"Mode": "Active"}, EphemeralStorage={"Size": 1024}
                ),
                at.client("lambda").put_function_concurrency(FunctionName=live.name, ReservedConcurrentExecutions=1),
            ],
            "live": lambda at, live: at.client("lambda").delete_alias(FunctionName=live.name, Name="live"),
        },
        needs=(
            *needs,
            a_role(target, "other", "sqs:SendMessage"),
            a_log_group(target, "other"),
            *(a_queue(target, key) for key in ("read", "unread", "dead", "lost")),
            layer,
        ),
        tidies=frozenset({"lambda:DeleteFunction"}),
    )


def _bucket(target: Target) -> Sample:
    props = BucketProps(
        cors=(CorsRule("https://app.example.com", ("GET", "POST"), headers=("*",), exposes=("ETag",)),),
        lifecycle=(LifecycleRule("tidy", "old/", expire_days=1, old_version_days=7, unfinished_upload_days=1),),
        notifies=(Notification("users/", Ref("function.told", "alias_arn")),),
    )
    told = Ref("function.other", "alias_arn")
    move = ("lambda:AddPermission", "s3:PutBucketNotificationConfiguration", "lambda:RemovePermission")
    page, tidy, users = "cors.https://app.example.com", "lifecycle.tidy", "notifies.users/"
    return Sample(
        Desired("bucket.sample", target.bucket("sample"), props),
        stamp=frozenset({"s3:PutBucketTagging"}),
        changes={
            "cors": to("s3:PutBucketCors", cors=(CorsRule("https://other.example.com", ("GET",), max_age=60),)),
            "lifecycle": to("s3:PutBucketLifecycleConfiguration", lifecycle=(LifecycleRule("old", "a/", 3),)),
            "notifies": to(*move, notifies=(Notification("in/", told),)),
            "versioned": to("s3:PutBucketVersioning", versioned=False),
            "encryption": to("s3:PutBucketEncryption", encryption="aws:kms"),
            "private": to("s3:PutPublicAccessBlock", private=False),
            "ownership": to("s3:PutBucketOwnershipControls", ownership="BucketOwnerPreferred"),
            "policy": to("s3:DeleteBucketPolicy", policy=""),
        },
        parts=(
            *parts({f"{page}.origin": "https://b.example.com", f"{page}.methods": ("GET",), f"{page}.max_age": 60}),
            *parts({f"{page}.headers": (), f"{page}.exposes": ()}),
            *parts({f"{tidy}.name": "clean", f"{tidy}.prefix": "", f"{tidy}.expire_days": 0}),
            *parts({f"{tidy}.old_version_days": 0, f"{tidy}.unfinished_upload_days": 0}),
            *parts({f"{users}.prefix": "new/"}, "s3:PutBucketNotificationConfiguration"),
            *parts({f"{users}.function": told}),
            *parts({"cors": ()}, "s3:DeleteBucketCors"),
            *parts({"lifecycle": ()}, "s3:DeleteBucketLifecycle"),
            *parts({"notifies": ()}, "s3:PutBucketNotificationConfiguration", "lambda:RemovePermission"),
        ),
        by_hand={
            "notifies": lambda at, live: at.client("lambda").remove_permission(
                FunctionName=at.named("told"), Qualifier="live", StatementId=live.name
            ),
            "copies": lambda at, live: at.client("s3").put_bucket_replication(
                Bucket=live.name,
                ReplicationConfiguration={
                    "Role": at.arn("iam", "role/theirs"),
                    "Rules": [
                        {
                            "ID": "theirs",
                            "Status": "Enabled",
                            "Priority": 1,
                            "Filter": {"Prefix": ""},
                            "DeleteMarkerReplication": {"Status": "Disabled"},
                            "Destination": {"Bucket": f"arn:aws:s3:::{live.name}"},
                        }
                    ],
                },
            ),
        },
        needs=(*a_function(target, "told"), *a_function(target, "other")),
    )


def _rest_api(target: Target) -> Sample:
    function = Ref("function.called", "alias_arn")
    pool = Ref("user_pool.sample", "arn")
    schema = Model("Thing", '{"title": "thing", "type": "object"}')
    get = Method("GET /things", function, pool, {}, {})
    post = Method("POST /things", function, pool, {"application/json": "Thing"}, {})
    preflight = Method("OPTIONS /things", "", "", {}, {ORIGIN: "https://app.example.com"})
    refusal = GatewayResponse("THROTTLED", "429", '{"status":429}', {"Retry-After": "1"})
    props = RestApiProps(
        description="A sample",
        authorizers=(Authorizer(pool),),
        models=(schema,),
        methods=(get, preflight, post),
        responses=(refusal,),
        stage=Stage("v1", 100, 200, Ref("log_group.called", "arn"), '{"id":"$context.requestId"}'),
        invokes=(Ref("function.called", "name"),),
    )
    deploy = ("apigateway:CreateDeployment", "apigateway:UpdateStage")
    method = ("apigateway:DeleteMethod", "apigateway:PutMethod", "apigateway:PutIntegration")
    authorizer = ("apigateway:CreateAuthorizer", "apigateway:DeleteAuthorizer")
    extra = Method("GET /things/{id}", function, pool, {}, {})
    made = ("apigateway:CreateResource", "apigateway:PutMethod", "apigateway:PutIntegration")
    answer = ("apigateway:PutMethodResponse", "apigateway:PutIntegrationResponse")
    asks, answers, refused = "POST /things", "OPTIONS /things", "responses.THROTTLED"
    no_preflight: Mapping[str, object] = {f"methods.{answers}.preflight": {}}
    other, named = Ref("function.other", "alias_arn"), Ref("function.other", "name")
    renamed = frozenset(("apigateway:CreateModel", "apigateway:DeleteModel", *method, *deploy))
    moved = frozenset(("lambda:AddPermission", *method, *deploy))
    theirs = target.arn("cognito-idp", "userpool/us-east-1_theirs")
    refuse = ("apigateway:PutGatewayResponse", *deploy)
    return Sample(
        Desired("rest_api.sample", target.named("sample"), props),
        stamp=frozenset({"apigateway:TagResource"}),
        changes={
            "description": to("apigateway:UpdateRestApi", description="Another"),
            "authorizers": to(*authorizer, *method, *deploy, authorizers=(Authorizer(pool, ttl=60),)),
            "models": to("apigateway:UpdateModel", *deploy, models=(Model("Thing", '{"type": "object"}'),)),
            "methods": to(*made, *deploy, methods=(get, extra, preflight, post)),
            "responses": to(
                "apigateway:PutGatewayResponse",
                *deploy,
                responses=(GatewayResponse("THROTTLED", "429", '{"status":0}', {}),),
            ),
            "stage": to("apigateway:UpdateStage", stage=Stage("v1", 10, 20, props.stage.log_group, '{"id":"-"}')),
        },
        by_hand={
            "undeclared": lambda at, live: [
                at.client("apigateway").update_rest_api(
                    restApiId=live.outputs["id"],
                    patchOperations=[{"op": "replace", "path": "/apiKeySource", "value": "AUTHORIZER"}],
                ),
                at.client("lambda").add_permission(
                    FunctionName=at.named("called"),
                    Qualifier="live",
                    StatementId="theirs",
                    Action="lambda:InvokeFunction",
                    Principal="*",
                ),
            ],
            "invokes": lambda at, live: at.client("lambda").remove_permission(
                FunctionName=at.named("called"), Qualifier="live", StatementId=at.named("api")
            ),
            "deployed": lambda at, live: at.client("apigateway").create_deployment(
                restApiId=live.outputs["id"], stageName="v1", description="theirs"
            ),
            "duplicates": lambda at, live: at.client("apigateway").create_request_validator(
                restApiId=live.outputs["id"], name="body", validateRequestBody=True
            ),
        },
        parts=(
            Part(
                f"authorizers.{pool}.pool",
                theirs,
                also={f"methods.{key}.pool": theirs for key in (asks, "GET /things")},
            ),
            *parts({f"authorizers.{pool}.header": "X-Token", f"authorizers.{pool}.ttl": 60}),
            Part("models.Thing.name", "Item", renamed, {f"methods.{asks}.models.application/json": "Item"}),
            *parts({"models.Thing.schema": '{"type": "array"}'}),
            *parts({f"methods.{asks}.key": "PUT /things", f"methods.{asks}.pool": ""}, *method, *deploy),
            *parts({f"methods.{asks}.models.application/json": "Empty"}, *method, *deploy),
            Part(f"methods.{asks}.function", other, moved, {"invokes": (Ref("function.called", "name"), named)}),
            Part("methods.GET /things.function", other, moved, {"invokes": (Ref("function.called", "name"), named)}),
            *parts({"methods.GET /things.key": "HEAD /things"}, *method, *deploy),
            *parts({f"methods.{answers}.preflight.{ORIGIN}": "*"}, *method, *answer, *deploy),
            *parts({f"methods.{answers}.pool": pool}, *method, *answer, *deploy),
            *parts({f"methods.{answers}.key": "OPTIONS /a"}, "apigateway:CreateResource", *method, *answer, *deploy),
            Part(f"methods.{answers}.function", function, frozenset((*method, *deploy)), no_preflight),
            *parts({"responses": ()}, "apigateway:DeleteGatewayResponse", *deploy),
            *parts({f"{refused}.type": "ACCESS_DENIED"}, "apigateway:DeleteGatewayResponse", *refuse),
            *parts({f"{refused}.status": "403", f"{refused}.template": "{}", f"{refused}.headers.Retry-After": "2"}),
            *parts({"stage.rate": 5.0, "stage.burst": 5, "stage.log_format": '{"status":"$context.status"}'}),
            *parts({"stage.log_group": Ref("log_group.other", "arn")}),
        ),
        needs=(*a_function(target, "called"), *a_function(target, "other"), _user_pool(target).resource),
        tidies=frozenset({"apigateway:DeleteDeployment"}),
    )


GO_LIVE = ("lambda:PublishVersion", "lambda:Invoke", "lambda:UpdateAlias")
