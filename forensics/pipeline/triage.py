"""``sessions --triage``: unexplained sessions of a case, those most unlike the owner's first. Nothing of it is a finding.

It is computed from what a sealed case holds, printed, and kept nowhere: no finding, report or seal ever reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from forensics import event_store
from forensics.attribution.noted import significant
from forensics.attribution.triage import Levels, Score, Triage, features
from forensics.case import CaseFolder
from forensics.pipeline import queries
from forensics.pipeline.judgement import Enricher
from forensics.pipeline.judging_again import inputs_of
from forensics.pipeline.sealed_log import last_analysis
from forensics.sentence import Sentence, paragraph, say, say_n
from forensics.vocabulary import Role

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from forensics.model import Owner

LABEL = say(
    "Triage: an order in which to read, by how unlike the owner's explained sessions each session is. No finding, no strength,"
    " and no probability of anything."
)
_TOLD = ("first", "provider", "account", "address", "client", "id")
COLUMNS = ("triage", "order", "ratio", "never", *_TOLD)
_BATCH = 4_096
_VISITORS = """select address, user_agent as client, min(time)::date as day from facts
where provider = 'weblog' and address is not null and time is not null group by all order by all"""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Whom the rows are of: the owner (explained sessions), other accounts, visitors of web sites (counted once each)."""

    own_sessions: int
    accounts: int
    visitors: int
    rows: int

    @property
    def users(self) -> int:
        """The owner and everybody else."""
        return 1 + self.accounts + self.visitors

    @property
    def says(self) -> Sentence:
        """Say how large it is, and what follows where there is none."""
        own = say_n("{n} explained session of the owner.", "{n} explained sessions of the owner.", self.own_sessions)
        if not self.own_sessions:
            return say(
                "No session is explained by the owner, so there is nothing to compare with: the order is that of time."
            )
        if self.users == 1:
            none = say(
                "Population: none. The ratio tells only what is new beside the owner's own sessions; it says nothing about how"
                " common a value is."
            )
            return paragraph((none, own))
        accounts = say_n("{n} other account", "{n} other accounts", self.accounts)
        visitors = say_n("{n} visitor of a web site", "{n} visitors of web sites", self.visitors)
        among = say(
            "Population: {users} users ({accounts}, {visitors}, and the owner), {rows} rows.",
            users=self.users,
            accounts=accounts,
            visitors=visitors,
            rows=self.rows,
        )
        guide = say("Visitors are no users of the accounts: how common a value is among them is a guide.")
        return paragraph((among, own, guide if self.visitors else ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """The unexplained sessions in order, each with its ratio; ``None`` where there is nothing to compare with."""

    case: str
    population: Population
    sessions: tuple[tuple[Row, Score | None], ...]

    def as_json(self) -> dict[str, Any]:
        """Return the documented object of ``sessions --triage --json``."""
        return {
            "schema": "forensics/triage/1",
            "case": self.case,
            "label": LABEL,
            "finding": False,
            "population": {**asdict(self.population), "users": self.population.users, "says": self.population.says},
            "sessions": [
                {
                    **row,
                    "order": place,
                    "ratio": score.ratio if score else None,
                    "factors": [_factor(asdict(item)) for item in score.factors] if score else [],
                }
                for place, (row, score) in enumerate(self.sessions, 1)
            ],
        }

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the table; every row says what it is, wherever it is pasted."""
        for place, (row, score) in enumerate(self.sessions, 1):
            ratio = score.ratio if score else None
            never = [name for item in score.factors for name in item.never] if score else []
            yield {**row, "triage": "no finding", "order": place, "ratio": ratio, "never": never}


def _factor(held: dict[str, Any]) -> dict[str, Any]:
    lists = {name: list(held[name]) for name in ("values", "never")}
    return {**held, **lists, "p": significant(held["p"]), "p_own": significant(held["p_own"])}


def ordered(folder: Path) -> Ordered:
    """Order the unexplained sessions of an analysed case; nothing is written into it."""
    case = CaseFolder.open(folder)
    inputs = inputs_of(case, last_analysis(case.path))
    enricher, held = Enricher(inputs), Triage()
    others = _others(queries.sessions(folder)[1], inputs.owner)
    asked: list[Row] = []
    for row, shown in _shown(queries.sessions(folder)[1], enricher):
        if _account(row) in others:
            held.add(shown, own=False)
        elif row["role"] == Role.OWNER:
            held.add(shown, own=True)
        elif row["role"] == Role.UNEXPLAINED:
            asked.append({name: row[name] for name in _TOLD})
    of_accounts = held.rows
    with event_store.workroom(case.path) as (connection, _):
        for _, shown in _shown(_visits(connection), enricher):
            held.add(shown, own=False)
    population = Population(
        own_sessions=held.own_rows, accounts=len(others), visitors=held.rows - of_accounts, rows=held.rows
    )
    scored = [(row, held.score(shown, population.users)) for row, shown in _shown(asked, enricher)]
    scored.sort(key=_order)
    return Ordered(case=str(case.path), population=population, sessions=tuple(scored))


def _order(item: tuple[Row, Score | None]) -> tuple[float, int, str, str]:
    """Order by the ratio, then by how much of it the owner never showed, then by time."""
    row, score = item
    return (-score.ratio if score else 0.0, -score.new if score else 0, row["first"], row["id"])


def _account(row: Row) -> tuple[str, str]:
    return row["provider"], row["account"]


def _others(rows: Iterable[Row], owner: Owner) -> frozenset[tuple[str, str]]:
    """Return the accounts of other people: beside the owner's declared account, and without a session that the owner explains.

    Where the declared account itself does not occur (an export may name it by a number), nobody knows whose an account is:
    its sessions are put in order like all others.
    """
    explained: dict[tuple[str, str], bool] = {}
    for row in rows:
        explained[_account(row)] = explained.get(_account(row), False) or row["role"] == Role.OWNER
    own = {account for account in explained if account[1] in owner.accounts.get(account[0], ())}
    beside = {provider for provider, _ in own}
    return frozenset(
        account
        for account, mine in explained.items()
        if account[0] in beside and account not in own and account[1] and not mine
    )


def _visits(connection: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    """Yield the visitors of web sites: address and client, once, with the first day."""
    for batch in connection.sql(_VISITORS).to_arrow_reader(_BATCH):
        yield from batch.to_pylist()


def _shown(rows: Iterable[Row], enricher: Enricher) -> Iterator[tuple[Row, dict[str, Levels]]]:
    """Yield rows with their features, the networks as of their day, looked up together."""
    told = iter(rows)
    while chosen := list(islice(told, _BATCH)):
        days = list(dict.fromkeys((row["address"], _day(row)) for row in chosen if row["address"]))
        contexts = dict(zip(days, enricher.contexts(days), strict=True))
        for row in chosen:
            context = contexts.get((row["address"], _day(row)))
            network, country = (context.origin_as.value, context.country.value) if context else (None, None)
            yield row, features(row["address"], network, country, row["client"])


def _day(row: Row) -> date:
    return row["day"] if "day" in row else datetime.fromisoformat(row["first"]).date()
