"""S3 buckets: private, encrypted, owned by the account alone, with versions, CORS, a lifecycle and notifications.

A bucket's name is unique in all of AWS, so it contains stack, account and region (``Target.bucket``). Each setting of
a bucket has its own read call and its own write call. S3 deletes only empty buckets, so a deletion first deletes every
version of every object.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stack.engine.kind import Grant, Settling
from stack.engine.limits import at_most
from stack.engine.model import Desired, Live
from stack.engine.stamps import as_list, from_list, read_stamp
from stack.errors import StackError, absent_is_done, absent_is_none, code
from stack.kinds.aws_kind import AwsKind
from stack.kinds.bucket.answers import DESCRIBED
from stack.kinds.bucket.notifications import forbid
from stack.kinds.bucket.props import BucketProps, bucket_arn
from stack.kinds.bucket.settings import SETTINGS
from stack.kinds.together import together

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAGE = 1000
"""The most objects in one DeleteObjects call."""
BUCKETS = ("arn:aws:s3:::{stack}-*",)


class Bucket(AwsKind[BucketProps]):
    name = "bucket"
    service = "s3"
    settling = Settling(
        60,
        "a setting; S3 documents that it is visible eventually, without a number",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel",
    )
    name_pattern = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
    described = DESCRIBED
    limits = (at_most("cors", 100, "rules"), at_most("lifecycle", 1000, "rules"))
    grants = (
        Grant(
            "Buckets",
            "s3",
            "CreateBucket DeleteBucket DeleteBucketPolicy DeleteObject DeleteObjectVersion GetBucketCORS"
            " GetBucketNotification GetBucketOwnershipControls GetBucketPolicy GetBucketPublicAccessBlock"
            " GetBucketTagging GetBucketVersioning GetEncryptionConfiguration GetLifecycleConfiguration"
            " GetReplicationConfiguration ListBucket ListBucketVersions PutBucketCORS PutBucketNotification"
            " PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging"
            " PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration PutReplicationConfiguration"
            " TagResource",
            BUCKETS,
        ),
        Grant("ListBuckets", "s3", "ListAllMyBuckets"),
    )
    holds_data = True

    @absent_is_none("404", "NoSuchBucket")
    def read(self, name: str) -> Live[BucketProps] | None:
        self._in_region(name)
        settings = (functools.partial(setting.read, self.target, name) for setting in SETTINGS.values())
        tags, *found = together(lambda: self._tags(name), *settings)
        owner, applied = read_stamp(tags)
        props = BucketProps(**dict(zip(SETTINGS, found, strict=True)))
        return Live(name, props, _outputs(name), owner, applied)

    @absent_is_none("404", "NoSuchBucket")
    def outputs(self, name: str) -> Mapping[str, str] | None:
        self._in_region(name)
        return _outputs(name)

    def create(self, desired: Desired[BucketProps], tags: Mapping[str, str]) -> None:
        ownership: Any = desired.props.ownership
        place: Any = {"Tags": as_list(tags)}
        if self.target.region != "us-east-1":
            place["LocationConstraint"] = self.target.region
        self._s3.create_bucket(Bucket=desired.name, ObjectOwnership=ownership, CreateBucketConfiguration=place)
        self._write(desired, frozenset(SETTINGS) - {"copies"})

    def update(self, live: Live[BucketProps], desired: Desired[BucketProps], changed: frozenset[str]) -> None:
        del live
        self._write(desired, changed)

    def delete(self, live: Live[BucketProps]) -> None:
        with absent_is_done("NoSuchBucket"):
            self._empty(live.name)
            forbid(self.target, live.name, {str(each.function) for each in live.props.notifies if each.permitted})
            self._s3.delete_bucket(Bucket=live.name)

    def stamp(self, live: Live[BucketProps], tags: Mapping[str, str]) -> None:
        """Write the tags together with the tags of others: PutBucketTagging replaces all."""
        self._s3.put_bucket_tagging(Bucket=live.name, Tagging={"TagSet": as_list({**self._tags(live.name), **tags})})

    def names(self) -> Iterable[str]:
        """List the buckets with the ending that ``Target.bucket`` gives: S3 lists those of all regions.

        S3 reports the region of a listed bucket only to a request with a parameter such as ``Prefix``.
        Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Bucket.html
        """
        prefix, region = self.target.named(""), self.target.region
        ending = f"-{self.target.account_id}-{region}"
        for page in self._s3.get_paginator("list_buckets").paginate(Prefix=prefix):
            here = (each["Name"] for each in page["Buckets"] if each.get("BucketRegion", region) == region)
            yield from (name for name in here if name.startswith(prefix) and name.endswith(ending))

    def contents(self, live: Live[BucketProps]) -> str:
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=live.name)
        return f"{sum(each['IsLatest'] for page in pages for each in page.get('Versions', [])):,} objects"

    @property
    def _s3(self) -> S3Client:
        client: S3Client = self.target.client("s3")
        return client

    def _in_region(self, name: str) -> None:
        """Check that the bucket exists, here. Botocore follows S3's redirection to another region.

        Raises:
            ClientError: it does not exist.
            StackError: it is in another region, or the caller may not read it.
        """
        try:
            region = self._s3.head_bucket(Bucket=name).get("BucketRegion") or self.target.region
        except ClientError as error:
            if code(error) != "403":  # HEAD has no body: S3 names neither the cause nor the missing action
                raise
            raise StackError(
                f"Cannot read bucket {name}: HeadBucket answered 403. Allow s3:ListBucket; "
                "if it is allowed, another account owns the bucket: pass another --name."
            ) from error
        if region != self.target.region:
            raise StackError(
                f"Cannot use bucket {name}: it is in {region}, and this stack in {self.target.region}. "
                "Rename or delete the bucket, or pass another --name or --region."
            )

    def _write(self, desired: Desired[BucketProps], changed: frozenset[str]) -> None:
        for field in sorted(changed):
            SETTINGS[field].write(self.target, desired.name, desired.props)

    def _empty(self, name: str) -> None:
        pages = self._s3.get_paginator("list_object_versions").paginate(
            Bucket=name, PaginationConfig={"PageSize": PAGE}
        )
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects: Any = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
            answer: Any = objects and self._s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
            if answer and answer.get("Errors"):  # DeleteObjects answers 200 with a failure for each object
                first = answer["Errors"][0]
                raise StackError(
                    f"Cannot delete {len(answer['Errors'])} object versions of bucket {name}: {first.get('Key')}: "
                    f"{first.get('Code')}: {first.get('Message', '').rstrip('.')}. Remove the cause and try again."
                )

    def _tags(self, name: str) -> dict[str, str]:
        @absent_is_none("NoSuchTagSet")
        def read() -> Any:
            return self._s3.get_bucket_tagging(Bucket=name)["TagSet"]

        return from_list(read() or ())


def _outputs(name: str) -> dict[str, str]:
    return {"arn": bucket_arn(name), "name": name}
