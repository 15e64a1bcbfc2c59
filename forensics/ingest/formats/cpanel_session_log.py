"""cPanel: log of sessions of cPanel, WHM and webmail (``session_log``).

What it is: one line when a session begins (``NEW``) and one when it ends (``PURGE``), with address, account, daemon,
creator, and the way in (``method``: ``handle_form_login`` is the form, ``create_user_session`` and
``handle_auth_transfer`` are made by an administrator's session or by an API). ``possessed=1``, or a creator who is not the
account, means that somebody else entered. A session before the password was checked is marked ``badpass`` or ``needs_auth``:
neither its beginning nor its end is a sign-in or a sign-off. ``PURGE`` with any other reason than ``logout`` ends a session
without its user's doing.

How to obtain: ``/usr/local/cpanel/logs/session_log*`` from the hosting provider (only the server's administrator can).

Time: written with its offset on every line.

Versions: ``[2015-10-29 09:27:35 -0500] info [cpsrvd] IP NEW user:TOKEN address=IP,app=…,creator=…,method=…,path=…,
possessed=0`` since 11.50; fields are read by name. The token is kept whole in the detail, because it joins a
session's lines; it names a session, not a device.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import cpanel_lines
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.text_lines import lines
from forensics.model import Action, Event, Initiator, Outcome

_LINE = re.compile(
    rf"{cpanel_lines.NEW_TIME} (?P<level>\w+) \[(?P<server>[\w-]+)\] (?P<ip>\S+) (?P<verb>NEW|PURGE|[A-Z_]{{3,20}}) "
    r"(?P<user>[^:\s]*)(?::(?P<token>\S*))?(?: (?P<rest>.*))?"
)
_PAIR = re.compile(r"(\w+)=([^,]*)")
_ENDS = {"logout": Action.LOGOUT, "badpass": Action.OTHER, "needs_auth": Action.OTHER}
"""A session before the password was checked is nobody's use of the account."""
_WAYS_IN = ("handle_form_login", "create_user_session", "handle_auth_transfer")


def claims(evidence: Evidence) -> bool:
    """Recognise a session's beginning or end among the first lines."""
    found = (_LINE.fullmatch(line.rstrip("\r")) for line in evidence.text_head.split("\n")[:20])
    return any(match and match["verb"] in ("NEW", "PURGE") for match in found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line."""
    for line in lines(evidence):
        match = None if line.overlong else _LINE.fullmatch(line.text)
        if match:
            found = match.groupdict("")
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=found)
        elif not line.text.strip():
            yield Unused(rule="empty line")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of a session log", excerpt=line.text[:200])


def event(row: Row) -> Event:
    """The beginning or the end of one session."""
    rest = row.text("rest")
    said = dict(_PAIR.findall(rest))
    verb, user, creator = row.need("verb"), row.text("user"), said.get("creator", "")
    possessed = said.get("possessed", "0") not in ("", "0")
    other = creator if creator not in ("", user) else ""
    began = verb == "NEW" and said.get("method") in _WAYS_IN and said.get("needs_auth", "0") in ("", "0")
    ended = _ENDS.get(rest.partition(" ")[0], Action.SESSION_ENDED) if verb == "PURGE" else Action.OTHER
    notes = [f"made by {other}, not by the account's own sign-in"] if other else []
    notes += ["possessed: somebody else entered the account"] if possessed else []
    return row.event(
        provider="cpanel",
        service=cpanel_lines.service(said.get("app") or row.text("server")),
        action=Action.LOGIN if began else ended,
        action_text=" ".join(part for part in (verb, said.get("method", "") or rest) if part),
        outcome=Outcome.SUCCESS if began or ended is not Action.OTHER else Outcome.UNKNOWN,
        initiator=Initiator.USER
        if said.get("method") == "handle_form_login" and not (other or possessed)
        else Initiator.UNKNOWN,
        when=cpanel_lines.moment(row.need("time")),
        account=user,
        address=row.address("ip"),
        detail={
            "said": "" if said and _PAIR.sub("", rest).strip(",") == "" else rest,
            "token": row.text("token"),
            "server": row.text("server"),
            "level": row.text("level"),
            "note": "; ".join(notes),
            **said,
        },
    )


FORMAT = Format(title="cPanel session log", provider="cpanel", claims=claims, rows=rows, event=event)
