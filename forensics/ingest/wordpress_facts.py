"""What rows of a WordPress dump need from other rows of it: contexts, metadata, the site's time zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from forensics.ingest import wordpress_tables
from forensics.ingest.sql_dump import SqlRow, sql_rows
from forensics.ingest.wordpress_tables import text

MAX_FACTS = 1_000_000
_LONGEST = 1_000
_CONTEXTS = frozenset(
    {
        "_message_key",
        "_server_remote_addr",
        "_user_id",
        "_user_login",
        "_user_email",
        "login",
        "login_id",
        "login_email",
        "login_user_login",
        "login_user_id",
        "login_user_email",
        "failed_username",
        "user_login",
        "user_email",
        "edited_user_login",
        "edited_user_id",
        "edited_user_email",
        "created_user_login",
        "created_user_email",
        "deleted_user_login",
        "server_http_user_agent",
        "_server_http_x_forwarded_for_0",
        "_server_http_client_ip_0",
        "application_password_name",
    }
)
_METADATA = frozenset(
    {
        "ClientIP",
        "OtherIPs",
        "Username",
        "CurrentUserID",
        "UserAgent",
        "Attempts",
        "TargetUsername",
        "TargetUserName",
        "TargetUserRole",
        "TargetUserData",
        "TargetSessionID",
        "OldRole",
        "NewRole",
        "OldEmail",
        "NewEmail",
        "IPAddress",
        "Users",
        "NewUserData",
        "SessionID",
    }
)


@dataclass(slots=True)
class Facts:
    """Contexts by entry (Simple History), metadata by occurrence (Activity Log), the names of users, and ``timezone_string``."""

    history: dict[str, dict[str, str]] = field(default_factory=dict)
    occurrences: dict[str, dict[str, str]] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    zone: str = ""
    kept: int = 0
    left_out: int = 0

    def keep(self, store: dict[str, dict[str, str]], owner: str, name: str, value: str) -> None:
        """Keep one value unless there are too many."""
        if self.kept >= MAX_FACTS:
            self.left_out += 1
            return
        self.kept += 1
        store.setdefault(owner, {})[name] = value[:_LONGEST]


def facts_of(stream: BinaryIO) -> Facts:
    """Read the dump once for these facts."""
    facts = Facts()
    for row in sql_rows(stream, lambda name: wordpress_tables.table_of(name) in wordpress_tables.FACTS):
        if isinstance(row, SqlRow):
            _learn(facts, row)
    return facts


def _learn(facts: Facts, row: SqlRow) -> None:
    table = wordpress_tables.table_of(row.table)
    if table == "options":
        if text(row.values, "option_name") == "timezone_string":
            found = text(row.values, "option_value")
            facts.zone = found if facts.zone in ("", found) else "several sites of several zones"
    elif table == "users":
        if len(facts.users) < MAX_FACTS:
            facts.users[text(row.values, "ID")] = text(row.values, "user_login")
    elif table == "simple_history_contexts":
        if (name := text(row.values, "key")) in _CONTEXTS:
            facts.keep(facts.history, text(row.values, "history_id"), name, text(row.values, "value"))
    elif (name := text(row.values, "name")) in _METADATA:
        facts.keep(facts.occurrences, text(row.values, "occurrence_id"), name, text(row.values, "value"))
