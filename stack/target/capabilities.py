"""The differences between each target and AWS, in one table. ``stack status`` shows it, and the engine obeys it.

The tests prove each row, and fail when a row is no longer true. ``make capabilities`` writes the table into
``docs/capabilities.md``.
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
"""The version of each target on which the rows were measured."""


class Lack(enum.StrEnum):
    """The way in which a target differs from AWS."""

    ABSENT = "absent"
    UNREADABLE = "not read back"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Gap:
    """One difference between a target and AWS.

    ``subject`` is the property or the behaviour of the kind in which the target differs. The engine compares a property
    that the target cannot read back by the stamp.
    """

    target: TargetKind
    kind: str
    subject: str
    reason: str
    lack: Lack = Lack.DIFFERENT


KEEPS_TAGS = "a new resource with the name of a deleted one gets its tags"

GAPS = (
    Gap(TargetKind.LOCAL, "rest_api", "integration timeout", "not enforced; the timeout of the function is"),
    Gap(
        TargetKind.LOCAL,
        "rest_api",
        "deployment",
        "a changed method is live at once; on AWS it needs a deployment",
    ),
    Gap(
        TargetKind.LOCAL,
        "rest_api",
        "WWW-Authenticate",
        "a function's header keeps its name; on AWS it becomes x-amzn-Remapped-WWW-Authenticate",
    ),
    Gap(TargetKind.LOCAL, "rest_api", "payload limits", "requests over 10 MB and responses over 6 MB are not refused"),
    Gap(TargetKind.LOCAL, "function", "memory", "not enforced"),
    Gap(
        TargetKind.LOCAL,
        "function",
        "runtime",
        "ignored: handlers run on the Python of the emulator's runtime environment",
    ),
    Gap(TargetKind.LOCAL, "function", "permission", "not enforced: any caller may invoke"),
    Gap(
        TargetKind.LOCAL,
        "log_group",
        "retention",
        "applied every ten minutes to streams whose last event is old; a group keeps 100,000 events at most",
    ),
    Gap(TargetKind.LOCAL, "user_pool", "lock-out", "wrong passwords and codes can be tried without limit"),
    Gap(TargetKind.LOCAL, "user_pool", "codes", "fixed: 123456 confirms a sign-up, 654321 a new password"),
    Gap(TargetKind.LOCAL, "user_pool", "write attributes", "a user may overwrite every attribute, including `sub`"),
    Gap(TargetKind.LOCAL, "user_pool", "case", "e-mail addresses are case-sensitive at sign-in"),
    Gap(TargetKind.LOCAL, "user_pool", "verified", "a confirmed sign-up leaves `email_verified` unset"),
    Gap(TargetKind.LOCAL, "user_pool", "login time", "a refreshed token has the `auth_time` of a new login"),
    Gap(TargetKind.LOCAL, "user_pool", "refresh life", "a refresh token works after its validity has ended"),
    Gap(TargetKind.LOCAL, "user_pool", "TOTP replay", "a code can be used again, and with any session"),
    Gap(TargetKind.LOCAL, "user_pool", "TOTP enrolment", "can be turned on before a code was verified"),
    Gap(
        TargetKind.LOCAL,
        "user_pool",
        "deletion protection",
        "stored, not enforced; `stack destroy` keeps the pool without --delete",
    ),
    Gap(
        TargetKind.LOCAL,
        "table",
        "query capacity",
        "reported as a constant; `make bench` computes it from item sizes",
    ),
    Gap(
        TargetKind.LOCAL,
        "table",
        "metrics",
        "no capacity of reads, because a query reports a constant; nothing is ever throttled",
    ),
    Gap(TargetKind.LOCAL, "bucket", "TLS-only policy", "not declared: the emulator serves plain HTTP"),
    Gap(
        TargetKind.LOCAL, "bucket", "upload checksum", "the checksum in a form is not checked; the inspection checks it"
    ),
    Gap(
        TargetKind.LOCALSTACK,
        "user_pool",
        "all",
        "Cognito answers 501; the LocalStack image with a paid plan has it",
        Lack.ABSENT,
    ),
    Gap(TargetKind.LOCALSTACK, "table", "all", "it downloads DynamoDB Local; the tests leave it out", Lack.ABSENT),
    Gap(TargetKind.LOCALSTACK, "log_group", "tags after deletion", KEEPS_TAGS),
    Gap(TargetKind.LOCALSTACK, "alarm", "tags after deletion", KEEPS_TAGS),
    Gap(TargetKind.LOCALSTACK, "rest_api", "tags after deletion", KEEPS_TAGS),
    Gap(TargetKind.LOCALSTACK, "layer", "listing", "answers 500 after the last version of a layer was deleted"),
    Gap(
        TargetKind.LOCALSTACK,
        "rest_api",
        "authorizer",
        "requests without a token pass; the function still refuses them",
    ),
    Gap(TargetKind.LOCALSTACK, "rest_api", "responses", "stored, but API Gateway answers with its default responses"),
    Gap(TargetKind.LOCALSTACK, "function", "permission", "not enforced: any caller may invoke"),
    Gap(TargetKind.LOCALSTACK, "alarm", "owner", "tags given at creation are lost; the stamp writes them again"),
    Gap(TargetKind.MOTO, "function", "code", "not run: moto itself answers an invocation"),
    Gap(TargetKind.MOTO, "function", "log_group", "LoggingConfig is not stored", Lack.UNREADABLE),
    Gap(TargetKind.MOTO, "function", "architecture", "UpdateFunctionCode does not change it"),
    Gap(TargetKind.MOTO, "function", "failures", "the destination of failed events cannot be changed"),
    Gap(
        TargetKind.MOTO,
        "function",
        "deleting",
        "fails when two versions have one number, after an older one was deleted",
    ),
    Gap(TargetKind.MOTO, "log_group", "tags after deletion", KEEPS_TAGS),
    Gap(TargetKind.MOTO, "alarm", "tags after deletion", KEEPS_TAGS),
    Gap(TargetKind.MOTO, "bucket", "tags after deletion", KEEPS_TAGS),
    Gap(TargetKind.MOTO, "table", "id", "no TableId; the ARN replaces it"),
    Gap(
        TargetKind.MOTO,
        "user_pool",
        "verified, password, recovery, deletion_protection, email_from, email_arn",
        "UpdateUserPool deletes the sign-in attributes",
    ),
    Gap(TargetKind.MOTO, "rest_api", "deployed", "a deployment that was made with its stage cannot be deleted"),
    Gap(TargetKind.MOTO, "rest_api", "models", "UpdateModel is not implemented"),
    Gap(TargetKind.MOTO, "rest_api", "deleting", "deleting an API that does not exist raises KeyError"),
    Gap(TargetKind.MOTO, "user_pool", "stamp", "no TagResource; the tests write the tags into moto's memory"),
    Gap(TargetKind.MOTO, "rest_api", "stamp", "only stages have tags; the tests write into moto's memory"),
)


def gaps(target: TargetKind) -> tuple[Gap, ...]:
    """Every known difference of ``target``."""
    return tuple(gap for gap in GAPS if gap.target is target)


def unreadable(target: TargetKind, kind: str) -> frozenset[str]:
    """The properties of ``kind`` that ``target`` cannot read back."""
    return frozenset(gap.subject for gap in gaps(target) if gap.lack is Lack.UNREADABLE and gap.kind == kind)


def absent(target: TargetKind) -> frozenset[str]:
    """The kinds of which ``target`` can create none."""
    return frozenset(gap.kind for gap in gaps(target) if gap.lack is Lack.ABSENT)


def markdown() -> str:
    """The table in Markdown."""
    lines = ["| implementation | kind | subject | difference | explanation |", "|---|---|---|---|---|"]
    lines += [f"| {IMPLEMENTATIONS[g.target]} | {g.kind} | {g.subject} | {g.lack} | {g.reason} |" for g in GAPS]
    return "\n".join(lines) + "\n"


def written_into(text: str) -> str:
    """``text`` with the current table between its two marks."""
    return re.sub(f"(?s)(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", lambda _: markdown(), text)


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(written_into(document.read_text()))
