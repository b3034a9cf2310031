"""People who sign in as an app does: with a maintained SRP client, which also verifies each token's signature."""

from __future__ import annotations

import base64
import hmac
import secrets
import struct
import time
from typing import Any

import httpx
from pycognito import Cognito

from tests.e2e.api import PASSWORD, Api, Stack, certificates

STEP = 30
"""Seconds that a code of an authenticator app lives (RFC 6238, 4.1)."""


class Person(Cognito):  # type: ignore[misc]  # pycognito has no types
    """One person with a session of their own; of the same e-mail there may be several."""

    def __init__(self, stack: Stack, email: str = "") -> None:
        outputs = stack.outputs
        self.stack, self.issuer = stack, outputs["issuer"]
        super().__init__(
            outputs["user_pool_id"],
            outputs["user_pool_client_id"],
            username=email or f"{secrets.token_hex(6)}@example.com",
            access_key="an app",
            secret_key="has none",
            boto3_client_kwargs={"endpoint_url": outputs["endpoint_url"]},
        )
        self.pool_jwk = httpx.get(outputs["jwks_url"], verify=certificates()).json()

    @property
    def user_pool_url(self) -> str:
        """The issuer of the tokens: an address of Amazon on every target."""
        return str(self.issuer)

    @property
    def email(self) -> str:
        return str(self.username)

    @property
    def sub(self) -> str:
        return str(self.id_claims["sub"])

    def sign_up(self, password: str = PASSWORD) -> Any:
        """Cognito's answer to the first step; a code is mailed."""
        return self.client.sign_up(ClientId=self.client_id, Username=self.email, Password=password)

    def log_in(self, password: str = PASSWORD) -> Person:
        self.authenticate(password)
        return self

    def api(self) -> Api:
        """The API under the ID token held now."""
        return Api(self.stack.api_url, self.id_token)

    def another_device(self) -> Person:
        """The same person, not signed in."""
        return Person(self.stack, self.email)

    def mail(self) -> list[str]:
        """The bodies of what was mailed to them, oldest first."""
        mailbox = f"{self.stack.outputs['endpoint_url']}/_ministack/ses/messages"
        messages = httpx.get(mailbox, verify=certificates()).json()["messages"]
        sent = [message for account in messages.values() for message in account]
        return [message["BodyText"] for message in sent if self.email in message["To"]]

    def mailed_code(self) -> str:
        """The code of the last mail."""
        return self.mail()[-1].rstrip(".").rpartition(" ")[2]

    def enrol(self) -> str:
        """Switch the authenticator app on; its secret."""
        secret = str(self.associate_software_token())
        assert self.verify_software_token(totp(secret))
        self.set_user_mfa_preference(sms_mfa=False, software_token_mfa=True, preferred="SOFTWARE_TOKEN")
        return secret


def totp(secret: str, steps: int = 0) -> str:
    """The code of an authenticator app, ``steps`` from now (RFC 6238 with the defaults of RFC 4226)."""
    counter = struct.pack(">Q", int(time.time()) // STEP + steps)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06}"
