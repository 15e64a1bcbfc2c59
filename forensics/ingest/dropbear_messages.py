"""Messages of Dropbear, the SSH server of routers and small machines.

Source: dropbear ``svr-authpasswd.c``, ``svr-authpubkey.c``, ``svr-session.c``. Names stand in quotes before the address;
address and port are written as one, IPv6 without brackets.
"""

from __future__ import annotations

import re

from forensics.ingest.login_meaning import Meaning
from forensics.ingest.sshd_messages import key_device
from forensics.ingest.web_requests import host_port
from forensics.model import Action, Outcome

_ACCEPTED = re.compile(
    r"(?P<method>[Pp]assword|[Pp]ubkey|PAM password|[Aa]uth) auth succeeded for '(?P<user>[^']*)'(?: with (?P<key>.*?))?"
    r" from (?P<ip>\S+)"
)
_FAILED = re.compile(
    r"(?P<method>[Bb]ad password attempt for|[Bb]ad PAM password attempt for|[Ll]ogin attempt for nonexistent user|"
    r"[Ll]ogin attempt with wrong user)(?: '(?P<user>.*)')? from (?P<ip>\S+)"
)
_CHILD = re.compile(r"Child connection from (?P<ip>\S+)")
_EXIT = re.compile(
    r"Exit(?: before auth)?(?: \((?:user '(?P<asked>.*)', \d+ fails|(?P<user>[^)]*))\))?(?: from <(?P<ip>[^>]*)>)?: "
    r"(?:\(user '(?P<tried>.*)', \d+ fails\): )?(?P<reason>.*?)(?: - user '.{0,200}' from (?P<far>[\d.a-fA-F:]+))?"
)
_KEY = re.compile(r"(\S+) key (\S+)")


def meaning(message: str) -> Meaning | None:
    """Say what a message means; ``None`` if it says nothing about access."""
    accepted = _ACCEPTED.fullmatch(message)
    if accepted:
        return Meaning(
            action=Action.LOGIN,
            outcome=Outcome.SUCCESS,
            account=accepted["user"],
            address=host_port(accepted["ip"]),
            device=key_device(_KEY.sub(r"\1 \2", accepted["key"] or "").replace("md5 ", "MD5:")),
            detail={"method": accepted["method"], "key": accepted["key"] or ""},
        )
    failed = _FAILED.fullmatch(message)
    if failed:
        return Meaning(
            action=Action.LOGIN_FAILED,
            outcome=Outcome.FAILURE,
            account=failed["user"] or "",
            address=host_port(failed["ip"]),
            detail={"account_exists": "no" if "nonexistent" in failed["method"] else ""},
        )
    found = _CHILD.fullmatch(message) or _EXIT.fullmatch(message)
    if found is None:
        return None
    said = found.groupdict()
    ended = "before auth" not in message and found.re is _EXIT and bool(said.get("user"))
    return Meaning(
        action=Action.LOGOUT if ended else Action.ACTIVITY,
        account=said.get("user") or said.get("asked") or said.get("tried") or "",
        address=host_port(said.get("ip") or said.get("far") or ""),
    )
