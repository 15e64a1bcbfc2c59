"""Profiles: which sections a report has, in which order, and how many rows of a table are shown. The same on a page and in a PDF.

What a profile leaves out is in the case folder, and in the files attached to a PDF; every cut is counted in the report.
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
    """One depth of the report. ``rows`` bounds a table, ``basis`` the places under a finding, ``short`` the summary.

    ``only_foreign`` leaves the owner's own sessions to the table of all sessions; ``derivations`` shows the computation,
    ``habits`` the picture of hours, which carries no finding, ``examples`` rows that were not understood. ``brief`` is a
    report of one printed page: no cover, of each finding the first sentence. ``contents`` prints a table of contents.
    """

    name: str
    sections: tuple[str, ...]
    rows: int
    basis: int = 8
    findings: int = 200
    short: int = 12
    derivations: bool = False
    only_foreign: bool = False
    contents: bool = True
    habits: bool = False
    examples: bool = False
    brief: bool = False


_CORE: Final = (
    "summary", "materials", "findings", "timeline", "sessions", "addresses", "infrastructure", "leads", "coverage",
    "sources", "limits",
)  # fmt: skip
_END: Final = ("custody", "verify", "reproduce", "attached", "glossary", "signature")

ONEPAGE: Final = Profile(name="onepage", sections=("summary",), rows=20, short=10, brief=True)
POLICE: Final = Profile(
    name="police",
    sections=("summary", "findings", "timeline", "leads", "materials", "limits", "custody", "verify", "attached"),
    rows=80,
    only_foreign=True,
)
COURT: Final = Profile(name="court", sections=(*_CORE, "rules", *_END), rows=80, basis=20, only_foreign=True)
ECHR: Final = Profile(
    name="echr",
    sections=("summary", "facts", "timeline", "infrastructure", "leads", "materials", "limits", "custody", "attached"),
    rows=30,
    basis=4,
    findings=30,
    only_foreign=True,
    contents=False,
)
TECHNICAL: Final = Profile(
    name="technical", sections=(*_CORE, *_END), rows=500, basis=20, derivations=True, habits=True, examples=True
)
WHOLE: Final = Profile(
    name="",
    sections=(*_CORE, "custody", "verify", "glossary"),
    rows=500,
    basis=20,
    findings=1 << 62,
    derivations=True,
    habits=True,
    examples=True,
)
"""The page to read, which has no name: everything that the view holds, and nothing that is for filing only."""

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {item.name: item for item in (ONEPAGE, POLICE, COURT, ECHR, TECHNICAL)}
)
DEFAULTS: Final[Mapping[str, Profile]] = MappingProxyType({"html": WHOLE, "pdf": COURT})
"""What a form of the report holds where no profile is named."""


def profile_of(name: str, form: str) -> Profile:
    """Return a profile by its name (``one-page`` is ``onepage``), the default of the form for no name.

    Raises:
        UsageError: there is no such profile.
    """
    if not name:
        return DEFAULTS[form]
    found = PROFILES.get(name.replace("-", ""))
    if found is None:
        raise UsageError(f"no such profile: {name[:40]!r}", where="--profile", hint=f"There are: {', '.join(PROFILES)}")
    return found
