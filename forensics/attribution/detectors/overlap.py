"""Two uses at one time that one person cannot make: the owner's, and one from elsewhere between two of the owner's.

The pattern is *owner, other, owner*: a use from an address that only the owner's sessions have, then one from an
address that only unexplained sessions have, then one of the owner's again, all within ``MINUTES``. Background use of
programs, rows without a sure clock or without seconds, and lists of sessions (which tell the last address of a long
time) do not count.

That is a contradiction only where nothing ordinary makes it. One person with a telephone on a mobile network and a
computer on a VPN makes it every day. So the verdict ``contradicts`` needs all of this, and each missing part is named:

- the addresses lay in different networks on that day, by dated snapshots that are not stale;
- neither is known as a shared or passing address: mobile, carrier NAT, VPN, proxy, Tor, hosting, relay;
- the clients differ, so that no single device can have moved from one address to the other;
- it happened ``REPEATED`` times or more.

No speed is computed: the snapshots hold countries and no places, and a database's place of an address may be a thousand
kilometres wrong; a country is printed with its date and never decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from forensics.attribution.detector import Detector, Row, Scene, Told, period, placed
from forensics.attribution.material import MAX_LISTED
from forensics.attribution.sessions import client_family
from forensics.model import AddressContext, ContextStatus, Finding
from forensics.sentence import Sentence, paragraph, say, say_n
from forensics.spoken import said_class

MINUTES = 10
REPEATED = 2
MOST = 2_000
SHARED = frozenset({"mobile", "cgnat", "vpn", "proxy", "tor", "hosting", "relay", "anycast", "cdn", "satellite"})
_SURE = frozenset({ContextStatus.BRACKETED, ContextStatus.NEAR})

_QUESTION = f"""with used as (
    select address, bool_and(role = 'owner') as own, bool_and(role = 'unexplained') as other from sessions
    where address is not null group by address having own or other
), uses as (
    select f.time, f.address, f.provider, f.account, f.user_agent, f.device, f.exhibit, f.member, f.place, used.own
    from facts f join used using (address)
    where f.time is not null and f.kind = 'event' and f.precision = 'second' and f.zone_basis not in ('assumed', 'none')
    and f.provider not in ('weblog', 'sms', 'mail') and f.initiator not in ('app', 'provider')
    and f.outcome not in ('failure', 'blocked', 'challenge') and f.action <> 'other'
), own as (
    select time, address, user_agent, device, exhibit, member, place, row_number() over (
        partition by time order by address, exhibit, member, place) as nth from uses where own qualify nth = 1
), other as (select * from uses where not own),
before as (
    select o.*, b.time as before_time, b.address as before_address, b.user_agent as before_agent, b.device as before_device,
    {{'exhibit': b.exhibit, 'member': b.member, 'place': b.place}} as before_row
    from other o asof join own b on o.time >= b.time
) select before.*, a.time as after_time, a.address as after_address,
{{'exhibit': a.exhibit, 'member': a.member, 'place': a.place}} as after_row
from before asof join own a on before.time <= a.time
where a.time - before_time <= interval {MINUTES} minute and before_time < before.time and before.time < a.time
order by before.time, provider, account, before.address, exhibit, member, place limit {MOST}"""  # noqa: S608 - ours


_SESSIONS = f"""select distinct s.id from sessions s join (select unnest($moments) as moment) m
on m.moment between s.first and s.last where s.address = $address and s.role = 'unexplained' order by s.id limit {MAX_LISTED}"""  # noqa: S608


def find(scene: Scene) -> Iterable[Finding]:
    """Yield one finding per other address that was used between uses of the owner, in order of first such use."""
    found: dict[str, list[Row]] = {}
    for row in scene.ask(_QUESTION):
        found.setdefault(row["address"], []).append(row)
    for address, rows in list(found.items())[:MAX_LISTED]:
        yield _told(scene, address, rows)


def _told(scene: Scene, address: str, rows: Sequence[Row]) -> Finding:
    first = rows[0]
    doubts = _doubts(scene, rows)
    own = sorted({name for row in rows for name in (row["before_address"], row["after_address"])})
    return Told(
        kind="overlap",
        statement=paragraph(
            [
                say_n(
                    "{n} use from {address} ({provider}) lies between two uses of the owner's from {own}, all three within"
                    " {minutes} minutes, {period}.",
                    "{n} uses from {address} ({provider}) lie each between two uses of the owner's from {own}, all three"
                    " within {minutes} minutes, {period}.",
                    len(rows),
                    address=address,
                    provider=", ".join(sorted({row["provider"] for row in rows})),
                    own=", ".join(own[:3]),
                    minutes=MINUTES,
                    period=period(first["time"], rows[-1]["time"]),
                ),
                say(
                    "Two people or two devices were at work: this contradicts that all of it was one person at one place."
                )
                if not doubts
                else say("It contradicts nothing yet:"),
                *doubts,
            ]
        ),
        basis=placed(_flat(rows)),
        alternatives=(
            say(
                "One person used two devices at once, one of them through a VPN, a mobile network or a remote desktop."
            ),
            say(
                "Somebody else in the owner's household or office used the owner's address, or used the account with consent."
            ),
            say("A program that the owner once connected acted by itself, and the export does not mark it as one."),
        ),
        challenge=say(
            "Let the owner say which devices and which VPN were in use at these minutes, and ask both networks who held the"
            " addresses then."
        ),
        facts={
            "address": address,
            "owner_addresses": own,
            "uses": len(rows),
            "first": first["time"].isoformat(),
            "last": rows[-1]["time"].isoformat(),
            "providers": sorted({row["provider"] for row in rows}),
            "accounts": sorted({row["account"] for row in rows}),
            "verdict": "unexplained" if doubts else "contradicts",
            "sessions": _sessions(scene, address, rows),
            "not_excluded": list(doubts),
            "moments": [
                {
                    "owner": row["before_time"].isoformat(),
                    "other": row["time"].isoformat(),
                    "again": row["after_time"].isoformat(),
                }
                for row in rows[:MAX_LISTED]
            ],
        },
    ).finding()


def _sessions(scene: Scene, address: str, rows: Sequence[Row]) -> list[str]:
    """Return the sessions that the other uses lie in."""
    moments = sorted({row["time"] for row in rows})[:MOST]
    return [str(row["id"]) for row in scene.ask(_SESSIONS, address=address, moments=moments)]


def contradictions(found: Iterable[Finding]) -> dict[str, Sentence]:
    """Return the sessions whose verdict is ``contradicts``, each with the reason."""
    told: dict[str, Sentence] = {}
    for finding in found:
        sessions = finding.facts.get("sessions")
        if finding.kind == "overlap" and finding.facts.get("verdict") == "contradicts" and isinstance(sessions, list):
            told.update(dict.fromkeys(sessions, CONTRADICTS))
    return told


CONTRADICTS = say(
    "it lies between uses of the owner's from another network and client, closer than one person can make (see the finding"
    " about sessions at the same time)"
)


def _doubts(scene: Scene, rows: Sequence[Row]) -> list[Sentence]:
    """Return what ordinary explanation is not excluded, in a fixed order; none means that the uses contradict."""
    pairs = sorted(
        {
            (row["time"].date(), row["address"], row[name])
            for row in rows
            for name in ("before_address", "after_address")
        }
    )
    found = [
        _shared(scene, sorted({(address, day) for day, *pair in pairs for address in pair})),
        _one_network(scene, pairs),
        _one_client(rows),
        say("it happened once only, which a clock that is off by minutes can make.") if len(rows) < REPEATED else None,
    ]
    return [doubt for doubt in found if doubt is not None]


def _shared(scene: Scene, used: Sequence[tuple[str, date]]) -> Sentence | None:
    for address, day in used:
        context = _context(scene, address, day)
        held = sorted(SHARED.intersection(context.classes)) if context is not None else []
        if held:
            return say(
                "{address} is known as {kind}: people appear there who are elsewhere.",
                address=address,
                kind=paragraph(map(said_class, held), ", "),
            )
    return None


def _one_network(scene: Scene, pairs: Iterable[tuple[date, str, str]]) -> Sentence | None:
    for day, *pair in pairs:
        contexts = [_context(scene, address, day) for address in pair]
        origins = [item.origin_as for item in contexts if item is not None]
        if len(origins) < len(pair) or any(item.value is None or item.status not in _SURE for item in origins):
            return say(
                "no snapshot near that day says which networks {one} and {other} lay in.", one=pair[0], other=pair[1]
            )
        if origins[0].value == origins[1].value:
            return say(
                "{one} and {other} lay in the same network ({network}), which may give one person several addresses.",
                one=pair[0],
                other=pair[1],
                network=str(origins[0].value),
            )
    return None


def _one_client(rows: Sequence[Row]) -> Sentence | None:
    for row in rows:
        told = (row["device"] and row["before_device"]) or (row["user_agent"] and row["before_agent"])
        if not told:
            return say("the rows do not tell the clients apart.")
        if row["device"] and row["before_device"]:
            same = row["device"] == row["before_device"]
        else:
            same = client_family(row["user_agent"]) == client_family(row["before_agent"])
        if same:
            return say("the client is of the same kind: one device may have changed its network.")
    return None


def _context(scene: Scene, address: str, day: date) -> AddressContext | None:
    return scene.context(address, day) if scene.context is not None else None


def _flat(rows: Iterable[Row]) -> Iterable[Row]:
    for row in rows:
        yield from (row["before_row"], row, row["after_row"])


DETECTOR = Detector(
    title="Two uses at one time that one person cannot make", kinds=("overlap",), order=15, find=find, compares=True
)
