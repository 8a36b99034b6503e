"""Verifies a file of `prowzi proof` without any of Prowzi: json, hashlib, base64, and Ed25519 from the package `cryptography`.

usage: verify_proof.py FILE [VERIFIER_KEY]    prints what each record is; exit code 1 where anything does not hold.
       verify_proof.py --note FILE VERIFIER_KEY    verifies one signed checkpoint and prints its size and root.
"""

import base64
import hashlib
import json
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def b64(text):
    return base64.b64decode(text, validate=True)


def parse_key(line):
    name, key_id, data = line.split("+", 2)
    data = b64(data)
    assert len(data) == 33 and data[0] == 1, "not an Ed25519 key"
    assert hashlib.sha256(name.encode() + b"\n" + data).digest()[:4].hex() == key_id, "key id"
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(data[1:])


def open_note(note, keys):
    text, signatures = note.rsplit("\n\n", 1)
    text += "\n"
    verified = False
    for line in signatures.splitlines():
        dash, name, signature = line.split(" ")
        assert dash == "\u2014"
        signature = b64(signature)
        for key_name, key_id, key in keys:
            if (name, signature[:4]) == (key_name, key_id):
                key.verify(signature[4:], text.encode())
                verified = True
    assert verified, "no known key has signed"
    origin, size, root = text.splitlines()[:3]
    return origin, int(size), b64(root)


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(leaf, index, size, path):
    """The recursion of RFC 6962, section 2.1.1, from the top."""
    if size == 1:
        assert not path, "path too long"
        return hashlib.sha256(b"\0" + leaf).digest()
    k = 1
    while k * 2 < size:
        k *= 2
    if index < k:
        return node(root_of(leaf, index, k, path[:-1]), path[-1])
    return node(path[-1], root_of(leaf, index - k, size - k, path[:-1]))


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at


def record_of(leaf):
    time, key_length, value_length = struct.unpack(">qii", leaf[:16])
    at = 16
    key = leaf[at : at + key_length] if key_length >= 0 else None
    at += max(0, key_length)
    value = leaf[at : at + value_length] if value_length >= 0 else None
    at += max(0, value_length)
    count, at = varint(leaf, at)
    headers = {}
    for _ in range(count):
        length, at = varint(leaf, at)
        name = leaf[at : at + length].decode()
        at += length
        length, at = varint(leaf, at)
        headers.setdefault(name, leaf[at : at + length] if length >= 0 else None)
        at += max(0, length)
    assert at == len(leaf), "bytes behind the headers"
    return time, key, value, headers


def event_id(time, *names):
    digest = hashlib.sha256(b"".join(struct.pack(">Q", len(n)) + n for n in names)).digest()
    words = struct.unpack(">QQ", digest[:16])
    number = (time & 0xFFFFFFFFFFFF) << 80 | (0x8000 | words[0] >> 52) << 64 | (1 << 63 | words[1] >> 2)
    text = f"{number:032x}"
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])


def main():
    if sys.argv[1] == "--note":
        origin, size, root = open_note(open(sys.argv[2]).read(), [parse_key(sys.argv[3])])
        print(origin, size, root.hex())
        return
    bundle = json.load(open(sys.argv[1]))
    assert bundle["format"] == "prowzi-proof/1"
    if len(sys.argv) > 2:
        assert bundle["keys"] == [sys.argv[2]], "signed by another key"
    keys = [parse_key(line) for line in bundle["keys"]]
    heads = {}
    for note in bundle["checkpoints"]:
        origin, size, root = open_note(note, keys)
        heads[origin] = size, root
    normalized = raw = None
    for entry in bundle["records"]:
        size, root = heads[f"{keys[0][0]}/{entry['topic']}-{entry['partition']}"]
        leaf = b64(entry["leaf"])
        assert root_of(leaf, entry["offset"], size, [b64(h) for h in entry["path"]]) == root, "inclusion"
        time, key, value, headers = record_of(leaf)
        place = f"{entry['topic']}/{entry['partition']}/{entry['offset']}"
        if entry["topic"] == "prowzi.normalized":
            event = json.loads(value)
            names = [headers["prowzi-tenant"], event["source"].encode(), event["natural_id"].encode()]
            if event["revision"] > 1:
                names.append(str(event["revision"]).encode())
            assert event_id(event["observed_at"], *names) == bundle["event_id"] == event["event_id"], "event id"
            normalized = place
        print(place, hashlib.sha256(b"\0" + leaf).hexdigest())
    assert normalized, "no normalised record"


main()
