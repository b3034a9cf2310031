"""A page on which people read and try the API. It inlines the Swagger UI that Powertools ships, and loads nothing."""

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
    """The HTML of the page."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>Expense tracker API</title>\n"
        f'<style>{_shipped("swagger-ui.min.css")}</style>\n</head>\n<body>\n<div id="api"></div>\n'
        f"<script>{_script()}</script>\n<script>{START}</script>\n</body>\n</html>\n"
    )


@functools.cache
def policy() -> str:
    """The content security policy that allows the page its own scripts and nothing else (https://www.w3.org/TR/CSP3/)."""
    scripts = " ".join(f"'sha256-{_hash(script)}'" for script in (_script(), START))
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _script() -> str:
    return _shipped("swagger-ui-bundle.min.js")


@functools.cache
def _shipped(name: str) -> str:
    # By the path below the top package: the name of the inner one would import the whole event handler.
    return files("aws_lambda_powertools").joinpath("event_handler", "openapi", "swagger_ui", name).read_text("utf-8")


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
