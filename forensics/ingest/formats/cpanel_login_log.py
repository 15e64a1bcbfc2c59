"""cPanel: log of sign-ins to cPanel, WHM and webmail (``login_log``).

What it is: refused, deferred and (newer versions) accepted sign-ins: address, user or mailbox, request, daemon, reason. A
deferred one waits for a further step, such as a second factor: it is neither accepted nor refused.
``(possessor: NAME)`` means that somebody else, a reseller or the hoster, entered the account without its password: the
detail says so and the row must not be taken for its owner.

How to obtain: ``/usr/local/cpanel/logs/login_log*`` from the hosting provider (only the server's administrator can).

Time: both spellings carry their offset; the older has the US order, month first: ``07/17/2008:16:12:49 -0000``.

Versions: ``[2017-01-25 06:01:10 -0500] info [cpaneld] IP - user "POST /login/… HTTP/1.1" FAILED LOGIN cpaneld: reason``
(11.5x on; the daemon in brackets may be ``cpsrvd``), and ``IP - user [07/17/2008:16:12:49 -0000] "GET / HTTP/1.1" FAILED
LOGIN webmaild: reason`` (before, and ``cpdavd`` still). A scan without a user name is logged as a refused sign-in, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import cpanel_lines
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.text_lines import lines
from forensics.model import Action, Event, Outcome

# no quote in a user name: else a line of quotes would take a time that grows with the square of its length
_USER = r"(?P<ip>[\da-fA-F.:]{1,60}|-) - (?P<user>[^\"]{0,255}?)(?: \(possessor: (?P<possessor>[^)]*)\))?"
_RESULT = r"(?P<verb>FAILED|SUCCESS|DEFERRED|SECURITY DENIED) LOGIN(?: TO)? ?(?P<daemon>[\w-]*)(?::\s*(?P<reason>.*))?"
_NEW = re.compile(
    rf"{cpanel_lines.NEW_TIME} (?P<level>\w+) \[(?P<server>[\w-]+)\] {_USER}(?: - |(?: -)? \"(?P<request>.*)\" ){_RESULT}"
)
_OLD = re.compile(rf"{_USER} {cpanel_lines.OLD_TIME} \"(?P<request>.*)\" {_RESULT}")
_OTHER = re.compile(rf"{cpanel_lines.NEW_TIME} \w+ \[[\w-]+\] ")
_VERBS = {
    "SUCCESS": (Action.LOGIN, Outcome.SUCCESS),
    "FAILED": (Action.LOGIN_FAILED, Outcome.FAILURE),
    "DEFERRED": (Action.ACTIVITY, Outcome.CHALLENGE),
    "SECURITY DENIED": (Action.LOGIN_FAILED, Outcome.BLOCKED),
}


def _match(text: str) -> re.Match[str] | None:
    return _NEW.fullmatch(text) or _OLD.fullmatch(text)


def claims(evidence: Evidence) -> bool:
    """Recognise one of the first lines."""
    return any(_match(line.rstrip("\r")) for line in evidence.text_head.split("\n")[:20])


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line."""
    for line in lines(evidence):
        match = None if line.overlong else _match(line.text)
        if match:
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=match.groupdict(""))
        elif not line.text.strip():
            yield Unused(rule="empty line")
        elif _OTHER.match(line.text) and " LOGIN" not in line.text:
            yield Unused(rule="message of the daemon that is no sign-in")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of a login log", excerpt=line.text[:200])


def event(row: Row) -> Event:
    """One sign-in."""
    action, outcome = _VERBS[row.need("verb")]
    user, possessor = row.text("user"), row.text("possessor")
    daemon = row.text("daemon") or row.text("server")
    return row.event(
        provider="cpanel",
        service=cpanel_lines.service(daemon),
        action=action,
        action_text=f"{row.text('verb')} LOGIN {daemon}",
        outcome=outcome,
        when=cpanel_lines.moment(row.need("time")),
        account="" if user == "-" else user,
        address=row.address("ip"),
        detail={
            "request": row.text("request"),
            "reason": row.text("reason"),
            "server": row.text("server"),
            "level": row.text("level"),
            "possessor": possessor,
            "note": f"entered by {possessor}, not by the account's own sign-in" if possessor else "",
        },
    )


FORMAT = Format(title="cPanel login log", provider="cpanel", claims=claims, rows=rows, event=event)
