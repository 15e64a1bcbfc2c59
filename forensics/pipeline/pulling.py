"""``registry pull``: take a release from a folder or a server, check it whole, and only then use it.

A server is asked for four files by name, through the gate and after consent: it learns that this release was taken, never
what is looked up in it. Nothing of what arrived is used before signature, digests and succession have been checked.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from forensics.enrichment import gate, over_https, servers
from forensics.enrichment.over_https import Terms
from forensics.enrichment.servers import Endpoint
from forensics.enrichment.source import LookupClass, Query, ReplyStatus, Transport
from forensics.errors import DataError, NetworkError, PolicyError, StorageError, TamperError, UsageError
from forensics.pipeline import held_releases, signed_releases
from forensics.pipeline.clock import now, stamp
from forensics.pipeline.releasing import summary
from forensics.registry import release as releases

if TYPE_CHECKING:
    from forensics.chain_of_custody import VerifierKey

SCHEMA = "forensics/registry-pulled/1"
LEARNS = "that this release is taken, from where and when; not what is looked up in it"
_SECONDS = 900.0
"""A file of a release may take this long as a whole; a server that falls silent is left earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlan:
    """What would be asked of whom to pull a release."""

    endpoint: Endpoint
    exit: str

    def lines(self) -> list[str]:
        """Say the plan in plain words."""
        way = "encrypted" if self.endpoint.scheme == "https" else "on this machine"
        lines = [
            "Plan: pull a release of a registry. Nothing has been sent yet.",
            f"- {self.endpoint.text} (release, {way}): at most 4 questions, for {', '.join(_ORDER)}.",
            f"  Learns: {LEARNS}.",
        ]
        return [*lines, gate.way_out(self.exit)]


FITS = ("first", "follows", "same")
_ORDER = (releases.MANIFEST, releases.SIGNATURE, *releases.LISTED)
Consent = Callable[[ReleasePlan], str]
Take = Callable[[str, int], bytes]
"""Gives a file of a release by name, if it is not longer than so many bytes."""


def nobody_agrees(_: ReleasePlan) -> str:
    """Agree to nothing: what happens in a script without ``--yes``."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asks for. ``allow_rollback`` is why an older or foreign release may replace the one in use, or ""."""

    source: str
    trust: tuple[Path, ...] = ()
    allow_rollback: str = ""
    consent: Consent = nobody_agrees
    proxy: str = ""
    settings: Path | None = None


def pull(wish: Wish) -> dict[str, Any]:
    """Take a release. Return the documented object.

    Raises:
        TamperError: it does not verify, its key is unknown, or it is older than the one in use; nothing was changed.
        PolicyError: nobody agreed to ask the server.
        NetworkError: the server did not give it.
    """
    take = _server(wish) if "://" in wish.source else _folder(Path(wish.source))
    given = signed_releases.named_keys(wish.trust)
    manifest, note = take(releases.MANIFEST, releases.MAX_MANIFEST), take(releases.SIGNATURE, releases.MAX_SIGNATURE)
    name = releases.parse_manifest(manifest, _shown(wish.source)).name
    with held_releases.alone(name):
        return _placed(
            wish, take, given, {releases.MANIFEST: manifest, releases.SIGNATURE: note}, held_releases.held(name)
        )


def _placed(
    wish: Wish, take: Take, given: Sequence[VerifierKey], head: Mapping[str, bytes], have: held_releases.Held
) -> dict[str, Any]:
    """Check a release beside what is held of its name, and put it in place."""
    where = _shown(wish.source)
    known = (*given, *have.keys, *signed_releases.own_keys())
    found, signer = signed_releases.check_signature(head[releases.MANIFEST], head[releases.SIGNATURE], known, where)
    relation = held_releases.relation(have, found)
    if relation == "same" and _whole(have, known):
        return _pulled(have, found, signer.vkey, relation, changed=False)
    if relation not in FITS and not wish.allow_rollback:
        hint = 'What is in use stays. If the publisher confirms it by another way: --allow-rollback "REASON"'
        raise TamperError(relation, where=where, hint=hint)
    row = {
        "time": stamp(),
        "from": where,
        "sequence": found.sequence,
        "manifest": found.digest,
        "records": found.records_digest,
        "key": signer.vkey,
        "relation": relation,
        "reason": wish.allow_rollback,
    }
    work = held_releases.workplace(have)
    try:
        _write(work, head)
        for name in releases.LISTED:
            _write(work, {name: take(name, found.files[name].bytes)})
        releases.read(work, found)
        after = held_releases.place(have, work, found, row, (signer, *given))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _pulled(after, found, signer.vkey, relation, changed=True)


