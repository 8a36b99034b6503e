#!/usr/bin/env python3
"""Prints the briefs of a time window, with confluent-kafka, and holds them against their schema.

    topics/clients/briefs_confluent.py HOST:PORT FROM TO [SCHEMA]     times in milliseconds since 1970; TO is not included

SCHEMA is a topic file such as topics/prowzi.briefs.json. A line is: partition, offset, time, key, CloudEvents type, bytes of the value; separated by tabs.
"""
import json
import sys

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from jsonschema import Draft202012Validator

TOPIC = "prowzi.briefs"


def main(bootstrap, first, last, schema=None):
    validator = Draft202012Validator(json.load(open(schema))["value_schema"]) if schema else None
    # A group is demanded by the library and not used: partitions are assigned by hand, and nothing is committed.
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": "briefs-example", "enable.auto.commit": False, "isolation.level": "read_committed",
        "enable.partition.eof": True, "auto.offset.reset": "earliest", "check.crcs": True})
    partitions = sorted(consumer.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions)
    starts = consumer.offsets_for_times([TopicPartition(TOPIC, p, first) for p in partitions], timeout=10)
    consumer.assign(starts)
    reading, found = set(partitions), []
    while reading:
        message = consumer.poll(10)
        if message is None:
            raise SystemExit("no broker answers")
        if message.error():
            if message.error().code() != KafkaError._PARTITION_EOF:
                raise KafkaException(message.error())
            reading.discard(message.partition())
            continue
        time = message.timestamp()[1]
        # A record that came late may be older than those before it, so each is looked at.
        if first <= time < last:
            found.append(message)
    consumer.close()
    for message in sorted(found, key=lambda m: (m.partition(), m.offset())):
        headers = dict(message.headers() or [])
        value = message.value()
        if validator:
            validator.validate(json.loads(value))
        print(message.partition(), message.offset(), message.timestamp()[1], message.key().decode(), headers["ce_type"].decode(), len(value), sep="\t")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
