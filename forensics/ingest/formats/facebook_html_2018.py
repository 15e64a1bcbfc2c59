"""Facebook "Download a copy of your Facebook data", HTML until spring 2018: the page ``html/security.htm``.

What it is: one page with everything about access: active sessions, account activity, recognised machines, logins and
logouts, login protection data, addresses, cookies, administrative records. People who were attacked before 2018 often
kept only such an archive.

How to obtain: no longer; it was Settings → General → Download a copy of your Facebook data. Look for an old archive
``facebook-NAME.zip`` with ``index.htm`` and a folder ``html``.

Time: written in words with the viewer's zone beside it (``UTC+04``, ``PDT``), to the minute: ``explicit``. A time without
a zone, or with an abbreviation that several regions use, gets no instant unless ``--assume-zone`` names a zone where it
is valid.

Versions: one layout (about 2010 to 2018). Month names, labels and headings are in the account's language: values are told
by their shape, headings by the usual wording in several languages (English as published, the others unverified); under
a heading that is not listed a record says only what its values say. ``device`` is ``datr:`` and four characters.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from forensics.ingest import (
    facebook_2018_page,
    facebook_html_records,
    local_time,
    meta_html_facts,
    meta_html_times,
    meta_values,
)
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.meta_actions import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ingest.evidence import Evidence
    from forensics.model import Event

PROVIDER = "facebook"
ZONE = "facebook.zone"
_SAMPLES = 2_000


def claims(evidence: Evidence) -> bool:
    """Old markup with addresses in its items; language and file name do not matter."""
    return facebook_2018_page.is_page(evidence)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per item; headings and the page's navigation are counted."""
    first = islice(facebook_2018_page.items(evidence), _SAMPLES)
    dates = meta_html_times.learn(item.block for item in first if isinstance(item, facebook_2018_page.Item))
    shared = {
        "account": meta_values.account_hint(evidence, PROVIDER),
        "dates": dates,
        "ground": "layout of Facebook's archives before 2018",
    }
    for found in facebook_2018_page.items(evidence):
        if isinstance(found, Flaw):
            yield found
        elif isinstance(found, str):
            yield Unused(rule=found)
        elif found.block.is_empty:
            yield Unused(rule="an item without text")
        else:
            page = facebook_2018_page.SECTIONS.get(fold(found.heading), "")
            more = {**shared, "page": page, "names": (found.heading,)}
            place = found.block.place
            yield Row(evidence=evidence, place=place, fields=meta_html_facts.row_fields(found.block), shared=more)


def event(row: Row) -> Event:
    """Say what one item means."""
    return facebook_html_records.event(row, local_time.zone_of(row.evidence, ZONE), PROVIDER)


FORMAT = Format(
    title="Facebook security page of archives before 2018 (HTML)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    needs=(ZONE,),
)
