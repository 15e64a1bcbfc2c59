"""Names that providers give to archives: which of them are parts of one export, and whose account they name.

Google numbers the parts (``takeout-20210601T101500Z-001``). Facebook and Instagram name the account and the day
(``facebook-NAME-2026-05-14-a1b2c3d4``); each part of a large export has letters of its own at the end, some a number
behind them. Browsers add `` (1)`` to a name that is taken: that is a part of nothing, and two people's archives may both
be called ``data.zip``, so it falls off only behind a name that no other export has.
"""

from __future__ import annotations

import re

_COPY = r"(?:[ _]?\(\d{1,3}\))?"
_TAIL = rf"(?:-[A-Za-z0-9]{{6,12}})?(?:-\d{{1,3}})?{_COPY}"
_DAY = r"-\d{1,4}[-_.]\d{1,2}[-_.]\d{1,4}"
_NUMBERED = re.compile(rf"(?i)(?:(?<=Z)(?:(?:-\d{{1,3}})?-\d{{3}})?{_COPY}|[ _-]*part[ _-]?\d{{1,3}}{_COPY})$")
"""Part numbers: ``…Z-001``, ``…Z-1-001`` (Takeout), ``-part2``."""
_STAMPED = re.compile(rf"(?i)((?:facebook|instagram)-[a-z0-9._]{{1,60}}{_DAY}){_TAIL}")
_ROOTS = {
    "facebook": re.compile(rf"facebook-([A-Za-z0-9.]{{2,60}})(?:{_DAY})?{_TAIL}"),
    "instagram": re.compile(
        rf"instagram-([A-Za-z0-9._]{{1,30}})(?:{_DAY})?{_TAIL}|([a-z0-9._]{{1,30}})_20\d{{6}}(?:[_-]part[_-]?\d{{1,3}})?{_COPY}"
    ),
}
_NO_ACCOUNT = re.compile(
    r"(?i)json|html?|zip|data|exports?|downloads?|archives?|backups?|old|new|copy|files?|evidence|part|20\d{6}"
)
"""What people who rename archives write where the provider writes the account."""


def of_one_account(name: str) -> str:
    """Return account and day of an archive or folder whose name states both, without what differs by part; else ""."""
    match = _STAMPED.fullmatch(name)
    return match[1].lower() if match else ""


def without_part(name: str) -> str:
    """Return the name that all archives of one export share; ``name`` is that of an archive, without its suffix."""
    return of_one_account(name) or _NUMBERED.sub("", name)


def account_in(name: str, provider: str) -> str:
    """Return the account that the name of an export's root folder or archive carries; "" if none does."""
    match = _ROOTS[provider].fullmatch(name)
    found = next((part for part in match.groups() if part), "") if match else ""
    return "" if _NO_ACCOUNT.fullmatch(found) else found
