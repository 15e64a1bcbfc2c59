"""WhatsApp chat export: the notices that WhatsApp writes into a chat (TXT).

What it is: one text file per chat with every message. Messages are private: none of them enters the events, they are
only counted. What is read are notices that WhatsApp itself wrote: "Your security code with X changed", a changed
telephone number, new administrators, groups created, members added or removed, and the notice in the place of a deleted
message (with the name of its sender).

How to obtain: open the chat → menu → More → Export chat → Without media; the file is ``_chat.txt`` in a ZIP (iPhone) or
``WhatsApp Chat with NAME.txt`` (Android). The notice about security codes appears only if "Show security
notifications" was switched on before (Settings → Account → Security notifications).

Time: the wall clock of the exporting phone, in its zone *when the export was made*, without any zone in the file. No
instant is stated unless the examiner gives the zone (``--assume-zone``); then it is ``assumed``. The order of day, month and
year is decided once per file (by dates that allow only one, else by the sequence of the messages); dates that stay
ambiguous state no instant. When a message was deleted is not stated anywhere: the notice in its place stands at the time
of the message, which is kept in the detail and is no time of the deletion.

Versions: iPhone (``[11.03.20, 04:58:07] Name: text``, own lines begin with U+200E), iPhone until about 2017 (``7/1/16,
4:56:55 PM: Name: text``) and Android (``3/11/20, 4:58 AM - Name: text``, years ago ``13 Jun, 10:15 - Name: text``), whose
own lines have no name; in any language for the time, also with years of the Buddhist or Japanese calendar; the notices in
English, German, Russian, Ukrainian, Turkish, Azerbaijani, Spanish, Portuguese, French, Italian and partly others. A quoted
line inside a message that looks like the start of one is taken as a message. An iPhone export that lost its invisible
marks (copied through an editor) shows only notices of deleted messages, and on Android somebody can forge a notice by
writing a message whose second line looks like one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from forensics.ingest import local_time, whatsapp_dates, whatsapp_lines, whatsapp_phrases
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.whatsapp_dates import Order
from forensics.ingest.whatsapp_lines import Message
from forensics.ingest.whatsapp_phrases import Meaning
from forensics.model import UNDATED, Action, Event, Initiator
from forensics.sentence import template

PROVIDER = "whatsapp"
MESSAGES = template("messages are private and are not read")
NOTICES = template("notices of WhatsApp that say nothing about access")
_TEXT_LIMIT = 500


def claims(evidence: Evidence) -> bool:
    """Recognise the first lines by their layout."""
    return whatsapp_lines.is_chat(evidence)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per notice; messages are counted."""
    order = whatsapp_dates.order_of(item.date for item in whatsapp_lines.messages(evidence))
    left_out: Counter[str] = Counter()
    for item in whatsapp_lines.messages(evidence):
        meaning = _meaning(item)
        if meaning is None:
            left_out[NOTICES if item.by_whatsapp and not item.name_as_found else MESSAGES] += 1
            continue
        yield Row(
            evidence=evidence,
            place=f"line:{item.number}",
            fields={"line": item.said[:_TEXT_LIMIT]},
            shared={"message": item, "meaning": meaning, "order": order},
        )
    for rule, count in sorted(left_out.items()):
        yield Unused(rule=rule, rows=count)


def _meaning(item: Message) -> Meaning | None:
    if item.by_whatsapp:
        return whatsapp_phrases.system(item.text)
    return whatsapp_phrases.deleted(item.text) if len(item.said) <= whatsapp_phrases.LONGEST_NOTICE else None


def event(row: Row) -> Event:
    """Say what one notice means."""
    item: Message = row.shared["message"]
    meaning: Meaning = row.shared["meaning"]
    order: Order = row.shared["order"]
    when, note = whatsapp_dates.moment(item.written, item.date, item.clock, order, local_time.zone_of(row.evidence))
    gone = meaning.action is Action.CONTENT_DELETED
    return row.event(
        provider=PROVIDER,
        service=PROVIDER,
        action=meaning.action,
        action_text=row.text("line"),
        initiator=Initiator.PROVIDER if meaning.action is Action.ALERT else Initiator.UNKNOWN,
        when=UNDATED if gone else when,
        detail={
            "name": item.name,
            "meaning": meaning.meaning,
            "time_note": note,
            "message_time": when.text if gone else "",
            "message_utc": when.utc.isoformat() if gone and when.utc else "",
        },
    )


FORMAT = Format(
    title="WhatsApp chat export: security and group notices (TXT)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
)
