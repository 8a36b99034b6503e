#!/usr/bin/env python3
"""Prints the briefs of a time window, with aiokafka, and holds them against their schema.

    topics/clients/briefs_aiokafka.py HOST:PORT FROM TO [SCHEMA]     times in milliseconds since 1970; TO is not included

SCHEMA is a topic file such as topics/prowzi.briefs.json. A line is: partition, offset, time, key, CloudEvents type, bytes of the value; separated by tabs.
"""
import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer
from jsonschema import Draft202012Validator

TOPIC = "prowzi.briefs"


async def main(bootstrap, first, last, schema=None):
    validator = Draft202012Validator(json.load(open(schema))["value_schema"]) if schema else None
    # Without a group it is given all partitions of the topic.
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        starts = await consumer.offsets_for_times({p: first for p in partitions})
        found = []
        for partition in partitions:
            start = starts[partition]
            # No record is that new.
            if start is None:
                consumer.pause(partition)
                ends[partition] = 0
            else:
                consumer.seek(partition, start.offset)
        # Markers of transactions take offsets, too: what counts is the position, not the last record.
        while any([await consumer.position(p) < ends[p] for p in partitions if ends[p]]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                # A record that came late may be older than those before it, so each is looked at.
                found += [record for record in records if first <= record.timestamp < last]
    finally:
        await consumer.stop()
    for record in sorted(found, key=lambda r: (r.partition, r.offset)):
        if validator:
            validator.validate(json.loads(record.value))
        print(
            record.partition, record.offset, record.timestamp, record.key.decode(), dict(record.headers)["ce_type"].decode(), len(record.value),
            sep="\t")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]))
