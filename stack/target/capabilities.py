"""What a target does not do as AWS does, in one table: shown by ``stack status``, obeyed by the engine.

Each row is proven by the tests, which fail as well when a row is true no longer. The table in the README is made from
this one: ``make capabilities``.
"""

from __future__ import annotations

import enum
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from stack.target.target_kind import TargetKind

BEGIN, END = "<!-- capabilities: made by `make capabilities` -->\n", "<!-- end of capabilities -->\n"
IMPLEMENTATIONS = {
    TargetKind.LOCAL: "MiniStack 1.5.33",
    TargetKind.LOCALSTACK: "LocalStack 4.14.0 core",
    TargetKind.MOTO: "moto 5.2.5",
}
"""What the rows were measured on."""


class Lack(enum.StrEnum):
    """In which way a target falls short."""

    ABSENT = "absent"
    UNREADABLE = "not read back"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Gap:
    """One shortcoming of a target.

    ``subject`` is the property of the kind that it cannot read back (which the engine then compares by the stamp), the
    part of the kind that it does not have, or the promise of AWS that it does not keep.
    """

    target: TargetKind
    kind: str
    subject: str
    reason: str
    lack: Lack = Lack.DIFFERENT


HAUNTED = "what is made under the name of a deleted one has its tags"

GAPS = (
    Gap(TargetKind.LOCAL, "rest_api", "integration timeout", "not enforced; the function's own timeout is"),
    Gap(
        TargetKind.LOCAL,
        "rest_api",
        "deployment",
        "a changed method is live at once; on AWS after its deployment",
    ),
    Gap(TargetKind.LOCAL, "rest_api", "access log", "declared and read back, but nothing is written"),
    Gap(TargetKind.LOCAL, "rest_api", "payload limits", "10 MB requests and 6 MB answers are not refused"),
    Gap(TargetKind.LOCAL, "function", "memory", "not enforced"),
    Gap(TargetKind.LOCAL, "function", "runtime", "ignored: handlers run on the Python of .venv-runtime"),
    Gap(TargetKind.LOCAL, "function", "permission", "not enforced: any caller may invoke"),
    Gap(TargetKind.LOCAL, "log_group", "retention", "stored, never applied"),
    Gap(TargetKind.LOCAL, "user_pool", "lock-out", "wrong passwords and codes can be tried without end"),
    Gap(TargetKind.LOCAL, "user_pool", "codes", "no code is random: 123456 to confirm, 654321 for a new password"),
    Gap(TargetKind.LOCAL, "user_pool", "write attributes", "a user may overwrite any attribute, `sub` as well"),
    Gap(TargetKind.LOCAL, "user_pool", "case", "e-mail addresses are case-sensitive at sign-in"),
    Gap(TargetKind.LOCAL, "user_pool", "verified", "confirming a sign-up leaves `email_verified` of the user unset"),
    Gap(TargetKind.LOCAL, "user_pool", "login time", "a refreshed token claims to be from a new login (`auth_time`)"),
    Gap(TargetKind.LOCAL, "user_pool", "refresh life", "a refresh token outlives its validity"),
    Gap(TargetKind.LOCAL, "user_pool", "TOTP replay", "a code can be used again, and with any session"),
    Gap(TargetKind.LOCAL, "user_pool", "TOTP enrolment", "can be switched on before a code was verified"),
    Gap(TargetKind.LOCAL, "user_pool", "deletion protection", "stored, not enforced; our own delete path does"),
    Gap(
        TargetKind.LOCAL,
        "table",
        "query capacity",
        "reported as a constant; ours is computed from item sizes",
    ),
    Gap(TargetKind.LOCAL, "alarm", "evaluation", "at each new datapoint of the metric, whatever its dimensions"),
    Gap(TargetKind.LOCAL, "bucket", "TLS-only policy", "left out: the emulator serves plain HTTP"),
    Gap(TargetKind.LOCAL, "bucket", "upload checksum", "a form's checksum is not checked; the inspection hashes again"),
    Gap(TargetKind.LOCALSTACK, "user_pool", "all", "Cognito answers 501; the image with a plan has it", Lack.ABSENT),
    Gap(TargetKind.LOCALSTACK, "table", "all", "it would download DynamoDB Local; the tests leave it out", Lack.ABSENT),
    Gap(TargetKind.LOCALSTACK, "log_group", "tags after deletion", HAUNTED),
    Gap(TargetKind.LOCALSTACK, "alarm", "tags after deletion", HAUNTED),
    Gap(TargetKind.LOCALSTACK, "rest_api", "tags after deletion", HAUNTED),
    Gap(TargetKind.LOCALSTACK, "layer", "listing", "answers 500 once a layer has lost its last version"),
    Gap(TargetKind.LOCALSTACK, "rest_api", "authorizer", "no token is asked for; the function itself still does"),
    Gap(TargetKind.LOCALSTACK, "rest_api", "responses", "kept, but API Gateway answers in its own words"),
    Gap(TargetKind.LOCALSTACK, "function", "permission", "not enforced: any caller may invoke"),
    Gap(TargetKind.LOCALSTACK, "alarm", "owner", "tags given at creation are lost: it is ours only once it is stamped"),
    Gap(TargetKind.MOTO, "function", "code", "not run: an invocation is answered by moto itself"),
    Gap(TargetKind.MOTO, "function", "log_group", "LoggingConfig is not kept", Lack.UNREADABLE),
    Gap(TargetKind.MOTO, "function", "architecture", "UpdateFunctionCode leaves it as it was"),
    Gap(TargetKind.MOTO, "function", "failures", "where failed events go is kept as it was first put"),
    Gap(TargetKind.MOTO, "function", "deleting", "fails once two versions have one number, after an older one went"),
    Gap(TargetKind.MOTO, "log_group", "tags after deletion", HAUNTED),
    Gap(TargetKind.MOTO, "alarm", "tags after deletion", HAUNTED),
    Gap(TargetKind.MOTO, "bucket", "tags after deletion", HAUNTED),
    Gap(TargetKind.MOTO, "table", "id", "no TableId; the ARN stands in for it"),
    Gap(
        TargetKind.MOTO,
        "user_pool",
        "verified, password, recovery, deletion_protection",
        "UpdateUserPool forgets how users sign in",
    ),
    Gap(TargetKind.MOTO, "rest_api", "deployed", "a deployment made together with a stage can never be deleted"),
    Gap(TargetKind.MOTO, "rest_api", "models", "UpdateModel is not implemented"),
    Gap(TargetKind.MOTO, "rest_api", "deleting", "of one that is gone ends in a KeyError of its own"),
    Gap(TargetKind.MOTO, "user_pool", "stamp", "no TagResource; the tests write the tags into moto's own memory"),
    Gap(TargetKind.MOTO, "rest_api", "stamp", "tags of stages only; the tests use moto's own memory"),
)


def gaps(target: TargetKind) -> tuple[Gap, ...]:
    """Every known gap of ``target``."""
    return tuple(gap for gap in GAPS if gap.target is target)


def unreadable(target: TargetKind, kind: str) -> frozenset[str]:
    """The properties of ``kind`` that ``target`` cannot read back."""
    return frozenset(gap.subject for gap in gaps(target) if gap.lack is Lack.UNREADABLE and gap.kind == kind)


def absent(target: TargetKind) -> frozenset[str]:
    """The kinds that ``target`` does not implement, or so little that none can be made."""
    return frozenset(gap.kind for gap in gaps(target) if gap.lack is Lack.ABSENT)


def markdown() -> str:
    """The table for the README."""
    lines = ["| on | kind | what | is | because |", "|---|---|---|---|---|"]
    lines += [f"| {IMPLEMENTATIONS[g.target]} | {g.kind} | {g.subject} | {g.lack} | {g.reason} |" for g in GAPS]
    return "\n".join(lines) + "\n"


def written_into(text: str) -> str:
    """``text`` with the table of now between its two marks."""
    return re.sub(f"(?s)(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", lambda _: markdown(), text)


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(written_into(document.read_text()))
