"""What AWS refuses and an emulator lets through, held against a declaration before anything is called.

One row a limit: the kind, the property, the rule in words, and whether a value keeps it. What is not known yet (a Ref)
keeps every limit. Source: the quotas and parameter descriptions of each service's API reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stack.engine.model import Desired, Ref
from stack.errors import TopologyError
from stack.topology.grants import Statement, document

DAY = 1440
"""Minutes."""
POLICY_CHARACTERS, ENVIRONMENT_BYTES = 10_240, 4096
RETENTIONS = frozenset(
    (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
)
NAMES = {
    "alarm": r".{1,255}",
    "bucket": r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "function": r"[A-Za-z0-9_-]{1,64}",
    "layer": r"[A-Za-z0-9_-]{1,140}",
    "log_group": r"[A-Za-z0-9_/.#-]{1,512}",
    "queue": r"[A-Za-z0-9_-]{1,80}",
    "rest_api": r".{1,255}",
    "role": r"[A-Za-z0-9_+=,.@-]{1,64}",
    "table": r"[A-Za-z0-9_.-]{3,255}",
    "topic": r"[A-Za-z0-9_-]{1,256}",
    "user_pool": r"[A-Za-z0-9_+=,.@ -]{1,128}",
}
"""The whole name, with what the stack puts before it."""


@dataclass(frozen=True, slots=True)
class Limit:
    """``path`` leads to a property with dots; ``keeps`` is asked of its value, unless that is a Ref or None."""

    kind: str
    path: str
    rule: str
    keeps: Callable[[Any], bool]


def between(kind: str, path: str, least: float, most: float, unit: str = "") -> Limit:
    """A number within bounds."""
    return Limit(
        kind, path, f"is {least:,} to {most:,}{f' {unit}' if unit else ''}", lambda each: least <= each <= most
    )


def at_most(kind: str, path: str, most: int, of: str = "characters") -> Limit:
    """A text or a list that is not too long."""
    return Limit(kind, path, f"has at most {most:,} {of}", lambda each: len(each) <= most)


def _fits_into_role(policy: tuple[Statement, ...]) -> bool:
    """As IAM counts: without spaces. A Ref counts as it is spelled here, which is shorter than most ARNs."""
    return len(json.dumps(document(policy), separators=(",", ":"), default=str)) <= POLICY_CHARACTERS


def _fits_into_environment(variables: Mapping[str, Any]) -> bool:
    text = json.dumps({key: str(value) for key, value in variables.items()}, ensure_ascii=False)
    return len(text.encode()) <= ENVIRONMENT_BYTES


def _are_variables(names: Iterable[str]) -> bool:
    return all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]+", name) for name in names)


def _is_period(seconds: int) -> bool:
    return seconds in {10, 30} or (seconds > 0 and seconds % 60 == 0)


def _is_word(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9]+", text) is not None


def _is_schema(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


LIMITS = (
    between("alarm", "periods", 1, 1440),
    Limit("alarm", "period", "is 10, 30 or a multiple of 60 seconds", _is_period),
    at_most("alarm", "actions", 5, "actions"),
    at_most("alarm", "description", 1024),
    at_most("alarm", "dimensions", 30, "dimensions"),
    at_most("bucket", "cors", 100, "rules"),
    at_most("bucket", "lifecycle", 1000, "rules"),
    between("function", "timeout", 1, 900, "seconds"),
    between("function", "memory", 128, 10_240, "MiB"),
    at_most("function", "layers", 5, "layers"),
    at_most("function", "description", 256),
    Limit("function", "environment", "takes at most 4,096 bytes", _fits_into_environment),
    Limit("function", "environment", "has names of letters, digits and _", _are_variables),
    between("function", "failures.retries", 0, 2),
    Limit("log_group", "retention_days", f"is one of {sorted(RETENTIONS)}", lambda each: each in RETENTIONS),
    between("queue", "visibility", 0, 43_200, "seconds"),
    between("queue", "retention", 60, 1_209_600, "seconds"),
    between("queue", "max_receives", 0, 1000),
    Limit("rest_api", "stage.rate", "is not negative", lambda each: each >= 0),
    Limit("rest_api", "stage.burst", "is not negative", lambda each: each >= 0),
    between("rest_api", "authorizers.*.ttl", 0, 3600, "seconds"),
    Limit("rest_api", "models.*.name", "has letters and digits only", _is_word),
    Limit("rest_api", "models.*.schema", "is a JSON object", _is_schema),
    at_most("rest_api", "description", 1024),
    Limit("role", "policy", "has at most 10,240 characters", _fits_into_role),
    at_most("role", "description", 1000),
    at_most("table", "partition_key", 255),
    at_most("table", "sort_key", 255),
    at_most("table", "local_indexes", 5, "indexes"),
    at_most("topic", "display_name", 100),
    between("user_pool", "password.minimum_length", 6, 99, "characters"),
    between("user_pool", "password.temporary_days", 0, 365, "days"),
    between("user_pool", "client.id_token_minutes", 5, DAY, "minutes"),
    between("user_pool", "client.access_token_minutes", 5, DAY, "minutes"),
    between("user_pool", "client.refresh_token_days", 60 / DAY, 3650, "days"),
)


def check(topology: Iterable[Desired[Any]]) -> None:
    """Hold a declaration against every limit.

    Raises:
        TopologyError: with a line for each limit that is not kept.
    """
    if broken := [line for desired in topology for line in _broken(desired)]:
        raise TopologyError("\n".join(broken))


def _broken(desired: Desired[Any]) -> Iterator[str]:
    if (pattern := NAMES.get(desired.kind)) and not re.fullmatch(pattern, desired.name):
        yield f"{desired.address}: the name {desired.name!r} ({len(desired.name)} characters) does not match {pattern}"
    for limit in LIMITS:
        if limit.kind == desired.kind:
            for path, value in _values(desired.props, limit.path.split(".")):
                if value is not None and not isinstance(value, Ref) and not limit.keeps(value):
                    yield f"{desired.address}: {path} {limit.rule}, not {_short(value)}"


def _values(value: Any, steps: list[str], path: str = "") -> Iterator[tuple[str, Any]]:
    """What a path leads to; ``*`` is every item of a tuple, and nothing leads on from None."""
    if not steps or value is None:
        yield path, value
    elif steps[0] == "*":
        for at, item in enumerate(value):
            yield from _values(item, steps[1:], f"{path}.{at}")
    else:
        yield from _values(getattr(value, steps[0]), steps[1:], f"{path}.{steps[0]}".removeprefix("."))


def _short(value: object) -> str:
    """Enough to find it; of variables, which may be secret, the names."""
    text = repr(sorted(value) if isinstance(value, Mapping) else value)
    return text if len(text) <= 60 else f"{text[:60]}…"  # noqa: PLR2004 (of a value that is wrong, enough to find it)
