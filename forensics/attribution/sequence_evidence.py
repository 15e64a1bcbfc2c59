"""What belongs to a sequence beside its steps: refused attempts, preparation, aftermath, and what silence means.

A sequence (``attribution.sequence``) holds what happened. A reader asks further: which usual steps have no row, and
would a row be there if it had happened? Did the same addresses knock before? Was there a deceptive mail? Did they come
back? Each answer cites rows; a missing row is told with how far the provider's data reaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from forensics.attribution.detector import FIRST_ROW, Row, Scene, placed
from forensics.attribution.material import MAX_BASIS, second
from forensics.attribution.sequence import Takeover
from forensics.attribution.surroundings import SequenceEvidence
from forensics.model import Action, Event, Finding
from forensics.sentence import Sentence, paragraph, say, say_n

PREPARING = timedelta(days=30)
"""How long before the first step a deceptive mail is told as preparation."""
NAMED = 5

_USUAL: Mapping[str, tuple[frozenset[Action], Sentence]] = {
    "code": (frozenset({Action.CODE_SENT}), say("a sign-in code")),
    "entry": (frozenset({Action.LOGIN, Action.SESSION, Action.DEVICE_ADDED}), say("a new session")),
    "credentials": (
        frozenset({Action.PASSWORD_CHANGED, Action.RECOVERY_CHANGED, Action.TWO_FACTOR_CHANGED}),
        say("a change of password, recovery or second factor"),
    ),
    "lockout": (frozenset({Action.SESSION_ENDED}), say("other sessions ended")),
    "foothold": (
        frozenset({Action.APP_AUTHORISED, Action.MAIL_RULE_CHANGED}),
        say("an application or mail rule added"),
    ),
    "export": (
        frozenset({Action.EXPORT_REQUESTED, Action.EXPORT_READY, Action.EXPORT_DOWNLOADED}),
        say("a copy of the data"),
    ),
    "deletion": (frozenset({Action.CONTENT_DELETED, Action.GROUP_DELETED}), say("a deletion")),
}
"""The usual kinds of step, in their usual order."""

_ADDRESSES = "address in (select unnest($addresses))"
_REFUSED = f"""select provider, account, coalesce(address, '') as address, count(*) as n, min(time) as first, max(time) as last,
{FIRST_ROW} as row from facts
where action = 'login_failed' and time >= $start and time <= $end
and ({_ADDRESSES} or (provider in (select unnest($providers)) and
    (address is null or address not in (select address from sessions where role = 'owner' and address is not null))))