def _whole(have: held_releases.Held, known: Sequence[VerifierKey]) -> bool:
    """Whether the release in use is undamaged; a damaged one is replaced by pulling it again."""
    try:
        signed_releases.check_folder(have.path, known, str(have.path))
    except (TamperError, DataError):
        return False
    return True


def _pulled(
    have: held_releases.Held, found: releases.Manifest, key: str, relation: str, *, changed: bool
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "changed": changed,
        "relation": relation,
        "folder": str(have.path),
        "key": key,
        **summary(found),
    }


def _folder(folder: Path) -> Callable[[str, int], bytes]:
    """Return how files are taken from a folder: a checkout, a stick, a share."""
    if not folder.is_dir():
        raise UsageError("no such folder", where=str(folder), hint="Name the folder of a release, or an https address")
    releases.check_names(folder)
    return lambda name, most: releases.read_file(folder / name, most)


def _server(wish: Wish) -> Callable[[str, int], bytes]:
    """Return how files are taken from a server, after consent."""
    endpoint = _endpoint(wish.source)
    proxy = gate.read_proxy(wish.proxy)
    plan = ReleasePlan(endpoint=endpoint, exit=proxy.text if proxy else gate.DIRECT)
    settings = servers.load(wish.settings)
    if not wish.consent(plan):
        told = " ".join(plan.lines()) if wish.consent is nobody_agrees else "nobody agreed"
        raise PolicyError(
            f"pulling from a server needs your consent; nothing was sent. {told}",
            where=endpoint.text,
            hint="Run the same with --yes, or take the release from a folder",
        )
    way = gate.NetGate([LookupClass.RELEASE], [(endpoint.host, endpoint.port)], proxy, settings.ca_file)
    return lambda name, most: _fetched(way, endpoint, name, most)


def _fetched(way: gate.NetGate, endpoint: Endpoint, name: str, most: int) -> bytes:
    query = Query(
        source="release",
        lookup_class=LookupClass.RELEASE,
        transport=Transport.HTTPS,
        server=endpoint.key,
        request=f"/{name}",
        subject="",
        learns=LEARNS,
    )
    reply = over_https.fetch(way, endpoint, query, now(), Terms(limit=most, seconds=_SECONDS, accept="*/*"))
    if reply.status is ReplyStatus.ANSWERED:
        return reply.body
    told = "it has no such file" if reply.status is ReplyStatus.NOT_FOUND else reply.error or str(reply.status)
    raise NetworkError(
        f"{name} could not be had: {told}",
        where=endpoint.text,
        hint="What is in use stays; check the address or try later",
    )


def _endpoint(url: str) -> Endpoint:
    """Return the server and the folder of an address; plain http is for this machine only."""
    hint = "Write https://HOST/FOLDER of a release"
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(url)  # noqa: TRY301 - told below
        made = servers.endpoint_of("release", url)
    except ValueError as error:
        raise UsageError("this is no address of a release", where=_shown(url), hint=hint) from error
    return replace(made, redirects=frozenset({(made.host, made.port)}))


def _shown(source: str) -> str:
    """Name a source in messages and in the state: an address without credentials, a folder by its name."""
    if "://" not in source:
        return Path(source).resolve().name
    parts = urlsplit(source)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:300]


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        for name, data in files.items():
            with (folder / name).open("xb") as file:
                file.write(data)
                file.flush()
    except OSError as error:
        raise StorageError(f"the release cannot be written ({error.strerror})", where=str(folder)) from error


def told(answer: Mapping[str, Any]) -> Sequence[str]:
    """Say what was pulled."""
    from forensics.pipeline.releasing import titled

    if not answer["changed"]:
        return [f"In use already: {titled(answer)}"]
    lines = [f"Now in use: {titled(answer)}", f"Signed by {answer['key']}"]
    if answer["relation"] not in FITS:
        lines.append(f"Taken although {answer['relation']}; the reason is recorded.")
    return lines
