"""The longer fixed passages of a report: what it does not show, the verbal scale, the shell lines, the glossary.

They belong to the catalogue in ``texts`` and follow the same rules; they stand apart because each is a list. A view may
replace the scale, the shell lines and the next steps with those of the stage that owns them.
"""

from __future__ import annotations

from typing import Final

from forensics.sentence import Sentence, verbatim

NOT_SHOWN: Final = (
    verbatim("Who typed. An address belongs to a connection, and several people can share one connection."),
    verbatim("Who gave an order, or why."),
    verbatim(
        "That an unexplained session was hostile. “Unexplained” means that nothing the owner declared explains it."
    ),
    verbatim(
        "How probable it is that anyone is responsible. A likelihood ratio weighs findings; only a court can weigh a case."
    ),
    verbatim("That nothing else happened. Providers delete old records; the timeline marks where no data exists."),
)
VERIFY_LINES: Final = (
    "cd CASE-FOLDER",
    verbatim(
        "# all steps at once, with two programs that were written separately (or the page verify/verify.html in a browser)"
    ),
    "sh verify/verify.sh",
    "python3 verify/verify.py --head {size}:{root}",
    verbatim("# by hand: each exhibit is named by its own SHA-256"),
    "( cd exhibits && sha256sum * )",
    verbatim('# by hand: this value stands as "prev" in line 2 of the log, and so on'),
    "sed -n 1p custody.jsonl | sha256sum",
    verbatim("# by hand: the checkpoint printed above, and its signature (ID: a name in keys/)"),
    "C=checkpoints/{size}; test -f $C || C=checkpoint; cat $C",
    "sed '/^$/,$d' $C > ../text",
    "sed -n 5p $C | cut -d' ' -f3 | openssl base64 -d -A | tail -c 64 > ../signature",
    "openssl pkeyutl -verify -pubin -inkey keys/ID.pem -rawin -in ../text -sigfile ../signature",
)
"""Written beside the case folder, not into it: an extra file in the folder would be noticed."""

NEXT_STEPS: Final = (
    verbatim("Read the report from “Summary” to “Limits” before you use one sentence of it alone."),
    verbatim(
        "Ask each provider and network operator early to preserve records; operators delete them, often within months."
    ),
    verbatim(
        "Check the case folder with the lines under “Verify without us”, and keep a copy of the checkpoint elsewhere."
    ),
)

GLOSSARY: Final = (
    (
        "address",
        verbatim("IP address"),
        verbatim("The number under which a connection reaches the internet. It is not a person."),
    ),
    (
        "as",
        verbatim("AS (autonomous system)"),
        verbatim("A network that announces addresses to the internet under one number."),
    ),
    (
        "prefix",
        verbatim("Prefix"),
        verbatim("A block of neighbouring addresses, such as 192.0.2.0/24 (256 addresses)."),
    ),
    (
        "cgnat",
        verbatim("CGNAT"),
        verbatim(
            "Many subscribers share one address at once. Without source port and second, nobody can tell them apart."
        ),
    ),
    (
        "dynamic",
        verbatim("Dynamic address"),
        verbatim("An address that an operator hands to a new subscriber, often after a day."),
    ),
    (
        "vpn",
        verbatim("VPN, proxy, Tor"),
        verbatim("Services that lend their address to others. The address then says nothing about place."),
    ),
    (
        "snapshot",
        verbatim("Snapshot"),
        verbatim("A copy of a data set with a date. It says what was recorded on that date only."),
    ),
    (
        "lr",
        verbatim("Likelihood ratio"),
        verbatim(
            "How many times as probable the findings are under one explanation as under another. It says no more."
        ),
    ),
    (
        "hd",
        verbatim("Hd1, Hd2"),
        verbatim("The alternatives: an unrelated source in the country, or another user of the same network."),
    ),
    (
        "ring",
        verbatim("Ring"),
        verbatim("How close an address lies to a record, from “the same address” outward. Only the closest counts."),
    ),
    (
        "grade",
        verbatim("Grade (Admiralty code)"),
        verbatim("A letter for the source (A best, F unknown) and a digit for the information."),
    ),
    (
        "hash",
        verbatim("SHA-256"),
        verbatim("A short fingerprint of a file. Changing one character of the file changes the fingerprint."),
    ),
    (
        "custody",
        verbatim("Custody log"),
        verbatim("The list of what was done with the evidence; each record contains the hash of the last."),
    ),
    (
        "checkpoint",
        verbatim("Checkpoint"),
        verbatim("Origin, number of records and one hash over all of them. It fixes the whole log."),
    ),
    ("tlp", verbatim("TLP and PAP"), verbatim("Marks that say who may read this, and what may be done with it.")),
    (
        "utc",
        verbatim("UTC"),
        verbatim("World time without summer time. Zones are written as differences, such as UTC+04:00."),
    ),
    (
        "marks",
        verbatim("⟨U+202E⟩, hxxp, [.]"),
        verbatim("Invisible characters are spelled out. Web addresses are written so that nobody opens them."),
    ),
)

TRANSLATED: Final = verbatim(
    "The sentences of this document come from a fixed catalogue of translations. What is quoted from"
    " evidence, registries and publications stands as it was found."
)
RECORDED: Final = verbatim("Why a row was not understood is quoted as the program recorded it, in English.")
NAMED: Final = verbatim("The names of values are those of findings.json, so that they can be found there.")
BOTH: Final = verbatim("Both languages say the same. Each row is one statement.")
"""What a document in another language says about its languages; an English one needs none of it."""


def notes(*, both: bool) -> tuple[Sentence, ...]:
    """Return what stands on the first page of a document in another language, or in two."""
    return (TRANSLATED, RECORDED, NAMED, *((BOTH,) if both else ()))
