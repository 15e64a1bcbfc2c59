"""Scanners: addresses that asked a web site for many paths that programs try on every site (``web_paths.PROBES``).

One such path is nothing: editors open ``/wp-login.php``. An address is told when it asked for ``LEAST`` different ones.
All of them together are one finding, because a site on the open internet meets many; a finding of its own is made of an
address that also stands in a session which the owner does not explain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forensics.attribution.detector import FIRST_ROW, Detector, Row, Scene, Told, period, placed
from forensics.attribution.material import MAX_LISTED
from forensics.attribution.web_paths import PATH, PROBES, STATUS
from forensics.model import Finding
from forensics.sentence import paragraph, say, say_n

LEAST = 5
"""Different paths of the list that an address asked for."""
NAMED = 5

_SCANS = f"""with asked as (
    select address, {PATH} as path, count(*) as n, sum(({STATUS} < '400')::int) as served, min(time) as first,
    max(time) as last, {FIRST_ROW} as row from facts
    where provider = 'weblog' and action = 'request' and address is not null and time is not null
    and regexp_matches({PATH}, $probes) group by all
), each as (
    select address, count(*) as paths, sum(n) as requests, sum(served) as served, min(first) as first, max(last) as last,
    min(row) as row, list_sort(list(path))[:{NAMED}] as named from asked group by address having paths >= {LEAST}
) select *, address in (select address from session_addresses where first_foreign is not null) as met,
address in (select address from sessions where role = 'owner' and address is not null) as own,
count(*) over () as addresses, sum(requests) over () as total
from each order by met desc, paths desc, requests desc, address limit {MAX_LISTED}"""  # noqa: S608 - constants of ours


def find(scene: Scene) -> Iterable[Finding]:
    """Yield one finding for each scanner that is also in an unexplained session, and one for all others."""
    rows = [
        row
        for row in scene.ask(_SCANS, probes=PROBES)
        if not row["own"] and not scene.is_owners(row["address"], row["first"])
    ]
    for row in rows:
        if row["met"] and scene.owner.declares_baseline:
            yield _finding([row], met=True)
    others = [row for row in rows if not (row["met"] and scene.owner.declares_baseline)]
    if others:
        yield _finding(others, met=False)


def _finding(rows: Sequence[Row], *, met: bool) -> Finding:
    first, last = min(row["first"] for row in rows), max(row["last"] for row in rows)
    total = len(rows) if met or len(rows) < MAX_LISTED else int(rows[0]["addresses"])
    served = sum(int(row["served"]) for row in rows)
    return Told(
        kind="scan",
        statement=paragraph(
            [
                say_n(
                    "{n} address asked the web server for {least} or more paths that programs try on every site, {period}:"
                    " {named}.",
                    "{n} addresses asked the web server for {least} or more paths that programs try on every site, {period}."
                    " Those with most: {named}.",
                    total,
                    least=LEAST,
                    period=period(first, last),
                    named=", ".join(
                        f"{row['address']} ({row['paths']}: {', '.join(row['named'][:3])})" for row in rows[:NAMED]
                    ),
                ),
                say_n("{n} request was answered with a page.", "{n} requests were answered with a page.", served)
                if served
                else "",
                say("The same address is in a session of an account that nothing explains.") if met else "",
            ]
        ),
        basis=placed(rows, "row"),
        alternatives=(
            say(
                "Programs do this to every site all the time; it says nothing about an interest in this site or its people."
            ),
            say("A security test that the site's owner ordered."),
        ),
        challenge=say("Compare with the logs of another site of the same hosting provider for the same days."),
        facts={
            "addresses_total": total,
            "addresses": [
                {
                    "address": row["address"],
                    "paths": row["paths"],
                    "requests": int(row["requests"]),
                    "served": int(row["served"]),
                    "first": row["first"].isoformat(),
                    "last": row["last"].isoformat(),
                }
                for row in rows
            ],
            "in_unexplained_session": met,
        },
    ).finding()


DETECTOR = Detector(title="Scanners of a web site", kinds=("scan",), order=70, find=find)
