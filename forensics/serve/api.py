"""The JSON API. Queries stand in bodies only: a parameter in a URL is refused, because URLs end up in logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from forensics import __version__
from forensics.registry.matching import as_json
from forensics.registry.record import as_mapping
from forensics.serve import definitions
from forensics.serve.answering import answered
from forensics.serve.bodies import body_of
from forensics.serve.openapi import document
from forensics.serve.problems import Refusal
from forensics.serve.sight import Asked
from forensics.serve.visits import VISIT

if TYPE_CHECKING:
    from starlette.requests import Request

    from forensics.registry.files import Registry
    from forensics.serve.holdings import Holdings
    from forensics.serve.visits import Visit


class Api:
    """The routes of the API over some holdings."""

    def __init__(self, holdings: Holdings) -> None:
        """Keep the holdings."""
        self._holdings = holdings

    async def lookup(self, request: Request) -> Response:
        """Answer a list of queries."""
        asked = await _lookup_of(request)
        days = Asked(at=asked.at, known_at=asked.known_at, neighbours=asked.neighbours)
        found = answered(self._holdings, request.scope[VISIT], asked.queries, days)
        used = [_name(registry) for registry in found.sight.registries]
        names = [msgspec.structs.asdict(name) for name in used]
        answers: list[dict[str, Any]] = []
        unknown: list[definitions.NotUnderstood] = []
        for position, entry in enumerate(found.entries):
            if isinstance(entry, str):
                unknown.append(definitions.NotUnderstood(position=position, reason=entry))
            else:
                brief = [{key: name[key] for key in ("name", "version", "digest", "records")} for name in names]
                answers.append({**as_json(entry), "registries": brief})
        return _json(
            definitions.LookupAnswer(
                schema=definitions.SCHEMA,
                tlp=found.sight.tlp,
                registries=used,
                answers=answers,
                not_understood=unknown,
            )
        )

    async def record(self, request: Request) -> Response:
        """Return every visible version of one record; what may not be seen is told like what does not exist."""
        _no_parameters(request)
        visit: Visit = request.scope[VISIT]
        held = self._holdings.sight(visit.client.tlp).by_key.get(request.path_params["key"].lower())
        if not held:
            raise Refusal(404, "No record that you may see has this key")
        registry = held[0][0]
        versions = [as_mapping(record) for one, record in held if one is registry]
        return _json(
            definitions.RecordAnswer(
                schema=definitions.SCHEMA,
                key=request.path_params["key"].lower(),
                registry=registry.name,
                versions=versions,
            )
        )

    async def collections(self, request: Request) -> Response:
        """Return the TAXII collections of this client."""
        _no_parameters(request)
        tlp = request.scope[VISIT].client.tlp
        found = [
            definitions.CollectionName(id=one.id, tlp=one.tlp, records=one.records, objects=len(one.objects))
            for one in self._holdings.collections(tlp)
        ]
        return _json(definitions.CollectionsAnswer(schema=definitions.SCHEMA, tlp=tlp, collections=found))

    async def health(self, request: Request) -> Response:
        """Say that the registries can be read."""
        _no_parameters(request)
        self._holdings.sight(request.scope[VISIT].client.tlp)
        return _json(definitions.HealthAnswer(schema=definitions.SCHEMA, status="ok", version=__version__))

    async def openapi(self, request: Request) -> Response:
        """Return the description of this API."""
        _no_parameters(request)
        return Response(msgspec.json.encode(document()), media_type="application/json")


async def _lookup_of(request: Request) -> definitions.LookupRequest:
    _no_parameters(request)
    body = await body_of(request, "application/json")
    try:
        return definitions.read_lookup(body)
    except msgspec.ValidationError as error:
        raise Refusal(422, f"The body is not as /openapi.json says: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(400, "The body is no JSON") from error


def _no_parameters(request: Request) -> None:
    if request.scope.get("query_string"):
        raise Refusal(400, "There are no parameters in URLs here: what is asked for stands in the body of a POST")


def _name(registry: Registry) -> definitions.RegistryName:
    return definitions.RegistryName(
        name=registry.name,
        version=registry.version,
        digest=registry.digest,
        sample=registry.sample,
        records=len(registry.records),
    )


def _json(value: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
