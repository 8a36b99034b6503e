import Disk
import Generator
import Model
import Ports
import Runtime
import Sensors

/// Generated signals into the log: what a run needs that has nothing from outside.
struct GeneratedIngest {
  private let directory: DataDirectory

  init(_ directory: DataDirectory) { self.directory = directory }

  /// One generated item as a sensor would hand it on.
  struct Item {
    var source: String
    var contentType: String
    var value: [UInt8]
    var columns: [UInt8]?
    var key: [UInt8]
    var observedAt: Timestamp
  }

  /// Calls `body` with so many items of a seed.
  static func items(seed: UInt64, count: Int, perDay: Int, _ body: (Item) throws(ProwziError) -> Void) throws(ProwziError) {
    var generator = SignalGenerator(seed: seed, eventsPerDay: perDay)
    let router = Router()
    for _ in 0..<count {
      let item = generator.next()
      try body(
        Item(
          source: item.source, contentType: item.contentType, value: item.value, columns: item.columns,
          key: router.routingKey(source: item.source, kind: "", value: item.value, columns: item.columns), observedAt: item.observedAt))
    }
  }

  /// - Returns: how many records came in.
  func ingest(seed: UInt64, events: Int, perDay: Int) throws(ProwziError) -> Int {
    let log = try directory.openWriter(DataDirectory.sensors)
    defer { log.close() }
    var appender = RawAppender(log: log, partitions: directory.partitions)
    try Self.items(seed: seed, count: events, perDay: perDay) { (item) throws(ProwziError) in
      try appender.append(
        source: item.source, contentType: item.contentType, value: item.value, columns: item.columns, key: item.key,
        observedAt: item.observedAt)
    }
    try appender.flush()
    return events
  }
}
