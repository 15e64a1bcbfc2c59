"""``custody witness serve``: the witness of this user over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from forensics.chain_of_custody.witness import Answer
from forensics.errors import PolicyError
from forensics.pipeline.clock import now
from forensics.pipeline.witnessing import Holder, open_witness
from forensics.serve import running
from forensics.serve.running import Listening


def serve(state: Path, holder: Holder, logs: Sequence[str], where: tuple[str, int], say: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Raises:
        PolicyError: others could connect without encryption.
        NetworkError: the address cannot be listened on.
    """
    from forensics.serve.witness_server import make_app

    listening = Listening(host=where[0], port=where[1])
    running.check(listening, tokens=1)
    if not listening.loopback:
        raise PolicyError("a witness listens on this machine only", hint="Put a proxy that speaks TLS before it")
    witness = open_witness(state, holder, logs)

    def told(answer: Answer) -> None:
        kept = f"; kept as evidence: {state / answer.evidence}" if answer.evidence else ""
        say(f"{answer.status} {answer.reason}{kept}")

    def started(bound: Listening) -> None:
        say(f"Witness {witness.key.vkey}")
        say(f"Serving {bound.url} until interrupted")

    running.run(lambda _: make_app(witness, lambda: int(now().timestamp()), told), listening, started)
