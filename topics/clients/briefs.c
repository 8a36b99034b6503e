// Prints the briefs of a time window, with librdkafka:
//
//   cc -o briefs topics/clients/briefs.c $(pkg-config --cflags --libs rdkafka)
//   ./briefs HOST:PORT FROM TO     times in milliseconds since 1970; TO is not included
//
// A line is: partition, offset, time, key, CloudEvents type, bytes of the value; separated by tabs. Partitions take turns.
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *topic = "prowzi.briefs";

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static void set(rd_kafka_conf_t *settings, const char *name, const char *value) {
  char message[512];
  if (rd_kafka_conf_set(settings, name, value, message, sizeof message) != RD_KAFKA_CONF_OK) fail(name, message);
}

static void print(const rd_kafka_message_t *message, long long time) {
  rd_kafka_headers_t *headers;
  const void *type = "";
  size_t size = 0;
  if (!rd_kafka_message_headers(message, &headers)) rd_kafka_header_get_last(headers, "ce_type", &type, &size);
  printf("%d\t%lld\t%lld\t%.*s\t%.*s\t%zu\n", message->partition, (long long)message->offset, time, (int)message->key_len,
      (const char *)message->key, (int)size, (const char *)type, message->len);
}

int main(int count, char **words) {
  if (count != 4) fail("usage", "briefs HOST:PORT FROM TO");
  long long first = atoll(words[2]), last = atoll(words[3]);
  rd_kafka_conf_t *settings = rd_kafka_conf_new();
  set(settings, "bootstrap.servers", words[1]);
  // Demanded by the library and not used: partitions are assigned by hand, and nothing is committed.
  set(settings, "group.id", "briefs-example");
  set(settings, "enable.auto.commit", "false");
  set(settings, "isolation.level", "read_committed");
  set(settings, "enable.partition.eof", "true");
  set(settings, "auto.offset.reset", "earliest");
  set(settings, "check.crcs", "true");
  char message[512];
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, settings, message, sizeof message);
  if (!client) fail("no client", message);
  rd_kafka_poll_set_consumer(client);

  const rd_kafka_metadata_t *metadata;
  rd_kafka_topic_t *named = rd_kafka_topic_new(client, topic, NULL);
  rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, named, &metadata, 10000);
  if (error) fail("the topic cannot be asked for", rd_kafka_err2str(error));
  int partitions = metadata->topics[0].partition_cnt;
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(named);

  // Times go in as offsets, and offsets come out.
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
  for (int partition = 0; partition < partitions; partition++) {
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = first;
  }
  error = rd_kafka_offsets_for_times(client, list, 10000);
  if (!error) error = rd_kafka_assign(client, list);
  if (error) fail("the window cannot be found", rd_kafka_err2str(error));
  rd_kafka_topic_partition_list_destroy(list);

  while (partitions > 0) {
    rd_kafka_message_t *found = rd_kafka_consumer_poll(client, 10000);
    if (!found) fail(words[1], "no broker answers");
    if (found->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      partitions--;
    } else if (found->err) {
      fail(topic, rd_kafka_message_errstr(found));
    } else {
      long long time = rd_kafka_message_timestamp(found, NULL);
      // A record that came late may be older than those before it, so each is looked at.
      if (first <= time && time < last) print(found, time);
    }
    rd_kafka_message_destroy(found);
  }
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
  return 0;
}
