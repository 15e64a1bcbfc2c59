r"""WordPress: sessions, and login records of security plugins, in a dump of the site's database (MySQL, MariaDB).

What it is: WordPress's own list of sessions that have not run out (``…usermeta``, ``session_tokens``: time, address and
browser of each login, one row each), and the tables in which plugins note who signed in, from which address, and with
which browser: Wordfence (``…wfLogins``), Simple History (``…simple_history`` with ``…simple_history_contexts``), WP Activity
Log (``…wsal_occurrences`` with ``…wsal_metadata``), All In One WP Security (``…aiowps_login_activity``,
``…aiowps_failed_logins``), iThemes or Solid Security (``…itsec_logs``: refused sign-ins), Loginizer (``…loginizer_logs``: per
address the last refused name, how many attempts), Stream (``…stream``: sign-ins, changes of accounts; what its users did to
content is activity). Rows of the other tables that are about content, and all other tables, are unused.

How to obtain: from the hosting panel, phpMyAdmin → Export → SQL, or ``mysqldump --hex-blob --single-transaction``; the
database of a backup made by a plugin is as good. Without ``--hex-blob`` Wordfence's addresses are raw bytes inside text: never
open and save such a dump in an editor.

Time: sessions and Loginizer hold Unix seconds, Wordfence ``ctime`` and Activity Log ``created_on`` Unix seconds with a fraction.
Simple History, Stream and iThemes write GMT (``format_rule``, by the plugins' sources). Simple History cuts the end off
addresses unless told otherwise: such an address (``.x``, ``.0``, ``::``) keeps its text and counts as masked. All In One
writes the site's own time: its zone is read from ``timezone_string`` in the options table of the same dump, else from the
examiner; without either no instant is stated.

Versions: Wordfence 6 to 7 (``hitID`` since 6.1), Activity Log 4.4 on with address and user in the row, before that in
the metadata table. Not seen in a real dump: the tables of Activity Log (known from published descriptions).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from forensics.ingest import fields, local_time, wordpress_tables
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.sql_dump import SqlRow, sql_rows
from forensics.ingest.web_requests import written_time
from forensics.ingest.wordpress_facts import Facts, facts_of
from forensics.ingest.wordpress_sessions import MAX_SESSIONS, sessions
from forensics.ingest.wordpress_tables import Found, text
from forensics.model import Action, Event, Moment, Outcome, ZoneBasis

_START = re.compile(rb"\s*(?:--|/\*|SET |CREATE |DROP |INSERT |#|START TRANSACTION)", re.IGNORECASE)
_STATEMENT = re.compile(
    rb"^(?:CREATE TABLE|DROP TABLE|INSERT INTO|-- Table structure for table)[^`\n]*`([^`\n]+)`", re.MULTILINE
)
_CORE = ("commentmeta", "comments", "links", "options", "postmeta", "posts", "term_taxonomy", "termmeta", "usermeta")
_VERIFIER = re.compile(rb"[0-9a-f]{64}(?=\\?\";a:)|[0-9a-f]{40}(?=\\?\";a:)")
_NEVER = ("0000-00-00", "1000-10-")


def claims(evidence: Evidence) -> bool:
    """Recognise an SQL dump that names a table of WordPress or of one of the plugins."""
    if not _START.match(evidence.head.removeprefix(b"\xef\xbb\xbf")):
        return False
    names = {name.decode("utf-8", "replace").lower() for name in _STATEMENT.findall(evidence.head)}
    return any(
        wordpress_tables.table_of(name) in wordpress_tables.TELLING or name.startswith("wp_") or name.endswith(ends)
        for name in names
        for ends in (tuple(f"_{core}" for core in _CORE),)
    )


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Read the dump twice: first what other rows need (contexts, metadata, the site's zone), then the login rows."""
    with evidence.open() as stream:
        facts = facts_of(stream)
    if facts.left_out:
        yield Flaw(place="", reason=f"{facts.left_out:,} rows of contexts were too many to be kept")
    shared = {"facts": facts, "zone": _zone(evidence, facts)}
    with evidence.open() as stream:
        for item in sql_rows(stream, lambda name: wordpress_tables.table_of(name) in wordpress_tables.LOGINS):
            if isinstance(item, SqlRow):
                yield from _opened(evidence, item, shared)
            elif item.reason:
                excerpt = item.excerpt[:200].decode("utf-8", "backslashreplace")
                yield Flaw(
                    place=f"bytes:{item.start}-{item.start + len(item.excerpt)}", reason=item.reason, excerpt=excerpt
                )
            else:
                yield Unused(rule="statement about another table")


