"""Mail rules and forwarding: filters, forwarding addresses, delegates, automatic replies, by what they do.

A rule that sends mail elsewhere, deletes it or hides it from the inbox lets somebody read along, or keeps warnings from
the owner, long after a password was changed. A list of settings says which rules stand, not when or by whom they were
made; a log of changes says both. A rule that only labels is counted, not told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from forensics.attribution.detector import Detector, Row, Scene, Told, placed
from forensics.attribution.material import MAX_BASIS, second
from forensics.model import Finding, Place
from forensics.sentence import Sentence, paragraph, say, say_n

MOST = 2_000
NAMED = 5
_QUESTION = f"""select provider, account, kind, time, action_text, outcome, address, detail, exhibit, member, place from facts
where action = 'mail_rule_changed' and outcome not in ('failure', 'blocked')
order by provider, account, time nulls first, exhibit, member, place limit {MOST}"""  # noqa: S608 - constants of ours
_HIDES = frozenset({"deletes", "skips the inbox", "marks as read"})
_FORWARDS = (
    "forward_to",
    "ForwardTo",
    "ForwardingSmtpAddress",
    "ForwardingAddress",
    "RedirectTo",
    "ForwardAsAttachmentTo",
)


def find(scene: Scene) -> Iterable[Finding]:
    """Yield one finding per account with rules that send mail elsewhere or keep it from the inbox."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in scene.ask(_QUESTION):
        found.setdefault((row["provider"], row["account"]), []).append(row)
    for (provider, account), rows in found.items():
        weighty = [row for row in rows if _targets(row) or _hides(row) or row["kind"] != "inventory"]
        if weighty:
            yield _told(scene, provider, account, weighty, len(rows) - len(weighty))


def _told(scene: Scene, provider: str, account: str, rows: Sequence[Row], others: int) -> Finding:
    targets = sorted({name for row in rows for name in _targets(row)})
    made = [row for row in rows if row["kind"] != "inventory"]
    steps = {step.where for takeover in scene.takeovers for step in takeover.steps}
    inside = [row for row in made if _place(row) in steps]
    return Told(
        kind="mail_rule",
        statement=paragraph(
            [
                say_n(
                    "{n} rule of the mailbox at {provider}{account} sends mail elsewhere, keeps it from the inbox, or was"
                    " changed.",
                    "{n} rules of the mailbox at {provider}{account} send mail elsewhere, keep it from the inbox, or were"
                    " changed.",
                    len(rows),
                    provider=provider,
                    account=say(" ({account})", account=account) if account else "",
                ),
                say("Mail goes to {targets}.", targets=", ".join(targets[:NAMED])) if targets else "",
                *map(_change, made[:NAMED]),
                say("They lie inside the sequence above.") if inside else "",
                ""
                if made
                else say("The list shows that they stood at the time of the export, not who made them or when."),
            ]
        ),
        basis=placed(rows[:MAX_BASIS]),
        alternatives=(
            say("The owner set the rule up, for example to sort mail or to read it in another mailbox."),
            say("An administrator of the domain or a connected program set it up."),
        ),
        challenge=say(
            "Let the owner confirm every rule and every address that mail goes to, and ask the provider for the record of"
            " their creation before anything is removed."
        ),
        facts={
            "provider": provider,
            "account": account,
            "rules": [_fact(row) for row in rows[:MAX_BASIS]],
            "targets": targets,
            "further_rules": others,
        },
    ).finding()


def _change(row: Row) -> Sentence:
    when = second(row["time"]) if row["time"] else ""
    told = {"rule": row["action_text"], "time": when, "address": row["address"] or ""}
    if when and row["address"]:
        return say("“{rule}” was changed at {time} UTC from {address}.", **told)
    return (
        say("“{rule}” was changed at {time} UTC.", **told)
        if when
        else say("“{rule}” was changed at an unknown time.", **told)
    )


def _fact(row: Row) -> dict[str, object]:
    return {
        "rule": row["action_text"],
        "time": row["time"].isoformat() if row["time"] else None,
        "address": row["address"],
        "targets": _targets(row),
        "effects": _effects(row),
        "made": row["kind"] != "inventory",
    }


def _targets(row: Row) -> list[str]:
    """Return where a rule sends mail, as its format or the provider's parameters name it."""
    found = _parameters(json.loads(row["detail"]))
    texts = [value for name in _FORWARDS for value in _texts(found.get(name))]
    return sorted({text.removeprefix("smtp:").removeprefix("SMTP:") for text in texts if "@" in text})


def _parameters(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return the detail with the parameters of an operation, which Microsoft writes as a list of names and values."""
    listed = detail.get("Parameters")
    named = (
        {str(item.get("Name")): item.get("Value") for item in listed if isinstance(item, dict)}
        if isinstance(listed, list)
        else {}
    )
    return {**named, **detail}


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(";") if part.strip()]
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []


def _effects(row: Row) -> list[str]:
    found = json.loads(row["detail"]).get("effects", [])
    return [str(item) for item in found] if isinstance(found, list) else []


def _hides(row: Row) -> bool:
    return not _HIDES.isdisjoint(_effects(row))


def _place(row: Row) -> Place:
    return Place(exhibit=row["exhibit"], member=row["member"], place=row["place"])


DETECTOR = Detector(title="Mail rules and forwarding", kinds=("mail_rule",), order=30, find=find)
