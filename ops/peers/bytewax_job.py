"""The reduced job in Bytewax, one process: parse, SHA-256, count by key, first seen, serialise."""
import hashlib
import json
import sys
import time
from pathlib import Path

import bytewax.operators as op
from bytewax.connectors.files import FileSink, FileSource
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main


def parse(line):
    record = json.loads(line)
    return record["key"], hashlib.sha256(record["text"].encode()).hexdigest()


def look(state, digest):
    count, seen = state if state is not None else (0, set())
    first = digest not in seen
    seen.add(digest)
    return (count + 1, seen), (count + 1, first, digest)


def write(item):
    key, (count, first, digest) = item
    return key, json.dumps({"count": count, "first": first, "key": key, "sha256": digest}, separators=(",", ":"))


source, target = Path(sys.argv[1]), Path(sys.argv[2])
flow = Dataflow("reduced")
lines = op.input("lines", flow, FileSource(source, batch_size=1000))
parsed = op.map("parse", lines, parse)
looked = op.stateful_map("look", parsed, look)
op.output("write", op.map("serialise", looked, write), FileSink(target))
start = time.monotonic()
run_main(flow)
print(f"{time.monotonic() - start:.3f}")
