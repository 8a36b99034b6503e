import CommandLine
import Events
import JSON
import Model
import Ports
import RecordFormat
import Runtime
import Stages

/// How the band thresholds of the built-in configuration were chosen: from the totals that each kind really reaches.
enum CalibrateCommand: BenchCommand {
  static let command = Command(
    "calibrate", "Which thresholds give each kind of event its share of the urgent bands?",
    discussion: """
      Reads the totals in prowzi.banded and prints, for each kind, the least totals that put the given share of its events into instant, same_day \
      and weekly, as a document for `prowzi config apply`. The shares are a judgement about people's attention (see the table in the source); \
      over the mixed capture they come to about one event in a hundred instant and fewer than five in a hundred instant or same_day.
      """,
    examples: [.init("prowzi-bench calibrate --data prowzi-data > thresholds.json", "thresholds from what was scored there")],
    options: [
      .value("data", "DIR", "data directory that was run", defaultValue: "./prowzi-data", environment: "PROWZI_DATA"),
      .value("from", "TIME", "only events observed from here on"),
      .value("to", "TIME", "only events observed before"),
    ])

  /// Shares of a kind's events that may be instant, same_day or above, and weekly or above.
  static let shares: [(kind: Kind, instant: Double, sameDay: Double, weekly: Double)] = [
    (.exploit, 0.30, 0.70, 0.95), (.advisory, 0.10, 0.40, 0.80), (.fundingRound, 0.05, 0.20, 0.60), (.news, 0.05, 0.15, 0.50),
    (.modelRelease, 0.04, 0.12, 0.50), (.paper, 0.03, 0.09, 0.40), (.repoRelease, 0.01, 0.10, 0.50), (.tokenLaunch, 0.005, 0.03, 0.20),
    (.poolActivity, 0.005, 0.03, 0.20), (.tokenListing, 0.005, 0.03, 0.20), (.generic, 0.01, 0.05, 0.30),
    (.repoStars, 0.0012, 0.004, 0.02), (.repoPush, 0.0005, 0.003, 0.05),
  ]

  static var measures: Bool { false }

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let directory = try DataDirectory(path: arguments.required("data"))
    let totals = try readTotals(directory, from: try arguments.timestamp("from"), to: try arguments.timestamp("to"))
    var json = JSONWriter()
    json.object {
      $0.key("band")
      $0.object {
        $0.key("kinds")
        $0.object {
          for row in shares.sorted(by: { "\($0.kind.name)" < "\($1.kind.name)" }) {
            let values = totals[Int(row.kind.rawValue)].sorted(by: >)
            if values.isEmpty { continue }
            $0.key(row.kind.name)
            $0.object {
              $0.key("instant")
              $0.number(least(values, row.instant))
              $0.key("same_day")
              $0.number(least(values, row.sameDay))
              $0.key("weekly")
              $0.number(least(values, row.weekly))
            }
          }
        }
      }
    }
    Terminal.write(json.bytes.displayText + "\n", to: .output)
    return .success
  }

  /// A total that at most the given share of the values reaches: with three decimals, and above any tie at the edge.
  private static func least(_ descending: [Double], _ share: Double) -> Double {
    let index = min(descending.count - 1, Int(Double(descending.count) * share))
    return ((descending[index] * 1000).rounded(.down) + 1) / 1000
  }

  private static func readTotals(_ directory: DataDirectory, from: Timestamp?, to: Timestamp?) throws(ProwziError) -> [[Double]] {
    let log = try directory.openReader()
    var totals: [[Double]] = Kind.allCases.map { _ in [] }
    var document = JSONDocument()
    for index in 0..<directory.partitions {
      let partition = TopicPartition(topic: DerivedTopic.banded.name, partition: PartitionIndex(index))
      var offset = try log.bounds(of: partition).logStart
      var buffer = RecordBuffer()
      while true {
        buffer.removeAll()
        let next = try log.read(partition, from: offset, maxRecords: 10_000, maxBytes: 4 << 20, into: &buffer)
        for layout in buffer.records {
          if let from, layout.timestamp < from { continue }
          if let to, layout.timestamp >= to { continue }
          guard let value = layout.value, (try? document.parse(buffer.bytes, in: value)) != nil,
            let kind = Kind(name: document.string(document.member("kind", of: document.root)) ?? ""),
            let total = document.double(document.member("total_evi", of: document.root))
          else { continue }
          totals[Int(kind.rawValue)].append(total)
        }
        if next == offset { break }
        offset = next
      }
    }
    return totals
  }
}
