"""The routes, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forensics.errors import ForensicsError
from forensics.serve import refusing
from forensics.serve.api import Api
from forensics.serve.guard import Guard, Rules
from forensics.serve.pages import Pages
from forensics.serve.problems import Refusal
from forensics.serve.taxii import ROOT, Taxii

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from forensics.serve.holdings import Holdings

_DETAILS = {404: "No such address on this server", 405: "This address is not asked in this way"}


def build(holdings: Holdings, rules: Rules, public: str = "") -> ASGIApp:
    """Return the application. ``public`` is the address that clients reach it by, where that is not what they ask for."""
    pages, api, taxii = Pages(holdings), Api(holdings), Taxii(holdings, public)
    one = f"{ROOT}collections/{{collection}}/"
    writing = ["GET", "POST"], ["GET", "DELETE"]
    routes = [
        Route("/", pages.form, methods=["GET"]),
        Route("/", pages.answer, methods=["POST"]),
        Route("/openapi.json", api.openapi, methods=["GET"]),
        Route("/api/v1/lookup", api.lookup, methods=["POST"]),
        Route("/api/v1/records/{key}", api.record, methods=["GET"]),
        Route("/api/v1/collections", api.collections, methods=["GET"]),
        Route("/api/v1/health", api.health, methods=["GET"]),
        Route("/taxii2/", taxii.discovery, methods=["GET"]),
        Route(ROOT, taxii.root, methods=["GET"]),
        Route(f"{ROOT}status/{{status}}/", taxii.status, methods=["GET"]),
        Route(f"{ROOT}collections/", taxii.collections, methods=["GET"]),
        Route(one, taxii.collection, methods=["GET"]),
        Route(f"{one}manifest/", taxii.manifest, methods=["GET"]),
        Route(f"{one}objects/", taxii.objects, methods=writing[0]),
        Route(f"{one}objects/{{object}}/", taxii.object, methods=writing[1]),
        Route(f"{one}objects/{{object}}/versions/", taxii.versions, methods=["GET"]),
    ]
    handlers: dict[Any, Any] = {Refusal: _refused, ForensicsError: _failed, HTTPException: _absent}
    inner = Starlette(routes=routes, exception_handlers=handlers)
    inner.router.redirect_slashes = False
    return Guard(inner, rules, {route.endpoint: route.path for route in routes})


async def _refused(request: Request, refusal: Refusal) -> Response:
    return refusing.response(request.url.path, refusal)


async def _failed(request: Request, error: ForensicsError) -> Response:
    return refusing.response(request.url.path, refusing.refusal_of(error))


async def _absent(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == 405 and request.url.path == "/":  # noqa: PLR2004 - two routes, one address
        headers["Allow"] = "GET, HEAD, POST"
    detail = _DETAILS.get(error.status_code, "Refused")
    return refusing.response(request.url.path, Refusal(error.status_code, detail, headers))
