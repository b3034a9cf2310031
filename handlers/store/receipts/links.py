"""Presigned links and forms, each for one object and a limited time. The bucket itself is never public.

A link allows no more than the role of the function that signs it. botocore's signers are used without a client of S3,
which would add 90 ms to a cold start (measured); so this module writes the URLs, as clients reach them.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import botocore.session
from botocore.auth import S3SigV4PostAuth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from handlers.contract.receipt import LINK_LIFE, ContentType, UploadForm, disposition


@dataclass(frozen=True, slots=True)
class Links:
    """The links into one bucket. ``credentials`` are botocore's."""

    bucket_url: str
    bucket: str
    region: str
    credentials: Any

    def form(self, key: str, content_type: ContentType, size: int, sha256: str) -> UploadForm:
        """A form that uploads these bytes to this key, as this type, and nothing else.

        S3 refuses another size, type or key, and a body of another hash. One local target does not check the hash;
        the inspection does.
        """
        end = expiry()
        fields = {
            "key": key,
            "Content-Type": content_type,
            "x-amz-checksum-algorithm": "SHA256",
            "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(sha256)).decode(),
        }
        exact: list[Any] = [{name: value} for name, value in {"bucket": self.bucket, **fields}.items()]
        policy = {"expiration": end, "conditions": [*exact, ["content-length-range", size, size]]}
        request = AWSRequest(method="POST", url=self.bucket_url)
        request.context.update({"s3-presign-post-fields": fields, "s3-presign-post-policy": policy})
        S3SigV4PostAuth(self.credentials, "s3", self.region).add_auth(request)
        return UploadForm(url=self.bucket_url, fields=fields, expires_at=end)

    def download(self, key: str, content_type: str, filename: str) -> str:
        """A link that downloads an object under a file name, as the type that the inspection found."""
        shown = {"response-content-type": content_type, "response-content-disposition": disposition(filename)}
        url = f"{self.bucket_url}/{quote(key)}?{urlencode(shown, quote_via=quote, safe='')}"
        request = AWSRequest(method="GET", url=url)
        S3SigV4QueryAuth(self.credentials, "s3", self.region, expires=LINK_LIFE).add_auth(request)
        return str(request.url)


@functools.cache
def links(bucket_url: str, bucket: str) -> Links:
    """Links signed with the credentials of the function's environment."""
    session = botocore.session.get_session()
    return Links(bucket_url, bucket, session.get_config_variable("region"), session.get_credentials())


def expiry() -> str:
    """The end of a link or form that is signed now, in RFC 3339, UTC."""
    end = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=LINK_LIFE)
    return end.isoformat(timespec="seconds").replace("+00:00", "Z")
