"""The properties of a function, and their form in Lambda's API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stack.engine.limits import Limit, at_most, between
from stack.engine.model import Ref
from stack.kinds.function.answers import CONFIGURATION

CURRENT = "current"
ENVIRONMENT_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Trigger:
    """A queue that Lambda polls for the function, up to ``batch`` messages at a time. Failed messages are reported.

    ``undeclared`` is declared empty: settings that others made are drift.
    """

    queue: str | Ref
    batch: int = 1
    undeclared: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failures:
    """Lambda retries a failed asynchronous event ``retries`` times, then sends it to ``queue`` (an ARN)."""

    queue: str | Ref
    retries: int = 2


@dataclass(frozen=True, slots=True)
class FunctionProps:
    """Timeout in seconds, memory in MiB.

    ``code`` is the fingerprint of the sources in the zip. ``live`` is ``current`` when the alias serves these settings
    and this code. ``undeclared`` is declared empty: settings that others made are drift.
    """

    runtime: str
    handler: str
    role: str | Ref
    code: str
    layers: tuple[str | Ref, ...]
    environment: Mapping[str, str | Ref]
    timeout: int
    memory: int
    architecture: str
    description: str
    log_group: str | Ref
    triggers: tuple[Trigger, ...] = ()
    failures: Failures | None = None
    live: str = CURRENT
    undeclared: Mapping[str, str] = field(default_factory=dict)


def _fits(variables: Mapping[str, Any]) -> bool:
    text = json.dumps({key: str(value) for key, value in variables.items()}, ensure_ascii=False)
    return len(text.encode()) <= ENVIRONMENT_BYTES


def _are_names(names: Iterable[str]) -> bool:
    return all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]+", name) for name in names)


LIMITS = (
    between("timeout", 1, 900, "seconds"),
    between("memory", 128, 10_240, "MiB"),
    at_most("layers", 5, "layers"),
    at_most("description", 256),
    Limit("environment", "takes at most 4,096 bytes", _fits),
    Limit("environment", "has names of letters, digits and _", _are_names),
    between("failures.retries", 0, 2),
)


def settings(props: FunctionProps) -> dict[str, Any]:
    """The arguments that CreateFunction and UpdateFunctionConfiguration have in common."""
    return {
        "Runtime": props.runtime,
        "Handler": props.handler,
        "Role": props.role,
        "Layers": list(props.layers),
        "Environment": {"Variables": dict(props.environment)},
        "Timeout": props.timeout,
        "MemorySize": props.memory,
        "Description": props.description,
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": props.log_group},
    }


def read_settings(configuration: Any, *, code: str, live: str) -> FunctionProps:
    """The properties in a FunctionConfiguration; ``code`` and ``live`` come from elsewhere."""
    return FunctionProps(
        runtime=configuration.get("Runtime", ""),
        handler=configuration.get("Handler", ""),
        role=configuration["Role"],
        code=code,
        layers=tuple(layer["Arn"] for layer in configuration.get("Layers", [])),
        environment=dict(configuration.get("Environment", {}).get("Variables", {})),
        timeout=configuration["Timeout"],
        memory=configuration["MemorySize"],
        architecture=", ".join(configuration.get("Architectures", ["x86_64"])),
        description=configuration.get("Description", ""),
        log_group=configuration.get("LoggingConfig", {}).get("LogGroup", ""),
        live=live,
        undeclared=CONFIGURATION.undeclared(configuration),
    )
