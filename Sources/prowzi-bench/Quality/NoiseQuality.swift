import Configuration
import Curate
import Events
import Model
import Sensors

/// How much is taken off a reader's hands: the share of events in each band, by kind and source, and the briefs of a day.
///
/// All streams of the manifest are folded in eight partitions from the beginning of each. The mixed window, in which six of them run at once, is
/// counted by itself as well, with the memory of everything before.
struct NoiseQuality {
  private let configuration: CompiledConfiguration
  private static let partitions = 8

  init(_ configuration: CompiledConfiguration) { self.configuration = configuration }

  private struct Tally {
    var events = 0
    var bands = [Int](repeating: 0, count: UrgencyBand.allCases.count)
    /// By kind and source.
    var parts: [String: [Int]] = [:]
    var briefs = 0
    var revisions = 0
    var days = Set<Int64>()
    var briefDays: [Int64: Int] = [:]

    mutating func add(_ event: BandedEvent) {
      events += 1
      let band = Int(event.band.rawValue)
      bands[band] += 1
      let name = "\(event.scored.enriched.event.kind.name).\(event.scored.enriched.event.source)"
      parts[name, default: [0, 0, 0, 0]][band] += 1
      days.insert(event.scored.enriched.event.observedAt.milliseconds / Int64.day)
    }

    mutating func add(_ brief: Brief, at time: Timestamp) {
      if brief.revision == 1 {
        briefs += 1
        briefDays[time.milliseconds / Int64.day, default: 0] += 1
      } else {
        revisions += 1
      }
    }

    func report(_ prefix: String, _ report: inout QualityReport) {
      let all = Double(max(1, events))
      let urgent = bands[Int(UrgencyBand.instant.rawValue)] + bands[Int(UrgencyBand.sameDay.rawValue)]
      report.add(prefix + "events", Double(events))
      report.add(prefix + "below_same_day", 1 - Double(urgent) / all)
      for band in UrgencyBand.allCases.reversed() { report.add(prefix + "\(band.name)", Double(bands[Int(band.rawValue)]) / all) }
      report.add(prefix + "briefs", Double(briefs))
      report.add(prefix + "brief_revisions", Double(revisions))
      report.add(prefix + "briefs_per_day", Double(briefs) / Double(max(1, days.count)))
      report.add(prefix + "briefs_on_the_fullest_day", Double(briefDays.map(\.value).max() ?? 0))
      for name in parts.keys.sorted() {
        let counts = parts[name]!
        let total = Double(counts.reduce(0, +))
        report.add(prefix + name + ".events", total)
        report.add(prefix + name + ".same_day", Double(counts[Int(UrgencyBand.sameDay.rawValue)]) / total)
        report.add(prefix + name + ".instant", Double(counts[Int(UrgencyBand.instant.rawValue)]) / total)
      }
    }
  }

  func measure(_ captures: Captures, _ report: inout QualityReport) throws(ProwziError) {
    guard let from = Timestamp.read("2026-02-21")?.timestamp, let to = Timestamp.read("2026-04-01")?.timestamp else {
      preconditionFailure("the window's days are days")
    }
    var folds = (0..<Self.partitions).map { _ in StageFold(configuration) }
    let aliases = configuration.normalize.aliases
    let router = Router(aliases: Dictionary(aliases.map { ($0.old, $0.new) }, uniquingKeysWith: { first, _ in first }))
    var merged = try captures.merged()
    var whole = Tally()
    var window = Tally()
    while let next = try merged.next() {
      guard let time = next.item.observedAt else { continue }
      let stream = merged.streams[next.stream]
      let contentType = (InputFormat(path: stream.path) ?? .jsonLines).contentType
      let key = router.routingKey(source: stream.source, kind: stream.kind, value: next.item.value, columns: next.item.columns)
      let index = Int(partition(forKey: key, count: Self.partitions).value)
      let raw = RawRecord(next.item, source: stream.source, contentType: contentType, observedAt: time)
      let result = folds[index].briefed(raw)
      for event in result.events {
        whole.add(event)
        if time >= from, time < to { window.add(event) }
      }
      for brief in result.briefs {
        whole.add(brief, at: time)
        if time >= from, time < to { window.add(brief, at: time) }
      }
    }
    window.report("noise.window.", &report)
    whole.report("noise.all.", &report)
  }
}
