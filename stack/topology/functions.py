"""The Lambda functions, split by permission and not by route, each with a role and a log group, and their layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.contract.names import BY_DATE, INSPECTED, THUMBNAILS, UPLOADS
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
from stack.kinds.bucket.props import bucket_arn
from stack.kinds.function.props import Failures, FunctionProps, Trigger
from stack.kinds.layer import LayerProps
from stack.kinds.log_group import LogGroupProps
from stack.kinds.policy import Statement
from stack.kinds.role import RoleProps
from stack.target.target import Target
from stack.topology import grants
from stack.topology.addresses import DEAD_LETTERS, DEPENDENCIES, ERASURES, IMAGES, POOL, TABLE
from stack.topology.options import Options

TIMEOUT_SECONDS, PROCESSOR_TIMEOUT_SECONDS, ERASER_TIMEOUT_SECONDS = 20, 45, 60
SETTLE_SECONDS = 5
"""Added to the longest timeout of the other functions: after that no request from before a closing still runs."""


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A function: its settings, the permissions of its role, its memory in MiB and its timeout in seconds."""

    key: str
    settings: Mapping[str, str | Ref]
    permissions: tuple[Statement, ...]
    memory: int = 256
    timeout: int = TIMEOUT_SECONDS
    triggers: tuple[Trigger, ...] = ()
    layers: tuple[str, ...] = (DEPENDENCIES,)
    failures: Failures | None = None


def functions(target: Target, options: Options) -> tuple[Desired[Any], ...]:
    """The layers, and each function with its role and log group."""
    files = bundle.sources()
    return (
        _layer(target, DEPENDENCIES),
        _layer(target, IMAGES),
        *(each for spec in specs(target, options) for each in _function(target, spec, options, files)),
    )


def specs(target: Target, options: Options) -> tuple[FunctionSpec, ...]:
    """Every function."""
    serving = (*_data_functions(target, options), *_receipt_functions(target, options))
    return (*serving, _eraser(target, settle=max(spec.timeout for spec in serving) + SETTLE_SECONDS))


def _data_functions(target: Target, options: Options) -> tuple[FunctionSpec, ...]:
    """The functions of expenses, reports, the profile and the public routes."""
    table = _table_arn(target)
    user = {
        "table_name": Ref(TABLE, "name"),
        "user_pool_client_id": Ref(POOL, "client_id"),
        "cors_origin": options.web_origin,
    }
    return (
        FunctionSpec(
            "expenses",
            ExpensesSettings.environment(**user, cursor_key=Ref(TABLE, "id")),
            (
                grants.items("Expenses", table, "GetItem", "PutItem", "UpdateItem"),
                grants.index("QueryByDate", table, BY_DATE),
            ),
        ),
        FunctionSpec(
            "reports",
            ReportsSettings.environment(**user),
            (grants.items("RollUps", table, "GetItem", "Query"),),
        ),
        FunctionSpec(
            "profile",
            ProfileSettings.environment(**user, erasures_url=Ref(ERASURES, "url")),
            (
                grants.items("Profile", table, "GetItem", "PutItem"),
                grants.send(target.arn("sqs", target.named("erasures"))),
            ),
        ),
        FunctionSpec("public", PublicSettings.environment(cors_origin=options.web_origin), ()),
    )


