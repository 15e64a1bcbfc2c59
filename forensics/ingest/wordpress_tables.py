"""Rows of WordPress audit plugins: which table holds what, and how its values are to be read.

Sources: the table definitions of Wordfence (``wfLogins``), Simple History, WP Activity Log (``wsal_occurrences``), All In One
WP Security (``aiowps_login_activity``, ``aiowps_failed_logins``), iThemes Security (``itsec_logs``), Loginizer
(``loginizer_logs``), Stream (``stream``) and WordPress's own ``usermeta``, as dumps of real sites show them. Prefixes differ by
site, capitals by the database's settings, so a table is known by the end of its name.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from forensics.ingest import fields
from forensics.model import NO_ADDRESS, Action, AddressSeen, Outcome

Found = Mapping[str, bytes | None]
Deed = tuple[Action, Outcome]
LOGINS = (
    "wflogins",
    "simple_history",
    "wsal_occurrences",
    "aiowps_login_activity",
    "aiowps_failed_logins",
    "itsec_logs",
    "loginizer_logs",
    "stream",
    "usermeta",
)
TELLING = tuple(name for name in LOGINS if name != "stream")
"""Names by which a dump is known: a table of streams may be anybody's."""
FACTS = ("simple_history_contexts", "wsal_metadata", "options", "users")
_SIXTEEN = 16

