"""The function of the routes that need no token."""

from __future__ import annotations

import os

from handlers.contract import openapi
from handlers.contract.routes import Health
from handlers.contract.settings import PublicSettings
from handlers.runtime import docs_page
from handlers.runtime.answer import Answer, answer
from handlers.runtime.app import serve
from handlers.runtime.request import PlainRequest

SETTINGS = PublicSettings.read(os.environ)


def get_health(_: PlainRequest) -> Answer:
    """That API Gateway and this function answer."""
    return answer(200, Health(status="ok"))


def get_openapi(_: PlainRequest) -> Answer:
    """The OpenAPI document of all routes."""
    return Answer(200, openapi.text(), headers={"Cache-Control": "no-cache"})


def get_docs(_: PlainRequest) -> Answer:
    """The page on which people read and try the API."""
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": docs_page.policy()}
    return Answer(200, docs_page.page(), "text/html; charset=utf-8", headers)


handler = serve("public", SETTINGS, {"get_health": get_health, "get_openapi": get_openapi, "get_docs": get_docs})
