"""Our patches of MiniStack, in the order in which they are applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import body_validation
import end_mark
import expression_cache
import failure_destination
import measurements
import quick_changes
import recorded_calls
import request_id
import reserved_concurrency
import snapshots
import telemetry
import unpacked_zips

if TYPE_CHECKING:
    from pathlib import Path

    from front import Front
    from settings import Settings


def apply(front: Front, settings: Settings, documents: Path) -> None:
    """Patch MiniStack, which must be imported already, and give `front` the parts that belong to the patches."""
    end_mark.apply()
    expression_cache.apply()
    unpacked_zips.apply(settings.unpacked)
    body_validation.apply()
    request_id.apply()
    failure_destination.apply()
    reserved_concurrency.apply()
    quick_changes.apply()
    recorded_calls.apply()
    front.telemetry = telemetry.Telemetry(settings.state, documents)
    front.snapshots = snapshots.Snapshots(settings.state, documents, front.telemetry)
    front.calls = recorded_calls.document
    front.inner = request_id.unified(front.inner)
    front.patches = (
        end_mark.PATCH,
        expression_cache.PATCH,
        unpacked_zips.PATCH,
        body_validation.PATCH,
        failure_destination.PATCH,
        reserved_concurrency.PATCH,
        quick_changes.PATCH,
        request_id.PATCH,
        recorded_calls.PATCH,
        snapshots.PATCH,
        measurements.PATCH,
    )
