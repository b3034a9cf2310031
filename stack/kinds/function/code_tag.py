"""The tag that links the code of a function to its sources.

Lambda reports only the SHA-256 of the zip (``CodeSha256``). The topology declares the fingerprint of the sources, so
that a plan builds no zip. The tag carries both: while the SHA-256 in it is the reported one, the function runs the
sources of that fingerprint; code that was uploaded by hand has another SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

CODE = "expense-tracker:code"


def code_tag(fingerprint: str, zipped: bytes) -> dict[str, str]:
    """The tag for a zip that was built from the sources of ``fingerprint``."""
    return {CODE: f"{fingerprint} {base64.b64encode(hashlib.sha256(zipped).digest()).decode()}"}


def read_code(tags: Mapping[str, str], configuration: Any) -> str:
    """The fingerprint of the sources, or the SHA-256 of code from elsewhere."""
    fingerprint, _, sha256 = tags.get(CODE, "").partition(" ")
    return fingerprint if sha256 == configuration["CodeSha256"] else str(configuration["CodeSha256"])
