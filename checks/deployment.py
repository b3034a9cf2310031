"""A deployed stack and the clients of its resources, for checks and seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import boto3
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

AWS = "aws"
CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})
"""Seconds. No gateway waits for an answer here, so the limits are longer than those of the functions."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """``outputs`` come from ``stack outputs``; ``endpoint_url`` is None for Amazon's own endpoints."""

    session: boto3.Session
    endpoint_url: str | None
    outputs: Mapping[str, Any]

    @property
    def on_aws(self) -> bool:
        """Whether the stack is on the internet, where anybody can try to sign in."""
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
        """The name of the receipts' bucket; empty for an older stack that has none."""
        return str(self.outputs.get("receipts_bucket") or "")

    @property
    def dead_letters_url(self) -> str:
        """The URL of the dead-letter queue; empty for an older stack that has none."""
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

    def cloudwatch(self) -> CloudWatchClient:
        """A new client."""
        return self._client("cloudwatch")  # type: ignore[no-any-return]

    def _client(self, service: Any) -> Any:
        return self.session.client(
            service, region_name=self.outputs["region"], endpoint_url=self.endpoint_url, config=CONFIG
        )
