"""A mapping: which columns of a foreign table mean what, as a frozen value.

A mapping is a TOML file (``mapping_toml`` reads it, once, at the border) that says how the rows of a CSV, JSON, JSON
Lines or line-by-line log become events, so that an export of a local provider is read without code. ``mapping_rows``
recognises and cuts such files, ``mapping_event`` says what a row means, ``mapping_format`` makes a ``Format`` of both.

Nothing is lost: what no key of the mapping names goes into the event's detail under the provider's own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from forensics.model import Action, Initiator, Kind, Outcome


class SourceKind(StrEnum):
    """How the file is cut into rows."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    LINES = "lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One shape by which a file is known; a mapping has one per language or era.

    ``names`` are the columns (CSV) or keys (JSON) that must be there, ``without`` those that must not; ``only`` allows
    no others; ``looks`` gives patterns that cells of the first row must match. ``first_line`` (lines) is a pattern.
    """

    names: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    only: bool = False
    looks: Mapping[str, str] = field(default_factory=dict)
    first_line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value comes from: the first of ``names`` that holds a text; all of ``join``; or the constant ``value``."""

    names: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    value: str = ""
    prefix: str = ""

    @property
    def given(self) -> tuple[str, ...]:
        """Every name that this source looks for."""
        return (*self.names, *self.join)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRule:
    """How a time is written and in which zone it is.

    ``unit`` is the number of counts in a second (0: the time is no count). ``spellings`` are ``iso`` or texts with
    ``%`` directives; ``languages`` are those of month names beside English. A zone written beside a time always wins;
    else ``zone`` holds (an IANA name, ``UTC`` or ``+hh:mm``) on the stated ``ground``, or what the export states under
    a name of ``told``, or the examiner's zone. ``assumed`` marks a ground that nobody documented.
    """

    source: Source
    unit: int = 0
    spellings: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    zone: str = ""
    ground: str = ""
    assumed: bool = False
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Whether a cell is one of ``texts`` (case and spacing aside, unless ``exact``) or matches ``pattern``."""

    texts: tuple[str, ...] = ()
    pattern: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a provider's text stands for; ``None`` leaves a column as it is."""

    action: Action | None = None
    outcome: Outcome | None = None
    initiator: Initiator | None = None
    kind: Kind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRule:
    """A condition on a text and what it means then."""

    condition: Condition
    meaning: Meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRule:
    """A condition on one field of a row: what it means then, why it is not used, or why it is refused otherwise (``rule``).

    ``undated`` says that the time field of such a row holds no time.
    """

    source: Source
    condition: Condition
    rule: str = ""
    meaning: Meaning = Meaning()
    undated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    r"""How a file is cut into rows, and which texts stand for "nothing".

    ``delimiters``: the first by which the header is found holds. ``spare``: so many last cells may be left out.
    ``quoted_twice``: texts that are JSON texts once more (``"\"2021-…\""``) are read without the inner quotes.
    ``encodings``: single-byte encodings that are tried where the file is no UTF-8.
    """

    kind: SourceKind
    delimiters: tuple[str, ...] = (",",)
    spare: int = 0
    pointers: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    quoted_twice: bool = False
    encodings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportMapping:
    """A whole mapping. ``default`` is what a row means that no rule names; ``constants`` stand in every detail.

    ``shortened`` says that the provider sets the last part of addresses to 0: one that ends so is a network.
    """

    name: str
    title: str
    provider: str
    service: str
    documentation: str
    cutting: Cutting
    claims: tuple[Claim, ...]
    time: TimeRule | None
    time_end: TimeRule | None
    fields: Mapping[str, Source]
    action: Source
    actions: tuple[TextRule, ...]
    default: Meaning
    outcome: Source
    outcomes: tuple[TextRule, ...]
    rows: tuple[RowRule, ...]
    required: tuple[RowRule, ...]
    unused: tuple[RowRule, ...]
    constants: Mapping[str, str]
    shortened: bool = False


FIELDS = ("account", "address", "port", "user_agent", "device", "stated_place")
"""Columns of an event that a source fills directly."""


def roles(mapping: ExportMapping) -> dict[str, tuple[str, ...]]:
    """Return role → the names that are looked for in a file, in the order of an event's columns."""
    found: dict[str, tuple[str, ...]] = {}
    if mapping.time:
        found["time"] = mapping.time.source.given
    if mapping.time_end:
        found["time_end"] = mapping.time_end.source.given
    found["action"] = mapping.action.given
    found["outcome"] = mapping.outcome.given
    found |= {name: mapping.fields[name].given for name in FIELDS if name in mapping.fields}
    found["row rules"] = tuple(
        dict.fromkeys(
            name for rule in (*mapping.rows, *mapping.required, *mapping.unused) for name in rule.source.given
        )
    )
    return {role: names for role, names in found.items() if names}
