import Model

extension ProjectionFold {
  /// Turns what was folded into rows, in the order in which keys were first met.
  mutating func writeAggregates() {
    // Writers change while rows are written, so what rows need of this value is taken out before.
    let partition = partition
    for (_, latest) in briefs.rows { writers[ProjectionTable.briefs.rawValue].append(latest) }
    for (key, row) in briefEvents.rows {
      write(.briefEvents) {
        $0.uuid(key.event)
        $0.uuid(key.brief)
        $0.text(row.tenant)
        $0.smallint(partition)
        $0.integer(row.firstRevision)
      }
    }
    for (key, row) in stories.rows {
      write(.stories) {
        $0.uuid(key.story)
        $0.text(key.tenant)
        $0.smallint(partition)
        $0.text(row.domain)
        $0.text(row.title)
        $0.text(row.firstSource)
        $0.time(row.firstSeenAt)
        $0.time(row.lastSeenAt)
        $0.integer(row.size)
        $0.integer(row.sources)
      }
    }
    for (key, row) in storySources.rows {
      write(.storySources) {
        $0.uuid(key.story)
        $0.text(key.publisher)
        $0.text(key.tenant)
        $0.smallint(partition)
        $0.uuid(row.firstEvent)
        $0.integer(row.events)
      }
    }
    writeGraph()
    writeCounts()
  }

  private mutating func writeGraph() {
    let partition = partition
    for (key, row) in entities.rows {
      write(.entities) {
        $0.uuid(key.entity)
        $0.text(key.tenant)
        $0.smallint(partition)
        $0.text(row.type)
        $0.text(row.name)
        $0.bigint(row.mentions)
        $0.time(row.firstSeenAt)
        $0.time(row.lastSeenAt)
      }
    }
    for (key, row) in edges.rows {
      write(.edges) {
        $0.uuid(key.low)
        $0.uuid(key.high)
        $0.text(key.tenant)
        $0.smallint(partition)
        $0.bigint(row.events)
        $0.time(row.firstSeenAt)
        $0.time(row.weight.at)
        $0.double(row.weight.weight)
      }
    }
  }

  private mutating func writeCounts() {
    let partition = partition
    for (key, row) in heat.rows {
      write(.heat) {
        $0.time(Timestamp(milliseconds: key.hour))
        $0.text(key.domain)
        $0.text(key.node)
        $0.text(key.tenant)
        $0.smallint(partition)
        $0.bigint(row.events)
        $0.bigint(row.micros)
      }
    }
    for (key, row) in bands.rows {
      write(.bands) {
        $0.time(Timestamp(milliseconds: key.hour))
        $0.text(key.domain)
        $0.text(key.kind)
        $0.text(key.band)
        $0.text(key.tenant)
        $0.smallint(partition)
        $0.bigint(row.events)
        $0.bigint(row.micros)
      }
    }
    for (key, row) in scorers.rows {
      let parts = key.scorer.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      write(.scorers) {
        $0.text(key.scorer)
        $0.text(key.tenant)
        $0.smallint(partition)
        $0.text(String(parts[0]))
        $0.text(parts.count > 1 ? String(parts[1]) : "")
        $0.bigint(row.firstOffset)
        $0.bigint(row.lastOffset)
        $0.time(row.firstSeenAt)
        $0.time(row.lastSeenAt)
        $0.bigint(row.evaluations)
      }
    }
  }
}
