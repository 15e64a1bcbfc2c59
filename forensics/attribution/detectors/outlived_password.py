"""Sessions that outlive a change of the password: somebody stays inside after the owner has locked the door.

At the same account, an address or device identifier that the owner does not explain was in use before the owner changed
the password, and is in use after it. Where a sign-in stands between, somebody knew the new password or had another way in;
where none stands, an old session, a connected program or a token went on. Only changes in sessions of the owner count.
A list of sessions tells the address of the last use only, so a listed address counts from then on, a listed device from
the beginning.
"""

from __future__ import annotations

from collections.abc import Iterable

from forensics.attribution.detector import Detector, Row, Scene, Told, listed
from forensics.attribution.material import MAX_BASIS, MAX_LISTED, second
from forensics.model import Finding
from forensics.sentence import paragraph, say
from forensics.vocabulary import DEVICE_IDENTIFIERS

GRACE_SECONDS = 60
"""A list may show the last sign of a session a moment after it was ended."""

_NAMED = " or ".join(f"starts_with(device, '{prefix}')" for prefix in DEVICE_IDENTIFIERS)
_CLIENT = f"case when {_NAMED} then device else coalesce(address, '') end"

_QUESTION = f"""with changes as (
    select provider, account, unnest(act_times) as time, unnest(act_actions) as action from sessions where role = 'owner'
), changed as (
    select provider, account, time from changes where action = 'password_changed' group by all
), others as (
    select * replace (case when {_NAMED} then first else coalesce(seen, first) end as first), {_CLIENT} as client_id
    from sessions where role = 'unexplained' and (address is not null or {_NAMED})
), met as (
    select c.provider, c.account, c.time, o.client_id,
    arg_min(o.address, (o.first, o.id)) as address, arg_min(o.device, (o.first, o.id)) as device,
    min(o.first) as first, max(o.last) as last, count(*) as sessions,
    bool_or(o.entered and o.first > c.time) as entered_again,
    list_sort(list(distinct o.id))[:{MAX_LISTED}] as ids,
    arg_max({{'exhibits': o.exhibits, 'members': o.members, 'places': o.places}}, (o.last, o.id)) as after,
    arg_min({{'exhibits': o.exhibits, 'members': o.members, 'places': o.places}}, (o.first, o.id)) as before
    from changed c join others o on c.provider = o.provider
    and (c.account = o.account or c.account = '' or o.account = '')
    group by all having min(o.first) < c.time and max(o.last) > c.time + interval {GRACE_SECONDS} second
) select * from met qualify row_number() over (partition by provider, account, client_id order by time) = 1
order by provider, account, time, client_id limit {MAX_LISTED}"""  # noqa: S608 - constants of ours


def find(scene: Scene) -> Iterable[Finding]:
    """Yield one finding per account and address or device that went on, about the first change that it outlived."""
    return map(_told, scene.ask(_QUESTION))


def _told(row: Row) -> Finding:
    what = row["client_id"]
    return Told(
        kind="unexplained_session",
        statement=paragraph(
            [
                say(
                    "At {provider} the owner changed the password at {time} UTC. {client}, which nothing that the owner"
                    " declared explains, was in use before that, from {first} UTC, and is in use after it, until {last} UTC.",
                    provider=row["provider"],
                    time=second(row["time"]),
                    client=what,
                    first=second(row["first"]),
                    last=second(row["last"]),
                ),
                say("A sign-in stands after the change: the new password was known, or there was another way in.")
                if row["entered_again"]
                else say(
                    "No sign-in stands after the change: an open session, a connected program or a token went on."
                ),
            ]
        ),
        basis=(*listed(row["after"]), *listed(row["before"]))[:MAX_BASIS],
        alternatives=(
            say("It is a device or program of the owner that was not declared."),
            say(
                "The provider lets other sessions live on after a change of the password unless they are ended one by one."
            ),
        ),
        challenge=say("Ask the provider which sessions and tokens the change ended, and end all others."),
        facts={
            "aspect": "outlives_password_change",
            "address": row["address"],
            "device": row["device"],
            "provider": row["provider"],
            "account": row["account"],
            "changed": row["time"].isoformat(),
            "first": row["first"].isoformat(),
            "last": row["last"].isoformat(),
            "entered_again": row["entered_again"],
            "sessions": row["ids"],
        },
    ).finding()


DETECTOR = Detector(
    title="Sessions that outlive a change of the password",
    kinds=("unexplained_session",),
    order=10,
    find=find,
    compares=True,
)
