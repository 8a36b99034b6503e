import CommandLine
import Configuration
import Disk
import Glibc
import Model
import Ports
import RecordFormat
import Runtime
import Sensors
import Stages
import Synchronization

/// From append to what readers see, under a load that does not wait.
enum LatencyCommand: BenchCommand {
  static let command = Command(
    "latency", "How long from the moment a record should be appended until what comes of it is visible?",
    discussion: """
      Generated signals are appended at a fixed rate by a schedule that never waits for anything (an open loop: what is late counts from when it was due, so that \
      a stall is seen by every record behind it), while the pipeline follows and a reader follows prowzi.banded and prowzi.briefs. Latencies count from the \
      scheduled moment to the moment the reader holds the record. Whatever precedes the warm-up's end does not count.
      """,
    examples: [.init("prowzi-bench latency --work /tmp/bench-latency --rate 20000 --seconds 20", "the aim: 10 ms at P99")],
    options: [
      .value("work", "DIR", "new data directory", isRequired: true), .value("rate", "N", "records a second", defaultValue: "20000"),
      .value("seconds", "N", "of load after the warm-up", defaultValue: "20"), .value("warm-up", "N", "seconds", defaultValue: "3"),
      .value("threads", "N", "workers of the pipeline", defaultValue: "2"),
      .value("partitions", "N", "of the new data directory", defaultValue: "8"),
      .value("seed", "N", "of the signals", defaultValue: "1"),
      .value("pieces", "N", "appends a second", defaultValue: "500"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  /// What the threads share. Times are nanoseconds since the load began; 0 where a record was not appended by the load.
  private final class Shared: Sendable {
    let start = ContinuousClock.now
    let due = Mutex<[[Int64]]>([])
    let isDone = Atomic<Bool>(false)
    let failure = Mutex<ProwziError?>(nil)

    func elapsed() -> Int64 {
      let time = ContinuousClock.now - start
      return time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000
    }

    func guarding(_ body: () throws(ProwziError) -> Void) {
      do throws(ProwziError) { try body() } catch { failure.withLock { $0 = $0 ?? error } }
    }
  }

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let rate = try arguments.integer("rate", in: 1...1_000_000) ?? 20_000
    let seconds = try arguments.integer("seconds", in: 1...3600) ?? 20
    let warmUp = try arguments.integer("warm-up", in: 0...600) ?? 3
    let pieces = try arguments.integer("pieces", in: 1...10_000) ?? 500
    let seed = UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1)
    let threads = try arguments.integer("threads", in: 1...64) ?? 2
    let partitions = try arguments.integer("partitions", in: 1...64) ?? 8
    let directory = try DataDirectory.create(
      path: Harness.folder(arguments.required("work")), partitions: partitions, configuration: try .builtIn(), now: SystemClock().now())
    var items: [GeneratedIngest.Item] = []
    try GeneratedIngest.items(seed: seed, count: rate * (seconds + warmUp), perDay: 2_000_000) { (item) throws(ProwziError) in
      items.append(item)
    }

    let shared = Shared()
    shared.due.withLock { $0 = [[Int64]](repeating: [0], count: directory.partitions) }
    let stop = StopFlag()
    let pipeline = BackgroundWork {
      shared.guarding { () throws(ProwziError) in
        var settings = RunSettings(threads: threads)
        settings.follow = true
        _ = try Runner(directory, settings: settings, clock: SystemClock()).run(stop: stop)
      }
    }
    let load = BackgroundWork { [items] in
      shared.guarding { () throws(ProwziError) in try append(items, rate, pieces, directory, shared) }
      shared.isDone.store(true, ordering: .releasing)
    }
    var banded = Latencies()
    var briefs = Latencies()
    try follow(directory, shared, after: Int64(warmUp) * 1_000_000_000, &banded, &briefs)
    load.wait()
    stop.raise()
    pipeline.wait()
    if let error = shared.failure.withLock({ $0 }) { throw error }

    var result = BenchResult("latency")
    result.add("offered_records_per_second", Double(rate))
    for (name, count) in [("banded", banded.count), ("briefs", briefs.count)] { result.add("\(name)_measured", Double(count)) }
    for (label, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("most", 1)] {
      result.add("banded_\(label)_ms", banded.milliseconds(at: share))
      result.add("brief_\(label)_ms", briefs.milliseconds(at: share))
    }
    result.print(arguments)
    return .success
  }

  /// Appends by schedule: the records of each piece are due when it is, whether or not the one before was done.
  private static func append(
    _ items: [GeneratedIngest.Item], _ rate: Int, _ pieces: Int, _ directory: DataDirectory, _ shared: Shared
  ) throws(ProwziError) {
    let log = try directory.openWriter(DataDirectory.sensors)
    defer { log.close() }
    var next: [Int] = []
    for index in 0..<directory.partitions {
      next.append(Int(try log.bounds(of: TopicPartition(topic: .raw, partition: PartitionIndex(index))).highWatermark.value))
    }
    shared.due.withLock { due in
      for index in next.indices { due[index] = [Int64](repeating: 0, count: next[index]) }
    }
    var appender = RawAppender(log: log, partitions: directory.partitions)
    let clock = SystemClock()
    var done = 0
    var piece = 1
    // A piece holds what has become due since the one before, and nothing that is not due yet. After a delay it holds all of that; the times stay.
    while done < items.count {
      let wait = Int64(piece) * 1_000_000_000 / Int64(pieces) - shared.elapsed()
      if wait > 0 { usleep(UInt32(min(wait / 1000 + 1, 1_000_000))) }
      piece = max(piece, Int(shared.elapsed() * Int64(pieces) / 1_000_000_000))
      let end = min(items.count, piece * rate / pieces)
      piece += 1
      if end == done { continue }
      var placed: [(partition: Int, due: Int64)] = []
      let now = clock.now()
      for index in done..<end {
        let item = items[index]
        try appender.append(
          source: item.source, contentType: item.contentType, value: item.value, columns: item.columns, key: item.key, observedAt: now)
        placed.append((Int(partition(forKey: item.key, count: directory.partitions).value), Int64(index) * 1_000_000_000 / Int64(rate)))
      }
      // Before they can be seen, so that no reader finds a record without its time.
      shared.due.withLock { due in
        for (partition, time) in placed { due[partition].append(time) }
      }
      try appender.flush()
      done = end
    }
  }

  /// Reads banded records and briefs as they become visible, until the load is over and everything that it caused was seen.
  private static func follow(
    _ directory: DataDirectory, _ shared: Shared, after warmUp: Int64, _ banded: inout Latencies, _ briefs: inout Latencies
  ) throws(ProwziError) {
    let log = try directory.openReader()
    var places: [TopicPartition: Offset] = [:]
    var buffer = RecordBuffer()
    var quiet = 0
    while quiet < 20 {
      let seen = log.version
      var found = 0
      for topic in [DerivedTopic.briefs, .banded] {
        for index in 0..<directory.partitions {
          let target = TopicPartition(topic: topic.name, partition: PartitionIndex(index))
          buffer.removeAll()
          let from = places[target] ?? .zero
          places[target] = try log.read(target, from: from, maxRecords: 100_000, maxBytes: 64 << 20, into: &buffer)
          if buffer.isEmpty { continue }
          found += buffer.count
          let now = shared.elapsed()
          shared.due.withLock { due in
            for record in buffer.records.indices {
              guard let offset = rawOffset(buffer, record), offset < due[index].count else { continue }
              let time = due[index][offset]
              guard time >= warmUp else { continue }
              if topic == .banded { banded.add(.nanoseconds(now - time)) } else { briefs.add(.nanoseconds(now - time)) }
            }
          }
        }
      }
      quiet = found == 0 && shared.isDone.load(ordering: .acquiring) ? quiet + 1 : 0
      if shared.failure.withLock({ $0 }) != nil { return }
      if found == 0 { _ = try log.waitForCommit(after: seen, timeoutMilliseconds: 50) }
    }
  }

  /// The offset in `prowzi-input: prowzi.raw/3/120#1`.
  private static func rawOffset(_ records: RecordBuffer, _ index: Int) -> Int? {
    guard let header = records.header("prowzi-input", of: index) else { return nil }
    let text = Array(records.bytes[header]).displayText
    return text.split(separator: "#").first.flatMap { Coordinates(String($0)) }.map { Int($0.offset.value) }
  }
}
