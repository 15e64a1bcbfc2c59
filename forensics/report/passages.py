"""The longer fixed passages of a report: what it does not show, the verbal scale, the shell lines, the glossary.

They belong to the catalogue in ``texts`` and follow the same rules; they stand apart because each is a list. A view may
replace the scale, the shell lines and the next steps with those of the stage that owns them.
"""

from __future__ import annotations

from typing import Final

NOT_SHOWN: Final = (
    "Who typed. An address belongs to a connection, and several people can share one connection.",
    "Who gave an order, or why.",
    "That an unexplained session was hostile. “Unexplained” means that nothing the owner declared explains it.",
    "How probable it is that anyone is responsible. A likelihood ratio weighs findings; only a court can weigh a case.",
    "That nothing else happened. Providers delete old records; the timeline marks where no data exists.",
)
VERIFY_LINES: Final = (
    "cd CASE-FOLDER",
    "# all steps at once, with two programs that were written separately (or the page verify/verify.html in a browser)",
    "sh verify/verify.sh",
    "python3 verify/verify.py --head {size}:{root}",
    "# by hand: each exhibit is named by its own SHA-256",
    "( cd exhibits && sha256sum * )",
    '# by hand: this value stands as "prev" in line 2 of the log, and so on',
    "sed -n 1p custody.jsonl | sha256sum",
    "# by hand: the checkpoint printed above, and its signature (ID: a name in keys/)",
    "C=checkpoints/{size}; test -f $C || C=checkpoint; cat $C",
    "sed '/^$/,$d' $C > ../text",
    "sed -n 5p $C | cut -d' ' -f3 | openssl base64 -d -A | tail -c 64 > ../signature",
    "openssl pkeyutl -verify -pubin -inkey keys/ID.pem -rawin -in ../text -sigfile ../signature",
)
"""Written beside the case folder, not into it: an extra file in the folder would be noticed."""

NEXT_STEPS: Final = (
    "Read the report from “Summary” to “Limits” before you use one sentence of it alone.",
    "Ask each provider and network operator early to preserve records; operators delete them, often within months.",
    "Check the case folder with the lines under “Verify without us”, and keep a copy of the checkpoint elsewhere.",
)

GLOSSARY: Final = (
    ("address", "IP address", "The number under which a connection reaches the internet. It is not a person."),
    ("as", "AS (autonomous system)", "A network that announces addresses to the internet under one number."),
    ("prefix", "Prefix", "A block of neighbouring addresses, such as 192.0.2.0/24 (256 addresses)."),
    (
        "cgnat",
        "CGNAT",
        "Many subscribers share one address at once. Without source port and second, nobody can tell them apart.",
    ),
    ("dynamic", "Dynamic address", "An address that an operator hands to a new subscriber, often after a day."),
    (
        "vpn",
        "VPN, proxy, Tor",
        "Services that lend their address to others. The address then says nothing about place.",
    ),
    ("snapshot", "Snapshot", "A copy of a data set with a date. It says what was recorded on that date only."),
    (
        "lr",
        "Likelihood ratio",
        "How many times as probable the findings are under one explanation as under another. It says no more.",
    ),
    ("hd", "Hd1, Hd2", "The alternatives: an unrelated source in the country, or another user of the same network."),
    (
        "ring",
        "Ring",
        "How close an address lies to a record, from “the same address” outward. Only the closest counts.",
    ),
    ("grade", "Grade (Admiralty code)", "A letter for the source (A best, F unknown) and a digit for the information."),
    ("hash", "SHA-256", "A short fingerprint of a file. Changing one character of the file changes the fingerprint."),
    (
        "custody",
        "Custody log",
        "The list of what was done with the evidence; each record contains the hash of the last.",
    ),
    ("checkpoint", "Checkpoint", "Origin, number of records and one hash over all of them. It fixes the whole log."),
    ("tlp", "TLP and PAP", "Marks that say who may read this, and what may be done with it."),
    ("utc", "UTC", "World time without summer time. Zones are written as differences, such as UTC+04:00."),
    (
        "marks",
        "⟨U+202E⟩, hxxp, [.]",
        "Invisible characters are spelled out. Web addresses are written so that nobody opens them.",
    ),
)
