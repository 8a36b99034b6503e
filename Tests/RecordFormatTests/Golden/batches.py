"""Reads and writes record batches with kafka-python and aiokafka, as the opposite half of our codec.

    batches.py read DIR     decodes every *.batch with both packages, checksum first
    batches.py write DIR    writes batches with both packages' builders, every codec they offer

Both print canonical JSON, a line a batch, bytes in hexadecimal: what `read` found and what `write` wrote.
"""

import json
import pathlib
import sys

import aiokafka.record.default_records as aiokafka_records
import aiokafka.record.memory_records as aiokafka_memory
import kafka.record.default_records as kafka_records
import kafka.record.memory_records as kafka_memory

CODECS = {"none": 0, "gzip": 1, "lz4": 3, "zstd": 4}


def hexadecimal(value):
    return None if value is None else bytes(value).hex()


def show(who, name, index, batch, records):
    line = {
        "batch": index,
        "by": who,
        "file": name,
        "records": [
            {
                "headers": [[key, hexadecimal(value)] for key, value in headers],
                "key": hexadecimal(key),
                "offset": offset,
                "timestamp": timestamp,
                "value": hexadecimal(value),
            }
            for offset, timestamp, key, value, headers in records
        ],
        **batch,
    }
    print(json.dumps(line, sort_keys=True, separators=(",", ":")))


def read(directory):
    for path in sorted(directory.glob("*.batch")):
        for who, package in (("aiokafka", aiokafka_memory), ("kafka-python", kafka_memory)):
            memory = package.MemoryRecords(path.read_bytes())
            index = 0
            while memory.has_next():
                batch = memory.next_batch()
                if not batch.validate_crc():
                    sys.exit(f"{path.name}, batch {index}: {who} finds the checksum wrong")
                facts = {
                    "base": batch.base_offset,
                    "codec": batch.compression_type,
                    "control": bool(batch.is_control_batch),
                    "producer": [batch.producer_id, batch.producer_epoch, batch.base_sequence],
                    "transactional": bool(batch.is_transactional),
                }
                records = [(r.offset, r.timestamp, r.key, r.value, r.headers) for r in batch]
                show(who, path.name, index, facts, records)
                index += 1


def written_records():
    """Null, empty and long keys, values and headers; times that go back; enough of them that compression pays."""
    records = []
    for n in range(300):
        key = [None, b"", b"key-%d" % n][n % 3]
        value = [b'{"n":%d,"text":"%s"}' % (n, b"word " * (n % 40)), None, b""][n // 3 % 3]
        headers = [[], [("ce_id", b"%d" % n), ("empty", b"")], [("null", None)]][n % 7 % 3]
        records.append((n, 1_771_646_400_000 + (n * 7919) % 1000 - 500, key, value, headers))
    records.append((300, 1_771_646_500_000, b"k" * 300, bytes(range(256)) * 300, [("h" * 200, b"v" * 9000)]))
    return records


def write(directory):
    records = written_records()
    for who, package in (("aiokafka", aiokafka_records), ("kafka-python", kafka_records)):
        for codec, number in CODECS.items():
            for producer, transactional in (((-1, -1, -1), False), ((9, 2, 40), True)):
                builder = package.DefaultRecordBatchBuilder(
                    magic=2,
                    compression_type=number,
                    is_transactional=transactional,
                    producer_id=producer[0],
                    producer_epoch=producer[1],
                    base_sequence=producer[2],
                    batch_size=10_000_000,
                )
                for offset, timestamp, key, value, headers in records:
                    if builder.append(offset, timestamp, key, value, headers) is None:
                        sys.exit(f"{who} took no record {offset}")
                name = f"{who}-{codec}-{'transaction' if transactional else 'plain'}.batch"
                (directory / name).write_bytes(bytes(builder.build()))
                facts = {
                    "base": 0,
                    "codec": number,
                    "control": False,
                    "producer": list(producer),
                    "transactional": transactional,
                }
                show(who, name, 0, facts, records)


if __name__ == "__main__":
    {"read": read, "write": write}[sys.argv[1]](pathlib.Path(sys.argv[2]))
