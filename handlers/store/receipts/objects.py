"""The objects of the receipts' bucket. To erase one means to delete every version: a delete marker only hides it."""

from __future__ import annotations

import functools
import hashlib
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from handlers.store.calls import CALLS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_s3 import S3Client

CONFIG = Config(
    connect_timeout=1,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    signature_version="s3v4",
    request_checksum_calculation="when_required",
)
"""Seconds."""


@functools.cache
def s3() -> S3Client:
    """A client for the region, endpoint and credentials of the environment; the first call makes it."""
    return cast("S3Client", CALLS.watch(botocore.session.get_session().create_client("s3", config=CONFIG)))


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object; ``size`` in bytes."""

    id: str
    size: int
    is_latest: bool


class Objects:
    """The objects of one bucket."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self.client, self.bucket = client, bucket

    def versions(self, key: str) -> list[Version]:
        """The versions of an object without its delete markers, the latest first."""
        return [
            Version(each["VersionId"], each["Size"], each["IsLatest"]) for each in self._listed(key) if "Size" in each
        ]

    def read(self, key: str, version: Version) -> bytes:
        """The bytes of a version."""
        return self.client.get_object(Bucket=self.bucket, Key=key, VersionId=version.id)["Body"].read()

    def put_once(self, key: str, data: bytes, content_type: str) -> None:
        """Create an object unless it exists. Its key has the hash of its content, so an existing one is the same.

        Raises:
            ClientError
        """
        try:
            self.client.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=data,
                ContentType=content_type,
                ChecksumSHA256=b64encode(hashlib.sha256(data).digest()).decode(),
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise

    def erase(self, *of: str) -> None:
        """Delete every version and delete marker of these objects; an absent object is no error.

        Raises:
            ClientError
        """
        for key in of:
            for each in self._listed(key):  # hardly ever more than one
                self.client.delete_object(Bucket=self.bucket, Key=key, VersionId=each["VersionId"])

    def erase_under(self, prefix: str, before_each_batch: Callable[[], None]) -> int:
        """Erase every object whose key begins with ``prefix``; the number of versions and delete markers.

        Raises:
            ClientError: S3 refused the call, or did not delete one of them.
        """
        count = 0
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix):
            if found := [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                before_each_batch()
                self._delete(found)
                count += len(found)
        return count

    def _delete(self, found: Sequence[Any]) -> None:
        """Delete at most 1,000 versions and delete markers, as a listing gives them."""
        batch: Any = {
            "Objects": [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found],
            "Quiet": True,
        }
        answer = self.client.delete_objects(Bucket=self.bucket, Delete=batch)
        if errors := answer.get("Errors"):
            raise ClientError({"Error": {"Code": errors[0].get("Code", "Unknown")}}, "DeleteObjects")

    def _listed(self, key: str) -> list[Any]:
        """The versions and delete markers of exactly this key; S3 lists by prefix."""
        request: dict[str, Any] = {"Bucket": self.bucket, "Prefix": key}
        found: list[Any] = []
        while True:
            answer = self.client.list_object_versions(**request)
            entries = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
            found += [each for each in entries if each["Key"] == key]
            if not answer.get("IsTruncated"):
                return found
            request |= {"KeyMarker": answer["NextKeyMarker"], "VersionIdMarker": answer["NextVersionIdMarker"]}
