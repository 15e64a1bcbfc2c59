"""Why a session has its role, in words: made for millions of sessions as plain text, and a sentence where it is shown."""

from __future__ import annotations

from forensics.sentence import recalled, template

NOTHING_DECLARED = template("no address, device or clean window was declared: nothing says whose session this is")
CLEAN = template("lies in a period that the owner declares clean")
NOT_TIED = template("neither the address nor a device identifier ties it to the owner")
LABELLED = template("the owner declares the address ({label})")
DECLARED = template("the owner declares the address")
SAME_ADDRESS = template("the same address and client were in use in a clean period")
SAME_NETWORK = template("the same network ({network}) and kind of client were in use in a clean period")
DECLARED_CLIENT = template("the owner declares this exact client text")
DECLARED_DEVICE = template("the owner declares the device {device}")
SEEN_DEVICE = template("the device {device} was in use in a clean period")
UNDECLARED = template("the owner does not declare the address")
UNSEEN = template("the address was never in use in a clean period")
UNSEEN_NETWORK = template("nor was its network ({network})")
UNKNOWN_DEVICE = template("the device {device} is neither declared nor known from a clean period")
UNSEEN_CLIENT = template("the client was never in use in a clean period")

REASONS = (
    NOTHING_DECLARED,
    CLEAN,
    NOT_TIED,
    LABELLED,
    DECLARED,
    SAME_ADDRESS,
    SAME_NETWORK,
    DECLARED_CLIENT,
    DECLARED_DEVICE,
    SEEN_DEVICE,
    UNDECLARED,
    UNSEEN,
    UNSEEN_NETWORK,
    UNKNOWN_DEVICE,
    UNSEEN_CLIENT,
)


def reason_told(text: str) -> str:
    """Return the sentence that a reason from the session table is."""
    return recalled(text, REASONS)
