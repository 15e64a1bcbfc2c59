"""A catalogue of translations as the translator needs it: read from a ``.po`` file (GNU gettext), complete or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from forensics.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catalogue:
    """Translations by their English template: one text, or the plural forms in the order of ``form``.

    ``form`` chooses among plural forms by number (the ``Plural-Forms`` of the file). A template whose translation is
    empty or marked fuzzy is not in here.
    """

    language: str
    texts: Mapping[str, str] = field(repr=False)
    forms: Mapping[str, tuple[str, ...]] = field(repr=False)
    form: Callable[[int], int]


def read(path: Path, language: str) -> Catalogue:
    """Read a catalogue; raise ``DataError`` where it is missing or no catalogue."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as stream:
            held = read_po(stream, locale=language, abort_invalid=True)
    except (OSError, ValueError, PoFileError) as error:
        hint = "Install the program again: this file belongs to it"
        raise DataError(
            f"the catalogue of {language!r} cannot be read ({error})", where=str(path), hint=hint
        ) from error
    texts: dict[str, str] = {}
    forms: dict[str, tuple[str, ...]] = {}
    for message in held:
        if not message.id or message.fuzzy:
            continue
        said = message.string or ""
        if isinstance(message.id, str):
            if isinstance(said, str) and said:
                texts[message.id] = said
        elif not isinstance(said, str) and all(said):
            forms[message.id[0]] = tuple(said)
    return Catalogue(language=language, texts=texts, forms=forms, form=_chosen(held.plural_expr))


def _chosen(expression: str) -> Callable[[int], int]:
    from gettext import c2py

    return c2py(expression)
