"""Profiles: which sections a document has, in which order, and how many rows of a table are printed.

What a profile leaves out is in the attached files and in the case folder; every cut is counted in the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from forensics.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One depth of the report. ``rows`` bounds a table, ``basis`` the places under a finding.

    ``only_foreign`` leaves the owner's own sessions to the attached table; ``derivations`` prints the computation,
    ``habits`` the picture of hours, which carries no finding. ``brief`` is a document of one page: no cover, of each finding
    the first sentence.
    """

    name: str
    sections: tuple[str, ...]
    rows: int
    basis: int = 8
    findings: int = 200
    derivations: bool = False
    only_foreign: bool = False
    contents: bool = True
    habits: bool = False
    brief: bool = False


_CORE: Final = (
    "summary", "materials", "findings", "timeline", "sessions", "addresses", "infrastructure", "leads", "coverage",
)  # fmt: skip
_END: Final = ("sources", "limits", "custody", "verify", "reproduce", "attached", "glossary", "signature")

ONEPAGE: Final = Profile(name="onepage", sections=("summary",), rows=20, brief=True)
POLICE: Final = Profile(
    name="police",
    sections=("summary", "findings", "timeline", "leads", "materials", "limits", "custody", "verify", "attached"),
    rows=80,
    only_foreign=True,
)
COURT: Final = Profile(name="court", sections=_CORE + _END, rows=80, basis=20, only_foreign=True)
ECHR: Final = Profile(
    name="echr",
    sections=("summary", "timeline", "infrastructure", "leads", "materials", "limits", "custody", "attached"),
    rows=30,
    basis=4,
    findings=30,
    only_foreign=True,
    contents=False,
)
TECHNICAL: Final = Profile(
    name="technical", sections=(*_CORE, "rejections", *_END), rows=500, basis=20, derivations=True, habits=True
)

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {item.name: item for item in (ONEPAGE, POLICE, COURT, ECHR, TECHNICAL)}
)
DEFAULT: Final = COURT


def profile_of(name: str) -> Profile:
    """Return a profile by its name, the default for no name.

    Raises:
        UsageError: there is no such profile.
    """
    if not name:
        return DEFAULT
    if name not in PROFILES:
        raise UsageError(f"no such profile: {name[:40]!r}", where="--profile", hint=f"There are: {', '.join(PROFILES)}")
    return PROFILES[name]
