"""From the tables of a mapping file to the value: what each key means, and what may stand in it."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError

from forensics.ingest import mapping_encoding, mapping_patterns, mapping_time
from forensics.ingest.mapping import (
    FIELDS,
    Claim,
    Condition,
    Cutting,
    ExportMapping,
    Meaning,
    RowRule,
    Source,
    SourceKind,
    TextRule,
    TimeRule,
)
from forensics.ingest.mapping_toml import Table, table_of
from forensics.model import Action, Initiator, Kind, Outcome

UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "µs": 1_000_000, "ns": 1_000_000_000}
WRITTEN, EXPORT, NONE = "explicit", "export", "none"
_SECTIONS = {
    "what": ("What it is", "what the export is and what it does not hold"),
    "obtain": ("How to obtain", "how a user gets the file, in plain words"),
    "time": ("Time", "which zone the times are in, and who says so"),
    "versions": ("Versions", "which layouts were seen, and what is unverified"),
}


def parse(data: bytes, name: str, where: str) -> ExportMapping:
    """Parse the bytes of a mapping file; ``where`` is how complaints call the file. A wrong file is a ``DataError``."""
    table = table_of(data, where)
    title = table.need("title", "one line for people")
    provider = table.need("provider", "the provider's name in events")
    cutting = _cutting(table)
    action, actions, default = _action(table)
    outcome, outcomes = _outcome(table)
    kind, sources, shortened = _event(table)
    time, time_end = (_time(table, key) for key in ("time", "time_end"))
    made = ExportMapping(
        name=name,
        title=title,
        provider=provider,
        service=table.text("service", provider),
        documentation=_documentation(table, title),
        cutting=cutting,
        claims=_claims(table, cutting),
        time=time,
        time_end=time_end,
        fields=sources,
        action=action,
        actions=actions,
        default=Meaning(action=default.action, outcome=default.outcome, initiator=default.initiator, kind=kind),
        outcome=outcome,
        outcomes=outcomes,
        rows=tuple(_row_rule(item) for item in table.tables("rows")),
        required=tuple(_unused(item) for item in table.tables("required")),
        unused=tuple(_unused(item) for item in table.tables("unused")),
        constants=table.texts_by_name("constants"),
        shortened=shortened,
    )
    table.done()
    return made


def _documentation(table: Table, title: str) -> str:
    """Return the text that a format's docstring would hold."""
    inner = table.table("documentation")
    if inner is None:
        table.wrong("documentation", f"missing: give [documentation] with {', '.join(_SECTIONS)}")
    parts = [f"{title}."]
    parts += [f"{heading}: {inner.need(key, what)}" for key, (heading, what) in _SECTIONS.items()]
    retention = inner.text("retention").strip()
    parts += [f"Retention: {retention}"] if retention else []
    inner.done()
    return "\n\n".join(parts)


def _cutting(table: Table) -> Cutting:
    inner = table.table("source")
    if inner is None:
        table.wrong("source", 'missing: give [source] with kind = "csv", "json", "jsonl" or "lines"')
    kind = inner.choice("kind", SourceKind)
    if kind is None:
        inner.wrong("kind", f"missing: one of {', '.join(SourceKind)}")
    delimiters = (inner.texts("delimiter") or (",",)) if kind is SourceKind.CSV else (",",)
    if any(len(delimiter) != 1 or delimiter in '"\r\n' for delimiter in delimiters):
        inner.wrong("delimiter", "must be one character, such as , or ; or \\t, or a list of such")
    spare = inner.number("spare", 10) if kind is SourceKind.CSV else 0
    pointers = inner.texts("pointers") if kind is SourceKind.JSON else ()
    wrong = [pointer for pointer in pointers if pointer and not pointer.startswith("/")]
    if wrong or (kind is SourceKind.JSON and not pointers):
        inner.wrong("pointers", "must be JSON pointers of the records, such as /sessions/* (* is every element)")
    lines = inner.texts("lines") if kind is SourceKind.LINES else ()
    if kind is SourceKind.LINES and not lines:
        inner.wrong("lines", "missing: a pattern with named groups, such as '(?P<when>\\S+) (?P<ip>\\S+)'")
    for pattern in lines:
        _accept(inner, "lines", mapping_patterns.complaint(pattern, named=True))
    absent, twice, encodings = inner.texts("absent"), inner.flag("quoted_twice"), inner.texts("encodings")
    for encoding in encodings:
        _accept(inner, "encodings", mapping_encoding.complaint(encoding))
    inner.done()
    return Cutting(
        kind=kind,
        delimiters=delimiters,
        spare=spare,
        pointers=pointers,
        lines=lines,
        absent=absent,
        quoted_twice=twice,
        encodings=encodings,
    )


