"""How the holder of an account obtains the right export: one TOML file per provider under ``guides/``.

Most failed analyses begin with a wrong export: HTML where JSON was offered, a box that was not ticked, a month too late.
A guide says, in the order in which a person does it, which format, which language, which boxes, and how soon. Its file
name is the provider's name in events; keys: ``title``, ``choose`` (format, language, boxes), ``steps``, ``soon`` (how long
the provider keeps what), ``beware``. All but ``beware`` are required.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from forensics.errors import DataError

_KEYS = {"title": str, "choose": list, "steps": list, "soon": str, "beware": list}
_REQUIRED = frozenset(_KEYS) - {"beware"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """A provider's guide: what to choose, the steps, how soon, and what goes wrong."""

    provider: str
    title: str
    choose: tuple[str, ...]
    steps: tuple[str, ...]
    soon: str
    beware: tuple[str, ...]


@cache
def guides() -> dict[str, Guide]:
    """Return every guide by provider, sorted by name."""
    folder = resources.files("forensics.ingest") / "guides"
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda item: item.name)
    return {item.name.removesuffix(".toml"): _guide(item.name, item.read_text(encoding="utf-8")) for item in files}


def _guide(name: str, text: str) -> Guide:
    found = tomllib.loads(text)
    wrong = [key for key in found if not isinstance(found[key], _KEYS.get(key, ()))]
    wrong += sorted(_REQUIRED - found.keys())
    if wrong:
        raise DataError(f"guide {name}: missing or unknown {', '.join(wrong)}", hint="See forensics/ingest/guide.py")
    return Guide(
        provider=name.removesuffix(".toml"),
        title=found["title"],
        choose=tuple(found["choose"]),
        steps=tuple(found["steps"]),
        soon=found["soon"],
        beware=tuple(found.get("beware", ())),
    )
