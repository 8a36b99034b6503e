import CommandLine
import Configuration
import Events
import Model
import Scorers
import Sensors

/// What expressions and Swift code cost beside the formulas alone.
enum ScorersCommand: BenchCommand {
  static let command = Command(
    "scorers", "How many events a second does a scorer judge?",
    discussion: """
      Normalises and enriches a manifest's streams once, in memory, and then scores all events with each scorer in turn, on one thread. The built-in \
      scorer comes first; documents may extend it. The digest is over all totals and values.
      """,
    examples: [
      .init(
        "prowzi-bench scorers --manifest replay-fixtures/signals/streams.json Sources/Scorers/Examples/large-exploits.json",
        "the built-in scorer and one with an expression")
    ],
    arguments: [.init("file", "scorer documents", isOptional: true, isRepeated: true)],
    options: [
      .value("manifest", "FILE", "streams to read (see `prowzi ingest --manifest`)", isRequired: true),
      .value("rounds", "N", "how often all events are scored", defaultValue: "20"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let configuration = try CompiledConfiguration.builtIn()
    let events = try read(arguments.required("manifest"), configuration)
    let rounds = try arguments.integer("rounds", in: 1...10_000) ?? 20
    var scorers = [configuration.scorer]
    for path in arguments.arguments("file") {
      let bytes = try FileSource.contents(ofFile: path, limit: CompiledScorer.sizeLimit)
      let base = try ScorerDocument.extended(by: bytes) == nil ? nil : configuration.scorer.canonicalBytes
      scorers.append(try ScorerDocument.compile(try ScorerDocument.whole(bytes, over: base)))
    }
    Terminal.write("\(events.count) events, \(rounds) rounds\n", to: .output)
    for scorer in scorers {
      var numbers: [UInt8] = []
      let start = ContinuousClock.now
      for round in 0..<rounds {
        for event in events {
          let evaluation = scorer.evaluate(event, coverage: Coverage(share: 0.5, nodes: 1))
          if round > 0 { continue }
          for value in evaluation.details.map(\.value) + [evaluation.total] {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { numbers.append(contentsOf: $0) }
          }
        }
      }
      let elapsed = ContinuousClock.now - start
      let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
      let rate = Int(Double(events.count * rounds) / seconds)
      Terminal.write("\(scorer.label)  \(rate) events/s  \(SHA256.digest(of: numbers).hex.prefix(16))\n", to: .output)
    }
    return .success
  }

  private static func read(_ path: String, _ configuration: CompiledConfiguration) throws(ProwziError) -> [EnrichedEvent] {
    let manifest = try Manifest(path: path)
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    var merged = try MergedReader(manifest, directory: folder)
    var fold = StageFold(configuration)
    var events: [EnrichedEvent] = []
    while let next = try merged.next() {
      let stream = manifest.streams[next.stream]
      let observed = next.item.observedAt ?? stream.from ?? Timestamp(milliseconds: 0)
      let type = (InputFormat(path: stream.path) ?? .jsonLines).contentType
      events += fold.enriched(RawRecord(next.item, source: stream.source, contentType: type, observedAt: observed))
    }
    return events
  }
}
