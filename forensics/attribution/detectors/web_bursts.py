"""Bursts of requests to a web site, against the site's own median minute; and what sets them apart from readers.

A burst is a run of minutes with at least ``TIMES`` the median number of requests and ``FLOOR`` of them. A newspaper's
success is a burst, too, and nothing here calls any burst an attack: the finding states how many requests came in how
many minutes from how many addresses, and which of the listed signs the log shows. Without a sign it says that many
readers at once look the same, and its kind is ``burst``; with a sign it is ``flood``.

The signs, each a fact of the log: the ten busiest addresses sent half of the requests or more; one client text sent
four of five, and is rare outside the burst; half or more ask for one path, each time with another query; half or more
ask for paths that scanners ask for. A flood from thousands of machines that behave like browsers shows none of them.

The web logs of a case are taken as one site per ``service``. A log that holds little beside the burst has no baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from forensics.attribution.detector import FIRST_ROW, Detector, Row, Scene, Told, of_minute, period, placed
from forensics.attribution.web_paths import PATH, PROBES, STATUS
from forensics.model import Finding
from forensics.sentence import Sentence, paragraph, say, say_n

TIMES, FLOOR, LEAST = 10, 20, 300
"""How many times the median minute a minute of a burst has, how many requests at least, and how many the burst has."""
APART = 5
"""Quiet minutes that still lie inside one burst."""
BASELINE = 60
"""Minutes with requests that the log must hold outside the burst."""
MOST = 20
BUSIEST = 10
HALF, FOUR_FIFTHS, RARE = 0.5, 0.8, 0.2

_BURSTS = f"""with minutes as (
    select service, epoch_us(time) // 60000000 as minute, count(*) as n from facts
    where provider = 'weblog' and action = 'request' and time is not null group by all
), usual as (
    select service, quantile_disc(n, 0.5) as median, count(*) as minutes, sum(n) as total from minutes group by service
), high as (
    select *, case when minute - lag(minute) over by_time <= {APART} then 0 else 1 end as begins
    from minutes join usual using (service) where n >= greatest({FLOOR}, {TIMES} * median)
    window by_time as (partition by service order by minute)
), runs as (select *, sum(begins) over (partition by service order by minute) as run from high)
select service, min(minute) as first, max(minute) as last, any_value(median) as median, max(n) as peak,
any_value(minutes) - count(*) as outside, any_value(total) - sum(n) as rest
from runs group by service, run having sum(n) >= {LEAST} and outside >= {BASELINE}
order by sum(n) desc, service, first limit {MOST}"""  # noqa: S608 - constants of ours

_INSIDE = """facts where provider = 'weblog' and action = 'request' and service = $service
    and time >= $first and time < $after"""

_ADDRESSES = f"""with each as (
    select coalesce(address, '') as address, count(*) as n, {FIRST_ROW} as row from {_INSIDE} group by all
), ranked as (select *, row_number() over (order by n desc, address) as nth from each)
select address, n, row, address in (select address from session_addresses where first_foreign is not null) as met,
count(*) over () as addresses, sum(n) over () as requests, quantile_disc(n, 0.5) over () as middle
from ranked qualify nth <= {BUSIEST} order by nth"""  # noqa: S608 - constants of ours

_CLIENT = f"""with client as (
    select user_agent, count(*) as n, count(*) over () as clients from {_INSIDE} group by user_agent
    order by n desc, user_agent limit 1
) select client.*, (select count(*) from facts where provider = 'weblog' and action = 'request' and service = $service
    and (time < $first or time >= $after) and user_agent = client.user_agent) as outside from client"""  # noqa: S608

_PATHS = f"""with asked as (
    select {PATH} as path, action_text, {STATUS} >= '500' as broken, regexp_matches({PATH}, $probes) as probe from {_INSIDE}
), each as (
    select path, count(*) as n, count(distinct action_text) as different, sum(broken::int) as broken, sum(probe::int) as probes
    from asked group by path
) select path, n, different, sum(broken) over () as broken, sum(probes) over () as probes, count(*) over () as paths
from each order by n desc, path limit 1"""  # noqa: S608


def find(scene: Scene) -> Iterable[Finding]:
    """Yield one finding per burst, those with most requests first."""
    for burst in scene.ask(_BURSTS):
        yield _told(scene, burst)


def _told(scene: Scene, burst: Row) -> Finding:
    inside = {"service": burst["service"], "first": of_minute(burst["first"]), "after": of_minute(burst["last"] + 1)}
    busiest = scene.ask(_ADDRESSES, **inside)
    (client,) = scene.ask(_CLIENT, **inside)
    (path,) = scene.ask(_PATHS, **inside, probes=PROBES)
    requests = int(busiest[0]["requests"])
    shares = {
        "busiest": sum(int(row["n"]) for row in busiest) / requests,
        "client": client["n"] / requests,
        "client_outside": client["outside"] / max(1, int(burst["rest"])),
        "path": path["n"] / requests,
        "queries": path["different"] / path["n"],
        "probes": int(path["probes"]) / requests,
    }
    signs = _signs(shares, addresses=busiest[0]["addresses"], path=path["path"])
    return Told(
        kind="flood" if signs else "burst",
        statement=paragraph(
            [
                _said(burst, busiest, requests),
                _broken(int(path["broken"])),
                *(_SIGNS[sign](shares, path) for sign in signs),
                "" if signs else NOTHING_SETS_APART,
                _met(busiest) if scene.owner.declares_baseline else "",
            ]
        ),
        basis=placed(busiest, "row"),
        alternatives=(
            say("Readers came at once, for example after a link in another medium or a broadcast."),
            say("A search engine, an archive, a monitoring service or the site's own technicians fetched many pages."),
            say(
                "Many people stand behind one address (mobile operator, office, proxy, the site's own protection service)."
            ),
        ),
        challenge=say(
            "Ask the hosting provider for its traffic records of these minutes, and compare the number of addresses and"
            " their clients with a day on which the site was much read."
        ),
        facts={
            "first": inside["first"].isoformat(),
            "after": inside["after"].isoformat(),
            "minutes": burst["last"] - burst["first"] + 1,
            "requests": requests,
            "addresses": busiest[0]["addresses"],
            "median_per_minute": burst["median"],
            "peak_per_minute": burst["peak"],
            "median_per_address": busiest[0]["middle"],
            "busiest": [{"address": row["address"] or None, "requests": row["n"]} for row in busiest],
            "clients": client["clients"],
            "client": client["user_agent"],
            "paths": path["paths"],
            "path": path["path"],
            "server_errors": int(path["broken"]),
            "shares": {name: round(value, 3) for name, value in shares.items()},
            "signs": signs,
        },
    ).finding()


def _said(burst: Row, busiest: Sequence[Row], requests: int) -> Sentence:
    first, last = of_minute(burst["first"]), of_minute(burst["last"])
    minutes = burst["last"] - burst["first"] + 1
    return say(
        "The web server logged {requests} requests in {minutes} minutes from {addresses} addresses, {period}: {rate} a"
        " minute, {times} times its median minute ({median}). Half of the addresses sent {middle} or fewer, the busiest"
        " {most}.",
        requests=requests,
        minutes=minutes,
        addresses=busiest[0]["addresses"],
        period=period(first, last),
        rate=round(requests / minutes),
        times=round(requests / minutes / burst["median"]),
        median=burst["median"],
        middle=busiest[0]["middle"],
        most=busiest[0]["n"],
    )


def _broken(number: int) -> Sentence | str:
    if not number:
        return ""
    return say_n(
        "{n} of them was answered with a server error.", "{n} of them were answered with a server error.", number
    )


def _met(busiest: Sequence[Row]) -> Sentence | str:
    names = [str(row["address"]) for row in busiest if row["met"]]
    if not names:
        return ""
    return say(
        "Of the busiest, {addresses} stands in a session of an account that nothing explains, too.",
        addresses=", ".join(names),
    )


NOTHING_SETS_APART = say(
    "Nothing in the log sets these requests apart from those of many readers: this is not called an attack."
)


def _signs(shares: Row, *, addresses: int, path: str) -> list[str]:
    """Return the signs that the log shows, in a fixed order."""
    shown = {
        "few_addresses": shares["busiest"] >= HALF,
        "one_client": shares["client"] >= FOUR_FIFTHS and shares["client_outside"] < RARE and addresses > 1,
        "other_query_each_time": shares["path"] >= HALF and shares["queries"] >= FOUR_FIFTHS and bool(path),
        "probing": shares["probes"] >= HALF,
    }
    return [name for name, holds in shown.items() if holds]


_SIGNS: Mapping[str, Callable[[Row, Row], Sentence]] = {
    "few_addresses": lambda shares, _: say(
        "The ten busiest addresses sent {share} % of them.", share=round(100 * shares["busiest"])
    ),
    "one_client": lambda shares, _: say(
        "One client text sent {share} % of them; of the requests at other times it sent {outside} %.",
        share=round(100 * shares["client"]),
        outside=round(100 * shares["client_outside"]),
    ),
    "other_query_each_time": lambda shares, path: say(
        "{share} % ask for {path}, nearly every time with another query, which no cache can answer.",
        share=round(100 * shares["path"]),
        path=path["path"],
    ),
    "probing": lambda shares, _: say(
        "{share} % ask for paths that scanners ask for: the burst is one of scanners.",
        share=round(100 * shares["probes"]),
    ),
}

DETECTOR = Detector(title="Bursts of requests to a web site", kinds=("burst", "flood"), order=60, find=find)
