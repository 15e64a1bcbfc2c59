"""What time-stamping authorities and witnesses are asked: who learns what is said first, and agreed to, before any packet.

A checkpoint tells nothing about what a case holds. But whoever is asked learns that somebody seals something now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from forensics.case import CaseFolder
from forensics.chain_of_custody import Checkpoint
from forensics.chain_of_custody.checkpoint import unverified
from forensics.enrichment import gate, over_https, servers
from forensics.enrichment.over_https import Posted, Terms
from forensics.enrichment.servers import Endpoint
from forensics.enrichment.source import LookupClass, Query, Transport
from forensics.errors import CaseError, PolicyError, UsageError
from forensics.pipeline import remembering
from forensics.pipeline.sealing import Sealer

LEARNS = {
    LookupClass.TIMESTAMP: "one SHA-256 digest, which tells nothing about the case, and when it was asked",
    LookupClass.WITNESS: "the name of the case's log (its organisation and random number), how many records it has, and when",
}
TERMS = {
    LookupClass.TIMESTAMP: Terms(limit=65_536, accept="application/timestamp-reply"),
    LookupClass.WITNESS: Terms(limit=65_536, accept="text/plain"),
}
CHECKPOINT = "a checkpoint"
_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestPlan:
    """What would be sent to whom to have a checkpoint stamped or seen."""

    lookup_class: LookupClass
    endpoints: tuple[Endpoint, ...]
    exit: str
    subject: str = CHECKPOINT
    questions: int = 1

    def lines(self) -> list[str]:
        """Say the plan in plain words."""
        lines = [f"Plan: have {self.subject} attested by others. Nothing has been sent yet."]
        count = "1 question" if self.questions == 1 else f"{self.questions} questions"
        for item in self.endpoints:
            clear = "on this machine" if item.local else "in clear text: everybody on the path sees it too"
            lines += [
                f"- {item.text} ({self.lookup_class}, {'encrypted' if item.scheme == 'https' else clear}): {count}.",
                f"  Learns: {LEARNS[self.lookup_class]}.",
            ]
        return [*lines, gate.way_out(self.exit)]


Consent = Callable[[AttestPlan], str]


def nobody_agrees(_: AttestPlan) -> str:
    """Agree to nothing: what happens in a script without ``--yes``."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How the user lets questions out: consent, proxy, and certificates of servers (``--servers``)."""

    consent: Consent = nobody_agrees
    proxy: str = ""
    settings: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The gate as the user opened it for one class of questions."""

    gate: gate.NetGate
    lookup_class: LookupClass

    def post(self, endpoint: Endpoint, path: str, body: bytes, media_type: str) -> Posted:
        """Send one question."""
        question = Query(
            source=str(self.lookup_class),
            lookup_class=self.lookup_class,
            transport=Transport.HTTPS,
            server=endpoint.key,
            request=path,
            subject="",
            learns=LEARNS[self.lookup_class],
        )
        return over_https.post(self.gate, endpoint, question, body, media_type, TERMS[self.lookup_class])


def open_way(
    way: Way,
    lookup_class: LookupClass,
    endpoints: tuple[Endpoint, ...],
    pap: str,
    *,
    subject: str = CHECKPOINT,
    questions: int = 1,
) -> Opened:
    """Print the plan, ask for consent, and open the gate to these servers only.

    ``subject`` is what is attested, ``questions`` how often each server is asked.

    Raises:
        PolicyError: the case's PAP forbids it, or nobody agreed. Nothing was sent.
    """
    away = [item for item in endpoints if not item.local]
    if away and pap.strip().upper().removeprefix("PAP:") not in {"AMBER", "GREEN", "CLEAR", "WHITE"}:
        hint = "Have the checkpoint attested by file instead (--query, witness request), which the custodian carries"
        raise PolicyError(f"PAP:{pap} of this case allows no question to others; nothing was sent", hint=hint)
    proxy = gate.read_proxy(way.proxy)
    plan = AttestPlan(
        lookup_class=lookup_class,
        endpoints=endpoints,
        exit=proxy.text if proxy else gate.DIRECT,
        subject=subject,
        questions=questions,
    )
    if not way.consent(plan):
        told = " ".join(plan.lines()) if way.consent is nobody_agrees else "nobody agreed"
        what = f"asking others needs your consent; nothing was sent. {told}"
        raise PolicyError(what, where=endpoints[0].text, hint="Run the same with --yes")
    hosts = [(item.host, item.port) for item in endpoints]
    settings = servers.load(way.settings)
    return Opened(gate=gate.NetGate([lookup_class], hosts, proxy, settings.ca_file), lookup_class=lookup_class)


def endpoint(lookup_class: LookupClass, url: str, *, clear_text: bool = False) -> Endpoint:
    """Read the address of a server; plain http to another machine only where what is sent may be seen by anybody."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(url)  # noqa: TRY301 - told below
        if clear_text and parts.scheme == "http":
            made = servers.endpoint_of(str(lookup_class), parts._replace(scheme="https").geturl())
            return replace(made, scheme="http", port=parts.port or 80, redirects=frozenset())
        return replace(servers.endpoint_of(str(lookup_class), url), redirects=frozenset())
    except ValueError as error:
        what = f"this is no address of a server: {url[:120]!r}"
        raise UsageError(what, hint="Write https://HOST/PATH (http for this machine only)") from error


def signed_head(sealer: Sealer) -> tuple[Checkpoint, bytes]:
    """Return the current checkpoint of an open case and its bytes; a case that a crash left is recovered first."""
    log = sealer.log
    if not log.note or log.signed != log.size or log.recovery is not None:
        raise CaseError(
            "the log holds records that no checkpoint covers",
            where=str(sealer.case.path),
            hint="A command was interrupted: run `forensics case recover` first",
        )
    return unverified(log.note), log.note


def checkpoints(case: CaseFolder, note: bytes) -> list[tuple[int, bytes]]:
    """Return (size, bytes) of every checkpoint of a case, newest first; ``note`` is the current one."""
    earlier = [
        (int(path.name), path.read_bytes()) for path in (case.path / "checkpoints").glob("*") if path.name.isdecimal()
    ]
    return [(unverified(note).size, note), *sorted(earlier, reverse=True)]


def keep_outside(case: CaseFolder, target: Path) -> None:
    """Refuse to write into a sealed folder."""
    if target.resolve().is_relative_to(case.path.resolve()):
        raise UsageError("a file in the case folder would break its seal", where=str(target), hint="Write it elsewhere")


def receipt(case: CaseFolder, head: Checkpoint) -> list[str]:
    """Return the lines by which a head is kept on paper or in a message; this computer keeps it too."""
    remembering.remember(case.path, head)
    return [f"Log:         {head.origin}", f"Size:Root:   {head.size}:{head.root.hex()}"]
