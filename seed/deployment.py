"""A deployed stack, found by its outputs: the names, addresses and clients that seeding and verifying need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import boto3
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

AWS = "aws"
CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})
"""Timeouts in seconds. No gateway waits for an answer here, so these clients have more patience than the handlers'."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """``session`` is the target's own, which knows how to reach it; ``outputs`` are those of ``stack outputs``.

    ``endpoint_url`` is None where Amazon's own endpoints are used.
    """

    session: boto3.Session
    endpoint_url: str | None
    outputs: Mapping[str, Any]

    @property
    def on_aws(self) -> bool:
        """Whether anybody on the internet can try to sign in here."""
        return self.endpoint_url is None or self.outputs.get("target") == AWS

    @property
    def table(self) -> str:
        """The name of the one table."""
        return str(self.outputs["table_name"])

    @property
    def user_pool(self) -> str:
        """The id of the user pool."""
        return str(self.outputs["user_pool_id"])

    @property
    def receipts_bucket(self) -> str:
        """The name of the receipts' bucket; empty for a stack from before there was one."""
        return str(self.outputs.get("receipts_bucket") or "")

    @property
    def dead_letters_url(self) -> str:
        """The address of the queue of dead letters; empty for a stack from before there was one."""
        return str(self.outputs.get("dead_letters_url") or "")

    def s3(self) -> S3Client:
        """A new client."""
        return self._client("s3")  # type: ignore[no-any-return]

    def sqs(self) -> SQSClient:
        """A new client."""
        return self._client("sqs")  # type: ignore[no-any-return]

    def dynamodb(self) -> DynamoDBClient:
        """A new client."""
        return self._client("dynamodb")  # type: ignore[no-any-return]

    def cognito(self) -> CognitoIdentityProviderClient:
        """A new client."""
        return self._client("cognito-idp")  # type: ignore[no-any-return]

    def _client(self, service: Any) -> Any:
        return self.session.client(
            service, region_name=self.outputs["region"], endpoint_url=self.endpoint_url, config=CONFIG
        )
