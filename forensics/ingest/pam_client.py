"""Who asked, by PAM's line about a password: ``logname= uid=0 euid=0 tty=ssh ruser=R rhost=H  user=U``.

``ruser`` is the name that a mail or FTP client gave, and may hold anything, also `` rhost=192.0.2.1``; so may ``user`` of
``pam_sss``, where ``pam_unix`` writes only names of accounts that exist. The module writes them in this order, so the
first `` rhost=`` counts where ``ruser`` is empty and not a client's to give, the last where ``user`` is an account's name;
else, if several differ, none is taken.
Source: Linux-PAM ``pam_unix_auth``, ``support.c``; sssd ``pam_sss.c``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_RHOST = re.compile(r"(?:^|(?<=\s))rhost=(\S*)")
_RUSER = re.compile(r"(?:^|\s)ruser=")
_USER = re.compile(r"\s+user=(.*)", re.DOTALL)
_CLIENTS_NAME = re.compile(r"\btty=(?:dovecot|ftp|/dev/ftpd\S*)(?=\s)")
_OPEN = "the line names several hosts, and which of them PAM wrote is left open: none is taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class PamClient:
    """``user``: the account that was asked for; ``host``: the client as written; ``by``: who asked on the same machine."""

    user: str = ""
    host: str = ""
    by: str = ""
    note: str = ""


def of(said: str, *, by_unix: bool) -> PamClient:
    """Read what stands behind ``authentication failure;``."""
    hosts = list(_RHOST.finditer(said))
    ruser = _RUSER.search(said)
    if not hosts:
        return PamClient()
    named = bool(ruser and _CLIENTS_NAME.search(said, 0, ruser.start() + 1))
    is_empty = not named and (ruser is None or not said[ruser.end() : hosts[0].start()].strip())
    chosen = hosts[0] if is_empty else hosts[-1]
    if not (is_empty or by_unix) and len({host[1] for host in hosts}) > 1:
        return PamClient(note=_OPEN)
    name = said[ruser.end() : chosen.start()].strip() if ruser and ruser.end() <= chosen.start() else ""
    user = _USER.match(said, chosen.end())
    account = user[1] if user else name if named else ""
    return PamClient(user=account, host=chosen[1], by="" if named else name)
