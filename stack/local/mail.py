"""The messages that the embedded emulator keeps instead of sending them: Cognito's codes and invitations."""

from __future__ import annotations

import datetime as dt
import http.client
import json
from dataclasses import dataclass

from stack.local.failure import EmulatorError
from stack.local.health import open_url


@dataclass(frozen=True, slots=True)
class Mail:
    """One message. ``sent`` is RFC 3339 in UTC."""

    sent: str
    to: str
    subject: str
    text: str


def outbox(endpoint_url: str, seconds: float = 5.0) -> tuple[Mail, ...]:
    """Return all messages since the emulator's data began, oldest first.

    Raises:
        EmulatorError: no MiniStack answers at that address.
    """
    try:
        with open_url(f"{endpoint_url}/_ministack/ses/messages", timeout=seconds) as answer:
            accounts = json.load(answer)["messages"]
        found = [_mail(each) for account in accounts.values() for each in account]
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise EmulatorError(
            f"Cannot read the mail of the emulator at {endpoint_url}: {error!r}. "
            "Check that the embedded emulator runs there: `stack status`."
        ) from error
    return tuple(sorted(found, key=lambda each: each.sent))


def _mail(message: dict[str, object]) -> Mail:
    sent = dt.datetime.fromtimestamp(float(str(message["Timestamp"])), dt.UTC).isoformat(timespec="milliseconds")
    to, text = message["To"], message["BodyText"] or message["BodyHtml"]
    assert isinstance(to, list)
    return Mail(sent.replace("+00:00", "Z"), ", ".join(to), str(message["Subject"]), str(text))
