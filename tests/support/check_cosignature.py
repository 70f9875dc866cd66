"""Checks a cosigned checkpoint with nothing of the program's own code: FILE, the log's key, the witness' key."""
import base64
import hashlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def key_of(vkey, algorithm):
    name, key_id, body = vkey.split("+", 2)
    raw = base64.b64decode(body, validate=True)
    assert raw[0] == algorithm and len(raw) == 33, "another kind of key"
    expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    assert expected.hex() == key_id, "the id is not the key's"
    return name, expected, Ed25519PublicKey.from_public_bytes(raw[1:])


def main(file, log_vkey, witness_vkey):
    note = open(file, "rb").read()
    text, _, signatures = note.rpartition(b"\n\n")
    text += b"\n"
    log, witness = key_of(log_vkey, 1), key_of(witness_vkey, 4)
    seen = set()
    for line in signatures.decode().splitlines():
        dash, name, blob = line.split(" ")
        assert dash == "\u2014"
        raw = base64.b64decode(blob, validate=True)
        if (name, raw[:4]) == log[:2]:
            log[2].verify(raw[4:], text)
            seen.add("log")
        if (name, raw[:4]) == witness[:2]:
            seconds = int.from_bytes(raw[4:12], "big")
            assert len(raw) == 4 + 8 + 64 and seconds > 0
            witness[2].verify(raw[12:], b"cosignature/v1\ntime %d\n" % seconds + text)
            seen.add("witness")
    assert seen == {"log", "witness"}, "a signature is missing"


main(*sys.argv[1:])
