"""API Gateway's id of a request: the ``instance`` of a problem, and the id that joins the lines of all logs."""

from __future__ import annotations

import re

ATTRIBUTE = "request_id"
"""The attribute of a message, and of a receipt's item, that has the id of the request that made it."""
_SHAPE = re.compile(r"[A-Za-z0-9-]{1,64}")


def is_request_id(text: object) -> bool:
    """Whether ``text`` can be an id: nothing that an id does not have may reach a log."""
    return isinstance(text, str) and bool(_SHAPE.fullmatch(text))
