"""One mutant put into the running program: the code of live functions is replaced, or a constant wherever it is held.

Functions keep their identity, so that whoever imported one calls the mutant; constants are replaced in every module of
ours that holds the same object under the same name, but not in tests.
"""

from __future__ import annotations

import functools
import gc
import sys
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chain_of_custody.mutations import Mutation

PACKAGE = "forensics.chain_of_custody"


def install(name: str, mutation: Mutation) -> bool:
    """Put a mutation of a module in place; ``False`` if the module could not be loaded with it."""
    module = sys.modules[f"{PACKAGE}.{name}"]
    if not is_function(name, mutation.inside):
        names = names_of(mutation.inside)
        old = [vars(module)[one] for one in names]
        try:
            exec(mutation.code, vars(module))  # noqa: S102 - our own source, one statement of it
        except Exception:  # noqa: BLE001 - a module that does not load is seen by everybody
            return False
        for holder in [known for path, known in sys.modules.items() if path.startswith("forensics.")]:
            for one, value in zip(names, old, strict=True):
                if vars(holder).get(one) is value:
                    setattr(holder, one, vars(module)[one])
        return True
    fresh = {(code.co_qualname, code.co_firstlineno): code for code in _codes(mutation.code)}
    changed = 0
    for function in live_functions().get(str(module.__file__), []):
        code = fresh.get((function.__code__.co_qualname, function.__code__.co_firstlineno))
        if code is not None and code != function.__code__:
            function.__code__ = code
            changed += 1
    if not changed:
        message = "no function of the running program is changed"
        raise LookupError(message)
    return True


def names_of(inside: str) -> list[str]:
    """Return the names that an assignment binds: one, or those of a tuple."""
    return inside.strip("()").split(", ")


def is_function(name: str, inside: str) -> bool:
    """Say whether a dotted name of a module means a function, a method or a property."""
    thing: Any = sys.modules[f"{PACKAGE}.{name}"]
    for part in inside.split("."):
        thing = vars(thing).get(part) if hasattr(thing, "__dict__") else None
    return any(isinstance(found, FunctionType) for found in (thing, getattr(thing, "fget", None), _inner(thing)))


@functools.cache
def live_functions() -> dict[str, list[FunctionType]]:
    """Return the functions of every file of the package as they are now. Ask before the first child is made."""
    found: dict[str, list[FunctionType]] = {}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and "chain_of_custody" in thing.__code__.co_filename:
            found.setdefault(thing.__code__.co_filename, []).append(thing)
    return found


def _inner(thing: object) -> object:
    return getattr(thing, "__func__", None) or getattr(thing, "__wrapped__", None)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _codes(part)
