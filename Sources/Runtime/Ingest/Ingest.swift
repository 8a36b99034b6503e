import Configuration
import Fold
import JSON
import Model
import Ports
import RecordFormat
import SegmentLog
import Sensors
import Signatures
import Stages

/// Brings files into `prowzi.raw`.
///
/// Every record is appended, also one that was there before: telling repeats is the fold's work, because only the fold can do it the same way
/// every time. Ingesting a capture twice is noticed by a ledger of what was ingested, and said.
public struct Ingest {
  private let place: any LogPlace
  private let clock: any WallClock
  private let signingKey: SigningKey?

  /// What came in, stream by stream.
  public struct Report: Sendable {
    public struct Stream: Sendable {
      public var source: String
      /// The file's name.
      public var name: String
      public var records = 0
      public var bytes = 0
      /// Records whose own time could not be used; they carry the last good time of their stream.
      public var timeProblems = 0
      /// Records above the sensor's limit, left out.
      public var tooLong = 0
      public var errors: [ProwziError] = []
      /// The same records, in the same order, were ingested before.
      public var ingestedBefore = false

      init(source: String, name: String) {
        self.source = source
        self.name = name
      }
    }

    public var streams: [Stream] = []
    public var wasStopped = false
  }

  /// - Parameter signingKey: a private key kept elsewhere; without it the directory's own signs, where there is one.
  public init(_ place: any LogPlace, clock: any WallClock, signingKey: SigningKey? = nil) {
    self.place = place
    self.signingKey = signingKey
    self.clock = clock
  }

  /// How far ahead of the clock a record's own time may lie before the stream's last good time stands in.
  static let aheadMilliseconds = Int64.day

  /// Ingests files of one source, one after the other.
  /// - Parameters:
  ///   - timeField: what holds the observed time; without it the clock stamps the records.
  ///   - format: `nil` to tell by name and content.
  ///   - progress: called with the number of records so far.
  /// - Throws: what opening the first file throws; a later failure ends that file and is in the report, what came before it is kept.
  public func files(
    _ paths: [String], source: String, timeField: String?, format: InputFormat?, stop: StopFlag, progress: (Int) -> Void
  ) throws(ProwziError) -> Report {
    try Self.check(source: source)
    var session = try Session(
      place, key: signingKey, streams: paths.map { Report.Stream(source: source, name: Self.fileName($0)) })
    defer { session.close() }
    let rule = ObservedTimeRule(field: timeField, latest: clock.now().adding(milliseconds: Self.aheadMilliseconds))
    for (index, path) in paths.enumerated() where !stop.isRaised {
      var reader = try RecordReader(path: path, format: format, time: rule, clock: clock)
      var time = StreamClock()
      do throws(ProwziError) {
        while !stop.isRaised, let item = try reader.next() {
          let observedAt = time.advance(to: item.observedAt) ?? clock.now()
          try session.append(item, stream: index, kind: "", format: reader.format, observedAt: observedAt)
          progress(session.records)
        }
      } catch {
        try session.note(error, stream: index)
      }
      session.note(reader.report, stream: index)
    }
    return try session.finish(wasStopped: stop.isRaised)
  }

  /// Ingests the streams of a manifest, merged by observed time.
  /// - Parameters:
  ///   - streams: the sources to take; `nil` takes all.
  ///   - from: the beginning of the window, included.
  ///   - to: its end, excluded.
  public func manifest(
    _ path: String, streams: [String]?, from: Timestamp?, to: Timestamp?, stop: StopFlag, progress: (Int) -> Void
  ) throws(ProwziError) -> Report {
    var manifest = try Manifest(path: path)
    if let streams {
      for name in streams where !manifest.streams.contains(where: { $0.source == name }) {
        throw ProwziError(
          "usage.unknown_stream", "the manifest has no stream \(name)", place: path,
          advice: "It has \(Self.unique(manifest.streams.map(\.source)).joined(separator: ", ")).")
      }
      manifest.streams.removeAll { !streams.contains($0.source) }
    }
    for stream in manifest.streams { try Self.check(source: stream.source) }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    var merged = try MergedReader(
      manifest, directory: folder, from: from, to: to, latest: clock.now().adding(milliseconds: Self.aheadMilliseconds), clock: clock)
    var session = try Session(
      place, key: signingKey, streams: manifest.streams.map { Report.Stream(source: $0.source, name: Self.fileName($0.path)) })
    defer { session.close() }
    let formats = manifest.streams.map { InputFormat(path: $0.path) ?? .jsonLines }
    while !stop.isRaised {
      do throws(ProwziError) {
        guard let next = try merged.next() else { break }
        let stream = manifest.streams[next.stream]
        try session.append(
          next.item, stream: next.stream, kind: stream.kind, format: formats[next.stream],
          observedAt: next.item.observedAt ?? stream.from ?? clock.now())
        progress(session.records)
      } catch {
        // One stream has ended early; the others go on.
        try session.note(error, stream: nil)
      }
    }
    for (index, report) in merged.reports.enumerated() { session.note(report, stream: index) }
    return try session.finish(wasStopped: stop.isRaised)
  }

