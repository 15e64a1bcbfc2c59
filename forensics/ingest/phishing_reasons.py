"""Why a mail is taken for an imitation, in words: kept as text in the event table, and sentences where they are shown."""

from __future__ import annotations

from forensics.sentence import recalled, say, template

PRESENTS = template("it presents itself as {provider}, but its From address is in {domain}")
FAILS = template("authentication fails: {reason}")
OTHER_ADDRESS = template("its {header} address is in {domain}")
INSIDE = template("it stands inside another message: whoever wrote that one can have made it")
LINKS = template("it links to {hosts}, not to {provider}")

DMARC_FAILS = template("{server} says dmarc=fail for {sender}")
DKIM_ELSEWHERE = template("{server} says dkim=pass, but only for {others}, which does not speak for {sender}")
DKIM_FAILS = template("{server} says dkim={result}")
UNNAMED_SERVER = template("an unnamed server")
UNNAMED_SENDER = template("the sender")

_WHY = (DMARC_FAILS, DKIM_ELSEWHERE, DKIM_FAILS)
_REASONS = (PRESENTS, LINKS, OTHER_ADDRESS, INSIDE)
_BEFORE = FAILS.partition("{")[0]


def reason_told(text: str) -> str:
    """Return the sentence that a reason from the event table is."""
    if text.startswith(_BEFORE):
        return say(FAILS, reason=recalled(text.removeprefix(_BEFORE), _WHY))
    return recalled(text, _REASONS)
