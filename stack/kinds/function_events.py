"""How events reach a function when nobody waits for its answer: the queues it reads, and where failed events go.

All of it hangs on the alias, as every caller of a function does. AWS lets two mappings of one queue exist while the
first is being made, and an emulator for good: so a mapping is looked for before it is made, and a twin is taken away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.engine.model import Ref
from stack.errors import absent_is_done, absent_is_none, retry_on

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

GOING = frozenset({"Deleting"})
PARTIAL = "ReportBatchItemFailures"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A queue that the function reads, up to ``batch`` messages at a time; it reports each that failed."""

    queue: str | Ref
    batch: int = 1


@dataclass(frozen=True, slots=True)
class Failures:
    """An event that failed is tried ``retries`` more times, then sent to ``queue`` (an ARN)."""

    queue: str | Ref
    retries: int = 2


@absent_is_none("ResourceNotFoundException")
def read_failures(client: LambdaClient, name: str, alias: str) -> Failures | None:
    """Where events go that failed; None when AWS's defaults hold."""
    found = client.get_function_event_invoke_config(FunctionName=name, Qualifier=alias)
    queue = found.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    return Failures(queue, found.get("MaximumRetryAttempts", 2))


def write_failures(client: LambdaClient, name: str, alias: str, failures: Failures | None) -> None:
    """Make it so. AWS tries out whether the role may send there, which takes IAM some seconds to know."""
    if failures is None:
        with absent_is_done("ResourceNotFoundException"):
            client.delete_function_event_invoke_config(FunctionName=name, Qualifier=alias)
        return
    retry_on(
        frozenset({"InvalidParameterValueException"}),
        "role",
        lambda: client.put_function_event_invoke_config(
            FunctionName=name,
            Qualifier=alias,
            MaximumRetryAttempts=failures.retries,
            DestinationConfig={"OnFailure": {"Destination": str(failures.queue)}},
        ),
    )


def read_triggers(client: LambdaClient, alias_arn: str) -> tuple[Trigger, ...]:
    """The queues that the function reads; one that it reads twice is listed twice."""
    read = (Trigger(each["EventSourceArn"], _batch(each)) for each in _mappings(client, alias_arn))
    return tuple(sorted(read, key=lambda trigger: str(trigger.queue)))


def write_triggers(client: LambdaClient, alias_arn: str, triggers: tuple[Trigger, ...]) -> None:
    """Make a mapping for each queue that has none, bring the others to what is declared, and remove the rest."""
    wanted = {str(trigger.queue): trigger for trigger in triggers}
    for mapping in _mappings(client, alias_arn):
        trigger = wanted.pop(mapping["EventSourceArn"], None)
        if trigger is None:
            with absent_is_done("ResourceNotFoundException"):
                client.delete_event_source_mapping(UUID=mapping["UUID"])
        elif _batch(mapping) != trigger.batch:
            client.update_event_source_mapping(UUID=mapping["UUID"], **_settings(trigger))
    for queue, trigger in wanted.items():
        _create(client, alias_arn, queue, trigger)


def _create(client: LambdaClient, alias_arn: str, queue: str, trigger: Trigger) -> None:
    retry_on(
        frozenset({"InvalidParameterValueException"}),
        "role",
        lambda: client.create_event_source_mapping(FunctionName=alias_arn, EventSourceArn=queue, **_settings(trigger)),
    )


def _settings(trigger: Trigger) -> Any:
    return {"BatchSize": trigger.batch, "FunctionResponseTypes": [PARTIAL], "Enabled": True}


def _batch(mapping: Any) -> int:
    """The batch size; 0, which is never declared, for a mapping that is off or does not report single failures."""
    off = mapping.get("State", "Enabled") in {"Disabled", "Disabling"}
    return 0 if off or PARTIAL not in mapping.get("FunctionResponseTypes", []) else int(mapping["BatchSize"])


def _mappings(client: LambdaClient, alias_arn: str) -> list[Any]:
    pages = client.get_paginator("list_event_source_mappings").paginate(FunctionName=alias_arn)
    found = [each for page in pages for each in page["EventSourceMappings"] if each.get("State") not in GOING]
    return sorted(found, key=lambda each: str(each["UUID"]))
