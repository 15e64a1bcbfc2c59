"""Refusals and errors, in the form that each part speaks: RFC 9457 for the API, TAXII's error object, a page for people.

What was asked for is never repeated in a title; a detail names it only to the one who asked.
"""

from __future__ import annotations

import json

from starlette.responses import Response

from forensics.errors import ForensicsError, UsageError
from forensics.serve.pages import refused
from forensics.serve.problems import TAXII_TYPE, Refusal

PROBLEM_TYPE = "application/problem+json"
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
    return refused(status, title, refusal.detail, refusal.headers)
