"""Notes and checkpoints: published vectors, one spelling, and attacks on the note form."""

from __future__ import annotations

import base64

import pytest

from forensics.chain_of_custody import checkpoint, keys
from forensics.chain_of_custody.checkpoint import Checkpoint
from forensics.errors import TamperError
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR, STRANGER

PETER = keys.parse_vkey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
PETER_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_NOTE = (
    PETER_TEXT + "\n\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
FOO = keys.parse_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")

ORIGIN = "example.org/case/1"
HEAD = Checkpoint(origin=ORIGIN, size=15368405, root=bytes(range(32)))
NAMED = EDITOR.named(ORIGIN)
NOTE = checkpoint.sign_checkpoint(HEAD, EDITOR)


def test_the_published_note_of_go_opens() -> None:
    text, signers = checkpoint.open_note(PETER_NOTE, [FOO, PETER])
    assert text == PETER_TEXT
    assert signers == (PETER,)


def test_text_form_and_its_inverse() -> None:
    text = checkpoint.format_checkpoint(HEAD)
    assert text == f"{ORIGIN}\n15368405\n{base64.b64encode(bytes(range(32))).decode()}\n"
    assert checkpoint.parse_checkpoint(text) == HEAD
    assert checkpoint.open_checkpoint(NOTE, [NAMED.verifier]) == (HEAD, NAMED.verifier)
    assert checkpoint.unverified(NOTE) == HEAD
    assert checkpoint.sign_checkpoint(HEAD, EDITOR) == NOTE


def test_every_bit_every_prefix_and_every_inserted_byte_is_noticed() -> None:
    for at in range(len(NOTE)):
        changes = [NOTE[:at] + bytes([NOTE[at] ^ 1 << bit]) + NOTE[at + 1 :] for bit in range(8)]
        changes += [NOTE[:at], NOTE[:at] + NOTE[at + 1 :]]
        changes += [NOTE[:at] + extra + NOTE[at:] for extra in (b"\n", b" ", b"0", b"=")]
        for changed in changes:
            if changed != NOTE:
                with pytest.raises(TamperError):
                    checkpoint.open_checkpoint(changed, [NAMED.verifier])


def line(name: str, raw: bytes) -> str:
    return f"\u2014 {name} {base64.b64encode(raw).decode()}\n"


TEXT = checkpoint.format_checkpoint(HEAD)
SIGNATURE = NAMED.verifier.key_id + NAMED.sign(TEXT.encode())
GOOD = line(ORIGIN, SIGNATURE)
STRANGERS = line(ORIGIN, STRANGER.named(ORIGIN).verifier.key_id + STRANGER.sign(TEXT.encode()))


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        (TEXT + "\n" + GOOD + STRANGERS, "does not know"),
        (TEXT + "\n" + STRANGERS + GOOD, "does not know"),
        (TEXT + "\n" + GOOD + GOOD, "repeats"),
        (TEXT + "\n" + GOOD * 17, "more than 16"),
        (TEXT + "\n\n" + GOOD, "does not fit"),
        (TEXT + "\n" + GOOD + "\n", "no empty line"),
        (TEXT + "\n", "no empty line"),
        (TEXT + GOOD, "no empty line"),
        (TEXT + "\n" + GOOD.replace("\u2014", "-"), "em dash"),
        (TEXT + "\n" + GOOD.replace("\u2014 ", "\u2014  "), "em dash"),
        (TEXT + "\n" + GOOD.removeprefix("\u2014 "), "signature line 1 is not an em dash"),
        (TEXT + "\n" + GOOD.replace("\n", "\r\n"), "control character"),
        (TEXT + "\n" + line(ORIGIN, SIGNATURE[:-1]), "does not fit"),
        (TEXT + "\n" + line(ORIGIN, SIGNATURE[:4] + COLLEAGUE.sign(TEXT.encode())), "does not fit"),
        (TEXT + "\n" + GOOD[:-3] + "_=\n", "not base64"),
        ("x" * 70_000, "longer"),
    ],
)
def test_attacks_on_the_note(note: str, reason: str) -> None:
    with pytest.raises(TamperError, match=reason):
        checkpoint.open_checkpoint(note.encode(), [NAMED.verifier])


def test_padding_bits_of_base64_have_one_value() -> None:
    encoded = GOOD.split(" ")[2]
    assert encoded.endswith("=\n")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = letters[letters.index(encoded[-3]) ^ 1]
    note = f"{TEXT}\n\u2014 {ORIGIN} {encoded[:-3]}{other}=\n".encode()
    with pytest.raises(TamperError, match="canonical base64"):
        checkpoint.open_checkpoint(note, [NAMED.verifier])


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n01\n{'A' * 43}=\n",
        f"{ORIGIN}\n+1\n{'A' * 43}=\n",
        f"{ORIGIN}\n-1\n{'A' * 43}=\n",
        f"{ORIGIN}\n\u0661\n{'A' * 43}=\n",
        f"{ORIGIN}\n99999999999999999\n{'A' * 43}=\n",
        f"{ORIGIN}\n1\nAAAA\n",
        f"{ORIGIN}\n1\n{'A' * 43}=\nextension\n",
        f"{ORIGIN}\n1\n{'A' * 43}=\nx",
        f"{ORIGIN}\n1\n",
        f"\n1\n{'A' * 43}=\n",
        f"two words\n1\n{'A' * 43}=\n",
    ],
)
def test_only_three_lines_in_their_one_spelling_are_a_checkpoint(text: str) -> None:
    with pytest.raises(TamperError):
        checkpoint.parse_checkpoint(text)
    if text.isascii() and text.endswith("\n"):
        signed = checkpoint.sign_note(text, [NAMED])
        with pytest.raises(TamperError):
            checkpoint.open_checkpoint(signed, [NAMED.verifier])


def test_two_good_signatures_are_a_note_but_no_checkpoint_of_a_case() -> None:
    both = [NAMED, COLLEAGUE.named(ORIGIN)]
    note = checkpoint.sign_note(TEXT, both)
    known = [identity.verifier for identity in both]
    assert checkpoint.open_note(note, known) == (TEXT, tuple(known))
    with pytest.raises(TamperError, match="2 signature lines"):
        checkpoint.open_checkpoint(note, known)


def test_the_origin_is_the_name_of_the_key() -> None:
    note = checkpoint.sign_note(TEXT, [EDITOR])
    with pytest.raises(TamperError, match="origin"):
        checkpoint.open_checkpoint(note, [EDITOR.verifier])
    for text in ("no line feed", "bell\a\n"):
        with pytest.raises(ValueError, match="line feed"):
            checkpoint.sign_note(text, [EDITOR])
    with pytest.raises(TamperError, match="UTF-8"):
        checkpoint.open_note(b"\xff\n\n\n", [])
    with pytest.raises(ValueError, match="out of range"):
        Checkpoint(origin=ORIGIN, size=-1, root=bytes(32))
