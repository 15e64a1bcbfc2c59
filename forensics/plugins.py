"""Find every module of a package that offers a value of a type.

A plug-in is a module of its own with one public constant; no list mentions it and importing it has no side effects.
Third parties add theirs through an entry-point group. A module without a fitting value is an error, because a parser
that goes missing in silence is a gap in the evidence.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from forensics.errors import DataError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

T = TypeVar("T")


@cache
def discover(package: str, constant: str, kind: type[T], group: str = "") -> dict[str, T]:
    """Return module name → value for every module of ``package`` whose ``constant`` is a ``kind``, sorted by name.

    ``group`` names the entry-point group from which third-party values are added; a name that is already taken is
    refused rather than overridden.
    """
    found = {name: _offered(f"{package}.{name}", constant, kind) for name in sorted(_modules(package))}
    for entry in sorted(_entry_points(group), key=lambda item: item.name) if group else ():
        found[entry.name] = _brought(entry, kind, taken=entry.name in found)
    return dict(sorted(found.items()))


@cache
def discover_one(package: str, constant: str, kind: type[T], name: str, group: str = "") -> T | None:
    """Return what ``discover`` knows under a name without importing the others, or None if there is no such name."""
    if name in _modules(package):
        return _offered(f"{package}.{name}", constant, kind)
    named = [entry for entry in _entry_points(group) if entry.name == name] if group else []
    return _brought(named[0], kind, taken=len(named) > 1) if named else None


@cache
def _modules(package: str) -> frozenset[str]:
    return frozenset(module.name for module in pkgutil.iter_modules(importlib.import_module(package).__path__))


@cache
def stated(package: str, constant: str, name: str, field: str) -> str | None:
    """Return a text that a module of ``package`` writes out in the call that makes its constant, without running it.

    Where it writes none out, or there is no such module or no source of it, ``None``: then only the value tells.
    """
    if name not in _modules(package):
        return None
    source = Path(str(importlib.import_module(package).__file__)).with_name(f"{name}.py")
    try:
        body = ast.parse(source.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return None
    made = [item.value for item in body if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == constant]
    said = [word.value for call in made if isinstance(call, ast.Call) for word in call.keywords if word.arg == field]
    texts = [item.value for item in said if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return texts[0] if len(made) == len(said) == len(texts) == 1 else None


def _entry_points(group: str) -> EntryPoints:
    from importlib.metadata import entry_points  # loads a mail parser for the names of packages; few commands ask

    return entry_points(group=group)


def _brought(entry: EntryPoint, kind: type[T], *, taken: bool) -> T:
    value = entry.load()
    if taken or not isinstance(value, kind):
        message = f"entry point {entry.value!r} offers no new {kind.__name__} under the name {entry.name!r}"
        raise DataError(message, hint="Remove or rename the third-party package that brings it")
    return value


def _offered(module: str, constant: str, kind: type[T]) -> T:
    value = getattr(importlib.import_module(module), constant, None)
    if not isinstance(value, kind):
        message = f"{module} offers no {constant} of type {kind.__name__}"
        raise DataError(message, hint="Add the constant or remove the module")
    return value
