"""Editions of a report: what it hides, from whom, and how the custodian alone can undo it.

``custodian`` hides nothing. ``court`` hides the contacts of third parties: mail addresses and telephone numbers that
are no account of the case. ``public`` hides the owner as well: addresses that the owner explains or that nothing
ties to the incident, accounts, devices, names of files and of the case, and every quotation from the evidence that is not
known to be harmless. Unexplained addresses and the networks behind them stay: they are what the report is about.

A hidden text becomes ``[kind XXXXXX]``, the first letters of HMAC-SHA256 (RFC 2104) over kind and text under the
custodian's key: the same text is the same mark everywhere in a case, nobody without the key can try guesses, and the key
with the case gives the list back. What was hidden is counted by kind. Before a redacted report is written, its bytes are
searched for everything that was to be hidden; one hit, and nothing is written.
"""

from __future__ import annotations

import base64
import dataclasses
import hmac
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from forensics.errors import PolicyError
from forensics.model import Role
from forensics.sentence import Sentence, paragraph, say, say_n

if TYPE_CHECKING:
    from forensics.report.view import CaseView

T = TypeVar("T")

KEY_BYTES = 32


class Edition(StrEnum):
    """For whom a report is."""

    CUSTODIAN = "custodian"
    COURT = "court"
    PUBLIC = "public"


_BY_FIELD: Mapping[tuple[str, str], str] = {
    ("Exhibit", "name"): "file", ("Place", "member"): "file", ("MemberCoverage", "member"): "file",
    ("MemberCoverage", "name"): "file", ("Rejection", "member"): "file", ("Rejection", "excerpt"): "text",
    ("Moment", "member"): "file", ("Session", "account"): "account", ("Moment", "account"): "account",
    ("Lane", "account"): "account", ("Habit", "account"): "account", ("Covered", "account"): "account",
    ("KeyStep", "account"): "account", ("CaseView", "reference"): "name", ("CaseView", "title"): "name",
    ("CaseView", "examiner"): "name", ("CaseView", "mandate"): "name", ("Act", "text"): "text",
}  # fmt: skip
"""Fields that hold nothing but a text of one kind; the public edition hides them whole."""

_QUOTED = frozenset({("Mark", "label"), ("KeyStep", "label"), ("Covered", "told"), ("AddressRow", "registry")})
"""Fields that quote the evidence or a file name where they are no sentence of ours: shown only if known to be harmless."""

LABEL = "label"
"""A word of the owner for an address ("home"): hidden where it is quoted, and too common to be searched for."""

