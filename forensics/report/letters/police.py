"""To the police or a prosecutor: the technical annex of a complaint, with the fields of a preservation request.

The fields follow the Convention on Cybercrime (Budapest Convention, ETS No. 185): Article 16 (expedited preservation at
home, up to 90 days, renewable), Article 17 (who else carried it), Article 29 paragraph 2 (a to f: what a request across
borders has to say) and paragraph 7 (at least 60 days), Article 30 (who else carried it, across borders). A form for
Articles 29 and 30 exists in English and Azerbaijani (T-CY(2018)11, 9 July 2018). What only the authority or the
complainant can say is left blank.
"""

from __future__ import annotations

from forensics.report import lead as leads
from forensics.report import phrases
from forensics.report.action_words import ACTION_WORDS
from forensics.report.document import Blank, Block, Document, Grid, Heading, Items, Paragraph
from forensics.report.letter import Letter, LetterCase, caution, closing, marks, opening, sealed
from forensics.report.passages import NOT_SHOWN
from forensics.sentence import paragraph, say, say_n

TELLS = say(
    "The authority learns what the findings and the list of exhibits say, names of accounts included. Nothing in it accuses a"
    " person; a lawyer adds the complaint itself."
)


def _write(case: LetterCase) -> tuple[Document, ...]:
    return (
        Document(
            name="police",
            title=say("Technical annex to a complaint, with a request to preserve data"),
            marks=marks(case, inside=True),
            blocks=(
                caution(TELLS),
                *opening(say("To the authority"), "", case.view.reference),
                *_found(case),
                *_leads(case),
                *_request(case),
                *_exhibits(case),
                *sealed(case),
                *closing(),
            ),
        ),
    )


def _found(case: LetterCase) -> tuple[Block, ...]:
    return (
        Heading(text=say("1. What the records show")),
        Items(items=tuple(say("{id}: {statement}", id=one.id, statement=one.statement) for one in case.view.findings)),
        Heading(text=say("2. What they do not show")),
        Items(items=NOT_SHOWN),
        Heading(text=say("3. Leads that only an authority can follow")),
        Paragraph(
            text=say_n(
                "One address used the accounts, and nothing that their holder declared explains it. The network below can say"
                " whose connection it was; nobody else can, and not for long.",
                "{n} addresses used the accounts, and nothing that their holder declared explains them. The networks below can"
                " say whose connections they were; nobody else can, and not for long.",
                len(case.leads),
            )
        ),
    )


def _leads(case: LetterCase) -> tuple[Block, ...]:
    return tuple(block for number, item in enumerate(case.leads, 1) for block in _lead(case, number, item))


def _lead(case: LetterCase, number: int, item: leads.Lead) -> tuple[Block, ...]:
    return (
        Heading(text=say("Lead {number}: {address}", number=f"3.{number}", address=item.address)),
        Grid(
            heads=(
                say("Time (UTC)"),
                say("Time (the holder's zone)"),
                say("Source port"),
                say("Service"),
                say("Account"),
                say("What happened"),
            ),
            rows=tuple((*leads.moment_row(at, case.zone), at.account, ACTION_WORDS[at.action]) for at in item.moments),
        ),
        Items(items=(*leads.dated_words(item), *leads.precision_words(item), *leads.resolver_words(item))),
        Items(items=leads.TOOLS),
    )


def _request(case: LetterCase) -> tuple[Block, ...]:
    networks = tuple(dict.fromkeys(map(leads.network_of, case.leads)))
    providers = tuple(dict.fromkeys(name for item in case.leads for name in item.providers))
    moments = [at for item in case.leads for at in item.moments]
    span = phrases.span(min(at.at for at in moments), max(at.until or at.at for at in moments)) if moments else ""
    return (
        Heading(text=say("4. Fields of a preservation request (Budapest Convention, Articles 16 and 29)")),
        Blank(label=say("(a) Authority that asks")),
        Blank(
            label=say("(b) Offence"),
            known=say(
                "for the authority to decide; the facts in part 1 touch Article 2 (illegal access) and Article 4 (data"
                " interference) of the Convention"
            ),
        ),
        Blank(label=say("(b) Summary of the facts"), known=say("part 1 of this annex")),
        Blank(
            label=say("(c) Data to be preserved"),
            known=say(
                "assignment, translation and flow records of the networks, and log-in, session, export and deletion records of"
                " the platforms, {span} (UTC), one hour before and after each time",
                span=span,
            ),
        ),
        Blank(label=say("(c) How they relate to the offence"), known=say("they tell whose connections the leads are")),
        Blank(label=say("(d) Custodians: networks"), known=paragraph(networks, "; ")),
        Blank(label=say("(d) Custodians: platforms"), known=", ".join(providers)),
        Blank(
            label=say("(e) Why it is urgent"),
            known=say("operators delete such records, often within months; no rule for these networks is known"),
        ),
        Blank(label=say("(f) Intention to request mutual assistance (Article 29)")),
    )


def _exhibits(case: LetterCase) -> tuple[Block, ...]:
    rows = tuple(
        (f"EX-{number}", row.exhibit.name, phrases.count(row.exhibit.size), row.exhibit.sha256)
        for number, row in enumerate(case.view.exhibits, 1)
    )
    return (
        Heading(text=say("5. Exhibits")),
        Grid(heads=(say("Exhibit"), say("File as received"), say("Bytes"), say("SHA-256")), rows=rows),
        Paragraph(
            text=say(
                "Any person can check the case folder without our tool: “sh verify/verify.sh”, “python3 verify/verify.py” or the"
                " page verify/verify.html in it name every step."
            )
        ),
    )


LETTER = Letter(title=say("Police or prosecutor: technical annex and preservation request"), tells=TELLS, write=_write)