group by all order by first, provider, account, address limit 50"""  # noqa: S608 - constants of ours
_ELSEWHEN = f"""select address, provider, time < $start as before, count(*) as n,
count(*) filter (action = 'login_failed') as refused, min(time) as first, max(time) as last, {FIRST_ROW} as row
from facts where {_ADDRESSES} and time is not null and (time < $start or time > $end)
group by all order by before desc, first, address, provider limit 50"""  # noqa: S608 - constants of ours


def evidence_of(takeover: Takeover, scene: Scene, mails: Sequence[Event]) -> SequenceEvidence:
    """Gather what belongs to a sequence."""
    addresses = sorted({step.address for step in takeover.steps if step.address and step.session})
    asked = {"addresses": addresses, "start": takeover.first - timedelta(days=1), "end": takeover.last}
    refused = scene.ask(_REFUSED, **asked, providers=list(takeover.providers))
    elsewhen = scene.ask(_ELSEWHEN, addresses=addresses, start=takeover.first, end=takeover.last) if addresses else ()
    elsewhen = [row for row in elsewhen if not row["before"] or not _counted_already(row, refused)]
    before, after = [row for row in elsewhen if row["before"]], [row for row in elsewhen if not row["before"]]
    bait = [
        mail for mail in mails if mail.time is not None and takeover.first - PREPARING <= mail.time <= takeover.first
    ]
    found = {name: _moments(takeover, actions) for name, (actions, _) in _USUAL.items()}
    silence = _silence(takeover, scene.covered)
    return SequenceEvidence(
        said=(
            *_steps_told(found),
            *_refused_told(refused),
            *_bait_told(bait, takeover.first),
            *(_elsewhen_told(row, takeover.first) for row in before[:NAMED]),
            *_after_told(after),
            *(item["told"] for item in silence),
        ),
        basis=(*placed([*refused, *elsewhen], "row"), *(mail.where for mail in bait)),
        facts={
            "with_evidence": [name for name, times in found.items() if times],
            "without_evidence": [name for name, times in found.items() if not times],
            "refused": [_fact(row) for row in refused],
            "preparation": [
                *({"time": mail.time.isoformat(), "what": "deceptive mail"} for mail in bait if mail.time),
                *({**_fact(row), "what": "same address before"} for row in before),
            ],
            "aftermath": [{**_fact(row), "what": "same address after"} for row in after],
            "silence": [{**item, "told": str(item["told"])} for item in silence],
        },
    )


def with_evidence(told: Iterable[Finding], around: Sequence[SequenceEvidence]) -> Iterable[Finding]:
    """Complete the findings of sequences, which come in the order of the sequences."""
    for number, finding in enumerate(told):
        more = around[number] if number < len(around) else None
        if more is None:
            yield finding
            continue
        yield replace(
            finding,
            statement=paragraph([finding.statement, *more.said]),
            basis=tuple(dict.fromkeys((*finding.basis, *more.basis)))[: MAX_BASIS + NAMED],
            facts={**finding.facts, **more.facts},
        )


def _moments(takeover: Takeover, actions: frozenset[Action]) -> list[datetime]:
    return [step.time for step in takeover.steps if step.action in actions]


def _steps_told(found: Mapping[str, Sequence[datetime]]) -> Iterable[Sentence]:
    missing = [_USUAL[name][1] for name, times in found.items() if not times]
    if missing:
        yield say("No row tells of: {steps}.", steps=paragraph(missing, ", "))


def _refused_told(rows: Sequence[Row]) -> Iterable[Sentence]:
    if not rows:
        return
    yield say_n(
        "{n} attempt to sign in was refused in the day before and during it: {where}.",
        "{n} attempts to sign in were refused in the day before and during it: {where}.",
        sum(int(row["n"]) for row in rows),
        where=", ".join(
            f"{row['provider']} {row['address']} ({row['n']:,})".replace("  ", " ") for row in rows[:NAMED]
        ),
    )


def _bait_told(mails: Sequence[Event], start: datetime) -> Iterable[Sentence]:
    for mail in mails[:NAMED]:
        if mail.time is not None:
            yield say_n(
                "{n} day before, at {time} UTC, a mail that imitates a security alert arrived.",
                "{n} days before, at {time} UTC, a mail that imitates a security alert arrived.",
                (start - mail.time).days,
                time=second(mail.time),
            )


def _elsewhen_told(row: Row, start: datetime) -> Sentence:
    return say_n(
        "{address} stands in {n} row of {provider} before that, first {days} before the sequence ({first} UTC).",
        "{address} stands in {n} rows of {provider} before that, first {days} before the sequence ({first} UTC).",
        int(row["n"]),
        address=row["address"],
        provider=_source(row["provider"]),
        days=say_n("{n} day", "{n} days", (start - row["first"]).days),
        first=second(row["first"]),
    )


def _after_told(rows: Sequence[Row]) -> Iterable[Sentence]:
    for row in rows[:NAMED]:
        yield say_n(
            "{address} stands in {n} row of {provider} after it, last at {last} UTC.",
            "{address} stands in {n} rows of {provider} after it, last at {last} UTC.",
            int(row["n"]),
            address=row["address"],
            provider=_source(row["provider"]),
            last=second(row["last"]),
        )


def _source(provider: str) -> str | Sentence:
    return {"weblog": say("the web-server log"), "mail": say("mail headers")}.get(provider, provider)


def _counted_already(row: Row, refused: Sequence[Row]) -> bool:
    """Whether rows before the sequence are the refused attempts that were told already."""
    same = [item for item in refused if (item["address"], item["provider"]) == (row["address"], row["provider"])]
    return bool(same) and row["refused"] == row["n"] and min(item["first"] for item in same) <= row["first"]


def _fact(row: Row) -> dict[str, object]:
    kept = {name: row[name] for name in ("provider", "account", "address") if row.get(name)}
    return {**kept, "rows": row["n"], "first": row["first"].isoformat(), "last": row["last"].isoformat()}


def _silence(takeover: Takeover, covered: Sequence[Row]) -> list[dict[str, Any]]:
    """Say of every provider of the case without a step what its silence means, by the coverage map."""
    heard = {step.provider for step in (*takeover.steps, *takeover.regained, *takeover.undecided)} | {
        "weblog",
        "mail",
        "sms",
    }
    found: list[dict[str, Any]] = []
    for provider in sorted({str(row["provider"]) for row in covered} - heard):
        rows = [row for row in covered if row["provider"] == provider]
        first = min((str(row["first"]) for row in rows if row["first"]), default="")
        last = max((str(row["last"]) for row in rows if row["last"]), default="")
        keeps = next((str(row["retention"]) for row in rows if row.get("retention")), "")
        means, told = _meaning(provider, first, last, takeover)
        if means == "not_covered" and keeps:
            told = paragraph([told, say("What the provider keeps: {retention}", retention=keeps)])
        found.append({"provider": provider, "means": means, "first": first, "last": last, "told": told})
    return found


def _meaning(provider: str, first: str, last: str, takeover: Takeover) -> tuple[str, Sentence]:
    if not first:
        return "no_data", say(
            "No dated row of {provider} is in the evidence: its silence says nothing.", provider=provider
        )
    if datetime.fromisoformat(first) <= takeover.first and datetime.fromisoformat(last) >= takeover.last:
        return "covered", say(
            "The data of {provider} reaches from {first} to {last}: had there been a step of a kind that it records, a row"
            " would stand there.",
            provider=provider,
            first=first[:10],
            last=last[:10],
        )
    return "not_covered", say(
        "The data of {provider} reaches from {first} to {last} only: its silence says nothing.",
        provider=provider,
        first=first[:10],
        last=last[:10],
    )