_MAIL = re.compile(r"[^\s@<>\"',;:()\[\]\\]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"(?<![\w.:-])\+\d[\d ().-]{5,17}\d(?![\w.:-])")
_HARMLESS = re.compile(
    r"[\d\s:.,;+\-/%()]*|\d{4}-\d\d-\d\d[T ]?[\d:.]*(?: ?UTC|Z)?(?: to [\d :.-]+)?|F-\d+|S-[0-9a-f]{12}|EX-\d+"
)
_CONTACTS = frozenset({"mail", "telephone"})
_SHORTEST = 4
"""Shorter secrets are replaced but not searched for in the finished page, where they occur by chance."""


class Redactor:
    """Hides texts of one case for one edition; ``hidden`` grows while it works."""

    def __init__(
        self, key: bytes, edition: Edition, secrets: Mapping[str, Collection[str]], allowed: Collection[str]
    ) -> None:
        """Take secrets by kind, and the quotations that may stay."""
        self.key, self.edition = key, edition
        self.hidden: dict[str, tuple[str, str]] = {}
        self._kinds = {text.casefold(): kind for kind, texts in secrets.items() for text in texts if text}
        self._allowed = frozenset(text.casefold() for text in allowed)
        longest = sorted(self._kinds, key=lambda text: (-len(text), text))
        joined = "|".join(map(re.escape, longest))
        self._secret = re.compile(rf"(?<![\w]){'(?:' + joined + ')' if joined else '(?!)'}(?![\w])", re.IGNORECASE)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many different texts were hidden, by kind."""
        return dict(sorted(Counter(kind for kind, _ in self.hidden.values()).items()))

    def mark(self, kind: str, text: str) -> str:
        """Return the mark of a text, and remember it."""
        digest = hmac.digest(self.key, f"{kind}\0{text}".encode("utf-8", "surrogatepass"), "sha256")
        made = f"[{kind} {base64.b32encode(digest)[:6].decode()}]"
        self.hidden[made] = (kind, text)
        return made

    def text(self, value: str) -> str:
        """Return a text with what is secret replaced; sentences of ours keep their words."""
        if isinstance(value, Sentence):
            return self._sentence(value)
        return self._replaced(value)

    def walk(self, value: T) -> T:
        """Return a value with every text in it redacted, whatever it is made of."""
        found: Any = value
        if isinstance(value, Enum) or value is None:
            return value
        if isinstance(value, str):
            found = self.text(value)
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            found = self._fields(value)
        elif isinstance(value, tuple):
            items = [self._field(type(value).__name__, name, item) for name, item in _items(value)]
            found = type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        elif isinstance(value, list | set | frozenset):
            found = type(value)(map(self.walk, value))
        elif isinstance(value, Mapping):
            found = {
                key: self._quotation(item) if type(item) is str else self.walk(item) for key, item in value.items()
            }
        return found  # type: ignore[no-any-return]

    def check(self, page: bytes) -> bytes:
        """Return the page; raise ``PolicyError`` if anything that was to be hidden can still be read in it."""
        read = page.decode("utf-8", "replace").casefold()
        left = [kind for text, kind in self._sought() if self._again(text, read)]
        if left:
            told = ", ".join(f"{kind}: {count}" for kind, count in sorted(Counter(left).items()))
            raise PolicyError(
                f"something that this edition hides could still be read ({told})",
                hint="Nothing was written. This is a fault of ours; please report it without the case",
            )
        return page

    def _sought(self) -> Iterator[tuple[str, str]]:
        """Yield what may not be read any more: of a court's edition the contacts, of the public one the owner's texts, too."""
        contacts = ((text.casefold(), kind) for kind, text in self.hidden.values() if kind in _CONTACTS)
        own = self._kinds.items() if self.edition is Edition.PUBLIC else ()
        for text, kind in (*contacts, *own):
            if len(text) >= _SHORTEST and kind != LABEL:
                yield text, kind

    def _again(self, text: str, read: str) -> bool:
        return re.search(rf"(?<!\w){re.escape(text)}(?!\w)", read) is not None

    def _fields(self, value: Any) -> Any:
        kind = type(value).__name__
        held = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
        made = {name: self._field(kind, name, item) for name, item in held.items()}
        changed = {name: made[name] for name in held if made[name] is not held[name]}
        return dataclasses.replace(value, **changed) if changed else value

    def _field(self, kind: str, name: str, item: Any) -> Any:
        if (kind, name) in _QUOTED and isinstance(item, str):
            return self._quotation(item)
        whole = _BY_FIELD.get((kind, name))
        if whole and self.edition is Edition.PUBLIC and isinstance(item, str):
            return self.mark(whole, item) if item else item
        return self.walk(item)

    def _sentence(self, value: Sentence) -> str:
        if value.parts:
            return paragraph(map(self.text, value.parts), value.between)
        if not value.template:
            return self._replaced(value)
        values = {name: self._quotation(item) if isinstance(item, str) else item for name, item in value.values.items()}
        if value.many:
            return say_n(value.template, value.many, value.number, **{k: v for k, v in values.items() if k != "n"})
        return say(value.template, **values)

    def _quotation(self, value: str) -> str:
        """Return what a sentence of ours quotes: in the public edition only what is known to be harmless."""
        if isinstance(value, Sentence):
            return self._sentence(value)
        if self.edition is not Edition.PUBLIC:
            return self._replaced(value)
        folded = value.casefold()
        if folded in self._kinds:
            return self.mark(self._kinds[folded], value)
        if folded in self._allowed or _HARMLESS.fullmatch(value):
            return self._replaced(value)
        return self.mark("text", value)

    def _replaced(self, value: str) -> str:
        if isinstance(value, Enum):
            return value
        made = value
        if self.edition is Edition.PUBLIC:
            made = self._secret.sub(lambda found: self.mark(self._kinds[found[0].casefold()], found[0]), made)
        if self.edition is not Edition.CUSTODIAN:
            made = _MAIL.sub(self._contact("mail"), made)
            made = _PHONE.sub(self._contact("telephone"), made)
        return made if made != value else value

    def _contact(self, kind: str) -> Any:
        """Return what replaces a contact; the accounts of the case are no third parties for a court."""

        def put(found: re.Match[str]) -> str:
            own = found[0].casefold() in self._kinds
            return found[0] if own and self.edition is Edition.COURT else self.mark(kind, found[0])

        return put


def redact(
    view: CaseView, edition: Edition, key: bytes, own: Mapping[str, Collection[str]]
) -> tuple[CaseView, Redactor]:
    """Return the view of an edition and what was hidden; ``own`` are the owner's declared texts by kind."""
    redactor = Redactor(key, edition, _secrets(view, own), set(_allowed(view)))
    if edition is Edition.CUSTODIAN:
        return view, redactor
    if edition is Edition.PUBLIC:
        view = dataclasses.replace(
            view,
            addresses=tuple(
                item if item.role is Role.UNEXPLAINED else dataclasses.replace(item, context=None, latest=None)
                for item in view.addresses
            ),
            rejections=(),
            owner_summary=(),
            owner_zone="",
        )
    return redactor.walk(view), redactor


def _secrets(view: CaseView, own: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """Gather what is the owner's, and what nothing ties to the incident."""
    open_to = {item.address for item in view.addresses if item.role is Role.UNEXPLAINED}
    open_to |= {item.address for item in view.leads}
    found = {kind: set(texts) for kind, texts in own.items()}
    held = [item for item in view.sessions if item.role is Role.OWNER]
    theirs = {item.device for item in view.sessions if item.role is Role.UNEXPLAINED}
    clients = {item.client for item in view.sessions if item.role is Role.UNEXPLAINED}
    found.setdefault("address", set()).update(
        {item.address for item in view.addresses} | {item.address for item in view.sessions if item.address}
    )
    found["address"] -= open_to
    found.setdefault("device", set()).update({item.device for item in held} - theirs)
    found.setdefault("client", set()).update({item.client for item in held} - clients)
    found.setdefault("account", set()).update(
        {item.account for item in view.lanes}
        | {item.account for item in view.sessions}
        | {item.account for item in view.covered}
        | {at.account for item in view.leads for at in item.moments}
    )
    found.setdefault("file", set()).update(
        {row.exhibit.name for row in view.exhibits} | {item.member for item in view.coverage.members}
    )
    found.setdefault("name", set()).update({view.reference, view.title, view.examiner, view.mandate})
    return {kind: {text for text in texts if text} for kind, texts in found.items()}


def _allowed(view: CaseView) -> Iterator[str]:
    """Yield the quotations that may stay: what is public, or is about the unexplained addresses."""
    yield from (item.provider for item in view.lanes)
    yield from (item.provider for item in view.covered)
    told = [item.context for item in view.addresses if item.role is Role.UNEXPLAINED]
    told += [context for item in view.leads for context in item.contexts]
    for context in told:
        yield from _texts(context)
    yield from (item.address for item in view.leads)
    yield from (item.address for item in view.addresses if item.role is Role.UNEXPLAINED)
    for item in (*view.records, *view.snapshots, *view.registries, view.checkpoint):
        yield from _texts(item)
    yield from (item.device for item in view.sessions if item.role is Role.UNEXPLAINED)
    yield from (item.client for item in view.sessions if item.role is Role.UNEXPLAINED)
    yield from (view.case_id, view.parameters, view.tool_version, view.created)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for item in dataclasses.fields(value):
            yield from _texts(getattr(value, item.name))
    elif isinstance(value, Iterable):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
    elif value is not None:
        yield str(value)


def _items(value: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    yield from zip(getattr(value, "_fields", ("",) * len(value)), value, strict=True)
