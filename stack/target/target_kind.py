"""The kinds of target, importable without boto3."""

from __future__ import annotations

import enum

EMULATOR_ACCOUNT = "000000000000"


class TargetKind(enum.StrEnum):
    """The implementation of AWS behind an endpoint.

    ``local``       the embedded emulator, in a process or a container
    ``localstack``  LocalStack, in a process or a container
    ``aws``         Amazon; the command line must name the account, which is checked before anything else
    ``moto``        moto within one process: an independent implementation for the tests
    """

    LOCAL = "local"
    LOCALSTACK = "localstack"
    AWS = "aws"
    MOTO = "moto"


SELECTABLE = (TargetKind.LOCAL, TargetKind.LOCALSTACK, TargetKind.AWS)
"""The targets of the ``stack`` command."""
EMULATORS = (TargetKind.LOCAL, TargetKind.LOCALSTACK)
