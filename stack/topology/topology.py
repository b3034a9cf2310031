"""The whole system: what exists, with which settings, and who may do what.

                          ┌─ role ── log group        one pair for each function
rest api ── function ─────┼─ layer (dependencies)
    │           │         └─ table
    │           └────────── buckets, queues           an alarm watches the queue of dead letters
    └────── user pool (its tokens are asked for at the door)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.contract.routes import ROUTES
from handlers.contract.settings import (
    EraserSettings,
    ExpensesSettings,
    ProcessorSettings,
    ProfileSettings,
    PublicSettings,
    ReceiptsSettings,
    ReportsSettings,
)
from stack import bundle
from stack.engine.model import Desired, Ref
from stack.kinds.alarm import AlarmProps
from stack.kinds.bucket.props import TLS_ONLY, BucketProps, CorsRule, LifecycleRule, Notification, bucket_arn
from stack.kinds.function import FunctionProps
from stack.kinds.function_events import Failures, Trigger
from stack.kinds.layer import LayerProps
from stack.kinds.log_group import LogGroupProps
from stack.kinds.queue import QueueProps
from stack.kinds.rest_api.props import Authorizer, RestApiProps, Stage
from stack.kinds.role import RoleProps
from stack.kinds.table import LocalIndex, TableProps
from stack.kinds.topic import TopicProps
from stack.kinds.user_pool import PasswordPolicy, UserPoolClient, UserPoolProps
from stack.target.target import Target
from stack.topology.api.methods import methods
from stack.topology.api.models import models
from stack.topology.api.refusals import refusals
from stack.topology.grants import (
    Statement,
    delete_users,
    delete_versions,
    index,
    items,
    list_versions,
    objects,
    receive,
    send,
    write_logs,
)

STAGE = "v1"
BY_DATE = "by_date"
TABLE, POOL, API = "table.data", "user_pool.users", "rest_api.api"
LAYER, IMAGES = "layer.dependencies", "layer.images"
RECEIPTS, WEB = "bucket.receipts", "bucket.web"
ERASURES, DEAD_LETTERS, ALARMS = "queue.erasures", "queue.dead_letters", "topic.alarms"
UPLOADS, INSPECTED, THUMBNAILS = "users/", "receipts/", "thumbnails/"
"""Where uploads arrive, and where what was inspected lies."""
ERASER_TIMEOUT, LOOK_AGAIN = 60, 90
"""Seconds of one run, and after which an account is looked at again; no run may still be working on it then."""
LOOKS = 30
"""After which an account that cannot be erased is somebody's business: 45 minutes, or more than a million rows."""
SETTLED = 5
"""Seconds on top of the longest timeout, after which nothing that had begun still runs."""
DAY = 24 * 60 * 60
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "length": "$context.responseLength",
    "latency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "error": "$context.error.responseType",
}
"""Neither the path nor the caller: an id or an address does not belong into a log."""


@dataclass(frozen=True, slots=True)
class Options:
    """What may differ between one stack and another. Rates in requests a second, retention in days."""

    web_origin: str
    rate: float = 1000
    burst: int = 2000
    retention: int = 30
    log_level: str = "INFO"


@dataclass(frozen=True, slots=True)
class Part:
    """One Lambda function: its settings, what its role may do, its memory in MiB and timeout in seconds."""

    key: str
    settings: Mapping[str, str | Ref]
    may: tuple[Statement, ...]
    memory: int = 256
    timeout: int = 10
    triggers: tuple[Trigger, ...] = ()
    layers: tuple[str, ...] = (LAYER,)
    failures: Failures | None = None


def topology(target: Target, options: Options) -> tuple[Desired[Any], ...]:
    """Everything that should exist on ``target``."""
    parts = _parts(target, options)
    return (
        *_data(target),
        *_buckets(target, options),
        *_queues(target),
        *_dependencies(target),
        *(each for part in parts for each in _function(target, part, options)),
        *_door(target, options),
    )


def _parts(target: Target, options: Options) -> tuple[Part, ...]:
    """The functions, split by what they may do, not by route."""
    table = target.arn("dynamodb", f"table/{target.named('data')}")
    name, client, origin = Ref(TABLE, "name"), Ref(POOL, "client_id"), options.web_origin
    by_date = index("QueryByDate", table, BY_DATE)
    parts = (
        Part(
            "expenses",
            ExpensesSettings.environment(
                table_name=name, user_pool_client_id=client, cors_origin=origin, cursor_key=Ref(TABLE, "id")
            ),
            (items("Expenses", table, "GetItem", "PutItem", "UpdateItem"), by_date),
        ),
        Part(
            "reports",
            ReportsSettings.environment(table_name=name, user_pool_client_id=client, cors_origin=origin),
            (items("RollUps", table, "GetItem", "Query"),),
        ),
        Part(
            "profile",
            ProfileSettings.environment(
                table_name=name, user_pool_client_id=client, cors_origin=origin, erasures_url=Ref(ERASURES, "url")
            ),
            (items("Profile", table, "GetItem", "PutItem"), send(target.arn("sqs", target.named("erasures")))),
        ),
        Part("public", PublicSettings.environment(cors_origin=origin), ()),
        *_receipts(target, options),
    )
    return (*parts, _eraser(target, table, settled=max(part.timeout for part in parts) + SETTLED))


