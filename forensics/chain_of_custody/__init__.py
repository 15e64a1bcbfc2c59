r"""What was done, when, by whom, to which bytes; and how a stranger checks it without us.

Threat model
============

A case folder is handed to people who do not trust each other: an examiner, a lawyer, the police, the other side's
expert. Each may hold a copy, and each may wish that a byte were different. The log makes every such change visible:

- a byte of any file changed, a file added or taken away: the log names each file's size and SHA-256, and no other
  file may be there;
- a line of the log changed, cut off, moved or inserted: lines are chained, and a signature covers their number and
  their Merkle root;
- an earlier signature removed: the line after it names it like any other file;
- a crash in the middle of writing: what was acknowledged is kept, what was torn is kept aside and told.

Not prevented by anything inside a folder, and said so wherever a case is verified: that a line states an untruth or
that an act was never logged; that the holder of a key rewrites the whole history; that an older, genuine state of the
*whole* folder is put back, or a new case made with a new key. The last three need something kept elsewhere: a printed
size and root, the examiner's key, a time stamp, a witness. Step 10 of the verification compares with them. Records
found unsigned after a crash are signed later by whoever continues; the ``recovery`` record says which they are.

Format
======

``custody.jsonl`` holds one record a line, each a JSON object in one canonical spelling (``canonical``), ended by one
line feed, at most 65,535 bytes. Members, in the order in which they stand: ``action`` (closed list), ``actor``
(``key:`` and 32 hex digits: the first half of SHA-256 of the public key), ``authority``?, ``gone``? (sorted paths
removed), ``out``? (``bytes``, ``path``, ``sha256`` of files produced or replaced, sorted by path), ``prev`` (SHA-256 of
the previous line with its line feed; 64 zeros in the first), ``reason``?, ``seq`` (from 0), ``subject`` (object),
``time`` (UTC, whole seconds), ``tool``? (``name``, ``version``, ``digest``), ``v`` (1). ``sig``? (between ``seq`` and
``subject``) is the signature of a person over the line without it (``people``). Members with ``?`` are left out
when empty.

The same lines, line feed included, are the leaves of the Merkle tree of RFC 6962 (``merkle``). ``checkpoint`` is a C2SP
signed note (``checkpoint``): origin, number of lines, base64 of the root, an empty line, one signature line. The key
name is the origin; the signer is the actor of the last line. When a checkpoint is replaced it moves to
``checkpoints/SIZE``, and the next record names it in ``out``.

The first record opens the case and states its ``origin`` and the first ``vkey``; ``key.add`` and ``key.revoke`` state
further ones. The subject of these three is flat. ``keys/ID.pub`` (the vkey), ``keys/ID.pem`` (SubjectPublicKeyInfo) and
``trust.policy`` (C2SP tlog-policy: a ``log`` line per active key, then the case's witnesses and their quorum, ``none`` at
first) repeat what the log says, exactly. ``timestamps/`` and ``witnesses/`` hold what others attest (``attestations``).

The *sealed set* is the last ``out`` entry of every path, minus later ``gone``, plus the log and its checkpoint.
Anything else in the folder is a defect, symbolic links, special files and empty folders included. Parts of paths
consist of ``A-Z a-z 0-9 . _ + = @ , ~ -``, start with a letter, digit or ``_`` and do not end in a dot.

``docs/custody-format.md`` is the normative text. ``verify`` lists the steps of the verification.

Worked example
==============

The key whose seed (RFC 8032) is the 32 bytes 00, 01 … 1f opens a case and notes something. (A backslash at the end of
a line of this page continues it: the log has two lines.) ::

    {"action":"case.open","actor":"key:56475aa75463474c0285df5dbf2bcab7",\
    "prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":0,\
    "subject":{"origin":"example.org/case/1",\
    "vkey":"example.org/case/1+82a1d1ff+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"},\
    "time":"2026-01-01T00:00:00Z","v":1}
    {"action":"note","actor":"key:56475aa75463474c0285df5dbf2bcab7",\
    "prev":"e09af17978f47e471e85169114678e85d10626b9d9fe45a37487820de8faf845","seq":1,\
    "subject":{"text":"Exhibit 1 arrived by post."},"time":"2026-01-01T00:01:00Z","v":1}

``sed -n 1p custody.jsonl | sha256sum`` prints the ``prev`` of the second line. The checkpoint over both::

    example.org/case/1
    2
    jIhTTjB9aadFHaEAaeNGQGsWyixZBOanC+P2WQcXpZo=

    — example.org/case/1 \
    gqHR/2dVIvWLKaB7IfPZb7fpYDZio1LP47qGizhiotqYJLfXjKRdot9AED4DyOoWXjHYnIIxNFF0Kv26QruqQCtLUgo=

Modules, from the bytes up: ``canonical``, ``merkle``, ``keys``, ``keyfile``, ``checkpoint``, ``acts``, ``history``,
``run``, ``reading``, ``stretches``, ``folder``, ``durable``, ``log``, ``seal``, ``verify``; ``kit/`` is what goes into every
case. What others say about a case: ``cosignature``, ``policy``, ``witness`` (they have seen a head), ``timestamp_token``,
``timestamp_chain`` (it existed then), ``attestations`` (both, as they lie in a case); ``tlog_proof`` shows one record alone.
People: ``ssh_keys``, ``sshsig``, ``signers``, ``ssh_agent``, ``pkcs11_token``, ``people``. Hand-over and disclosure:
``statement``, ``transfer``, ``bag``, ``salted``.
"""

from forensics.chain_of_custody.acts import ACTIONS, Act, Output, Record, split_act
from forensics.chain_of_custody.checkpoint import Checkpoint
from forensics.chain_of_custody.durable import describe, is_unpublished, measure, publish
from forensics.chain_of_custody.folder import unsealed
from forensics.chain_of_custody.keyfile import load_key, load_public_key, save_key, save_unprotected_key
from forensics.chain_of_custody.keys import Identity, VerifierKey, from_seed, new_identity, parse_vkey
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.people import People
from forensics.chain_of_custody.reading import read_records
from forensics.chain_of_custody.seal import Opening, key_act, opening_act, write_keys, write_kit
from forensics.chain_of_custody.signers import of_identity
from forensics.chain_of_custody.verify import Expected, Report, Step, verify_case

__all__ = [
    "ACTIONS",
    "Act",
    "Checkpoint",
    "Expected",
    "Identity",
    "Log",
    "Opening",
    "Output",
    "People",
    "Record",
    "Report",
    "Step",
    "VerifierKey",
    "describe",
    "from_seed",
    "is_unpublished",
    "key_act",
    "load_key",
    "load_public_key",
    "measure",
    "new_identity",
    "of_identity",
    "opening_act",
    "parse_vkey",
    "publish",
    "read_records",
    "save_key",
    "save_unprotected_key",
    "split_act",
    "unsealed",
    "verify_case",
    "write_keys",
    "write_kit",
]
