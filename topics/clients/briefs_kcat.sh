#!/usr/bin/env bash
# Prints the briefs of a time window, with kcat:
#
#   topics/clients/briefs_kcat.sh HOST:PORT FROM TO     times in milliseconds since 1970; TO is not included
#
# A line is: partition, offset, time, key, CloudEvents type, bytes of the value; separated by tabs.
set -euo pipefail
# s@ and e@ look up offsets by time; -e ends where the partition does. A record that came late may be older than those before it, and some brokers answer with the
# beginning of a batch, so each record's time is looked at as well. Headers come as name=value,name=value.
kcat -q -C -b "$1" -t prowzi.briefs -X isolation.level=read_committed -X check.crcs=true -o "s@$2" -o "e@$3" -e \
  -f '%p\t%o\t%T\t%k\t%h\t%S\n' | sed -E 's/\t[^\t]*ce_type=([^,\t]*)[^\t]*\t/\t\1\t/' |
  awk -F '\t' -v from="$2" -v to="$3" '$3 >= from && $3 < to' | sort -n -k1,1 -k2,2
