"""A change of a function is complete after 20 ms. Its states stay visible: Pending or InProgress, then Active.

MiniStack completes each change after half a second. A deployment of one function waits for three changes in a row.
"""

from __future__ import annotations

from ministack.services import lambda_svc
from pinned import require, require_parameters

PATCH = "quick changes"
SECONDS = 0.02


def apply() -> None:
    """Shorten the delay of MiniStack's state transitions."""
    require_parameters(lambda_svc._schedule_state_transition, ("func_name", "delay"), PATCH)
    used = "_LAMBDA_STATE_TRANSITION_DELAY" in lambda_svc._create_function.__code__.co_names
    require(used, PATCH, "CreateFunction schedules its transition after _LAMBDA_STATE_TRANSITION_DELAY seconds")
    lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = SECONDS