def _opened(evidence: Evidence, item: SqlRow, shared: dict[str, Any]) -> Iterator[Row | Unused]:
    """One row of the dump is one row, except a list of sessions: each is a row at the place of its token's hash."""
    table = wordpress_tables.table_of(item.table)
    whole = Row(
        evidence=evidence, place=f"bytes:{item.start}-{item.end}", fields=item.values, section=table, shared=shared
    )
    if table != "usermeta":
        yield whole
        return
    if text(item.values, "meta_key") != "session_tokens":
        yield Unused(rule="user meta of WordPress that is no session")
        return
    at = [match.start() for match in _VERIFIER.finditer(item.raw)]
    if not 1 < len(at) <= MAX_SESSIONS:  # of more than that none is read: event refuses the row as a whole
        yield whole
        return
    for number, (begin, end) in enumerate(zip(at, [*at[1:], len(item.raw)], strict=True)):
        place = f"bytes:{item.start + begin}-{item.start + end}"
        yield replace(
            whole, place=place, fields={**item.values, "number": str(number).encode(), "of": str(len(at)).encode()}
        )


def _zone(evidence: Evidence, facts: Facts) -> local_time.Zone | None:
    zone = local_time.named(facts.zone) if facts.zone else None
    if zone is not None:
        source = "timezone_string of the same dump"
        return local_time.Zone(zone=zone, name=facts.zone, basis=ZoneBasis.EXPORT_SETTING, source=source)
    return local_time.zone_of(evidence, "wordpress.zone")


def event(row: Row) -> Event | Unused:
    """Say what one row means."""
    return _READ[row.section](row)


def _wordfence(row: Row) -> Event:
    found: Found = row.fields
    said = text(found, "action")
    failed = text(found, "fail") == "1"
    otherwise = (Action.LOGIN_FAILED, Outcome.FAILURE) if failed else (Action.OTHER, Outcome.UNKNOWN)
    action, outcome = wordpress_tables.WORDFENCE.get(said, otherwise)
    address, repair = wordpress_tables.binary_address(found.get("IP"))
    return row.event(
        provider="wordpress",
        service="Wordfence",
        action=action,
        action_text=said,
        outcome=outcome,
        when=written_time(text(found, "ctime")),
        account=text(found, "username"),
        address=address,
        user_agent=text(found, "UA"),
        detail={**_rest(found, "action", "ctime", "username", "IP", "UA"), "address_repair": repair},
    )


def _simple_history(row: Row) -> Event | Unused:
    found: Found = row.fields
    facts: Facts = row.shared["facts"]
    more = facts.history.get(text(found, "id"), {})
    key = more.get("_message_key", "")
    if key not in wordpress_tables.SIMPLE_HISTORY:
        return Unused(rule="Simple History: entry that says nothing about access")
    action, outcome = wordpress_tables.SIMPLE_HISTORY[key]
    return row.event(
        provider="wordpress",
        service="Simple History",
        action=action,
        action_text=text(found, "message"),
        outcome=outcome,
        when=fields.instant(text(found, "date"), bare_zone=ZoneBasis.FORMAT_RULE),
        account=next((more[name] for name in wordpress_tables.NAMES if more.get(name)), ""),
        address=fields.shortened(fields.address(more.get("_server_remote_addr", ""))),
        user_agent=more.get("server_http_user_agent", ""),
        detail={**_rest(found, "message", "date"), "context": more},
    )


def _activity_log(row: Row) -> Event | Unused:
    found: Found = row.fields
    facts: Facts = row.shared["facts"]
    more = facts.occurrences.get(text(found, "id"), {})
    number = text(found, "alert_id")
    if number not in wordpress_tables.ACTIVITY_LOG:
        return Unused(rule="WP Activity Log: entry that says nothing about access")
    action, outcome = wordpress_tables.ACTIVITY_LOG[number]
    user, other = text(found, "username") or more.get("Username", ""), number in wordpress_tables.ON_ANOTHER
    target = next((more[name] for name in wordpress_tables.TARGET if more.get(name)), "")
    return row.event(
        provider="wordpress",
        service="WP Activity Log",
        action=action,
        action_text=f"event {number}",
        outcome=outcome,
        when=written_time(text(found, "created_on")),
        account=target if other else user,
        address=fields.address(text(found, "client_ip") or more.get("ClientIP", "").strip('"')),
        user_agent=text(found, "user_agent") or more.get("UserAgent", ""),
        detail={
            **_rest(found, "created_on", "username", "client_ip", "user_agent"),
            "by": user if other else "",
            "metadata": more,
        },
    )


def _all_in_one_login(row: Row) -> Event:
    found: Found = row.fields
    when, note = _site_time(row, "login_date")
    end, _ = _site_time(row, "logout_date")
    return row.event(
        provider="wordpress",
        service="All In One WP Security",
        action=Action.LOGIN,
        action_text="login",
        outcome=Outcome.SUCCESS,
        when=when,
        end=end,
        account=text(found, "user_login"),
        address=fields.address(text(found, "login_ip")),
        user_agent=text(found, "browser_type"),
        stated_place=text(found, "login_country"),
        detail={
            **_rest(found, "login_date", "user_login", "login_ip", "browser_type", "login_country"),
            "zone_note": note,
        },
    )


