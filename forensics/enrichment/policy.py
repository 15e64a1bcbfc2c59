"""What the protection mark of a case allows to be asked online, class by class.

PAP (Permissible Actions Protocol, as MISP and CIRCL define it) says what may be done with what a case knows. RED: nothing that
anybody could notice. AMBER: questions to third parties that are not the adversary. GREEN and CLEAR (formerly WHITE):
also questions that the adversary may see, as a reverse look-up is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from forensics.enrichment.source import LookupClass
from forensics.errors import PolicyError, UsageError

_APART = frozenset({LookupClass.RELEASE, LookupClass.TIMESTAMP, LookupClass.WITNESS})
QUESTIONS = tuple(item for item in LookupClass if item not in _APART)
"""The classes that ask about an address, and that ``--online`` can open. The others are opened by commands of their own."""

_PASSIVE = frozenset({LookupClass.RDAP, LookupClass.HISTORY, LookupClass.ASN, LookupClass.VENDOR})

ALLOWED: Mapping[str, frozenset[LookupClass]] = {
    "RED": frozenset(),
    "AMBER": _PASSIVE,
    "GREEN": _PASSIVE | {LookupClass.PTR},
    "CLEAR": _PASSIVE | {LookupClass.PTR},
    "WHITE": _PASSIVE | {LookupClass.PTR},
}
"""PAP → the classes of look-ups that it permits."""


def protection(text: str) -> str:
    """Read a PAP mark, ``PAP:`` before it or not; ``UsageError`` for any other word."""
    mark = text.strip().upper().removeprefix("PAP:")
    if mark not in ALLOWED:
        raise UsageError(f"no PAP mark: {text[:40]!r}", where="--pap", hint=f"Write one of {', '.join(ALLOWED)}")
    return mark


def classes(words: Iterable[str]) -> frozenset[LookupClass]:
    """Read names of classes, each word one or several between commas; ``UsageError`` for an unknown one."""
    names = [name.strip().lower() for word in words for name in word.split(",") if name.strip()]
    known = {str(item) for item in QUESTIONS}
    for name in names:
        if name not in known:
            hint = f"Write one or more of {', '.join(QUESTIONS)}"
            raise UsageError(f"no class of look-ups: {name[:40]!r}", where="--online", hint=hint)
    return frozenset(LookupClass(name) for name in names)


def permit(asked: Collection[LookupClass], pap: str, *, understood: bool) -> frozenset[LookupClass]:
    """Return the classes asked for if the case's PAP allows all of them; ``PolicyError`` otherwise.

    Reverse look-ups need a second word of the user (``understood``): the holder of the range, perhaps the adversary, sees them.
    An unknown mark in a case counts as RED.
    """
    allowed = ALLOWED.get(pap.strip().upper().removeprefix("PAP:"), frozenset())
    over = sorted(set(asked) - allowed)
    if over:
        raise PolicyError(
            f"PAP:{pap} of this case does not allow online look-ups of class {', '.join(over)}; nothing was sent",
            where="--online",
            hint="If the custodian agrees, analyse again with --pap AMBER (ptr: --pap GREEN), or import recorded answers"
            " (--answers FILE)",
        )
    if LookupClass.PTR in asked and not understood:
        raise PolicyError(
            "a reverse look-up is seen by the holder of the range, who may be the adversary; nothing was sent",
            where="--online ptr",
            hint="If that is acceptable, add --i-understand",
        )
    return frozenset(asked)
