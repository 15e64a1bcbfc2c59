"""A device of the owner beside sessions that nothing explains: what speaks for a journey and against a stranger.

Exports differ in what they hold: one provider tells a device identifier, another only an address and a client. Where a
device that the owner declares, or that a clean period shows, used the very address of an unexplained session within
``HOURS`` of it, the finding says so. The session stays unexplained: a copied identifier looks the same, and so does a
stranger in the same house. It is said because a court must read it beside the session.
"""

from __future__ import annotations

from collections.abc import Iterable

from forensics.attribution.detector import Detector, Row, Scene, Told, listed
from forensics.attribution.material import MAX_LISTED, second
from forensics.model import Finding
from forensics.sentence import say
from forensics.vocabulary import DEVICE_IDENTIFIERS

HOURS = 24

_NAMED = " or ".join(f"starts_with(device, '{prefix}')" for prefix in DEVICE_IDENTIFIERS)
_WHERE = "{'exhibits': exhibits, 'members': members, 'places': places}"

_QUESTION = f"""with own as (
    select address, device, provider, unnest([coalesce(seen, first), last]) as used, id, {_WHERE} as rows from sessions
    where role = 'owner' and address is not null and ({_NAMED})
), each as (
    select address, used, arg_min(device, (id, provider)) as device, arg_min(provider, (id, provider)) as provider,
    arg_min(rows, (id, provider)) as rows from own group by address, used
), other as (
    select address, provider, coalesce(seen, first) as first, last, id, {_WHERE} as rows from sessions
    where role = 'unexplained' and address in (select address from own)
), near as (
    select other.*, each.device as own_device, each.provider as own_provider, each.used as own_at,
    each.rows as own_rows
    from other asof join each on other.address = each.address and each.used <= other.last + interval {HOURS} hour
    where each.used >= other.first - interval {HOURS} hour
) select address, arg_min(own_device, (own_at, id)) as device, list_sort(list(distinct provider)) as providers,
arg_min(own_provider, (own_at, id)) as own_provider, min(own_at) as own_at, min(first) as first, max(last) as last,
list_sort(list(id))[:{MAX_LISTED}] as ids, count(*) as number,
arg_min(rows, (first, id)) as row, arg_min(own_rows, (own_at, id)) as own_row
from near group by address order by first, address limit {MAX_LISTED}"""  # noqa: S608 - constants of ours
"""Of a listed session only its last use is known to be from its address: ``seen`` is that moment."""


def find(scene: Scene) -> Iterable[Finding]:
    """Yield one finding per address that a device of the owner used about the time of unexplained sessions."""
    return map(_told, scene.ask(_QUESTION))


def _told(row: Row) -> Finding:
    return Told(
        kind="cross_provider",
        statement=say(
            "{address}, from which sessions at {providers} are unexplained, was in use within {hours} hours of {number} of"
            " them by the owner's device {device} (at {own_provider}, {time} UTC). That speaks for the owner having been there.",
            address=row["address"],
            providers=", ".join(row["providers"]),
            hours=HOURS,
            number=int(row["number"]),
            device=row["device"],
            own_provider=row["own_provider"],
            time=second(row["own_at"]),
        ),
        basis=(*listed(row["own_row"]), *listed(row["row"])),
        alternatives=(
            say("Somebody copied the identifier from the owner's device: the provider would show the same."),
            say("Somebody else used an account of the owner on the same connection, as in a hotel or an office."),
        ),
        challenge=say(
            "Let the owner say where the device was on that day, and declare the address if it was the owner's."
        ),
        facts={
            "aspect": "own_device",
            "address": row["address"],
            "device": row["device"],
            "providers": row["providers"],
            "device_provider": row["own_provider"],
            "device_time": row["own_at"].isoformat(),
            "first": row["first"].isoformat(),
            "last": row["last"].isoformat(),
            "sessions": row["ids"],
        },
    ).finding()


DETECTOR = Detector(
    title="A device of the owner beside unexplained sessions",
    kinds=("cross_provider",),
    order=5,
    find=find,
    compares=True,
)
