"""Words of the closed vocabularies as sentences, so that a report in another language can say them."""

from __future__ import annotations

from forensics.sentence import say, template, verbatim

_CLASSES = frozenset(
    {
        template("dedicated"),
        template("hosting"),
        template("broadband"),
        template("mobile"),
        template("cgnat"),
        template("vpn"),
        template("proxy"),
        template("tor"),
        template("unknown"),
        template("satellite"),
        template("anycast"),
        template("special purpose"),
        template("tor exit"),
    }
)
_STATES = frozenset(
    {
        template("observed"),
        template("candidate"),
        template("indicator"),
        template("disputed"),
        template("retracted"),
    }
)
_SUPPORT = frozenset(
    {
        template("weak support"),
        template("moderate support"),
        template("moderately strong support"),
        template("strong support"),
        template("very strong support"),
        template("extremely strong support"),
    }
)
"""The words of the scale in the parameter files that come with this version."""
_RINGS = frozenset(
    {
        template("exact"),
        template("assignment"),
        template("neighbourhood"),
        template("prefix"),
        template("country"),
        template("elsewhere"),
    }
)
_GROUPS = frozenset(
    {
        template("address"),
        template("server fingerprint"),
        template("naming"),
        template("client"),
        template("tooling and content"),
        template("behaviour"),
    }
)
"""Groups of evidence that a ratio is made of."""


def said_support(words: str) -> str:
    """Return the words of the scale; those of the user's own parameters are printed as they stand there."""
    return verbatim(words) if words in _SUPPORT else words


def said_class(name: str) -> str:
    """Return the class of an address; a class of a newer data set is printed as it is called there."""
    return verbatim(name) if name in _CLASSES else name


def said_ring(name: str) -> str:
    """Return how close an address lies to a record, in a word; ``origin_as`` is a name of its own."""
    return verbatim(name) if name in _RINGS else name


def said_group(name: str) -> str:
    """Return a group of evidence."""
    return verbatim(name) if name in _GROUPS else name


def said_record_state(state: str) -> str:
    """Say the state of a record as a clause."""
    return say("the record is {state}", state=verbatim(state) if state in _STATES else state)


def said_state(record: str, state: str) -> str:
    """Return a record with its state."""
    return say("{record} ({state})", record=record, state=verbatim(state) if state in _STATES else state)
