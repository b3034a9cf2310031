"""The environment of each function, as one frozen class: written by the topology, read by the function."""

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
    """What every function behind the front door needs: the one origin whose pages may read answers."""

    cors_origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSettings(Settings):
    """Of the routes that anyone may call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSettings(Settings):
    """Of every function that serves signed-in users: the table, and the client their tokens must be for."""

    table_name: str
    user_pool_client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpensesSettings(UserSettings):
    """``cursor_key`` signs list cursors. It guards no data (the partition comes from the token), only good order."""

    cursor_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsSettings(UserSettings):
    """Of the reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSettings(UserSettings):
    """Of the profile. ``erasures_url`` is the queue of the accounts to erase."""

    erasures_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptsSettings(UserSettings):
    """Of the receipts' routes. Links are signed for ``bucket_url``, the bucket's address as clients reach it."""

    bucket_name: str
    bucket_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorSettings(Environment):
    """Of the inspection of what was uploaded; nobody calls it but S3."""

    table_name: str
    bucket_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EraserSettings(Environment):
    """Of the function that erases accounts. After ``settle_seconds`` no request from before a closing still runs."""

    table_name: str
    bucket_name: str
    user_pool_id: str
    settle_seconds: str
