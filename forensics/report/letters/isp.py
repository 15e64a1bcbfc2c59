"""To a network: keep the records of these connections. One letter per network, by who announced the address that day.

It asks for classes and retention, never for an identity: the Court asks for a clear legal basis for that (Benedik v.
Slovenia, no. 62357/14, 24 April 2018), so it is for a court or an authority. Servers should log source ports (RFC 6302);
where an export has none, destination and second are what is left. The letter names services, never accounts or people.
"""

from __future__ import annotations

from collections import defaultdict

from forensics.report import lead as leads
from forensics.report.document import Block, Document, Grid, Heading, Items, Paragraph
from forensics.report.letter import Letter, LetterCase, caution, closing, marks, opening, sealed
from forensics.sentence import say, say_n

TELLS = say(
    "The network learns which of its addresses are looked into, and for which seconds. If it may be close to those"
    " concerned, let an authority or a lawyer ask instead. The letter names no account and no person; keep it so."
)


def _write(case: LetterCase) -> tuple[Document, ...]:
    groups: dict[str, list[leads.Lead]] = defaultdict(list)
    for item in case.leads:
        groups[leads.network_of(item)].append(item)
    return tuple(
        Document(
            name=f"isp-{number}",
            title=say("Request to preserve records of connections"),
            marks=marks(case, inside=False),
            blocks=_blocks(case, network, tuple(found)),
        )
        for number, (network, found) in enumerate(groups.items(), 1)
    )


def _blocks(case: LetterCase, network: str, found: tuple[leads.Lead, ...]) -> tuple[Block, ...]:
    return (
        caution(TELLS),
        *opening(say("To the network operator"), network, ""),
        Heading(text=say("What is asked")),
        Paragraph(
            text=say_n(
                "Records of online accounts show unexplained access from an address that, according to dated routing data, your"
                " network announced at that time.",
                "Records of online accounts show unexplained access from {n} addresses that, according to dated routing data,"
                " your network announced at that time.",
                len(found),
            )
        ),
        Items(items=_ASKED, numbered=True),
        Heading(text=say("The connections")),
        *(block for item in found for block in _lead_blocks(item)),
        Heading(text=say("What is not asked")),
        Paragraph(
            text=say(
                "This letter does not ask who a subscriber is. That is for a court or an authority to ask (European Court of"
                " Human Rights, Benedik v. Slovenia, no. 62357/14, 24 April 2018). It does not say that your network, or a"
                " customer of yours, did anything wrong."
            )
        ),
        *sealed(case),
        *closing(),
    )


_ASKED = (
    say(
        "Please keep, until a court or an authority has decided: assignments of these addresses (lease, session or contract"
        " records), address-translation logs and flow records, for each time below and one hour before and after."
    ),
    say(
        "How was each address assigned at that time: to one customer for long, dynamically, or shared by many at once?"
    ),
    say("If shared: by about how many customers, and do your logs tell source port and destination?"),
    say(
        "Of what kind was the customer: household, company, public body, hosting, or another operator? No name is asked."
    ),
    say("If you passed the address on to another operator or body: which one, and from when to when?"),
    say("How long do you keep each kind of these records, and when will those asked for be deleted?"),
    say("In which time zone are your records, and is their clock synchronised?"),
)


def _lead_blocks(found: leads.Lead) -> tuple[Block, ...]:
    said = [*leads.dated_words(found), *leads.precision_words(found)]
    if all(item.port is None for item in found.moments):
        said.append(
            say(
                "No source port is on record. The far end was the service named in each row, usually at port 443 (TCP or UDP)."
            )
        )
    rows = tuple(leads.moment_row(item, None) for item in found.moments)
    return (
        Paragraph(text=found.address),
        Grid(
            heads=(say("Time (UTC)"), say("Source port"), say("Service that saw it")),
            rows=tuple((row[0], row[2], row[3]) for row in rows),
        ),
        Items(items=tuple(said)),
    )


LETTER = Letter(title=say("Network operators: preserve records of connections"), tells=TELLS, write=_write)
