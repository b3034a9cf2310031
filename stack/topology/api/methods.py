"""Routes of the contract → methods of API Gateway, each with its function, authorizer and model."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from handlers.contract.routes import Route
from stack.engine.model import Ref
from stack.kinds.rest_api.props import Method
from stack.topology.api import cors
from stack.topology.api.models import model_name


def methods(routes: Iterable[Route], pool: Ref, origin: str) -> tuple[Method, ...]:
    """One method a route, and on every path an ``OPTIONS`` that API Gateway answers itself."""
    routes = tuple(routes)
    by_path = itertools.groupby(sorted(routes, key=lambda route: route.path), key=lambda route: route.path)
    preflights = (_preflight(path, origin, (route.method for route in group)) for path, group in by_path)
    return tuple(sorted((*(_method(route, pool) for route in routes), *preflights), key=lambda each: each.key))


def _method(route: Route, pool: Ref) -> Method:
    models = {media_type: model_name(route) for media_type in route.body_media_types} if route.body else {}
    return Method(
        key=f"{route.method} {route.path}",
        function=Ref(f"function.{route.function}", "alias_arn"),
        pool="" if route.public else pool,
        models=models,
        preflight={},
    )


def _preflight(path: str, origin: str, verbs: Iterable[str]) -> Method:
    return Method(f"OPTIONS {path}", function="", pool="", models={}, preflight=cors.preflight(origin, verbs))
