"""A device of the owner beside sessions that nothing explains: what speaks for a journey and against a stranger.

Exports differ in what they hold: one provider tells a device identifier, another only an address and a client. Where a
device that the owner declares, or that a clean period shows, used the very address of an unexplained session within
``HOURS`` of it, the finding says so. The session stays unexplained: a copied identifier looks the same, and so does a
stranger in the same house. It is said because a court must read it beside the session.
"""

from __future__ import annotations

from collections.abc import Iterable

from forensics.attribution.detector import Detector, Row, Scene, Told
from forensics.attribution.material import MAX_BASIS, MAX_LISTED
from forensics.model import Finding, Place
from forensics.sentence import say
from forensics.vocabulary import DEVICE_IDENTIFIERS

HOURS = 24

_NAMED = " or ".join(f"starts_with(device, '{prefix}')" for prefix in DEVICE_IDENTIFIERS)
_WHERE = "{'exhibits': exhibits, 'members': members, 'places': places}"

_QUESTION = f"""with own as (
    select address, device, provider, first, last, id, {_WHERE} as rows from sessions
    where role = 'owner' and address is not null and ({_NAMED})
), other as (
    select address, provider, first, last, id, {_WHERE} as rows from sessions
    where role = 'unexplained' and address in (select address from own)
), near as (
    select other.*, own.device as own_device, own.provider as own_provider, own.first as own_first, own.rows as own_rows
    from other asof join own on other.address = own.address and own.first <= other.last + interval {HOURS} hour
    where own.last >= other.first - interval {HOURS} hour
) select address, arg_max(own_device, (own_first, id)) as device, count(*) as sessions,
list_sort(list(distinct provider)) as providers, list_sort(list(distinct own_provider)) as own_providers,
min(own_first) as own_first, min(first) as first, max(last) as last, list_sort(list(id))[:{MAX_LISTED}] as ids,
arg_min(rows, (first, id)) as row, arg_min(own_rows, (own_first, id)) as own_row
from near group by address order by first, address limit {MAX_LISTED}"""  # noqa: S608 - constants of ours


def find(scene: Scene) -> Iterable[Finding]:
    """Yield one finding per address that a device of the owner used about the time of unexplained sessions."""
    return map(_told, scene.ask(_QUESTION))


def _told(row: Row) -> Finding:
    return Told(
        kind="cross_provider",
        statement=say(
            "{address}, from which sessions at {providers} are unexplained, was in use within {hours} hours of them by the"
            " owner's device {device} (at {own_providers}, from {first} UTC). That speaks for the owner having been there.",
            address=row["address"],
            providers=", ".join(row["providers"]),
            hours=HOURS,
            device=row["device"],
            own_providers=", ".join(row["own_providers"]),
            first=f"{row['own_first']:%Y-%m-%d %H:%M:%S}",
        ),
        basis=(*_places(row["own_row"]), *_places(row["row"])),
        alternatives=(
            say("Somebody copied the identifier from the owner's device: the provider would show the same."),
            say("Somebody else used an account of the owner on the same connection, as in a hotel or an office."),
        ),
        challenge=say("Let the owner say where she was on that day, and declare the address if it was hers."),
        facts={
            "aspect": "own_device",
            "address": row["address"],
            "device": row["device"],
            "providers": row["providers"],
            "device_providers": row["own_providers"],
            "first": row["first"].isoformat(),
            "last": row["last"].isoformat(),
            "sessions": row["ids"],
        },
    ).finding()


def _places(held: Row) -> tuple[Place, ...]:
    listed = zip(held["exhibits"], held["members"], held["places"], strict=True)
    return tuple(Place(exhibit=one, member=two, place=three) for one, two, three in listed)[: MAX_BASIS // 2]


DETECTOR = Detector(
    title="A device of the owner beside unexplained sessions", kinds=("cross_provider",), order=5, find=find, compares=True
)
