"""The function of the reports' routes."""

from __future__ import annotations

import datetime
import os

from handlers.contract.query import TrendQuery
from handlers.contract.settings import ReportsSettings
from handlers.runtime.answer import Answer, answer
from handlers.runtime.app import serve
from handlers.runtime.request import AnyRequest, PlainRequest, Request
from handlers.store.client import dynamodb
from handlers.store.reports import Reports

SETTINGS = ReportsSettings.read(os.environ)


def get_month(request: PlainRequest) -> Answer:
    """The sums of one month."""
    return answer(200, _reports(request).month(request.path["month"]))


def get_trend(request: Request[None, TrendQuery]) -> Answer:
    """The sums of each month of a span; by default the twelve that end with the current one."""
    today = datetime.datetime.now(datetime.UTC).date()
    return answer(200, _reports(request).trend(*request.query.span(today)))


def _reports(request: AnyRequest) -> Reports:
    return Reports(dynamodb(), SETTINGS.table_name, request.caller.sub)


handler = serve("reports", SETTINGS, {"get_month": get_month, "get_trend": get_trend})
