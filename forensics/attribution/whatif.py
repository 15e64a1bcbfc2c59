"""What-if: the assumptions of the ring model that a reader may change, by name, to see the verdict move. Pure.

``suppose`` turns ``KEY=VALUE`` texts into changed parameters and population. Nothing of a case is changed by it, and what
is judged with it is never a finding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from forensics.attribution.parameters import Parameters, Scenario
from forensics.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One changed assumption: its key, the value that the model holds, and the one that is supposed."""

    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """The assumptions of a judgement: ``population`` and ``users`` 0 mean those of the dated snapshot."""

    parameters: Parameters
    population: int = 0
    users: int = 0
    changes: tuple[Change, ...] = ()


def keys(parameters: Parameters) -> tuple[str, ...]:
    """Return every key that ``suppose`` knows, in order."""
    return (
        *_RATES,
        *(f"scatter.{ring}" for ring in parameters.scatter),
        *(f"half_life.{name}" for name in parameters.classes if name != "unknown"),
        *(f"behind.{name}" for name in parameters.classes if name in _MANY),
        *_POOL,
        "users_per_address",
        "cap",
        "class",
        "population",
        "users",
    )


def suppose(parameters: Parameters, settings: Sequence[str], more: Sequence[str] = ()) -> Supposed:
    """Return the assumptions with these settings (``KEY=VALUE``) made in order; ``more`` are keys that a hint names, too.

    Raises:
        UsageError: a key that is none, a value that is no number, or one that the model cannot hold.
    """
    held = Supposed(parameters=parameters)
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or key not in keys(parameters):
            message = f"{key[:80]!r} is no assumption of the model" if equals else f"not KEY=VALUE: {setting[:80]!r}"
            raise UsageError(message, where="--set", hint=f"The keys are: {', '.join((*keys(parameters), *more))}")
        held = _made(held, key, value)
    _check(held.parameters)
    return held


def _made(held: Supposed, key: str, value: str) -> Supposed:
    if key == "class":
        return _classed(held, value)
    number = _number(key, value)
    parameters = held.parameters
    if key in ("population", "users"):
        whole = int(number)
        changed = replace(held, population=whole) if key == "population" else replace(held, users=whole)
        return _noted(changed, key, "that of the dated snapshot", f"{whole:,}")
    family, _, name = key.partition(".")
    before: float
    if key in _RATES:
        before, made = _RATES[key](parameters, number)
    elif family == "scatter":
        before, made = parameters.scatter[name], replace(parameters, scatter={**parameters.scatter, name: number})
    elif family in ("half_life", "behind") or key in _POOL:
        before, made = _scenarios(parameters, key, family, name, number)
    else:
        before, made = getattr(parameters, key), replace(parameters, **{key: number})  # type: ignore[arg-type]  # both are numbers
    return _noted(replace(held, parameters=made), key, f"{before:g}", f"{number:g}")


def _noted(held: Supposed, key: str, before: str, after: str) -> Supposed:
    return replace(held, changes=(*held.changes, Change(key=key, before=before, after=after)))


def _classed(held: Supposed, value: str) -> Supposed:
    classes = held.parameters.classes
    if value not in classes:
        raise UsageError(f"no sharing class: {value[:80]!r}", where="class", hint=f"One of: {', '.join(classes)}")
    made = replace(held.parameters, assumed_class=value)
    return _noted(replace(held, parameters=made), "class", "that of the record and of dated context", value)


def _number(key: str, value: str) -> float:
    """Return a positive finite number; whole ones may carry separators."""
    try:
        number = float(value.replace(",", "").replace("_", "")) if len(value) <= _LONGEST else math.nan
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and 0 < number <= _LARGEST):
        raise UsageError(f"no positive number: {value[:80]!r}", where=key, hint=f"For example {key}={_EXAMPLE}")
    if key in _WHOLE and not number.is_integer():
        raise UsageError(f"no whole number: {value[:80]!r}", where=key, hint=f"For example {key}=738048")
    return number


def _one_rate(parameters: Parameters, number: float) -> tuple[float, Parameters]:
    return parameters.pi0, replace(parameters, pi0_low=number, pi0=number, pi0_high=number)


_RATES: Mapping[str, Callable[[Parameters, float], tuple[float, Parameters]]] = {
    "pi0": _one_rate,
    "pi0.low": lambda held, number: (held.pi0_low, replace(held, pi0_low=number)),
    "pi0.mean": lambda held, number: (held.pi0, replace(held, pi0=number)),
    "pi0.high": lambda held, number: (held.pi0_high, replace(held, pi0_high=number)),
}
"""``pi0`` supposes one rate without an interval; the others move an end or the middle of the interval."""
_POOL = ("exits", "exits_share")
_MANY = ("mobile", "cgnat")
_WHOLE = frozenset({"population", "users", "exits", "behind.mobile", "behind.cgnat"})
_LONGEST, _LARGEST = 40, 1e12
_EXAMPLE = "0.05"


def _scenarios(parameters: Parameters, key: str, family: str, name: str, number: float) -> tuple[float, Parameters]:
    """Change the scenarios that a key is about; return the middle one's value before, and the parameters."""
    central = parameters.middle_of(name or "vpn")
    chosen = parameters.open_for(name) if name else [item for item in parameters.scenarios.values() if item.pool]
    changed: list[Scenario]
    if key == "exits":
        before, changed = float(central.pool), [replace(item, pool=int(number)) for item in chosen]
    elif key == "exits_share":
        before, changed = central.pool_share, [replace(item, pool_share=number) for item in chosen]
    elif family == "behind":
        before, changed = float(central.users), [replace(item, users=int(number)) for item in chosen]
    else:
        before, changed = central.half_life_days, [replace(item, half_life_days=number) for item in chosen]
    made = {**parameters.scenarios, **{item.name: item for item in changed}}
    return before, replace(parameters, scenarios=made)


def _check(held: Parameters) -> None:
    """Refuse assumptions that are no probabilities: the ratios would mean nothing."""
    if not 0 < held.pi0_low <= held.pi0 <= held.pi0_high < 1:
        shown = f"{held.pi0_low:g}, {held.pi0:g}, {held.pi0_high:g}"
        raise UsageError(
            f"the rate of exact re-use must rise from low to high between 0 and 1: {shown}",
            where="pi0",
            hint="Set pi0 alone, or pi0.low, pi0.mean and pi0.high together",
        )
    total = sum(held.scatter.values())
    if not math.isclose(total, 1, abs_tol=1e-9):
        raise UsageError(f"the five scatter values sum to {total:g}, not to 1", where="scatter", hint="Set all five")
    if held.cap <= 1:
        raise UsageError("the cap must be above 1", where="cap", hint="For example cap=10000")
    share = max(item.pool_share for item in held.scenarios.values())
    if share > 1:
        raise UsageError(f"a share is not above 1: {share:g}", where="exits_share", hint="For example exits_share=0.5")
