"""The term of the client: its device identifiers, or, where none can be compared, the whole text that it sends. Pure."""

from __future__ import annotations

from forensics.attribution.device_term import Terms, chance, shares
from forensics.attribution.group_terms import Numbers, compared, counted_share
from forensics.attribution.group_values import DEVICE, SHOWN, Held, Value, browser, same_device, values
from forensics.attribution.groups import CLIENT, Term, apart, numbered, too_common, untold
from forensics.sentence import paragraph, say, say_n


def client(held: Held, devices: Terms, numbers: Numbers) -> Term:
    """Return the one term of the client: of its device identifiers, or, where none can be compared, of its text.

    Which of the two counts never depends on what the comparison gives.
    """
    known = values(held.records, DEVICE)
    if not known:
        return untold(
            CLIENT,
            say("not evaluated: no data. No record of the set names a device or the whole text of a client."),
        )
    inside = [item.text for item in known if item.inside]
    pairs = [
        (one, other, same)
        for one in held.devices
        for other in inside
        if (same := same_device(one, other, devices.least_characters)) is not None
    ]
    if pairs:
        return _by_device(pairs, devices, numbers)
    agents = sorted(set(filter(browser, held.agents)))
    texts = [item for item in known if item.inside and browser(item.text)]
    if agents and texts:
        return _by_agent(agents, texts, held, numbers)
    return untold(
        CLIENT, say("not evaluated: no device of the sessions can be compared with one on record inside its period.")
    )


def _by_device(pairs: list[tuple[str, str, bool]], devices: Terms, numbers: Numbers) -> Term:
    shared = [(one, other) for one, other, same in pairs if same]
    likeliest = max(max(chance(one, devices), chance(other, devices)) for one, other, _ in pairs)
    found = compared(devices.same, shares(len(pairs), likeliest, devices), numbers.device_cap, matched=bool(shared))
    if not shared:
        why = say_n(
            "{n} comparison of devices, none on record: counts against.",
            "{n} comparisons of devices, none on record: counts against.",
            len(pairs),
        )
    else:
        why = say("the device {device} is on record as {record}.", device=shared[0][0], record=shared[0][1])
    if found is None:
        return too_common(CLIENT, paragraph([why] if shared else []))
    source = say(
        "{file}. pi: {pi}. q: {q}. Cap: {cap}.",
        file=f"correlation version {devices.version}, SHA-256 {devices.digest}; {numbers.named}",
        pi=devices.same_provenance,
        q=devices.shared_provenance,
        cap=numbers.device_provenance,
    )
    return Term(group=CLIENT, ratio=found.ratio, weight=devices.weight, why=why, compared=found, source=source)


def _by_agent(agents: list[str], texts: list[Value], held: Held, numbers: Numbers) -> Term:
    """Return the term of whole client texts, counted among the other addresses of the case."""
    match = next((item for item in texts if item.text in agents), None)
    if held.others < numbers.least_population:
        if match is None:
            return untold(
                CLIENT, say("not evaluated: no client text of the sessions is on record, and no population is at hand.")
            )
        return untold(
            CLIENT,
            say(
                "not counted: the client text {text} is on record as {record}. {n} other addresses of the case show a"
                " browser, too few for a population: anybody may send the same text.",
                text=match.text[:SHOWN],
                record=match.record,
                n=held.others,
            ),
        )
    share = len(agents) * sum(counted_share(held.showing.get(item.text, 0), held.others) for item in texts)
    found = compared(numbers.same, (share,) * 3, numbers.agent.cap, matched=match is not None)
    seen = sum(held.showing.get(item.text, 0) for item in texts)
    among = say(
        "Counted in this case: {seen} of {others} other addresses with a browser show a recorded text. They are the"
        " population at hand, not one of intruders.",
        seen=seen,
        others=held.others,
    )
    why = (
        say("the client text {text} is on record as {record}.", text=match.text[:SHOWN], record=match.record)
        if match is not None
        else say("no client text of the sessions is on record: counts against.")
    )
    if found is None:
        return too_common(CLIENT, paragraph((why, among) if match is not None else ()))
    return apart(numbered(CLIENT, found, numbers.agent, numbers, paragraph((why, among))))
