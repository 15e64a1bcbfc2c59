"""Audit log of the mail server Zimbra: sign-ins by web, IMAP, POP3, SMTP and ActiveSync, refusals, passwords, delegated access.

What it is: ``audit.log`` (the same lines stand in ``mailbox.log``): one line per act, with a context in brackets (account,
client, user agent) and ``security - cmd=Auth; account=…; protocol=…; error=…``. A line without ``error`` is a success.
``DelegateAuth`` means that an administrator opened the mailbox without its password: the detail says so. Lines about
anything but security are unused.

How to obtain: as user zimbra ``/opt/zimbra/log/audit.log*`` and ``mailbox.log*``, compressed older ones too; and the proxy's
``/opt/zimbra/log/nginx.access.log*``.

Time: ``2024-03-05 12:00:00,123`` without a zone: local time of the server. The zone comes from the export (``syslog.zone``) or
from the examiner, else the text is kept and no instant is stated.

Versions: Zimbra 5 to 10, Carbonio. ``ip`` is the peer, ``oip`` what the proxy handed on: where the peer is a proxy inside, or
is not named, of ``oip`` the last entry counts, and none where several can have come from outside. The user agent is the
client's text and ends the part of the context that counts; a line in which it, or a name, imitates an act is rejected.

Retention: commonly 30 days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields, forwarded_client, local_time
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.text_lines import lines
from forensics.model import Action, AddressSeen, Event, Outcome

_LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) +(?P<level>[A-Z]+) +\[(?P<thread>[^\]]*(?:\[[^\]]*\][^\]]*)?)\] "
    r"\[(?P<context>.*?)\] (?P<category>[\w.]+) - (?P<said>.*)",
    re.DOTALL,
)
_PAIR = re.compile(r"(?<![A-Za-z])(?P<key>[A-Za-z]{1,60})=(?P<value>[^;]*);")
_ACTS = {
    "Auth": (Action.LOGIN, Action.LOGIN_FAILED),
    "AdminAuth": (Action.LOGIN, Action.LOGIN_FAILED),
    "PreAuth": (Action.LOGIN, Action.LOGIN_FAILED),
    "ChangePassword": (Action.PASSWORD_CHANGED, Action.ACTIVITY),
    "SetPassword": (Action.PASSWORD_CHANGED, Action.ACTIVITY),
    "ModifyAccount": (Action.ACCOUNT_CHANGED, Action.ACTIVITY),
    "CreateAccount": (Action.ACCOUNT_CHANGED, Action.ACTIVITY),
    "DeleteAccount": (Action.ACCOUNT_CHANGED, Action.ACTIVITY),
}
_ACT = "security - cmd="
_IMITATED = "the line tells of two acts, one of which is a client's text; which one is left open"
_DELEGATED = "an administrator opened the mailbox, not the account's own sign-in"


def claims(evidence: Evidence) -> bool:
    """Half of the first lines or more have the layout, and one is about security."""
    found = [line.rstrip("\r") for line in evidence.text_head.split("\n")[:200] if line.strip()]
    read = [match for line in found if (match := _LINE.fullmatch(line))]
    return len(read) * 2 >= len(found) and any(_is_act(match) for match in read)


def _is_act(match: re.Match[str]) -> bool:
    return match["category"] == "security" and match["said"].startswith("cmd=")


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line about security."""
    shared = {"zone": local_time.zone_of(evidence, "syslog.zone")}
    for line in lines(evidence):
        match = None if line.overlong else _LINE.fullmatch(line.text)
        if match and line.text.count(_ACT) > 1:
            yield Flaw(place=f"line:{line.number}", reason=_IMITATED, excerpt=line.text[:200])
        elif match and _is_act(match):
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=match.groupdict(""), shared=shared)
        elif match:
            yield Unused(rule="message of the mail server that is not about security")
        elif not line.text.strip():
            yield Unused(rule="empty line")
        elif line.text[:1] in "\t " or line.text.startswith(("Caused by:", "com.", "java.", "org.", "javax.")):
            yield Unused(rule="trace of a defect inside the server")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of Zimbra's logs", excerpt=line.text[:200])


def event(row: Row) -> Event:
    """One act."""
    said = row.need("said")
    error = said.partition(" error=")[2]
    told = dict(_PAIR.findall(said.partition(" error=")[0] + ";"))
    context, _, agent = row.text("context").partition(";ua=")
    around = dict(_PAIR.findall(context + ";"))
    done, refused = _ACTS.get(told.get("cmd", ""), (Action.ACTIVITY, Action.ACTIVITY))
    wall, zone = local_time.wall_of(row.need("time").replace(" ", "T").replace(",", ".")), row.shared["zone"]
    account = told.get("account") or told.get("accountName") or told.get("name") or around.get("name", "")
    return row.event(
        provider="zimbra",
        service=told.get("protocol") or told.get("cmd", "")[:60],
        action=refused if error else done,
        action_text=said,
        outcome=Outcome.FAILURE if error else Outcome.SUCCESS,
        when=local_time.instant(wall, row.need("time"), zone),
        account=account,
        address=_client(around),
        user_agent=agent.partition(";")[0],
        detail={
            "level": row.text("level"),
            "thread": row.text("thread"),
            "context": row.text("context"),
            "by": around.get("name", "") if around.get("name", account) != account else "",
            "note": _DELEGATED if told.get("cmd") == "DelegateAuth" else "",
            "zone_note": local_time.note(wall, zone),
        },
    )


def _client(around: dict[str, str]) -> AddressSeen:
    handed_on = around.get("oip", "").strip()
    peer = around.get("ip", "")
    seen = forwarded_client.behind(fields.address(peer), handed_on) if peer else forwarded_client.last_of(handed_on)
    return forwarded_client.not_the_server(seen)


FORMAT = Format(
    title="Zimbra audit log", provider="zimbra", claims=claims, rows=rows, event=event, needs=("syslog.zone",)
)
