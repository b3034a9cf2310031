"""The clients of a function, one for each service, each with time limits.

botocore makes them: boto3 around it adds 0.15 s to a cold start (measured on two busy cores), and a function does
not use its resources.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

from handlers.store.calls import CALLS

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

CONFIG = Config(connect_timeout=1, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
"""Seconds. Three tries end before the function's own timeout of twenty. DynamoDB answers in milliseconds; an emulator
on a busy laptop may take seconds, and a late answer is better than a failure."""


@functools.cache
def dynamodb() -> DynamoDBClient:
    """A client for the region, endpoint and credentials of the environment; the first call makes it."""
    client: DynamoDBClient = _client("dynamodb")
    return client


@functools.cache
def sqs() -> SQSClient:
    """See ``dynamodb``."""
    client: SQSClient = _client("sqs")
    return client


@functools.cache
def cognito() -> CognitoIdentityProviderClient:
    """See ``dynamodb``."""
    client: CognitoIdentityProviderClient = _client("cognito-idp")
    return client


def _client(service: str) -> Any:
    return CALLS.watch(botocore.session.get_session().create_client(service, config=CONFIG))