  private static func check(source: String) throws(ProwziError) {
    let isGood =
      !source.isEmpty && source.utf8.count <= 64
      && source.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5f }
    guard isGood else {
      throw ProwziError(
        "usage.bad_source", "a source's name is made of a-z, 0-9 and _, at most 64 of them", place: source,
        advice: "Write it like arxiv_daily.")
    }
  }

  private static func unique(_ names: [String]) -> [String] {
    var result: [String] = []
    for name in names where !result.contains(name) { result.append(name) }
    return result
  }

  private static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// One ingest under way: the log open for sensors, and what is counted.
private struct Session {
  /// `nil` on a cluster, which keeps no ledger of streams and is not signed.
  private let directory: DataDirectory?
  private let log: any LogReader & LogWriter
  private let router: Router
  private var appender: RawAppender
  private var report = Ingest.Report()
  private var hashes: [SHA256]
  private(set) var records = 0

  init(_ place: any LogPlace, key: SigningKey?, streams: [Ingest.Report.Stream]) throws(ProwziError) {
    directory = place as? DataDirectory
    var signer: LogSigner?
    if let directory {
      let own = try directory.openWriter(DataDirectory.sensors)
      signer = try LogSigner(directory, log: own, key: key)
      log = own
    } else {
      log = try place.writer(DataDirectory.sensors)
    }
    appender = RawAppender(log: log, partitions: place.partitions, signer: signer)
    let aliases = try place.configurationInForce(log).normalize.aliases
    router = Router(aliases: Dictionary(aliases.map { ($0.old, $0.new) }, uniquingKeysWith: { first, _ in first }))
    report.streams = streams
    hashes = streams.map { _ in SHA256() }
  }

  func close() { log.close() }

  mutating func append(_ item: RawItem, stream: Int, kind: String, format: InputFormat, observedAt: Timestamp) throws(ProwziError) {
    let source = report.streams[stream].source
    let key = router.routingKey(source: source, kind: kind, value: item.value, columns: item.columns)
    try appender.append(
      source: source, contentType: format.contentType, value: item.value, columns: item.columns, key: key, observedAt: observedAt)
    hashes[stream].update(bigEndian: UInt64(item.value.count))
    hashes[stream].update(item.value)
    report.streams[stream].records += 1
    report.streams[stream].bytes += item.value.count
    records += 1
  }

  /// A failure of the log ends the ingest; a failure of an input ends that input.
  mutating func note(_ error: ProwziError, stream: Int?) throws(ProwziError) {
    guard error.code.text.hasPrefix("sensor.") || error.code.text.hasPrefix("codec.") else { throw error }
    if let stream { report.streams[stream].errors.append(error) }
  }

  mutating func note(_ reader: ReaderReport, stream: Int) {
    report.streams[stream].timeProblems = reader.timeProblems
    report.streams[stream].tooLong = reader.tooLong
    for error in reader.errors where !report.streams[stream].errors.contains(error) { report.streams[stream].errors.append(error) }
  }

  mutating func finish(wasStopped: Bool) throws(ProwziError) -> Ingest.Report {
    try appender.flush()
    try appender.sign()
    report.wasStopped = wasStopped
    guard let directory else { return report }
    var ledger = try IngestLedger(directory.files)
    for index in report.streams.indices where report.streams[index].records > 0 {
      let stream = report.streams[index]
      report.streams[index].ingestedBefore = ledger.note(hashes[index].finish(), source: stream.source)
    }
    try ledger.save()
    return report
  }
}

/// Which streams of records were ingested: the digest of each, beside its source. Only for telling people; nothing is decided by it.
struct IngestLedger {
  private let files: any FileSystem
  private var lines: [String] = []

  private static let path = "ingested"

  init(_ files: any FileSystem) throws(ProwziError) {
    self.files = files
    if try files.exists(Self.path) {
      lines = try DataDirectory.read(Self.path, files).displayText.split(separator: "\n").map(String.init)
    }
  }

  /// Remembers a stream.
  /// - Returns: whether it was there already.
  mutating func note(_ digest: Digest, source: String) -> Bool {
    let line = "\(digest.hex) \(source)"
    if lines.contains(line) { return true }
    lines.append(line)
    return false
  }

  func save() throws(ProwziError) {
    try DataDirectory.write([UInt8](text: lines.joined(separator: "\n") + "\n"), to: Self.path, files)
  }
}

extension InputFormat {
  /// The `content-type` of its records.
  public var contentType: String {
    switch self {
    case .jsonLines, .json: "application/json"
    case .csv: "text/csv"
    case .xml: "application/xml"
    }
  }
}

extension LogPlace {
  /// One digest over all derived partitions: equal for two logs, embedded or on a cluster, whose derived records are equal.
  public func derivedDigest() throws(ProwziError) -> Digest {
    let log = try reader()
    var hash = SHA256()
    for topic in DerivedTopic.allCases {
      for index in 0..<partitions {
        let bounds = try log.bounds(of: TopicPartition(topic: topic.name, partition: PartitionIndex(index)))
        var bytes: [UInt8] = []
        bounds.digest.append(to: &bytes)
        hash.update(bytes)
        hash.update(bigEndian: UInt64(bounds.recordCount ?? -1))
      }
    }
    return hash.finish()
  }

  /// The configuration in force at the end of the raw topic.
  /// - Throws: `config.missing`.
  public func configurationInForce(_ log: any LogReader) throws(ProwziError) -> CompiledConfiguration {
    guard let last = try configurations(log).last else {
      throw ProwziError(
        "config.missing", "the log holds no configuration", place: "prowzi.raw", advice: "Write one with `prowzi config apply FILE`.")
    }
    return last.configuration
  }
}