def _accept(table: Table, key: str, complaint: str) -> None:
    if complaint:
        table.wrong(key, complaint)


def _claims(table: Table, cutting: Cutting) -> tuple[Claim, ...]:
    found = tuple(_claim(inner, cutting.kind) for inner in table.tables("claims"))
    if not found and cutting.kind is not SourceKind.LINES:
        table.wrong("claims", "missing: give [[claims]] with the columns or keys by which the file is known")
    return found


def _claim(inner: Table, kind: SourceKind) -> Claim:
    if kind is SourceKind.LINES:
        first = inner.need("first_line", "a pattern that the first line matches")
        _accept(inner, "first_line", mapping_patterns.complaint(first))
        inner.done()
        return Claim(first_line=first)
    key = "columns" if kind is SourceKind.CSV else "keys"
    names = inner.texts(key)
    if not names:
        inner.wrong(key, "missing: the names by which the file is known")
    looks = inner.texts_by_name("looks")
    for name, pattern in looks.items():
        _accept(inner, "looks", f"{name}: {said}" if (said := mapping_patterns.complaint(pattern)) else "")
    claim = Claim(names=names, without=inner.texts("without"), only=inner.flag("only"), looks=looks)
    inner.done()
    return claim


def _source(table: Table, key: str) -> Source:
    """Read where a value comes from: a name, names in order of preference, or a table."""
    value = table.data.get(key)
    if not isinstance(value, dict):
        return Source(names=table.texts(key))
    inner = table.table(key)
    if inner is None:  # a table, as was just seen
        return Source()
    made = Source(
        names=inner.texts("from"), join=inner.texts("join"), value=inner.text("value"), prefix=inner.text("prefix")
    )
    if sum(map(bool, (made.names, made.join, made.value))) != 1:
        table.wrong(key, "give one of from, join or value")
    inner.done()
    return made


def _event(table: Table) -> tuple[Kind | None, dict[str, Source], bool]:
    inner = table.table("event")
    if inner is None:
        return None, {}, False
    kind, shortened = inner.choice("kind", Kind), inner.flag("shortened")
    sources = {name: _source(inner, name) for name in FIELDS}
    inner.done()
    return kind, {name: source for name, source in sources.items() if source != Source()}, shortened


def _time(table: Table, key: str) -> TimeRule | None:
    inner = table.table(key)
    if inner is None:
        return None
    source = Source(names=inner.texts("from"))
    if not source.names:
        inner.wrong("from", "missing: the column or key that holds the time")
    unit = inner.text("unit")
    if unit and unit not in UNITS:
        inner.wrong("unit", f"{unit!r} is none of {', '.join(UNITS)}")
    spellings, languages = inner.texts("spellings"), inner.texts("languages")
    if not unit and not spellings:
        inner.wrong("spellings", 'missing: give unit = "s" or spellings = ["iso"]')
    for spelling in spellings:
        _accept(inner, "spellings", f"{spelling!r}: {said}" if (said := mapping_time.complaint(spelling)) else "")
    for language in languages:
        _accept(inner, "languages", "" if _is_language(language) else f"no language: {language!r}")
    zone, ground, told = _zone(inner)
    rule = TimeRule(
        source=source,
        unit=UNITS.get(unit, 0),
        spellings=spellings,
        languages=languages,
        zone=zone,
        ground=ground,
        assumed=inner.flag("assumed"),
        told=told,
    )
    inner.done()
    return rule


