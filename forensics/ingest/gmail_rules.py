"""Gmail's rules in one form: what a filter forwards, hides or deletes, whoever wrote it down (Takeout, feed, API)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

FORWARD_KEYS = frozenset(
    {
        "forwardTo",
        "forward",
        "forwardingEmail",
        "emailAddress",
        "forwarding_address",
        "delegateEmail",
        "forwardingAddress",
    }
)
_HIDING = {
    "shouldArchive": "skips the inbox",
    "shouldMarkAsRead": "marks as read",
    "shouldTrash": "deletes",
    "shouldNeverSpam": "never spam",
    "archive": "skips the inbox",
    "trash": "deletes",
}
_INBOX = frozenset(
    (
        *("inbox", "posteingang", "boîte de réception", "recibidos", "bandeja de entrada", "caixa de entrada"),
        *("posta in arrivo", "входящие", "вхідні", "gelen kutusu", "gələnlər", "skrzynka odbiorcza", "postvak in"),
        *("受信トレイ", "收件箱"),
    )
)
"""The inbox in the languages in which filters name it; from memory, so an unknown name is only not explained."""


def forwards(rule: Any) -> list[str]:
    """Return every address that a rule sends mail to, in order, each once; a rule that is switched off sends none."""
    if isinstance(rule, Mapping) and str(rule.get("enabled", "true")).casefold() == "false":
        return []
    return list(
        dict.fromkeys(value for key, value in _leaves(rule) if key in FORWARD_KEYS and isinstance(value, str) and value)
    )


def effects(rule: Any) -> list[str]:
    """Say in words what a rule does that hides mail from its owner."""
    found = [_HIDING[key] for key, value in _leaves(rule) if key in _HIDING and value in (True, "true")]
    removed = [value for key, value in _leaves(rule) if key in {"labelsToRemove", "removeLabelIds"}]
    if any(str(value).casefold() in _INBOX for value in removed):
        found.append("skips the inbox")
    added = [value for key, value in _leaves(rule) if key == "addLabelIds"]
    found += ["deletes"] if "TRASH" in added else []
    found += ["marks as read"] if "UNREAD" in removed else []
    return list(dict.fromkeys(found))


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (key, scalar) of a nested value; elements of a list have the list's key."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, key)
    else:
        yield key, value
