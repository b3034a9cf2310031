"""The one DynamoDB client of a function, with an end to every wait."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONFIG = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})
"""Seconds. Three tries of three seconds end before the function's own timeout of ten."""


@functools.cache
def dynamodb() -> DynamoDBClient:
    """A client for the region and credentials of the environment, made on first use."""
    return boto3.client("dynamodb", config=CONFIG)
