"""Lines made by column say of each session what the session itself says, byte for byte."""

from __future__ import annotations

import json

from forensics.pipeline.outcome import Outcome


def test_lines_by_column_are_those_of_the_sessions(outcome: Outcome) -> None:
    lines = {json.loads(line)["id"]: line for line in (outcome.case.path / "sessions.jsonl").read_bytes().splitlines()}
    assert outcome.judged.sessions
    for session in outcome.judged.sessions:
        row = {
            "schema": "forensics/session/1",
            "id": session.id,
            "provider": session.provider,
            "account": session.account,
            "address": session.address,
            "client": session.client,
            "device": session.device,
            "first": session.first.isoformat(),
            "last": session.last.isoformat(),
            "events": session.events,
            "role": str(session.role),
            "reasons": list(session.reasons),
            "verdict": str(session.role),
        }
        assert lines[session.id] == json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
