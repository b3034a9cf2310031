"""Links and forms that open one object for a while: signed here, checked by S3, and never an open bucket.

What a link allows is what the function's own role allows; it is signed for the address of S3 as clients reach it.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from handlers.contract.receipt import LINK_LIFE, ContentType, UploadForm, disposition

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHECKSUM = "x-amz-checksum-sha256"


@functools.cache
def signer(url: str, addressing: str) -> S3Client:
    """A client that only signs. ``addressing``: ``virtual`` or ``path``."""
    style = cast("dict[str, str]", {"addressing_style": addressing})
    config = Config(signature_version="s3v4", s3=style)  # type: ignore[arg-type]
    return cast("S3Client", botocore.session.get_session().create_client("s3", endpoint_url=url, config=config))


def expiry() -> str:
    """When what is signed now ends, in RFC 3339, UTC."""
    end = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=LINK_LIFE)
    return end.isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Links:
    """The links into one bucket."""

    signer: S3Client
    bucket: str

    def form(self, key: str, content_type: ContentType, size: int, sha256: str) -> UploadForm:
        """A form that uploads exactly these bytes to exactly this key, as exactly this type.

        S3 refuses another size, type or key, and a body of another hash (one local target does not look at that; the
        inspection does).
        """
        fields = {
            "Content-Type": content_type,
            "x-amz-checksum-algorithm": "SHA256",
            CHECKSUM: base64.b64encode(bytes.fromhex(sha256)).decode(),
        }
        conditions = [*({name: value} for name, value in fields.items()), ["content-length-range", size, size]]
        end = expiry()
        made = self.signer.generate_presigned_post(
            Bucket=self.bucket, Key=key, Fields=dict(fields), Conditions=conditions, ExpiresIn=LINK_LIFE
        )
        return UploadForm(url=made["url"], fields=made["fields"], expires_at=end)

    def download(self, key: str, content_type: str, filename: str) -> str:
        """A link that downloads an object under a name, as a type that was found by inspection."""
        return self.signer.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self.bucket,
                "Key": key,
                "ResponseContentType": content_type,
                "ResponseContentDisposition": disposition(filename),
            },
            ExpiresIn=LINK_LIFE,
        )
