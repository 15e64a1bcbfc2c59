r"""Main log of the mail server Exim: messages handed in after a sign-in, and refused sign-ins.

What it is: ``exim_mainlog`` (cPanel, DirectAdmin), ``exim4/mainlog`` (Debian). Exim writes no line for a sign-in as such: a
message that an authenticated client handed in says so and is a login (``<= SENDER H=… [ADDRESS]:PORT P=esmtpsa …
A=AUTHENTICATOR:ACCOUNT``). ``AUTHENTICATOR authenticator failed for … [ADDRESS]: 535 … (set_id=ACCOUNT)`` is a refused one.
Sender, greeting and ``set_id`` are the client's words. What the server's own machine handed in (webmail) is activity of no
client. Other lines (deliveries, messages from elsewhere, queue runs) are unused.

How to obtain: as root ``/var/log/exim_mainlog*``, ``/var/log/exim4/mainlog*``, ``/var/log/exim/main.log*``, from the hosting
provider.

Time: ``2024-03-05 12:00:00`` without a zone: local time of the server, or whatever ``timezone`` in Exim's configuration says. The
zone comes from the export (``syslog.zone``) or from the examiner, else the text is kept and no instant is stated. With
``log_selector = +millisec`` a fraction, with ``log_timezone`` the offset stands there, and then counts.

Versions: Exim 4, message identifiers of both lengths (longer since 4.97), with and without process number, ports, subjects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields, local_time
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.login_meaning import Meaning, of_the_server, peer
from forensics.ingest.text_lines import lines
from forensics.model import Action, Event, Moment, Outcome, ZoneBasis

_LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?(?: (?P<offset>[+-]\d{4}))?) "
    r"(?:\[(?P<pid>\d+)\] )?(?P<said>.*)",
    re.DOTALL,
)
_ID = r"[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}"
_HOST = r"(?:(?P<name>[^\s(\[]+) )?(?:\((?P<greeting>[^\s]*)\) )?\[(?P<ip>[^\]\s]+)\](?::(?P<port>\d{1,5}))?"
_SENDER = r'(?:"(?:[^"\\]|\\.)*"|[^\s"])\S*'
_HANDED_IN = re.compile(
    rf"(?P<id>{_ID}) <= (?P<sender>{_SENDER})(?: R=\S+)? H={_HOST}(?: I=\S+)? (?:U=\S+ )?P=(?P<protocol>\S+)"
    r"(?: (?!A=|S=)(?:[A-Z][A-Z0-9*]*=(?:\"[^\"]*\"|\S+)|[LK][.*]?))*? A=(?P<method>[^\s:]+)(?::(?P<user>\S+))?(?: .*|)",
    re.DOTALL,
)
_REFUSED = re.compile(
    rf"(?P<method>\S+) authenticator failed for {_HOST}(?: I=\S+)?(?: U=\S+)?: (?P<reason>.*?)(?: \(set_id=(?P<user>.*)\))?"
    r"(?:: \d+ Time\(s\))?",
    re.DOTALL,
)
_UNREAD = re.compile(rf"{_ID} <= .* A=\S+ S=.*|\S+ authenticator failed for .*", re.DOTALL)
_OWN = re.compile(
    rf"(?:{_ID} (?:<=|=>|->|\*\*|==|Completed|SMTP)|(?:Start|End) queue run|\S+ authenticator failed for|no host name found for|"
    r"SMTP (?:connection|protocol|call|command)|H=\S|exim \S+ daemon started|cwd=|no MAIL in SMTP|TLS error on)"
)


def claims(evidence: Evidence) -> bool:
    """Half of the first lines or more have the time, and half of those say what only Exim says."""
    found = evidence.first_lines(200)
    timed = [match["said"] for line in found if (match := _LINE.fullmatch(line))]
    return (
        bool(timed) and len(timed) * 2 >= len(found) and sum(bool(_OWN.match(said)) for said in timed) * 2 >= len(timed)
    )


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line that tells of a sign-in."""
    shared = {"zone": local_time.zone_of(evidence, "syslog.zone")}
    for line in lines(evidence):
        place = f"line:{line.number}"
        match = None if line.overlong else _LINE.fullmatch(line.text)
        said = (_HANDED_IN.fullmatch(match["said"]) or _REFUSED.fullmatch(match["said"])) if match else None
        if match and said:
            found = {**match.groupdict(""), **said.groupdict("")}
            yield Row(evidence=evidence, place=place, fields=found, shared=shared)
        elif match and not _UNREAD.fullmatch(match["said"]):
            yield Unused(rule="line of a mail server that tells of no sign-in")
        elif not line.text.strip():
            yield Unused(rule="empty line")
        else:
            yield Flaw(place=place, reason="no line of Exim's main log that is understood", excerpt=line.text[:200])


def event(row: Row) -> Event:
    """A message that an authenticated client handed in, or a refused sign-in."""
    refused = "reason" in row.fields
    when, note = _moment(row)
    told = of_the_server(
        Meaning(
            action=Action.LOGIN_FAILED if refused else Action.LOGIN,
            outcome=Outcome.FAILURE if refused else Outcome.SUCCESS,
            account=row.text("user"),
            address=peer(row.text("ip"), row.text("port")),
        )
    )
    return row.event(
        provider="linux",
        service="exim",
        action=told.action,
        action_text=row.text("said"),
        outcome=told.outcome,
        when=when,
        account=told.account,
        address=told.address,
        detail={
            **told.detail,
            **{
                key: row.text(key)
                for key in ("method", "reason", "id", "sender", "protocol", "name", "greeting", "pid")
            },
            "zone_note": note,
        },
    )


def _moment(row: Row) -> tuple[Moment, str]:
    written = row.need("time")
    if row.text("offset"):
        read = fields.instant(written)
        return Moment(utc=read.utc, text=written, zone=ZoneBasis.EXPLICIT), ""
    wall, zone = local_time.wall_of(written.replace(" ", "T")), row.shared["zone"]
    return local_time.instant(wall, written, zone), local_time.note(wall, zone)


FORMAT = Format(title="Exim main log", provider="linux", claims=claims, rows=rows, event=event, needs=("syslog.zone",))
