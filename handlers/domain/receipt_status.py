"""The life of a receipt: its statuses, the changes between them, and the seconds that each lasts.

pending ──▶ processing ──▶ ready      A record in any status but ``ready`` and ``deleting`` expires: DynamoDB
   │            │            │        removes it after ``expires_at``, and it counts as gone from then on.
   │            ▼            │
   │         rejected        │
   └────────────┴────────────┴──▶ deleting ──▶ (gone)      ``deleting`` is hidden from the owner
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from handlers.contract.receipt import Status

StoredStatus = Literal[Status, "deleting"]
PENDING_LIFE = 3600
"""Seconds: the life of an upload form, and the same again for the upload and its event."""
PROCESSING_LIFE = 24 * 3600
"""Seconds: longer than S3's event is retried, and as long as an upload is kept."""
REJECTED_LIFE = 7 * 24 * 3600
"""Seconds for which a client can read the reason of a rejection."""
OPEN: frozenset[StoredStatus] = frozenset({"pending", "processing"})
"""The statuses before the end of an inspection."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of status: it may begin in one of ``begins``, and sets ``ends``.

    ``life`` is in seconds; None lets the record stay. ``file`` is the condition on the record's file: it may have
    any, must have none, or must have the one that was read.
    """

    begins: frozenset[StoredStatus]
    ends: StoredStatus
    life: int | None
    file: Literal["any", "none", "unchanged"] = "any"


BEGIN = Transition(OPEN, "processing", PROCESSING_LIFE)
"""The upload has arrived. An event that comes twice begins twice."""
SHARE = Transition(frozenset({"processing"}), "processing", PROCESSING_LIFE)
"""The inspection accepted the bytes; the record gets its file."""
FINISH = Transition(frozenset({"processing"}), "ready", None, file="unchanged")
"""The file is stored."""
REJECT = Transition(frozenset({"processing"}), "rejected", REJECTED_LIFE, file="none")
"""The inspection refused the bytes, and no other upload for this record was accepted."""


def removal(read: StoredStatus) -> Transition:
    """The removal by the owner of a record that was read with this status."""
    return Transition(frozenset({read}), "deleting", None, file="unchanged")
