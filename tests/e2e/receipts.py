"""A client that uploads as a browser does, and looks into the bucket as an administrator."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from handlers.contract.names import INSPECTED, THUMBNAILS, UPLOADS
from handlers.store import keys
from tests.e2e.api import TIMEOUT_SECONDS, Api, Stack, User, certificates


@dataclass(frozen=True)
class Wallet:
    """One user's receipts."""

    stack: Stack
    user: User
    api: Api

    @classmethod
    def of(cls, stack: Stack) -> Wallet:
        """A new user's."""
        user = stack.sign_up()
        return cls(stack, user, stack.api(user))

    def ask(self, expense: Any, data: bytes, content_type: str = "image/jpeg", **promises: Any) -> Any:
        """A receipt and its form; ``promises`` differ from what ``data`` is."""
        response = self.try_to_ask(expense, data, content_type, **promises)
        assert response.status_code == 201, response.text
        return response.json()

    def try_to_ask(
        self, expense: Any, data: bytes, content_type: str = "image/jpeg", **promises: Any
    ) -> httpx.Response:
        promised = {
            "filename": "lunch.jpg",
            "content_type": content_type,
            "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        return self.api.call("POST", f"/expenses/{expense['id']}/receipts", json={**promised, **promises})

    def settled(self, receipt: Any) -> Any:
        """The receipt once it is ready or rejected."""
        path = path_of(receipt)
        for _ in range(6):
            seen = self.api.get(path, params={"wait": 10})
            if seen["status"] in {"ready", "rejected"}:
                return seen
        raise AssertionError(f"still {seen['status']} after a minute")

    def uploaded(self, expense: Any, data: bytes, content_type: str = "image/jpeg", **promises: Any) -> Any:
        """A receipt that was asked for, uploaded and inspected."""
        asked = self.ask(expense, data, content_type, **promises)
        assert send(asked["upload"], data).status_code == 204
        return self.settled(asked["receipt"])

    def objects(self) -> list[str]:
        """The key of every version and delete marker under every prefix of this user."""
        client, bucket = self.stack.client("s3"), self.stack.outputs["receipts_bucket"]
        found: list[str] = []
        for prefix in (UPLOADS, INSPECTED, THUMBNAILS):
            answer = client.list_object_versions(Bucket=bucket, Prefix=prefix + self.user.sub)
            found += [each["Key"] for each in (*answer.get("Versions", []), *answer.get("DeleteMarkers", []))]
        return sorted(found)

    def stored(self, number: int) -> list[str]:
        """The objects once there are so many: an upload is removed just after its receipt is ready."""
        wait_until(lambda: len(self.objects()) == number)
        return self.objects()

    def key(self, receipt: Any) -> str:
        """The key of the object that a form creates."""
        return keys.upload_object(keys.UploadKey(self.user.sub, receipt["expense_id"], receipt["id"]))

    def event(self, receipt: Any, version: str | None = None) -> Any:
        """Call the processor as S3 does, and wait for its answer."""
        named = {"key": self.key(receipt), **({"versionId": version} if version else {})}
        return invoke(self.stack, {"Records": [{"s3": {"object": named}}]})


def path_of(receipt: Any) -> str:
    return f"/expenses/{receipt['expense_id']}/receipts/{receipt['id']}"


def send(form: Any, data: bytes, **changes: str) -> httpx.Response:
    """Send a form as multipart: its fields, then the file."""
    fields, files = {**form["fields"], **changes}, {"file": ("x", data)}
    return httpx.post(form["url"], data=fields, files=files, timeout=TIMEOUT_SECONDS, verify=certificates())


def invoke(stack: Stack, event: Any) -> Any:
    """The processor's answer; a failure of it fails the test."""
    answer = stack.client("lambda").invoke(
        FunctionName=stack.outputs["functions"]["processor"], Qualifier="live", Payload=json.dumps(event)
    )
    payload = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    return payload["outcomes"]


def wait_until(true: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not become true"
        time.sleep(0.1)
