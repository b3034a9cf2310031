"""The function of the routes that anyone may call."""

from __future__ import annotations

import os

from handlers.contract import openapi
from handlers.contract.routes import Health
from handlers.contract.settings import PublicSettings
from handlers.runtime import docs_page
from handlers.runtime.answer import Answer, answer
from handlers.runtime.app import serve
from handlers.runtime.request import Request

SETTINGS = PublicSettings.read(os.environ)


def get_health(_: Request) -> Answer:
    """Answered at all, it is well: this function needs nothing else."""
    return answer(200, Health(status="ok"))


def get_openapi(_: Request) -> Answer:
    """The document that the routes are declared by."""
    return Answer(200, openapi.text(), headers={"Cache-Control": "no-cache"})


def get_docs(_: Request) -> Answer:
    """The page that shows that document."""
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": docs_page.policy()}
    return Answer(200, docs_page.page(), "text/html; charset=utf-8", headers)


handler = serve("public", SETTINGS, {"get_health": get_health, "get_openapi": get_openapi, "get_docs": get_docs})
