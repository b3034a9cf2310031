"""A page to read and try the API, with the Swagger UI that Powertools ships: nothing from another host."""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib.resources import files

START = (
    'SwaggerUIBundle({url: "openapi.json", dom_id: "#api", deepLinking: true, persistAuthorization: false,'
    " tryItOutEnabled: true, validatorUrl: null});"
)


@functools.cache
def page() -> str:
    """The HTML, script and style inlined."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>Expense tracker API</title>\n"
        f'<style>{_shipped("swagger-ui.min.css")}</style>\n</head>\n<body>\n<div id="api"></div>\n'
        f"<script>{_script()}</script>\n<script>{START}</script>\n</body>\n</html>\n"
    )


@functools.cache
def policy() -> str:
    """The content security policy under which just that page works (https://www.w3.org/TR/CSP3/)."""
    scripts = " ".join(f"'sha256-{_hash(script)}'" for script in (_script(), START))
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _script() -> str:
    return _shipped("swagger-ui-bundle.min.js")


@functools.cache
def _shipped(name: str) -> str:
    return (files("aws_lambda_powertools.event_handler.openapi.swagger_ui") / name).read_text("utf-8")


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
