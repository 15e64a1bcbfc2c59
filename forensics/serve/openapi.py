"""The description of the API (OpenAPI 3.1), made of the definitions that validate its bodies."""

from __future__ import annotations

from functools import cache
from typing import Any

from forensics import __version__
from forensics.serve.definitions import components

_STATUSES = {
    "400": "Not understood, or a parameter in the URL.",
    "401": "No token, or one that is not known.",
    "403": "Another site sent the request.",
    "404": "No such thing, or none that you may see.",
    "413": "Too large, or too many matches.",
    "415": "The body is no application/json.",
    "421": "The Host is no name of this server.",
    "422": "The body has another shape.",
    "429": "Too many requests; Retry-After says when.",
    "503": "The registry or the audit log cannot be used.",
}
_ALWAYS = ("400", "401", "403", "421", "429", "503")


@cache
def document() -> dict[str, Any]:
    """Return the document."""
    key = {
        "name": "key",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
        "description": "Key of a record: UUIDv5 of its id; the same that its STIX object has.",
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Registry of known infrastructure",
            "version": __version__,
            "description": "Read-only. What is asked for stands in bodies, never in URLs.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{}, {"bearer": []}, {"basic": []}],
        "paths": {
            "/api/v1/lookup": {"post": _lookup()},
            "/api/v1/records/{key}": {
                "get": _operation(
                    "record", "Every visible version of one record", "RecordAnswer", "404", parameters=[key]
                )
            },
            "/api/v1/collections": {"get": _operation("collections", "The TAXII collections", "CollectionsAnswer")},
            "/api/v1/health": {"get": _operation("health", "Whether the registries can be read", "HealthAnswer")},
        },
        "components": {
            "schemas": components(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "The token is the password; any user."},
            },
        },
    }


def _lookup() -> dict[str, Any]:
    made = _operation("lookup", "What is on record about up to 1000 indicators", "LookupAnswer", "413", "415", "422")
    made["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref("LookupRequest")}}}
    return made


def _operation(name: str, summary: str, answer: str, *more: str, **rest: Any) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    answers: dict[str, Any] = {
        "200": {"description": "The answer.", "content": {"application/json": {"schema": _ref(answer)}}}
    }
    for status in sorted({*_ALWAYS, *more}):
        answers[status] = {"description": _STATUSES[status], "content": problem}
    return {"operationId": name, "summary": summary, "responses": answers, **rest}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
