"""What a target does not keep or does not enforce, in one table: shown by ``stack status``, obeyed by the engine."""

from __future__ import annotations

from dataclasses import dataclass

from stack.target import TargetKind


@dataclass(frozen=True, slots=True)
class Gap:
    """One property that a target cannot read back (``unreadable``), or one promise of AWS that it does not keep."""

    target: TargetKind
    kind: str
    subject: str
    reason: str
    unreadable: bool = False


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
)


def gaps(target: TargetKind) -> tuple[Gap, ...]:
    """Every known gap of ``target``."""
    return tuple(gap for gap in GAPS if gap.target is target)


def unreadable(target: TargetKind, kind: str) -> frozenset[str]:
    """The properties of ``kind`` that ``target`` cannot read back."""
    return frozenset(gap.subject for gap in gaps(target) if gap.unreadable and gap.kind == kind)
