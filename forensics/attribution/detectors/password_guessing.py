"""Refused sign-ins in number: at servers (SSH, cPanel, WordPress, FTP) and accounts, and what was accepted after them.

Three patterns, each a count of rows within one hour of the clock (UTC), none a judgement about whom:

``guessing``  one address was refused ``REFUSED`` times or more
``stuffing``  ``ACCOUNTS`` accounts or more were tried, by ``ADDRESSES`` addresses or more, each account few times: as lists
              of stolen names and passwords are tried
``spread``    one account was refused ``REFUSED`` times or more, from ``ADDRESSES`` addresses or more

A web log does not know passwords: a ``POST`` to ``/wp-login.php`` counts as refused where it was answered with a page
(200), as accepted where it was answered with a redirection (302), which is how WordPress itself does it; plug-ins may
differ. What an accepted sign-in behind refusals means depends on who it was: it is a finding of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forensics.attribution.detector import FIRST_ROW, Detector, Row, Scene, Told, period, placed
from forensics.attribution.material import MAX_LISTED, second
from forensics.attribution.web_paths import PATH, STATUS
from forensics.model import Finding
from forensics.sentence import Sentence, paragraph, say, say_n, template, verbatim

REFUSED = 10
ACCOUNTS, ADDRESSES, FEW = 10, 5, 3
NAMED = 5

FORM = template("wordpress log-in page")
"""What a web-server log tells of sign-ins stands for."""
TRIES = f"""tries as (
    select provider, service, account, address, time, exhibit, member, place, action = 'login_failed' as refused,
    case when action = 'login_failed' and detail like '%"repeated":%'
        then coalesce(try_cast(json_extract_string(detail, '$.repeated') as integer), 1) else 1 end as n
    from facts where time is not null and provider <> 'weblog' and kind = 'event'
    and (action = 'login_failed' or (action = 'login' and outcome in ('success', 'unknown')))
    union all
    select provider, '{FORM}', '', address, time, exhibit, member, place, {STATUS} = '200', 1
    from facts where time is not null and provider = 'weblog' and action = 'request' and action_text like 'POST %'
    and {PATH} like '%/wp-login.php' and {STATUS} in ('200', '302')
)"""  # noqa: S608 - constants of ours
"""Sign-ins that were refused or accepted; ``n`` counts what a system log writes as one line."""
_HOUR = "epoch_us(time) // 3600000000"
_OWN = "each.address in (select address from sessions where role = 'owner' and address is not null)"

_BY_ADDRESS = f"""with {TRIES}, hours as (
    select provider, service, address, {_HOUR} as hour, sum(n) as n from tries where refused and address is not null
    group by all having sum(n) >= {REFUSED}
), busy as (select provider, service, address, max(n) as most from hours group by all),
each as (
    select provider, service, address, any_value(most) as most, sum(n) filter (refused) as refused,
    count(distinct account) filter (refused) as accounts, min(time) filter (refused) as first,
    max(time) filter (refused) as last, {FIRST_ROW} filter (refused) as row
    from tries join busy using (provider, service, address) group by provider, service, address
) select each.*, after.row as accepted, after.accounts as opened, {_OWN} as own,
count(*) over (partition by provider, service) as addresses, sum(refused) over (partition by provider, service) as total,
min(first) over (partition by provider, service) as since, max(last) over (partition by provider, service) as until
from each left join lateral (
    select {FIRST_ROW} as row, list_sort(list(distinct account))[:{NAMED}] as accounts from tries
    where tries.provider = each.provider and tries.service = each.service and tries.address = each.address
    and not tries.refused and tries.time > each.first and tries.time <= each.last + interval 1 day
) as after on true
qualify row_number() over (partition by provider, service order by after.row is null, refused desc, address) <= {MAX_LISTED}
order by provider, service, after.row is null, refused desc, address"""  # noqa: S608 - constants of ours

_STUFFING = f"""with {TRIES}, named as (
    select provider, service, {_HOUR} as hour, account, sum(n) as n from tries where refused and account <> '' group by all
), few as (
    select provider, service, hour from named group by all
    having count(*) filter (n <= {FEW}) >= {ACCOUNTS} and count(*) filter (n <= {FEW}) * 2 > count(*)
) select provider, service, hour, sum(n) as refused, count(distinct account) as accounts, count(distinct address) as addresses,
min(time) as first, max(time) as last, {FIRST_ROW} as row
from (select *, {_HOUR} as hour from tries where refused and account <> '') join few using (provider, service, hour)
group by provider, service, hour having count(distinct address) >= {ADDRESSES} order by provider, service, hour
limit {MAX_LISTED}"""  # noqa: S608 - constants of ours

_SPREAD = f"""with {TRIES} select provider, service, account, {_HOUR} as hour, sum(n) as refused,
count(distinct address) as addresses,
min(time) as first, max(time) as last, {FIRST_ROW} as row from tries where refused and account <> ''
group by provider, service, account, hour having sum(n) >= {REFUSED} and count(distinct address) >= {ADDRESSES}
order by provider, service, account, hour limit {MAX_LISTED}"""  # noqa: S608 - constants of ours


def find(scene: Scene) -> Iterable[Finding]:
    """Yield accepted sign-ins behind refusals first, then one finding per pattern and service."""
    rows = [
        row for row in scene.ask(_BY_ADDRESS) if not row["own"] and not scene.is_owners(row["address"], row["first"])
    ]
    yield from (_accepted(row) for row in rows if row["accepted"] is not None)
    for key in dict.fromkeys((row["provider"], row["service"]) for row in rows):
        yield _guessing([row for row in rows if (row["provider"], row["service"]) == key])
    yield from map(_stuffing, scene.ask(_STUFFING))
    yield from map(_spread, scene.ask(_SPREAD))


_ALTERNATIVES = (
    say("A program of the owner or an administrator kept trying with an old password."),
    say("Programs try passwords at every server all the time; it says nothing about an interest in these people."),
)
_CHALLENGE = say(
    "Ask the operator of the server for the full log of these hours, and which programs sign in by themselves."
)


def _accepted(row: Row) -> Finding:
    return Told(
        kind="brute_force",
        statement=say(
            "{refused} sign-ins from {address} at {source} were refused {period}, and at {time} UTC one was accepted"
            " ({accounts}).",
            refused=int(row["refused"]),
            address=row["address"],
            source=_source(row),
            period=period(row["first"], row["last"]),
            time=second(row["accepted"]["time"]),
            accounts=paragraph((name or say("account not stated") for name in row["opened"]), ", "),
        ),
        basis=placed([row], "row", "accepted"),
        alternatives=(
            say("The owner or an administrator mistyped the password and then remembered it."),
            *_ALTERNATIVES[:1],
            say(
                "Several people share the address (mobile operator, office, VPN): one was refused, another was accepted."
            ),
        ),
        challenge=say("Show whose sign-in the accepted one was. What was done in it is the question that follows."),
        facts={"pattern": "guessing_then_accepted", **_counted(row), "accepted": row["accepted"]["time"].isoformat()},
    ).finding()


def _guessing(rows: Sequence[Row]) -> Finding:
    row, total = rows[0], len(rows) if len(rows) < MAX_LISTED else int(rows[0]["addresses"])
    refused = sum(int(item["refused"]) for item in rows) if len(rows) < MAX_LISTED else int(row["total"])
    most = sorted(rows, key=lambda item: (-item["refused"], item["address"]))
    return Told(
        kind="brute_force",
        statement=paragraph(
            [
                say_n(
                    "{n} address was refused {least} times or more within an hour at {source}: {refused} sign-ins {period}.",
                    "{n} addresses were refused {least} times or more within an hour at {source}: {refused} sign-ins {period}.",
                    total,
                    least=REFUSED,
                    source=_source(row),
                    refused=refused,
                    period=period(min(item["first"] for item in rows), max(item["last"] for item in rows)),
                ),
                say(
                    "Those with most: {named}.",
                    named=", ".join(f"{item['address']} ({int(item['refused']):,})" for item in most[:NAMED]),
                ),
            ]
        ),
        basis=placed(most, "row"),
        alternatives=_ALTERNATIVES,
        challenge=_CHALLENGE,
        facts={
            "pattern": "guessing",
            "refused": refused,
            "addresses_total": total,
            "addresses": [*map(_counted, most)],
        },
    ).finding()


def _stuffing(row: Row) -> Finding:
    return Told(
        kind="brute_force",
        statement=say(
            "At {source} {accounts} accounts were tried from {addresses} addresses {period}, most of them {few} times or"
            " fewer: {refused} sign-ins were refused. Lists of names and passwords from elsewhere are tried like this.",
            source=_source(row),
            accounts=row["accounts"],
            addresses=row["addresses"],
            period=period(row["first"], row["last"]),
            few=FEW,
            refused=int(row["refused"]),
        ),
        basis=placed([row], "row"),
        alternatives=(
            say(
                "Many people could not sign in for a while, for example after a change of passwords or a fault of the service."
            ),
            *_ALTERNATIVES[1:],
        ),
        challenge=_CHALLENGE,
        facts={"pattern": "stuffing", **_counted(row)},
    ).finding()


def _spread(row: Row) -> Finding:
    return Told(
        kind="brute_force",
        statement=say(
            "{refused} sign-ins to the account {account} at {source} were refused within an hour, from {addresses} addresses,"
            " {period}.",
            refused=int(row["refused"]),
            account=row["account"],
            source=_source(row),
            addresses=row["addresses"],
            period=period(row["first"], row["last"]),
        ),
        basis=placed([row], "row"),
        alternatives=_ALTERNATIVES,
        challenge=_CHALLENGE,
        facts={"pattern": "spread", **_counted(row)},
    ).finding()


def _source(row: Row) -> Sentence:
    service = verbatim(FORM) if row["service"] == FORM else row["service"]
    return say("{provider} ({service})", provider=row["provider"], service=service)


def _counted(row: Row) -> dict[str, object]:
    told = {name: row.get(name) for name in ("provider", "service", "account", "address", "accounts", "addresses")}
    kept = {name: value for name, value in told.items() if value not in (None, "")}
    if "address" in kept:
        kept.pop("addresses", None)
    return {**kept, "refused": int(row["refused"]), "first": row["first"].isoformat(), "last": row["last"].isoformat()}


DETECTOR = Detector(title="Refused sign-ins in number", kinds=("brute_force",), order=50, find=find)
