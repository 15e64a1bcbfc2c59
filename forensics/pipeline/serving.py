"""Serving and feeding: the registries at hand, the user's tokens, and the clock, handed to ``forensics.serve``."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.enrichment import snapshots as snapshot_tables
from forensics.enrichment.context import contexts
from forensics.errors import UsageError
from forensics.pipeline import clock, registries
from forensics.pipeline.own_folder import user_folder
from forensics.registry import files, opening
from forensics.registry.matching import OriginAs
from forensics.registry.record import PAP, TLP
from forensics.serve import access, feed, running
from forensics.serve.access import Client
from forensics.serve.running import Listening

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from forensics.registry.files import Registry
    from forensics.serve.holdings import Holdings, Origins

TOKEN_SCHEMA = "forensics/registry-token/1"  # noqa: S105 - a name of a form, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the user wants served, and how."""

    registries: tuple[str, ...]
    folders: tuple[Path, ...]
    listening: Listening
    tlp: str
    pap: str
    audit: Path | None
    per_minute: int


def folder() -> Path:
    """Return where tokens, the ledger and the audit log lie: beside this user's keys."""
    return user_folder() / "serve"


def listening(*, names: tuple[str, ...], **options: Any) -> Listening:
    """Return where to listen, from the options of the command line."""
    return running.Listening(names=running.names_of(names), **options)


def tokens() -> access.Tokens:
    """Return the tokens of this user's server."""
    return access.Tokens(folder() / "tokens.toml")


def new_token(name: str, tlp: str) -> dict[str, Any]:
    """Make a token; its secret is in the answer and nowhere else."""
    secret = tokens().new(name, tlp, clock.now().date())
    return {"schema": TOKEN_SCHEMA, "name": name, "tlp": tlp, "token": secret}


def token_rows() -> list[dict[str, Any]]:
    """Return the tokens without their secrets."""
    return [{"name": one.name, "tlp": one.tlp, "created": one.created.isoformat()} for one in tokens().all()]


def write_feed(out: Path, named: Sequence[str], tlp: str) -> dict[str, Any]:
    """Write the static feed of the registries at hand."""
    return feed.write(_read(registries.chosen(named)), _one_of(tlp, TLP), out)


def serve(service: Service, say: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Raises:
        UsageError: an option is wrong, or the extra ``serve`` is not installed.
        PolicyError: others could connect unprotected.
        NetworkError: the address cannot be listened on.
    """
    _installed()
    held = tokens().all()
    running.check(service.listening, tokens=len(held))
    _one_of(service.tlp, TLP)
    _one_of(service.pap, PAP)
    holdings = _holdings(service)
    hidden = holdings.above(service.tlp)

    def started(at: Listening) -> None:
        say(f"Serving on {at.url} (Ctrl-C ends it)")
        if _anonymous(at, service.tlp):
            say(f"Without a token, programs and users of this machine see records up to TLP:{service.tlp}.")
            if hidden:
                say(f"{hidden:,} record versions are marked higher and not shown; --tlp names another marking.")
        else:
            say("Others can connect. Every request needs a token; what a client sees is what its token allows.")
        say(_audited(service))

    running.run(lambda at: _application(service, at, holdings), service.listening, started)


def _application(service: Service, at: Listening, holdings: Holdings) -> ASGIApp:
    from forensics.serve.app import build
    from forensics.serve.audit import Audit, key_at
    from forensics.serve.guard import Rules
    from forensics.serve.limits import Limits

    key = key_at(folder() / "audit.key") if service.audit and service.pap == "AMBER" else b""
    rules = Rules(
        hosts=at.hosts(),
        anonymous=_anonymous(at, service.tlp),
        tokens=tokens(),
        limits=Limits(service.per_minute, clock.Pace().elapsed),
        audit=Audit(service.audit, service.pap, key, clock.now),
        tls=at.tls,
    )
    return build(holdings, rules, at.public)


def _anonymous(at: Listening, tlp: str) -> Client | None:
    """Return who asks without a token: only this machine, and never a proxy's clients, who all come from loopback."""
    return Client(name="this machine", tlp=tlp) if at.loopback and not at.behind_proxy else None


def _audited(service: Service) -> str:
    if service.audit is None:
        return "No audit log is kept (--audit FILE keeps one)."
    kept = {"RED": "without what was asked", "AMBER": "with keyed digests of what was asked"}
    return f"Audit log: {service.audit.name}, {kept.get(service.pap, 'with what was asked')} (PAP:{service.pap})."


def _holdings(service: Service) -> Holdings:
    from forensics.serve.holdings import Holdings
    from forensics.serve.offered import Ledger

    named = registries.chosen(service.registries)
    ledger = Ledger(folder() / "offered.jsonl", clock.now)
    return Holdings(lambda: _read(named), _Watch(named).state, origins(service.folders), ledger)


def _read(named: Sequence[str]) -> list[Registry]:
    """Return the published registry and the named ones; a store that is still empty is no error."""
    return [files.published(), *(opening.load(name) for name in named)]


class _Watch:
    """Tells whether a registry has changed: by the times of its files, or by the newest version of a server's store."""

    def __init__(self, named: Sequence[str]) -> None:
        self._named = named
        self._shared = {name: opening.open_store(name) for name in named if "://" in name}

    def close(self) -> None:
        """Leave the servers."""
        for store in self._shared.values():
            store.close()

    def state(self) -> Hashable:
        """Return something that differs after a change; asked for every request."""
        found: list[Hashable] = []
        for name in self._named:
            path = Path(name)
            if name in self._shared:
                found.append(self._shared[name].newest())
                continue
            parts = (
                [path, path.with_name(f"{path.name}-wal")] if path.is_file() else [path, *sorted(path.rglob("*.toml"))]
            )
            found += [(str(part), part.stat().st_mtime_ns, part.stat().st_size) for part in parts if part.exists()]
        return tuple(found)


def origins(folders: Sequence[Path]) -> Origins:
    """Return what gives the AS that announced an address on a day, for many at once; loaded at the first question."""
    held: list[Any] = []

    def found(queries: Sequence[str], at: date | None) -> list[OriginAs | None]:
        addresses = {place: text for place, query in enumerate(queries) if (text := _address(query))}
        answers: list[OriginAs | None] = [None] * len(queries)
        if not addresses:
            return answers
        if not held:
            held.append(snapshot_tables.load(*folders))
        known = contexts([(text, at) for text in addresses.values()], held[0], "event" if at else "latest")
        for place, context in zip(addresses, known, strict=True):
            value = context.origin_as.value
            answers[place] = OriginAs(asn=int(value[2:])) if value else None
        return answers

    return found


def _address(query: str) -> str:
    try:
        return str(ipaddress.ip_address(query.strip()))
    except ValueError:
        return ""


def _one_of(value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise UsageError(f"no such marking: {value[:20]!r}", hint=f"One of {', '.join(allowed)}")
    return value


def _installed() -> None:
    try:
        import starlette
        import uvicorn
    except ImportError as error:
        hint = "Install the extra: pip install 'forensics[serve]'"
        raise UsageError("the web server is not installed", hint=hint) from error
    del starlette, uvicorn