def _receipt_functions(target: Target, options: Options) -> tuple[FunctionSpec, ...]:
    """One function that signs links and deletes, and one that inspects files, without each other's permissions."""
    table, bucket = _table_arn(target), bucket_arn(target.bucket("receipts"))
    stored = {"table_name": Ref(TABLE, "name"), "bucket_name": target.bucket("receipts")}
    erase = (
        grants.objects("EraseVersions", bucket, (UPLOADS, INSPECTED, THUMBNAILS), "DeleteObjectVersion"),
        grants.list_versions(bucket),
    )
    writes = ("ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
    return (
        FunctionSpec(
            "receipts",
            ReceiptsSettings.environment(
                **stored,
                user_pool_client_id=Ref(POOL, "client_id"),
                cors_origin=options.web_origin,
                bucket_url=target.bucket_url(target.bucket("receipts")),
            ),
            (
                grants.items("Receipts", table, *writes),
                grants.objects("SignForms", bucket, (UPLOADS,), "PutObject"),
                grants.objects("SignLinks", bucket, (INSPECTED, THUMBNAILS), "GetObject"),
                *erase,
            ),
            memory=512,
        ),
        FunctionSpec(
            "processor",
            ProcessorSettings.environment(**stored),
            (
                grants.items("Inspections", table, "GetItem", "UpdateItem"),
                grants.objects("ReadUploads", bucket, (UPLOADS,), "GetObjectVersion"),
                grants.objects("Store", bucket, (INSPECTED, THUMBNAILS), "PutObject"),
                *erase,
                grants.send(target.arn("sqs", target.named("dead-letters"))),
            ),
            memory=1769,  # one whole vCPU, and room for the 1,280 MiB that an inspection may take
            timeout=PROCESSOR_TIMEOUT_SECONDS,
            layers=(DEPENDENCIES, IMAGES),
            failures=Failures(Ref(DEAD_LETTERS, "arn")),
        ),
    )


def _eraser(target: Target, settle: int) -> FunctionSpec:
    """The function that erases closed accounts; no request from before a closing runs after ``settle`` seconds."""
    bucket = bucket_arn(target.bucket("receipts"))
    return FunctionSpec(
        "eraser",
        EraserSettings.environment(
            table_name=Ref(TABLE, "name"),
            bucket_name=target.bucket("receipts"),
            user_pool_id=Ref(POOL, "id"),
            settle_seconds=str(settle),
        ),
        (
            grants.items("Rows", _table_arn(target), "BatchWriteItem", "PutItem", "Query"),
            grants.list_versions(bucket),
            grants.delete_versions(bucket, UPLOADS, INSPECTED, THUMBNAILS),
            grants.delete_users(Ref(POOL, "arn")),
            grants.receive(target.arn("sqs", target.named("erasures"))),
        ),
        timeout=ERASER_TIMEOUT_SECONDS,
        triggers=(Trigger(Ref(ERASURES, "arn")),),
    )


def runtime(target: Target) -> str:
    """The functions' Python: on an emulator the one that runs them, on AWS always the same."""
    return bundle.running() if target.is_emulator else "python3.13"


def architecture(target: Target) -> str:
    """The functions' processor: on an emulator this machine's."""
    return bundle.host_architecture() if target.is_emulator else "x86_64"


def _table_arn(target: Target) -> str:
    return target.arn("dynamodb", f"table/{target.named('data')}")


def _layer(target: Target, address: str) -> Desired[Any]:
    name = address.partition(".")[2]
    zipped = bundle.layer(runtime(target), architecture(target), host=target.is_emulator, name=name)
    props = LayerProps(content=zipped.fingerprint, runtime=runtime(target), architecture=architecture(target))
    return Desired(address, target.named(name), props, zipped.build)


def _function(
    target: Target, spec: FunctionSpec, options: Options, files: Mapping[str, bytes]
) -> tuple[Desired[Any], ...]:
    name, module = target.named(spec.key), f"handlers.functions.{spec.key}"
    code = bundle.code(runtime(target), module, files)
    group = f"/aws/lambda/{name}"
    role = RoleProps(
        service="lambda.amazonaws.com",
        policy=(*spec.permissions, grants.write_logs(target.arn("logs", f"log-group:{group}"))),
        description=f"The permissions of the {spec.key} function",
    )
    function = FunctionProps(
        runtime=runtime(target),
        handler=f"{module}.handler",
        role=Ref(f"role.{spec.key}", "arn"),
        code=code.fingerprint,
        layers=tuple(Ref(layer, "arn") for layer in spec.layers),
        environment={
            **spec.settings,
            "POWERTOOLS_LOG_LEVEL": options.log_level,
            "POWERTOOLS_METRICS_NAMESPACE": "ExpenseTracker",
            "POWERTOOLS_SERVICE_NAME": spec.key,
        },
        timeout=spec.timeout,
        memory=spec.memory,
        architecture=architecture(target),
        description=f"The {spec.key} function of the expense tracker",
        log_group=Ref(f"log_group.{spec.key}", "name"),
        triggers=spec.triggers,
        failures=spec.failures,
    )
    return (
        Desired(f"log_group.{spec.key}", group, LogGroupProps(options.retention)),
        Desired(f"role.{spec.key}", target.regional(spec.key), role),
        Desired(f"function.{spec.key}", name, function, code.build),
    )
