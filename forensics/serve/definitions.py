"""The bodies of the API: what validates them is what ``/openapi.json`` is made of."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

MAX_QUERIES = 1000
MAX_QUERY = 2100
SCHEMA = "forensics/registry-served/1"

Query = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_QUERY,
        description="Address, prefix, range, AS number, domain, URL, fingerprint, digest, or KIND=TEXT.",
        examples=["203.0.113.45"],
    ),
]


class LookupRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is asked for. It stands in the body, because URLs end up in logs and histories."""

    queries: Annotated[list[Query], Meta(min_length=1, max_length=MAX_QUERIES)]
    at: Annotated[date | None, Meta(description="Day of the event; decides the window, hides nothing.")] = None
    known_at: Annotated[date | None, Meta(description="Only what was on record on this day.")] = None
    neighbours: Annotated[bool, Meta(description="Also records in the same /24 (IPv6: /48).")] = False


class NotUnderstood(Struct, kw_only=True, forbid_unknown_fields=True):
    """A query that is nothing a registry holds."""

    position: Annotated[int, Meta(ge=0, description="Its place in `queries`, from 0.")]
    reason: str


class RegistryName(Struct, kw_only=True, forbid_unknown_fields=True):
    """A registry as this client sees it: count and digest are of the visible records."""

    name: str
    version: str
    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    sample: bool
    records: Annotated[int, Meta(ge=0)]


class LookupAnswer(Struct, kw_only=True, forbid_unknown_fields=True):
    """One answer for every query that is understood, in their order (`docs/schemas/registry_lookup.json`)."""

    schema: str
    tlp: Annotated[str, Meta(description="The highest marking shown to this client.")]
    registries: list[RegistryName]
    answers: list[dict[str, Any]]
    not_understood: list[NotUnderstood]


class RecordAnswer(Struct, kw_only=True, forbid_unknown_fields=True):
    """Every visible version of one record."""

    schema: str
    key: str
    registry: str
    versions: Annotated[list[dict[str, Any]], Meta(min_length=1)]


class CollectionName(Struct, kw_only=True, forbid_unknown_fields=True):
    """A collection that this client may read by TAXII."""

    id: str
    tlp: str
    records: Annotated[int, Meta(ge=0)]
    objects: Annotated[int, Meta(ge=0)]


class CollectionsAnswer(Struct, kw_only=True, forbid_unknown_fields=True):
    """The collections of this client, the widest audience first."""

    schema: str
    tlp: str
    collections: list[CollectionName]


class HealthAnswer(Struct, kw_only=True, forbid_unknown_fields=True):
    """The registries can be read."""

    schema: str
    status: str
    version: str


class Problem(Struct, kw_only=True):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


def read_lookup(body: bytes) -> LookupRequest:
    """Return the request of a body.

    Raises:
        msgspec.ValidationError: it is JSON of another shape.
        msgspec.DecodeError: it is no JSON.
    """
    return msgspec.json.decode(body, type=LookupRequest)


def components() -> dict[str, Any]:
    """Return the schemas of all bodies (JSON Schema 2020-12, as OpenAPI 3.1 takes them)."""
    bodies = (LookupRequest, LookupAnswer, RecordAnswer, CollectionsAnswer, HealthAnswer, Problem)
    return msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")[1]
