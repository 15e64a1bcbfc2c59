"""Facebook "Download your information", HTML: security and login information.

What it is: the pages about logins, sessions, addresses, cookies, recognised devices, administrative records and account
recoveries of the archive that Facebook makes for the owner of an account, when HTML was chosen instead of JSON. Every
value yields the event that its JSON twin yields; only the times are weaker, see below.

How to obtain: Accounts Centre → Your information and permissions → Export (download) your information → Facebook →
format HTML, all time, "Security and login information" and "Logged information" (it holds the account's time zone).
Prefer JSON: its times need no zone.

Time: wall-clock time of the zone that the account is set to, daylight saving applied, with no zone beside it (measured
by d3i-infra/dd-education on JSON and HTML of the same accounts: one followed Europe/Amsterdam, one stood at UTC). The
zone is named once, in ``logged_information/location/timezone.html``; with it times are stated (``export_setting``).
Without it, and without ``--assume-zone``, the text is kept and no instant is stated. Month names are in the account's
language and are read so; a date that could be two is refused. A page that could be Instagram's as well gets no instant.

Versions: blocks ``_2lej`` (2018-2021), ``_a6-g`` with rows ``_a6_q``/``_a6_r`` (2021 on), ``section`` with the time in
``footer div._a72d`` (2023 on). Which page it is says the file name, else the page's title, else nothing: then records
say only what their values say. Class names follow public readers of such exports; labels of the "old" and "new" values
of administrative records are unverified. ``device`` is ``datr:`` and the four characters that the export shows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forensics.ingest import (
    facebook_html_pages,
    facebook_html_records,
    local_time,
    meta_html,
    meta_html_facts,
    meta_html_pages,
    meta_html_times,
    meta_values,
    meta_zone,
)
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.sentence import template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ingest.evidence import Evidence
    from forensics.model import Event

PROVIDER = meta_html_pages.FACEBOOK
ZONE = "facebook.zone"
_WRAPPER = template("a block that only wraps others")


def claims(evidence: Evidence) -> bool:
    """Meta's layout, a page about access (by name, title or the shape of most records), not surely Instagram's."""
    head = meta_html.first_bytes(evidence)
    if not head or not meta_html.has_blocks(head):
        return False
    blocks = meta_html.sample(head, evidence)
    known = facebook_html_pages.page_of(evidence, meta_html.page_names(head))
    return (
        bool(known or "security_and_login_information" in evidence.folders or meta_html_pages.is_about_access(blocks))
        and meta_html_pages.platform(evidence, head, blocks).platform != meta_html_pages.INSTAGRAM
        and not meta_zone.is_zone_page(evidence)
    )


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per block; what wraps other blocks is counted."""
    head = meta_html.first_bytes(evidence)
    blocks = meta_html.sample(head, evidence, limit=400)
    verdict = meta_html_pages.platform(evidence, head, blocks)
    names = meta_html.page_names(head)
    shared = {
        "account": meta_values.account_hint(evidence, PROVIDER),
        "names": names,
        "page": facebook_html_pages.page_of(evidence, names),
        "dates": meta_html_times.learn(blocks),
        "platform": verdict.platform,
        "ground": verdict.ground,
        "clock": verdict.clock,
        "contradicted": verdict.contradicted,
    }
    for found in meta_html.read_all(evidence):
        if isinstance(found, Flaw):
            yield found
        elif found.is_empty:
            yield Unused(rule=_WRAPPER)
        elif meta_html_pages.is_heading(found):
            yield Unused(rule="a heading without values")
        else:
            row = Row(evidence=evidence, place=found.place, fields=meta_html_facts.row_fields(found), shared=shared)
            yield from _opened(row) if shared["page"] in facebook_html_pages.KEYED_PAGES else (row,)


def _opened(row: Row) -> Iterator[Row]:
    """Yield a row for each time of a cookie or client, with what else its block says."""
    listed = [meta_html_times.is_time(value) or meta_html_times.is_day(value) for _, value in row.fields["pairs"]]
    shared = {**row.shared, "days": True}
    if sum(listed) < 2:  # noqa: PLR2004 - one time is one record
        yield replace(row, shared=shared)
        return
    rest = [pair for pair, is_time in zip(row.fields["pairs"], listed, strict=True) if not is_time]
    for number, (pair, is_time) in enumerate(zip(row.fields["pairs"], listed, strict=True)):
        if is_time:
            single = {**row.fields, "pairs": [*rest, pair]}
            yield replace(row, place=f"{row.place}/row/{number}", fields=single, shared=shared)


def event(row: Row) -> Event:
    """Say what one record means; undecided pages become Facebook's only where their export has Facebook's zone."""
    shared, evidence = row.shared, row.evidence
    told = ZONE in evidence.told and not shared["contradicted"]
    ours = shared["platform"] == PROVIDER or told
    decided = (shared["platform"] == PROVIDER and shared["clock"]) or told
    if not row.fields["title"] and not row.fields["pairs"]:
        raise FieldError("a time without a title and without values")
    zone = local_time.zone_of(evidence, ZONE) if decided else None
    return facebook_html_records.event(row, zone, PROVIDER if ours else meta_html_pages.UNDECIDED)


FORMAT = Format(
    title="Facebook security and login information (HTML)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    needs=(ZONE,),
)
