"""The settings in which one stack may differ from another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """``rate`` in requests a second, ``burst`` in requests, ``retention`` of the logs in days.

    ``email_from`` sends the messages of the user pool, through the SES identity ``email_arn``. While both are empty,
    the pool keeps its sender, which is Cognito's own at first. ``alarm_email`` gets the notifications of alarms.
    """

    web_origin: str
    email_from: str = ""
    email_arn: str = ""
    alarm_email: str = ""
    rate: float = 1000
    burst: int = 2000
    retention: int = 30
    log_level: str = "INFO"
