"""What an action in an audit log means: the nouns that the tables of names of several providers share."""

from __future__ import annotations

from dataclasses import dataclass

from forensics.model import Action, Initiator, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What an action is; ``initiator`` only where the name itself says who acted."""

    action: Action
    outcome: Outcome = Outcome.SUCCESS
    initiator: Initiator | None = None
    text: str = ""


def table(
    names: str,
    action: Action,
    outcome: Outcome = Outcome.SUCCESS,
    text: str = "",
    initiator: Initiator | None = None,
) -> dict[str, Meaning]:
    """Give several names, separated by spaces, one meaning."""
    return {name: Meaning(action=action, outcome=outcome, text=text, initiator=initiator) for name in names.split()}
