"""Event sources and failure destinations of a function's alias.

AWS lets two event source mappings of one queue exist while the first is being created, and an emulator lets them exist
for good: so a mapping is searched before one is created, and a duplicate is deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stack.errors import absent_is_done, absent_is_none, retry_on
from stack.kinds.carry_over import carried_over
from stack.kinds.function.answers import MAPPING_RESETS, MAPPINGS, resets
from stack.kinds.function.props import Failures, Trigger
from stack.kinds.role import SPREADING

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

DELETING = frozenset({"Deleting"})
PARTIAL = "ReportBatchItemFailures"


def read_failures(client: LambdaClient, name: str, alias: str) -> Failures | None:
    """The failure destination; None while AWS's defaults hold."""
    if not (found := _asynchronous(client, name, alias)):
        return None
    queue = found.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    return Failures(queue, found.get("MaximumRetryAttempts", 2))


def write_failures(client: LambdaClient, name: str, alias: str, failures: Failures | None) -> None:
    """Write the failure destination. Lambda checks that the role may send there; IAM needs some seconds for that."""
    if failures is None:
        with absent_is_done("ResourceNotFoundException"):
            client.delete_function_event_invoke_config(FunctionName=name, Qualifier=alias)
        return
    declared = {
        "FunctionName": name,
        "Qualifier": alias,
        "MaximumRetryAttempts": failures.retries,
        "DestinationConfig": {"OnFailure": {"Destination": str(failures.queue)}},
    }
    # PutFunctionEventInvokeConfig removes an omitted setting, such as the longest age of an event.
    found = _asynchronous(client, name, alias) or {}
    whole = carried_over(client, "PutFunctionEventInvokeConfig", found, declared)
    retry_on(
        frozenset({"InvalidParameterValueException"}),
        "role",
        lambda: client.put_function_event_invoke_config(**whole),
        seconds=SPREADING.seconds,
    )


@absent_is_none("ResourceNotFoundException")
def _asynchronous(client: LambdaClient, name: str, alias: str) -> Any:
    return client.get_function_event_invoke_config(FunctionName=name, Qualifier=alias)


def read_triggers(client: LambdaClient, alias_arn: str) -> tuple[Trigger, ...]:
    """The queues that Lambda polls for the function; a queue with two mappings is listed twice."""
    read = (_trigger(each) for each in _mappings(client, alias_arn))
    return tuple(sorted(read, key=lambda trigger: str(trigger.queue)))


def write_triggers(client: LambdaClient, alias_arn: str, triggers: tuple[Trigger, ...]) -> None:
    """Create missing mappings, update those that differ, and delete the rest."""
    wanted = {str(trigger.queue): trigger for trigger in triggers}
    for mapping in _mappings(client, alias_arn):
        trigger = wanted.pop(mapping["EventSourceArn"], None)
        if trigger is None:
            with absent_is_done("ResourceNotFoundException"):
                client.delete_event_source_mapping(UUID=mapping["UUID"])
        elif (found := _trigger(mapping)) != trigger:
            arguments = {**resets(found.undeclared, MAPPING_RESETS), **_settings(trigger)}
            client.update_event_source_mapping(UUID=mapping["UUID"], **arguments)
    for queue, trigger in wanted.items():
        _create(client, alias_arn, queue, trigger)


def _create(client: LambdaClient, alias_arn: str, queue: str, trigger: Trigger) -> None:
    retry_on(
        frozenset({"InvalidParameterValueException"}),
        "role",
        lambda: client.create_event_source_mapping(FunctionName=alias_arn, EventSourceArn=queue, **_settings(trigger)),
        seconds=SPREADING.seconds,
    )


def _settings(trigger: Trigger) -> Any:
    return {"BatchSize": trigger.batch, "FunctionResponseTypes": [PARTIAL], "Enabled": True}


def _trigger(mapping: Any) -> Trigger:
    return Trigger(mapping["EventSourceArn"], _batch(mapping), MAPPINGS.undeclared(mapping))


def _batch(mapping: Any) -> int:
    """The batch size; 0, which is never declared, for a mapping that is disabled or reports no single failures."""
    off = mapping.get("State", "Enabled") in {"Disabled", "Disabling"}
    return 0 if off or PARTIAL not in mapping.get("FunctionResponseTypes", []) else int(mapping["BatchSize"])


def _mappings(client: LambdaClient, alias_arn: str) -> list[Any]:
    pages = client.get_paginator("list_event_source_mappings").paginate(FunctionName=alias_arn)
    found = [each for page in pages for each in page["EventSourceMappings"] if each.get("State") not in DELETING]
    return sorted(found, key=lambda each: str(each["UUID"]))
