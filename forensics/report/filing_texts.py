"""Words of a report that is filed: profiles, what goes with it, its signature. A part of the catalogue in ``texts``."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, str]] = {
    # --- pdf ---
    "pdf.profile.court": "court edition",
    "pdf.profile.echr": "annex to an application",
    "pdf.profile.onepage": "one-page edition",
    "pdf.profile.police": "edition for an authority",
    "pdf.profile.technical": "technical edition",
    "pdf.page": "Page {n} of {m}",
    "left.sessions": "The sessions of the owner are left out here. The table of all sessions holds them: sessions.jsonl.",
    "left.addresses": "Addresses of unknown role that no registry lists are left out here. The table of all addresses holds"
    " them: addresses.jsonl.",
    "pdf.col.file": "File",
    "pdf.col.holds": "What it holds",
    "pdf.link_a": "Link A: computed from the records",
    "pdf.qr": "The checkpoint as a code to scan. It holds the same text as the lines above.",
    "pdf.qr.note": "The code holds the lines above, so that a phone can compare them with a copy kept elsewhere.",
    "pdf.verify.this": "This document cannot name its own SHA-256. The custody log does, in the record “report.render”.",
    "reproduce": "Repeat the analysis",
    "pdf.reproduce.lead": "The result can be computed again from the case folder alone, without any network.",
    "pdf.reproduce.same": "Made with version {version}. The same case gives the same bytes of this document before any"
    " signature.",
    "attached": "Attached files",
    "pdf.attached.lead": "These files of the case are attached to this PDF. A viewer lists them under “Attachments”.",
    "pdf.attached.none": "No file is attached.",
    "pdf.attached.not": "Too large to attach. It is in the case folder.",
    "pdf.file.findings": "All findings with every place of their basis, for machines.",
    "pdf.file.addresses": "All addresses with their dated context.",
    "pdf.file.sessions": "All sessions with their roles and reasons.",
    "pdf.file.coverage": "What became of every file, member and row.",
    "pdf.file.checkpoint": "The signed checkpoint of the analysis.",
    "signature": "Signature",
    "pdf.signature.lead": "Nothing in this section was filled in by the program. Who signs answers for the signature.",
    "pdf.signature.name": "Name",
    "pdf.signature.role": "Role",
    "pdf.signature.place": "Place and date",
    "pdf.signature.hand": "Signature by hand",
    "pdf.signature.box": "Space for an electronic signature. If it is empty, look at the signature panel of the viewer.",
    # --- profiles ---
    "facts": "Facts, as an application form asks for them",
    "facts.lead": "A form asks for facts that stand without any other document. These lines can be copied into it.",
    "facts.files.one": "One file was examined. The list of materials names it by its SHA-256.",
    "facts.files.other": "{n} files were examined. The list of materials names each by its SHA-256.",
    "facts.close": "All of this is read from records. They do not say who typed, who gave an order, or why.",
    "facts.list": "The form also asks for a list of documents by date, with the page of each in the bundle."
    " Dates and pages are added by whoever files it.",
    "rules": "What rules of procedure ask, and where it stands",
    "rules.lead": "This table helps whoever files the report. It is no legal advice, and says nothing about admissibility."
    " What only a person can declare is not declared here.",
    "rules.person": "to be added by whoever signs",
    "rules.certified": "FRE 902(13) and (14) ask for the certification of a qualified person, and for notice to the other side."
    " They settle authenticity only.",
    "col.rule": "Rule",
    "col.asks": "What it asks",
    "col.where": "Where it stands",
    "files": "Files that go with this page",
    "files.none": "No file goes with this page.",
    "files.lead": "These files lie in the case folder. Each is named by its SHA-256.",
}
