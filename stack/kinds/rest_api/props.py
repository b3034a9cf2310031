"""What a REST API is made of. Its parts carry no tags of their own in AWS, so they are properties of the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stack.engine.model import Ref

CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Model:
    """A JSON schema (draft 4) for request bodies, as canonical JSON text."""

    name: str
    schema: str


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A Cognito authorizer; ``header`` carries the token. Verdicts are cached for ``ttl`` seconds."""

    pool: str | Ref
    header: str = "Authorization"
    ttl: int = 300


@dataclass(frozen=True, slots=True)
class Method:
    """``key`` is ``POST /expenses``. Either ``function`` (an alias ARN) answers, or ``preflight`` headers do.

    ``pool`` is the ARN of the user pool whose tokens are asked for, empty for a public method. ``models`` maps a
    media type to the model that bodies of it must match.
    """

    key: str
    function: str | Ref
    pool: str | Ref
    models: Mapping[str, str]
    preflight: Mapping[str, str]

    @property
    def verb(self) -> str:
        return self.key.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.key.partition(" ")[2]


@dataclass(frozen=True, slots=True)
class Refusal:
    """How the gateway words a refusal of its own: status, body template and headers, by response type."""

    type: str
    status: str
    template: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """``rate`` in requests a second, ``burst`` in requests; the access log is JSON in ``log_format``."""

    name: str
    rate: float
    burst: int
    log_group: str | Ref
    log_format: str


@dataclass(frozen=True, slots=True)
class Definition:
    """The part of an API that reaches clients only through a deployment."""

    authorizers: tuple[Authorizer, ...]
    models: tuple[Model, ...]
    methods: tuple[Method, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class RestApiProps:
    """``invokes`` names the functions the API may call; ``deployed`` is ``current`` when the stage serves all this.

    ``twins`` is declared empty, to see what two runs at once may leave: ids of unfinished APIs of the same name and
    owner, of authorizers and of validators that are there twice.
    """

    description: str
    authorizers: tuple[Authorizer, ...]
    models: tuple[Model, ...]
    methods: tuple[Method, ...]
    refusals: tuple[Refusal, ...]
    stage: Stage
    invokes: tuple[str | Ref, ...]
    deployed: str = CURRENT
    twins: tuple[str, ...] = ()

    @property
    def definition(self) -> Definition:
        """What a deployment freezes."""
        return Definition(self.authorizers, self.models, self.methods, self.refusals)