def _receipts(target: Target, options: Options) -> tuple[Part, ...]:
    """One function that signs links and removes, and one that looks into files; neither may do what the other does."""
    table, bucket = target.arn("dynamodb", f"table/{target.named('data')}"), bucket_arn(target.bucket("receipts"))
    stored = {"table_name": Ref(TABLE, "name"), "bucket_name": target.bucket("receipts")}
    erase = (
        objects("EraseVersions", bucket, (UPLOADS, INSPECTED, THUMBNAILS), "DeleteObjectVersion"),
        list_versions(bucket),
    )
    return (
        Part(
            "receipts",
            ReceiptsSettings.environment(
                **stored,
                user_pool_client_id=Ref(POOL, "client_id"),
                cors_origin=options.web_origin,
                bucket_url=target.bucket_url(target.bucket("receipts")),
            ),
            (
                items(
                    "Receipts",
                    table,
                    *("ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
                ),
                objects("SignForms", bucket, (UPLOADS,), "PutObject"),
                objects("SignLinks", bucket, (INSPECTED, THUMBNAILS), "GetObject"),
                *erase,
            ),
            memory=512,
            timeout=20,
        ),
        Part(
            "processor",
            ProcessorSettings.environment(**stored),
            (
                items("Inspections", table, "GetItem", "UpdateItem"),
                objects("ReadUploads", bucket, (UPLOADS,), "GetObjectVersion"),
                objects("Store", bucket, (INSPECTED, THUMBNAILS), "PutObject"),
                *erase,
                send(target.arn("sqs", target.named("dead-letters"))),
            ),
            memory=1769,  # one whole processor, and room for the 1,280 MiB that an inspection may take
            timeout=45,
            layers=(LAYER, IMAGES),
            failures=Failures(Ref(DEAD_LETTERS, "arn")),
        ),
    )


def _eraser(target: Target, table: str, settled: int) -> Part:
    """What erases closed accounts; nothing of a request from before still runs after ``settled`` seconds."""
    bucket = bucket_arn(target.bucket("receipts"))
    return Part(
        "eraser",
        EraserSettings.environment(
            table_name=Ref(TABLE, "name"),
            bucket_name=target.bucket("receipts"),
            user_pool_id=Ref(POOL, "id"),
            settle_seconds=str(settled),
        ),
        (
            items("Rows", table, "BatchWriteItem", "PutItem", "Query"),
            list_versions(bucket),
            delete_versions(bucket, UPLOADS, INSPECTED, THUMBNAILS),
            delete_users(Ref(POOL, "arn")),
            receive(target.arn("sqs", target.named("erasures"))),
        ),
        timeout=ERASER_TIMEOUT,
        triggers=(Trigger(Ref(ERASURES, "arn")),),
    )


def _data(target: Target) -> tuple[Desired[Any], ...]:
    flows: tuple[str, ...] = ("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH")
    if target.is_local:
        flows = (*flows, "ALLOW_USER_PASSWORD_AUTH")  # so that curl can log in; never on AWS
    table = TableProps(
        partition_key="pk",
        sort_key="sk",
        local_indexes=(LocalIndex(BY_DATE, "by_date"),),
        ttl_attribute="expires_at",
        point_in_time_recovery=True,
        deletion_protection=True,
    )
    users = UserPoolProps(
        sign_in=("email",),
        verified=("email",),
        case_sensitive=False,
        password=PasswordPolicy(minimum_length=12),
        recovery=("verified_email",),
        mfa="OPTIONAL",
        totp=True,
        deletion_protection=True,
        client=UserPoolClient(
            flows=tuple(sorted(flows)),
            id_token_minutes=60,
            access_token_minutes=60,
            refresh_token_days=30,
            write_attributes=("email",),
        ),
    )
    return (
        Desired(TABLE, target.named("data"), table),
        Desired(POOL, target.named("users"), users),
    )


def _buckets(target: Target, options: Options) -> tuple[Desired[Any], ...]:
    """Receipts, under a prefix for each state they are in, and the web client's files."""
    policy = "" if target.is_local else TLS_ONLY  # an emulator serves plain HTTP
    tidy = LifecycleRule("tidy", old_version_days=7, unfinished_upload_days=1)
    receipts = BucketProps(
        cors=(CorsRule(options.web_origin, ("GET", "POST"), headers=("*",), exposes=("ETag",)),),
        lifecycle=(tidy, LifecycleRule("uploads", UPLOADS, expire_days=1)),
        notifies=(Notification(UPLOADS, Ref("function.processor", "alias_arn")),),
        policy=policy,
    )
    web = BucketProps(lifecycle=(tidy,), policy=policy)
    return (
        Desired(RECEIPTS, target.bucket("receipts"), receipts),
        Desired(WEB, target.bucket("web"), web),
    )


def _queues(target: Target) -> tuple[Desired[Any], ...]:
    """What waits to be erased, and what failed for good, which an alarm watches."""
    alarm = AlarmProps(
        description="Something failed for good and waits in the queue of dead letters",
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": Ref(DEAD_LETTERS, "name")},
        statistic="Maximum",
        threshold=1,
        actions=(Ref(ALARMS, "arn"),),
    )
    erasures = QueueProps(
        visibility=LOOK_AGAIN, retention=14 * DAY, dead_letters=Ref(DEAD_LETTERS, "arn"), max_receives=LOOKS
    )
    return (
        Desired(DEAD_LETTERS, target.named("dead-letters"), QueueProps(visibility=30, retention=14 * DAY)),
        Desired(ERASURES, target.named("erasures"), erasures),
        Desired(ALARMS, target.named("alarms"), TopicProps(display_name="Expense tracker")),
        Desired("alarm.dead_letters", target.named("dead-letters"), alarm),
    )


def runtime(target: Target) -> str:
    """The functions' Python: on an emulator the one that runs them, on AWS one version for everybody."""
    return bundle.running() if target.is_local else "python3.13"


def architecture(target: Target) -> str:
    """The functions' processor: on an emulator this machine's."""
    return bundle.host_architecture() if target.is_local else "x86_64"


def _dependencies(target: Target) -> tuple[Desired[Any], ...]:
    return (_layer(target, LAYER, "layer"), _layer(target, IMAGES, "images"))


def _layer(target: Target, address: str, group: str) -> Desired[Any]:
    """The packages of a dependency group."""
    built = bundle.layer(runtime(target), architecture(target), host=target.is_local, group=group)
    target.artifacts[built.fingerprint] = built.build
    props = LayerProps(content=built.fingerprint, runtime=runtime(target), architecture=architecture(target))
    return Desired(address, target.named(address.partition(".")[2]), props)


def _function(target: Target, part: Part, options: Options) -> tuple[Desired[Any], ...]:
    code = bundle.code(runtime(target))
    target.artifacts[code.fingerprint] = code.build
    name = target.named(part.key)
    group = f"/aws/lambda/{name}"
    role = RoleProps(
        service="lambda.amazonaws.com",
        policy=(*part.may, write_logs(target.arn("logs", f"log-group:{group}"))),
        description=f"What the {part.key} function may do",
    )
    function = FunctionProps(
        runtime=runtime(target),
        handler=f"handlers.functions.{part.key}.handler",
        role=Ref(f"role.{part.key}", "arn"),
        code=code.fingerprint,
        layers=tuple(Ref(layer, "arn") for layer in part.layers),
        environment={
            **part.settings,
            "POWERTOOLS_LOG_LEVEL": options.log_level,
            "POWERTOOLS_METRICS_NAMESPACE": "ExpenseTracker",
            "POWERTOOLS_SERVICE_NAME": part.key,
        },
        timeout=part.timeout,
        memory=part.memory,
        architecture=architecture(target),
        description=f"The {part.key} function of the expense tracker",
        log_group=Ref(f"log_group.{part.key}", "name"),
        triggers=part.triggers,
        failures=part.failures,
    )
    return (
        Desired(f"log_group.{part.key}", group, LogGroupProps(options.retention)),
        Desired(f"role.{part.key}", name, role),
        Desired(f"function.{part.key}", name, function),
    )


def _door(target: Target, options: Options) -> tuple[Desired[Any], ...]:
    group = f"/aws/apigateway/{target.named('api')}"
    pool = Ref(POOL, "arn")
    functions = sorted({route.function for route in ROUTES})
    api = RestApiProps(
        description="The front door of the expense tracker",
        authorizers=(Authorizer(pool),),
        models=models(ROUTES),
        methods=methods(ROUTES, pool, options.web_origin),
        refusals=refusals(options.web_origin),
        stage=Stage(
            name=STAGE,
            rate=options.rate,
            burst=options.burst,
            log_group=Ref("log_group.api", "arn"),
            log_format=_log_format(),
        ),
        invokes=tuple(Ref(f"function.{key}", "name") for key in functions),
    )
    return (
        Desired("log_group.api", group, LogGroupProps(options.retention)),
        Desired(API, target.named("api"), api),
    )


def _log_format() -> str:
    return "{" + ",".join(f'"{key}":"{variable}"' for key, variable in ACCESS_LOG.items()) + "}"