def _all_in_one_failed(row: Row) -> Event:
    found: Found = row.fields
    when, note = _site_time(row, "failed_login_date")
    return row.event(
        provider="wordpress",
        service="All In One WP Security",
        action=Action.LOGIN_FAILED,
        action_text="failed login",
        outcome=Outcome.FAILURE,
        when=when,
        account=text(found, "user_login"),
        address=fields.address(text(found, "login_attempt_ip")),
        detail={**_rest(found, "failed_login_date", "user_login", "login_attempt_ip"), "zone_note": note},
    )


def _ithemes(row: Row) -> Event | Unused:
    found: Found = row.fields
    facts: Facts = row.shared["facts"]
    refused = wordpress_tables.refused_login(found, facts.users)
    if refused is None:
        return Unused(rule="iThemes Security: entry that is no refused sign-in")
    outcome, account, agent = refused
    return row.event(
        provider="wordpress",
        service="iThemes Security",
        action=Action.LOGIN_FAILED,
        action_text=text(found, "code"),
        outcome=outcome,
        when=fields.instant(text(found, "timestamp"), bare_zone=ZoneBasis.FORMAT_RULE),
        account=account,
        address=fields.address(text(found, "remote_ip")),
        user_agent=agent,
        detail=_rest(found, "code", "timestamp", "remote_ip"),
    )


def _loginizer(row: Row) -> Event:
    """One address: the name that was refused last, and how often any was."""
    found: Found = row.fields
    return row.event(
        provider="wordpress",
        service="Loginizer",
        action=Action.LOGIN_FAILED,
        action_text="failed login",
        outcome=Outcome.BLOCKED if text(found, "lockout") not in ("", "0") else Outcome.FAILURE,
        when=written_time(text(found, "time")),
        account=text(found, "username"),
        address=fields.address(text(found, "ip")),
        detail=_rest(found, "time", "username", "ip"),
    )


def _stream(row: Row) -> Event | Unused:
    found: Found = row.fields
    facts: Facts = row.shared["facts"]
    deed = wordpress_tables.STREAM.get((text(found, "context"), text(found, "action")))
    by, of = facts.users.get(text(found, "user_id"), ""), facts.users.get(text(found, "object_id"), "")
    itself = text(found, "object_id") in ("", "0", text(found, "user_id"))
    if deed is None or text(found, "connector") != "users":
        if not (by and text(found, "ip")):
            return Unused(rule="Stream: entry that says nothing about access")
        deed, of, itself = (Action.ACTIVITY, Outcome.SUCCESS), "", True
    return row.event(
        provider="wordpress",
        service="Stream",
        action=deed[0],
        action_text=text(found, "summary"),
        outcome=deed[1],
        when=fields.instant(text(found, "created"), bare_zone=ZoneBasis.FORMAT_RULE),
        account=of or (by if itself else ""),
        address=fields.address(text(found, "ip")),
        detail={**_rest(found, "summary", "created", "ip"), "by": "" if itself else by},
    )


def _site_time(row: Row, key: str) -> tuple[Moment, str]:
    """Read a time of the site's own clock; the database's zero dates are no time."""
    written = text(row.fields, key)
    if not written or written.startswith(_NEVER):
        return Moment(utc=None, text=written), ""
    read = fields.instant(written, bare_zone=ZoneBasis.ASSUMED).utc
    if read is None:
        raise FieldError(f"{key!r} is no time: {written[:60]!r}")
    wall, zone = read.replace(tzinfo=None), row.shared["zone"]
    return local_time.instant(wall, written, zone), local_time.note(wall, zone)


def _rest(found: Found, *used: str) -> dict[str, Any]:
    return {key: text(found, key) for key in found if key not in used}


def _session(row: Row) -> Event:
    found: Found = row.fields
    facts: Facts = row.shared["facts"]
    held = sessions(found.get("meta_value") or b"")
    number = int(text(found, "number") or 0)
    if len(held) != int(text(found, "of") or 1):
        raise FieldError(f"{len(held)} sessions where {text(found, 'of') or 1} are expected")
    session, user = held[number], text(found, "user_id")
    values = dict(session.values)
    return row.event(
        provider="wordpress",
        service="WordPress",
        action=Action.LOGIN,
        action_text="session_tokens",
        outcome=Outcome.SUCCESS,
        when=written_time(values.pop("login", "")),
        account=facts.users.get(user, ""),
        address=fields.address(values.pop("ip", "")),
        user_agent=values.pop("ua", ""),
        detail={**values, "user_id": user, "session": session.verifier, "umeta_id": text(found, "umeta_id")},
    )


_READ: dict[str, Callable[[Row], Event | Unused]] = {
    "wflogins": _wordfence,
    "simple_history": _simple_history,
    "wsal_occurrences": _activity_log,
    "aiowps_login_activity": _all_in_one_login,
    "aiowps_failed_logins": _all_in_one_failed,
    "itsec_logs": _ithemes,
    "loginizer_logs": _loginizer,
    "stream": _stream,
    "usermeta": _session,
}

FORMAT = Format(
    title="WordPress database dump: login records of plugins",
    provider="wordpress",
    claims=claims,
    rows=rows,
    event=event,
    needs=("wordpress.zone",),
)
