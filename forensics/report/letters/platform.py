"""To a platform: keep the records of this account. One letter per provider that the leads touch.

Providers disclose to authorities only, each through a channel of its own; a preservation request is honoured for about
90 days where United States law applies (18 U.S.C. 2703(f): 90 days, renewable once). The holder of the account can ask
for a copy of the same data at any time (where it applies: General Data Protection Regulation, Articles 15 and 20).
"""

from __future__ import annotations

from forensics.report import lead as leads
from forensics.report.action_words import ACTION_WORDS
from forensics.report.document import Block, Document, Grid, Heading, Items, Paragraph
from forensics.report.letter import Letter, LetterCase, caution, closing, marks, opening, sealed
from forensics.sentence import dated, say

TELLS = say(
    "The platform learns which accounts are concerned and what their holder knows. Most platforms act on the request of an"
    " authority only; from the holder of the account they take a report and a request for the holder's own data."
)


def _write(case: LetterCase) -> tuple[Document, ...]:
    providers = dict.fromkeys(name for item in case.leads for name in item.providers)
    return tuple(
        Document(
            name=f"platform-{name}",
            title=say("Request to preserve the records of an account"),
            marks=marks(case, inside=False),
            blocks=_blocks(case, name),
        )
        for name in providers
    )


def _blocks(case: LetterCase, provider: str) -> tuple[Block, ...]:
    moments = [(item, at) for item in case.leads for at in item.moments if at.provider == provider]
    accounts = tuple(dict.fromkeys(at.account for _, at in moments if at.account))
    first, last = min(at.at for _, at in moments), max(at.until or at.at for _, at in moments)
    rows = sorted(
        ((*leads.moment_row(at, case.zone)[:3], found.address, ACTION_WORDS[at.action]) for found, at in moments),
        key=lambda row: row[0],
    )
    return (
        caution(TELLS),
        *opening(say("To the platform"), provider, case.view.reference),
        Heading(text=say("What is asked")),
        Paragraph(
            text=say(
                "The holder of the accounts below says that somebody else used them. The platform's own export shows the sessions"
                " below, which nothing that the holder declared explains. Please preserve, from thirty days before {first} until"
                " seven days after {last} (UTC):",
                first=dated(first.date()),
                last=dated(last.date()),
            )
        ),
        Items(items=_ASKED, numbered=True),
        Heading(text=say("Accounts")),
        Items(items=accounts or (say("not named in the export; the holder adds it here"),)),
        Heading(text=say("Sessions that nothing explains")),
        Grid(
            heads=(
                say("Time (UTC)"),
                say("Time (the holder's zone)"),
                say("Source port"),
                say("Address"),
                say("What happened"),
            ),
            rows=tuple(rows),
        ),
        Heading(text=say("On what ground")),
        Items(
            items=(
                say(
                    "For an authority: expedited preservation under the Convention on Cybercrime (Budapest Convention),"
                    " Article 16, or Article 29 across borders; under United States law 18 U.S.C. 2703(f), 90 days,"
                    " renewable once."
                ),
                say(
                    "For the holder of the account: a copy of the holder's own data, where the General Data Protection Regulation"
                    " applies under Articles 15 and 20."
                ),
            )
        ),
        *sealed(case),
        *closing(),
    )


_ASKED = (
    say("Log-in and session records with address, source port, time to the second, device and browser identifiers."),
    say("Failed attempts, codes sent by SMS or mail, and by which way each code was confirmed."),
    say("Changes of password, recovery data, second factor and connected applications, each with address and device."),
    say(
        "Requests for copies of the account's data: when made, when ready, and from which address each was downloaded."
    ),
    say(
        "What was deleted (groups, messages, files), by which session, and the deleted content as far as it still exists."
    ),
    say("Rules that forward or delete mail, and devices that were added or linked."),
    say("Reports of the holder to your support, and what was done about them."),
)

LETTER = Letter(title=say("Platforms: preserve the records of an account"), tells=TELLS, write=_write)
