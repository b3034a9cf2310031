"""The environment of each function as one frozen class: the topology writes it, the function reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The fields of one function's settings, each a variable of its name in capitals."""

    @classmethod
    def environment(cls, **values: Any) -> dict[str, Any]:
        """The environment variables for ``values``, one for each field; a value may be a placeholder.

        Raises:
            TypeError: a field is missing, or there is no such field.
        """
        names = {field.name for field in fields(cls)}
        if names != values.keys():
            raise TypeError(f"{cls.__name__} takes {sorted(names)}, not {sorted(values)}")
        return {name.upper(): value for name, value in values.items()}

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """The settings in ``environment``.

        Raises:
            KeyError: a variable is missing.
        """
        return cls(**{field.name: environment[field.name.upper()] for field in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Environment):
    """The settings of every function behind API Gateway: the one origin whose pages may read answers."""

    cors_origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSettings(Settings):
    """The settings of the function whose routes need no token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSettings(Settings):
    """The settings of every function for signed-in users: the table, and the client that their tokens must name."""

    table_name: str
    user_pool_client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpensesSettings(UserSettings):
    """``cursor_key`` signs list cursors. It protects no data (the partition comes from the token); it finds misuse."""

    cursor_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsSettings(UserSettings):
    """The settings of the reports' function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSettings(UserSettings):
    """``erasures_url`` is the queue of the accounts to erase."""

    erasures_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptsSettings(UserSettings):
    """``bucket_url`` is the bucket's address as clients reach it; links are signed for it."""

    bucket_name: str
    bucket_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorSettings(Environment):
    """The settings of the function that inspects uploads, which only S3 calls."""

    table_name: str
    bucket_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EraserSettings(Environment):
    """``settle_seconds`` after a closing, no request from before it still runs."""

    table_name: str
    bucket_name: str
    user_pool_id: str
    settle_seconds: str
