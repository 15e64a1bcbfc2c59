"""Seal a changed case again with another key, as somebody could who rewrites its history."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from forensics import chain_of_custody as custody
from forensics.chain_of_custody import Act
from forensics.pipeline.printing import print_again
from forensics.pipeline.rendering import render_again

SEED = bytes(range(1, 33))


def copied(case: Path, target: Path) -> Path:
    """Copy a case so that its files can be changed."""
    shutil.copytree(case, target)
    for path in target.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return target


def seal_again(case: Path, change: Callable[[Act], Act | None] = lambda act: act) -> Path:
    """Write the whole log anew with a new key: every act as changed, over the files as they are now.

    The report is rendered again, because it prints the checkpoint. Return the new key's file, beside the case.
    """
    acts = [record.act for record in custody.read_records(case)]
    origin = str(acts[0].subject["origin"])
    shutil.rmtree(case / "checkpoints")
    shutil.rmtree(case / "keys")
    for name in ("custody.jsonl", "checkpoint", "trust.policy"):
        (case / name).unlink()
    identity = custody.from_seed(SEED, "other").named(origin)
    opening = custody.Opening(key=identity.verifier, origin=origin, time=acts[0].time)
    keys = custody.write_keys(case, origin, [identity.verifier])
    named = {item.path for item in keys}
    kept = [item for item in acts[0].out if not item.path.startswith("keys/") and item.path not in named]
    log = custody.Log.create(case)
    log.seal([custody.opening_act(opening, [*keys, *kept])], identity)
    for act in acts[1:]:
        changed = change(act)
        if changed is not None:
            log.seal([_over(case, changed, identity)], identity)
    log.close()
    key = case.with_name(f"{case.name}.pem")
    key.unlink(missing_ok=True)
    custody.save_unprotected_key(custody.from_seed(SEED, "other"), key)
    if any(act.action == "analysis.run" for act in acts):
        render_again(case, None, "", key, None)
        if (case / "report.pdf").exists():
            print_again(case, None, "", key, None)
    return key


def _over(case: Path, act: Act, identity: custody.Identity) -> Act:
    paths = [item.path for item in act.out if not item.path.startswith("checkpoints/")]
    out = [custody.measure(case, path) for path in paths if (case / path).exists()]
    return replace(act, actor=identity.actor, out=out)
