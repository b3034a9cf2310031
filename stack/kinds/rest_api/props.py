"""The properties of a REST API. Its parts carry no tags in AWS, so they are properties of the API."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from stack.engine.limits import Limit, at_most, between
from stack.engine.model import Ref

CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Model:
    """A JSON schema (draft 4) for request bodies, as canonical JSON text."""

    name: str
    schema: str


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A Cognito authorizer; ``header`` carries the token. API Gateway caches its answers for ``ttl`` seconds."""

    pool: str | Ref
    header: str = "Authorization"
    ttl: int = 300


@dataclass(frozen=True, slots=True)
class Method:
    """A method; ``key`` is ``POST /expenses``. The integration is ``function`` (an alias ARN) or a mock ``preflight``.

    ``pool`` is the ARN of the user pool whose tokens the method requires, empty for a public method. ``models`` maps a
    media type to the model of its bodies. ``undeclared`` is declared empty: settings that others made are drift.
    """

    key: str
    function: str | Ref
    pool: str | Ref
    models: Mapping[str, str]
    preflight: Mapping[str, str]
    undeclared: Mapping[str, str] = field(default_factory=dict)

    @property
    def verb(self) -> str:
        return self.key.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.key.partition(" ")[2]


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """The status, body template and headers of API Gateway's own errors of one response type."""

    type: str
    status: str
    template: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """``rate`` is in requests a second, ``burst`` in requests. The access log has the format ``log_format`` (JSON).

    ``undeclared`` is declared empty: settings that others made are drift.
    """

    name: str
    rate: float
    burst: int
    log_group: str | Ref
    log_format: str
    undeclared: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Definition:
    """The part of an API that takes effect only by a deployment."""

    authorizers: tuple[Authorizer, ...]
    models: tuple[Model, ...]
    methods: tuple[Method, ...]
    responses: tuple[GatewayResponse, ...]


@dataclass(frozen=True, slots=True)
class RestApiProps:
    """``invokes`` names the functions that the API may invoke; ``deployed`` is ``current`` when the stage serves this
    definition.

    ``duplicates`` is declared empty. Two runs at once may leave ids in it: of unfinished APIs with the same name and
    owner, of duplicate authorizers and of duplicate validators. ``undeclared`` is declared empty, too: settings of the
    API that others made, and their permissions to invoke its functions.
    """

    description: str
    authorizers: tuple[Authorizer, ...]
    models: tuple[Model, ...]
    methods: tuple[Method, ...]
    responses: tuple[GatewayResponse, ...]
    stage: Stage
    invokes: tuple[str | Ref, ...]
    deployed: str = CURRENT
    duplicates: tuple[str, ...] = ()
    undeclared: Mapping[str, str] = field(default_factory=dict)

    @property
    def definition(self) -> Definition:
        """The part that a deployment takes a snapshot of."""
        return Definition(self.authorizers, self.models, self.methods, self.responses)


def _is_word(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9]+", text) is not None


def _is_schema(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


LIMITS = (
    Limit("stage.rate", "is not negative", lambda each: each >= 0),
    Limit("stage.burst", "is not negative", lambda each: each >= 0),
    between("authorizers.*.ttl", 0, 3600, "seconds"),
    Limit("models.*.name", "has letters and digits only", _is_word),
    Limit("models.*.schema", "is a JSON object", _is_schema),
    at_most("description", 1024),
)
