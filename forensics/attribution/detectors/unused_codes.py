"""Sign-in codes that no sign-in of the owner follows: asked for by somebody, and read by whom?

A code counts as used by the owner where a session of the owner signs in at the same service within ``MINUTES``. Where no
data of the service covers that time, nothing is said about a use: only the owner can tell. Codes of a sequence are told
with it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from forensics.attribution.detector import Detector, Row, Scene, Told, placed
from forensics.attribution.material import MAX_BASIS, MAX_LISTED, second
from forensics.attribution.sequence import MESSAGES, NOT_COVERED, PROVIDER_OF_SERVICE
from forensics.model import Finding, Place
from forensics.sentence import paragraph, say, say_n

MINUTES = 10
MOST = 5_000
NAMED = 5
_WINDOW = timedelta(minutes=MINUTES)

_CODES = f"""select provider, service, time, exhibit, member, place from facts
where action = 'code_sent' and time is not null order by time, exhibit, member, place limit {MOST}"""  # noqa: S608
_ENTRIES = f"""with acts as (
    select provider, role, unnest(act_times) as time, unnest(act_actions) as action from sessions
) select distinct provider, role, time from acts
where action in ('login', 'session', 'device_added', 'password_changed', 'recovery_changed', 'two_factor_changed')
and exists (select 1 from facts where facts.action = 'code_sent' and facts.time <= acts.time
    and facts.time >= acts.time - interval {MINUTES} minute)
order by provider, role, time"""  # noqa: S608 - constants of ours
_COVERED = f"""select provider, min(time) as first, max(time) as last from facts where time is not null
and provider not in ({", ".join(f"'{name}'" for name in sorted(NOT_COVERED))}) group by provider order by provider"""  # noqa: S608


def find(scene: Scene) -> Iterable[Finding]:
    """Yield one finding per service with codes that no sign-in of the owner follows."""
    told = {step.where for takeover in scene.takeovers for step in takeover.steps}
    codes: dict[str, list[Row]] = defaultdict(list)
    for row in scene.ask(_CODES):
        if Place(exhibit=row["exhibit"], member=row["member"], place=row["place"]) not in told:
            codes[_service(row)].append(row)
    if not codes:
        return
    entries = _by_provider(scene.ask(_ENTRIES))
    covered = {row["provider"]: (row["first"], row["last"]) for row in scene.ask(_COVERED)}
    for service, rows in sorted(codes.items()):
        open_codes = [row for row in rows if not _follows(entries.get((service, "owner"), ()), row["time"])]
        if open_codes:
            yield _told(service, open_codes, entries.get((service, "unexplained"), ()), covered.get(service))


def _service(row: Row) -> str:
    return PROVIDER_OF_SERVICE.get(row["service"], row["service"]) if row["provider"] in MESSAGES else row["provider"]


def _by_provider(rows: Iterable[Row]) -> Mapping[tuple[str, str], Sequence[datetime]]:
    found: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for row in rows:
        found[row["provider"], row["role"]].append(row["time"])
    return found


def _follows(times: Sequence[datetime], moment: datetime) -> bool:
    at = bisect_left(times, moment)
    return at < len(times) and times[at] <= moment + _WINDOW


def _told(
    service: str, rows: Sequence[Row], others: Sequence[datetime], span: tuple[datetime, datetime] | None
) -> Finding:
    blind = [row for row in rows if span is None or not span[0] <= row["time"] <= span[1]]
    met = [row for row in rows if _follows(others, row["time"])]
    times = [second(row["time"]) for row in rows]
    return Told(
        kind="sms_code",
        statement=paragraph(
            [
                say_n(
                    "{n} sign-in code for {service} arrived that no sign-in of the owner follows within {minutes} minutes:"
                    " {times} UTC.",
                    "{n} sign-in codes for {service} arrived that no sign-in of the owner follows within {minutes} minutes,"
                    " among them {times} UTC.",
                    len(rows),
                    service=service,
                    minutes=MINUTES,
                    times=paragraph(times[:NAMED], ", "),
                ),
                say_n(
                    "A sign-in that the owner does not explain follows {n} of them.",
                    "A sign-in that the owner does not explain follows {n} of them.",
                    len(met),
                )
                if met
                else "",
                say_n(
                    "At the time of {n} of them no data of {service} was read: that nothing follows says nothing there.",
                    "At the times of {n} of them no data of {service} was read: that nothing follows says nothing there.",
                    len(blind),
                    service=service,
                )
                if blind
                else "",
                say("The owner must say who asked for them, and whether they were typed anywhere."),
            ]
        ),
        basis=placed(rows[:MAX_BASIS]),
        alternatives=(
            say("The owner asked for the code and did not use it, or used it on a device that is not in the data."),
            say("Somebody mistyped a number or a name, and the code reached the wrong person."),
            say("The provider sent the code again because the first one came late."),
        ),
        challenge=say(
            "Ask the owner first. Then ask the provider from which address each code was asked for, and the mobile operator"
            " for delivery and forwarding of messages to the number."
        ),
        facts={
            "service": service,
            "codes": len(rows),
            "times": times[:MAX_LISTED],
            "followed_by_unexplained": len(met),
            "not_covered": len(blind),
            "minutes": MINUTES,
        },
    ).finding()


DETECTOR = Detector(title="Codes that the owner did not use", kinds=("sms_code",), order=20, find=find, compares=True)
