"""Refusals and errors, in the form that each part speaks: RFC 9457 for the API, TAXII's error object, a page for people.

What was asked for is never repeated in a title; a detail names it only to the one who asked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response

from forensics.errors import ForensicsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

PROBLEM_TYPE = "application/problem+json"
TAXII_TYPE = "application/taxii+json;version=2.1"
_TITLES = {
    400: "The request is not understood",
    401: "A token is needed",
    403: "Refused",
    404: "There is nothing here for you",
    405: "This is not offered here",
    406: "No form that you accept is offered",
    413: "Too much at once",
    415: "The body has another type",
    421: "This server does not have that name",
    422: "The request is not understood",
    429: "Too many requests",
    500: "This is a defect of ours",
    503: "The registry cannot be read now",
}


class Refusal(Exception):  # noqa: N818 - nothing went wrong
    """A request that is not answered; ``status`` is the HTTP status."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        """Keep what the answer says."""
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


def refusal_of(error: ForensicsError) -> Refusal:
    """Return the answer to an error of ours: what the client wrote, or what the server cannot do."""
    if isinstance(error, UsageError):
        return Refusal(400, str(error))
    return Refusal(503, f"{error.what}. Ask whoever runs this server")


def response(path: str, refusal: Refusal) -> Response:
    """Return a refusal as the part of the server that was asked says it."""
    status, title = refusal.status, _TITLES.get(refusal.status, "Refused")
    if path.startswith("/taxii2"):
        body: dict[str, object] = {"title": title, "description": refusal.detail, "http_status": str(status)}
        return Response(json.dumps(body), status, refusal.headers, TAXII_TYPE)
    if path.startswith(("/api/", "/openapi")):
        body = {"type": "about:blank", "title": title, "status": status, "detail": refusal.detail}
        return Response(json.dumps(body), status, refusal.headers, PROBLEM_TYPE)
    from forensics.serve.pages import refused

    return refused(status, title, refusal.detail, refusal.headers)