def _zone(inner: Table) -> tuple[str, str, tuple[str, ...]]:
    """Read the zone rule: a zone needs its ground, ``export`` the names under which the export states it."""
    zone, ground, told = inner.text("zone"), inner.text("ground").strip(), inner.texts("told")
    if not zone and inner.data.get("spellings"):
        inner.wrong("zone", f"missing: one of {WRITTEN}, {EXPORT}, {NONE}, UTC, +hh:mm, or an IANA name")
    if zone in {"", WRITTEN, NONE}:
        return "", "", ()
    if zone == EXPORT:
        if not told:
            inner.wrong("told", 'missing: the name under which the export states its zone, such as "facebook.zone"')
        return "", "", told
    if mapping_time.fixed(zone) is None:
        inner.wrong("zone", f"no time zone: {zone!r}")
    if not ground:
        inner.wrong("ground", f"missing: say why times without a zone are {zone}")
    return zone, ground, ()


def _is_language(name: str) -> bool:
    try:
        Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def _condition(inner: Table) -> Condition:
    texts, pattern = inner.texts("is"), inner.text("matches")
    if bool(pattern) == bool(texts):
        inner.wrong("is", "give either is (texts) or matches (a pattern)")
    _accept(inner, "matches", mapping_patterns.complaint(pattern) if pattern else "")
    return Condition(texts=texts, pattern=pattern, exact=inner.flag("exact"))


def _meaning(inner: Table) -> Meaning:
    return Meaning(
        action=inner.choice("action", Action),
        outcome=inner.choice("outcome", Outcome),
        initiator=inner.choice("initiator", Initiator),
    )


def _text_rules(inner: Table) -> tuple[TextRule, ...]:
    found = []
    for item in inner.tables("rules"):
        found.append(TextRule(condition=_condition(item), meaning=_meaning(item)))
        item.done()
    return tuple(found)


def _action(table: Table) -> tuple[Source, tuple[TextRule, ...], Meaning]:
    inner = table.table("action")
    if inner is None:
        return Source(), (), Meaning(action=Action.OTHER)
    source, rules = _source(inner, "from"), _text_rules(inner)
    default = Meaning(
        action=inner.choice("default", Action) or Action.OTHER,
        outcome=inner.choice("outcome", Outcome),
        initiator=inner.choice("initiator", Initiator),
    )
    if rules and not source.given:
        inner.wrong("from", "missing: the column or key that the rules are about")
    inner.done()
    return source, rules, default


def _outcome(table: Table) -> tuple[Source, tuple[TextRule, ...]]:
    inner = table.table("outcome")
    if inner is None:
        return Source(), ()
    source, rules = Source(names=inner.texts("from")), _text_rules(inner)
    if not source.names or not rules:
        inner.wrong("from", "give from (the column or key) and [[outcome.rules]]")
    inner.done()
    return source, rules


def _row_rule(inner: Table) -> RowRule:
    made = RowRule(
        source=_about(inner),
        condition=_condition(inner),
        meaning=Meaning(
            kind=inner.choice("kind", Kind),
            action=inner.choice("action", Action),
            outcome=inner.choice("outcome", Outcome),
            initiator=inner.choice("initiator", Initiator),
        ),
        undated=inner.flag("undated"),
    )
    inner.done()
    return made


def _about(inner: Table) -> Source:
    names = inner.texts("from")
    if not names:
        inner.wrong("from", "missing: the column or key that the rule is about")
    return Source(names=names)


def _unused(inner: Table) -> RowRule:
    made = RowRule(
        source=_about(inner),
        condition=_condition(inner),
        rule=inner.need("rule", "the sentence that says why a row is not used, or is refused"),
    )
    inner.done()
    return made