WORDFENCE: Mapping[str, Deed] = {
    "loginOK": (Action.LOGIN, Outcome.SUCCESS),
    "loginFailValidUsername": (Action.LOGIN_FAILED, Outcome.FAILURE),
    "loginFailInvalidUsername": (Action.LOGIN_FAILED, Outcome.FAILURE),
    "logout": (Action.LOGOUT, Outcome.SUCCESS),
}
SIMPLE_HISTORY: Mapping[str, Deed] = {
    "user_logged_in": (Action.LOGIN, Outcome.SUCCESS),
    "user_unknown_logged_in": (Action.LOGIN, Outcome.SUCCESS),
    "user_login_failed": (Action.LOGIN_FAILED, Outcome.FAILURE),
    "user_unknown_login_failed": (Action.LOGIN_FAILED, Outcome.FAILURE),
    "user_logged_out": (Action.LOGOUT, Outcome.SUCCESS),
    "user_unknown_logged_out": (Action.LOGOUT, Outcome.SUCCESS),
    "user_updated_profile": (Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
    "user_created": (Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
    "user_deleted": (Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
    "user_role_updated": (Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
    "user_password_reseted": (Action.PASSWORD_CHANGED, Outcome.SUCCESS),
    "user_requested_password_reset_link": (Action.CODE_SENT, Outcome.UNKNOWN),
    "user_session_destroy_others": (Action.SESSION_ENDED, Outcome.SUCCESS),
    "user_session_destroy_everywhere": (Action.SESSION_ENDED, Outcome.SUCCESS),
    "user_application_password_created": (Action.APP_AUTHORISED, Outcome.SUCCESS),
}
_ASKED = ("login", "login_user_login", "failed_username", "user_login")
NAMES = (*_ASKED, "edited_user_login", "created_user_login", "deleted_user_login", "_user_login")
"""Contexts of Simple History that name the account; ``_user_login`` is who did it, and counts where no other is named."""
ACTIVITY_LOG: Mapping[str, Deed] = {
    "1000": (Action.LOGIN, Outcome.SUCCESS),
    "1001": (Action.LOGOUT, Outcome.SUCCESS),
    "1002": (Action.LOGIN_FAILED, Outcome.FAILURE),
    "1003": (Action.LOGIN_FAILED, Outcome.FAILURE),
    "1004": (Action.LOGIN_FAILED, Outcome.BLOCKED),
    "1005": (Action.LOGIN, Outcome.SUCCESS),
    "1006": (Action.SESSION_ENDED, Outcome.SUCCESS),
    "1007": (Action.SESSION_ENDED, Outcome.SUCCESS),
    "1008": (Action.LOGIN, Outcome.SUCCESS),
    "1009": (Action.SESSION_ENDED, Outcome.SUCCESS),
    "1010": (Action.CODE_SENT, Outcome.UNKNOWN),
    "4000": (Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
    "4001": (Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
    "4002": (Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
    "4003": (Action.PASSWORD_CHANGED, Outcome.SUCCESS),
    "4004": (Action.PASSWORD_CHANGED, Outcome.SUCCESS),
    "4005": (Action.RECOVERY_CHANGED, Outcome.SUCCESS),
    "4006": (Action.RECOVERY_CHANGED, Outcome.SUCCESS),
    "4007": (Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
}
"""Event numbers of WP Activity Log that say something about access; the others are changes of content."""
ON_ANOTHER = frozenset({"1007", "1008", "4001", "4002", "4004", "4006", "4007"})
"""Those in which the row's user did it to another account, which the metadata name: that one is the event's account."""
TARGET = ("TargetUserName", "TargetUsername")


STREAM: Mapping[tuple[str, str], Deed] = {
    ("sessions", "login"): (Action.LOGIN, Outcome.SUCCESS),
    ("sessions", "logout"): (Action.LOGOUT, Outcome.SUCCESS),
    ("profiles", "updated"): (Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
    ("profiles", "created"): (Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
    ("profiles", "deleted"): (Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
    ("profiles", "password-reset"): (Action.PASSWORD_CHANGED, Outcome.SUCCESS),
    ("profiles", "forgot-password"): (Action.CODE_SENT, Outcome.UNKNOWN),
    ("users", "login"): (Action.LOGIN, Outcome.SUCCESS),
    ("users", "created"): (Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
}
"""What Stream's connector ``users`` tells, by context and action; ``object_id`` is the account, ``user_id`` who did it."""

_REFUSED = re.compile(r"(invalid-login|auto-ban-admin-username)(?:::(?:user-(\d+)|username-(.*)))?", re.DOTALL)
_SERIALISED = r's:\d+:"%s";s:\d+:"([^"]*)"'
_AGENT = re.compile(_SERIALISED % "HTTP_USER_AGENT")
_USERNAME = re.compile(_SERIALISED % "username")


def refused_login(found: Found, users: Mapping[str, str]) -> tuple[Outcome, str, str] | None:
    """Read a row of ``itsec_logs``: (outcome, account, user agent) of a refused sign-in; ``None`` for any other entry.

    The code names the account by its number, or as it was typed where there is none of that name.
    """
    match = _REFUSED.fullmatch(text(found, "code")) if text(found, "module") == "brute_force" else None
    if match is None:
        return None
    data = text(found, "data")
    typed, agent = _USERNAME.search(data), _AGENT.search(data)
    account = match[3] or users.get(match[2] or "", "") or (typed[1] if typed else "")
    outcome = Outcome.FAILURE if match[1] == "invalid-login" else Outcome.BLOCKED
    return outcome, account, agent[1] if agent else ""


def table_of(name: str) -> str:
    """Return which known table a name with its site's prefix means; "" if none."""
    low = name.lower()
    return next((known for known in (*LOGINS, *FACTS) if low == known or low.endswith(f"_{known}")), "")


def text(found: Found, *keys: str) -> str:
    """Return the first of these values that is neither missing, NULL nor empty."""
    for key in keys:
        value = found.get(key)
        if value:
            return value.decode("utf-8", "backslashreplace")
    return ""


def binary_address(value: bytes | None) -> tuple[AddressSeen, str]:
    """Read Wordfence's 16 bytes (IPv4 as ``::ffff:a.b.c.d``): (address, repair).

    A dump that was saved as UTF-8 by a tool that took it for Latin-1 or Windows-1252 holds each byte as a character: it
    is undone where that gives exactly 16 bytes of an IPv4 address. Anything else keeps its bytes as text.
    """
    if not value or not any(value):
        return NO_ADDRESS, ""
    repair = ""
    if len(value) != _SIXTEEN:
        undone = _single_bytes(value)
        if not re.fullmatch(rb"\0{10}\xff\xff.{4}", undone, re.DOTALL):
            return AddressSeen(address=None, text=f"0x{value.hex()}"), "an address that is not 16 bytes"
        value, repair = undone, "address bytes that were saved as characters restored"
    seen = fields.address(str(ipaddress.IPv6Address(value)))
    return AddressSeen(address=seen.address, text=f"0x{value.hex()}", form=seen.form), repair


def _single_bytes(value: bytes) -> bytes:
    """Return the bytes of which each character is one, in Latin-1 or Windows-1252; b"" where a character is neither."""
    found = bytearray()
    for char in value.decode("utf-8", "replace"):
        one = char.encode("latin-1", "ignore") or char.encode("cp1252", "ignore")
        if not one:
            return b""
        found += one
    return bytes(found)
