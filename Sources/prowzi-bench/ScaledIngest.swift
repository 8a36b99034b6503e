import Disk
import Model
import Ports
import Runtime
import Sensors

/// Ingests a manifest several times over, each copy sixteen years after the one before.
///
/// Every date in a record's bytes moves with its observed time (sixteen years keep the calendar, leap days included), so ages, bursts and densities
/// stay as they were recorded; by then every memory of stories and subjects has let go of the copy before, and each copy has a tenant of its own, so that
/// its items are no repeats.
struct ScaledIngest {
  private let directory: DataDirectory
  private let clock: any WallClock

  static let years = 16
  static let days = 5844

  init(_ directory: DataDirectory, clock: any WallClock) {
    self.directory = directory
    self.clock = clock
  }

  /// - Returns: how many records came in.
  func ingest(manifest path: String, streams: [String]?, atLeast wanted: Int) throws(ProwziError) -> Int {
    var manifest = try Manifest(path: path)
    if let streams { manifest.streams.removeAll { !streams.contains($0.source) } }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    let log = try directory.openWriter(DataDirectory.sensors)
    defer { log.close() }
    var appender = RawAppender(log: log, partitions: directory.partitions)
    let aliases = try directory.configurationInForce(log).normalize.aliases
    let router = Router(aliases: Dictionary(aliases.map { ($0.old, $0.new) }, uniquingKeysWith: { first, _ in first }))
    var total = 0
    for copy in 0..<5 where copy == 0 || total < wanted {
      var merged = try MergedReader(manifest, directory: folder, clock: clock)
      while let next = try merged.next() {
        let stream = manifest.streams[next.stream]
        var value = next.item.value
        if copy > 0 { Self.shiftYears(in: &value, by: copy * Self.years) }
        let observed = next.item.observedAt ?? stream.from ?? Timestamp(milliseconds: 0)
        try appender.append(
          source: stream.source, contentType: (InputFormat(path: stream.path) ?? .jsonLines).contentType, value: value,
          columns: next.item.columns,
          key: router.routingKey(source: stream.source, kind: stream.kind, value: value, columns: next.item.columns),
          observedAt: observed.adding(milliseconds: Int64(copy * Self.days) * .day), tenant: copy == 0 ? "shared" : "copy-\(copy)")
        total += 1
      }
    }
    try appender.flush()
    return total
  }

  /// Moves every `YYYY-MM-DD` from 1990 to 2079.
  static func shiftYears(in bytes: inout [UInt8], by years: Int) {
    func digit(_ i: Int) -> Int? {
      let value = Int(bytes[i]) - 0x30
      return (0...9).contains(value) ? value : nil
    }
    var i = 0
    while i + 10 <= bytes.count {
      defer { i += 1 }
      guard bytes[i + 4] == UInt8(ascii: "-"), bytes[i + 7] == UInt8(ascii: "-"), let a = digit(i), let b = digit(i + 1),
        let c = digit(i + 2), let d = digit(i + 3), digit(i + 5) != nil, digit(i + 6) != nil, digit(i + 8) != nil, digit(i + 9) != nil,
        i == 0 || digit(i - 1) == nil
      else { continue }
      let year = a * 1000 + b * 100 + c * 10 + d
      guard (1990...2079).contains(year) else { continue }
      for (k, character) in String(year + years).utf8.enumerated() { bytes[i + k] = character }
    }
  }
}
