import Adapters
import Configuration
import Events
import JSON
import Model
import Ports
import Scorers
import Sensors
import TestSupport
import Topics

extension FuzzTargets {
  static let documents: [FuzzTarget] = [
    FuzzTarget(
      "configuration", "a patch makes a configuration that compiles to itself, or is refused", seeds: { configurationSeeds },
      body: checkConfiguration),
    FuzzTarget(
      "scorer", "a scorer document that compiles judges every event with a number from 0 to 1", seeds: { scorerSeeds }, body: checkScorer),
    FuzzTarget(
      "expression", "an expression is refused or gives a number, and never stops the program", maxLength: 2048, seeds: { expressionSeeds },
      body: checkExpression),
    FuzzTarget("topic_file", "a topic file is refused or written and read again the same", seeds: { topicSeeds }, body: checkTopic),
    FuzzTarget("manifest", "a manifest is refused or lists streams below its folder", seeds: { manifestSeeds }, body: checkManifest),
    FuzzTarget("mapping", "a described source is refused, or reads and refuses records", seeds: { mappingSeeds }, body: checkMapping),
  ]

  private static func parse(_ bytes: [UInt8]) -> JSONDocument? {
    do { return try JSONDocument(bytes) } catch { return nil }
  }

  // MARK: Configurations

  private static let configurationSeeds: [[UInt8]] = [
    #"{"score":{"weights":{"ai":{"freshness":0.5}}}}"#, #"{"band":{"instant":0.9}}"#, #"{"enrich":{"novelty_days":30}}"#, #"{"names":[]}"#,
    #"{"ontology":{"nodes":[{"id":"a","title":"A","terms":{"a b*":1},"hints":{"kind:exploit":0.5}}]}}"#,
    #"{"canary":{"percent":12.5,"salt":"x","scorer":{}}}"#, #"{"lexicon":{"good":1}}"#, "{}", #"{"normalize":null}"#,
  ].map { [UInt8](text: $0) }

  private static func checkConfiguration(_ bytes: [UInt8]) throws(BrokenLaw) {
    _ = accepted { () throws(ProwziError) in try CompiledConfiguration(document: bytes) }
    let made = accepted { () throws(ProwziError) in
      try CompiledConfiguration(document: CompiledConfiguration.patched(configuration.canonicalBytes, with: bytes))
    }
    guard let made else { return }
    let again = accepted { () throws(ProwziError) in try CompiledConfiguration(document: made.canonicalBytes) }
    try hold(again?.digest == made.digest, "a configuration's canonical document makes another configuration")
    for event in sampleEvents.prefix(3) {
      let total = made.scorer.evaluate(event, coverage: Coverage(share: 0.5, nodes: 2)).total
      try hold(total >= 0 && total <= 1, "a configuration's scorer gives \(total)")
    }
  }

  static let sampleEvents: [EnrichedEvent] = {
    let names = configuration.text.ontology.nodes
    let buffer = sampleFold.buffers[1]
    return buffer.records.compactMap { record in
      var reader = EventReader()
      return try? reader.enriched(
        buffer.bytes, in: record.value!, .init(tenant: "shared", observedAt: record.timestamp), nodeNames: names)
    }
  }()

  // MARK: Scorers

  private static let scorerSeeds: [[UInt8]] = [
    #"{"name":"a","version":1,"weights":{"freshness":0.45,"novelty":0.05}}"#,
    #"{"name":"a","version":2,"scores":{"impact":"min(1, log2(amount_usd ?? 1) / 30)"}}"#,
    #"{"name":"a","version":3,"tables":{"t":{"x":0.5}},"total":"clamp(base * 1.2, 0, 1)"}"#, #"{"name":"a","version":1,"native":"x@1"}"#,
  ].map { [UInt8](text: $0) }

  private static func judge(_ document: [UInt8]) throws(BrokenLaw) {
    let whole = accepted { () throws(ProwziError) in
      try ScorerDocument.whole(document, over: configuration.scorer.canonicalBytes)
    }
    guard let whole, let scorer = accepted({ () throws(ProwziError) in try ScorerDocument.compile(whole) }) else { return }
    let again = accepted { () throws(ProwziError) in try ScorerDocument.compile(scorer.canonicalBytes) }
    try hold(again?.digest == scorer.digest, "a scorer's canonical document makes another scorer")
    for event in sampleEvents {
      let judged = scorer.evaluate(event, coverage: Coverage(share: 0.5, nodes: 2))
      try hold(judged.total >= 0 && judged.total <= 1, "a scorer gives \(judged.total)")
    }
  }

  private static func checkScorer(_ bytes: [UInt8]) throws(BrokenLaw) {
    _ = accepted { () throws(ProwziError) in try ScorerDocument.compile(bytes) }
    _ = accepted { () throws(ProwziError) in try ScorerDocument.extended(by: bytes) }
    try judge(bytes)
  }

  private static let expressionSeeds: [[UInt8]] = [
    "min(1, log2(amount_usd ?? 1) / 30)", "if kind == 'exploit' and has(stars) then clamp(base, 0, 1) else -novelty",
    "title contains 'x' ? 1 : 0",
    "kind in ['exploit', 'launch'] ? exp2(-3) : floor(sqrt(2))", "not (1 < 2 or true) ? 1e308 * 10 : 0 / 0", "max(1,2,3,4)", "((((1))))",
    "10_000_000 >= abs(-3)",
  ].map { [UInt8](text: $0) }

  private static func checkExpression(_ bytes: [UInt8]) throws(BrokenLaw) {
    var json = JSONWriter()
    json.object { json in
      json.key("name")
      json.string("fuzz")
      json.key("scores")
      json.object { json in
        json.key("impact")
        json.string(bytes.displayText)
      }
      json.key("version")
      json.number(1)
    }
    try judge(json.bytes)
    let total = [UInt8](text: #"{"name":"fuzz","version":1,"total":"#)
    var text = JSONWriter()
    text.string(bytes.displayText)
    try judge(total + text.bytes + [UInt8](text: "}"))
  }

  // MARK: Topics, manifests, mappings

  private static var topicSeeds: [[UInt8]] { TopicFiles.builtInFiles.map(\.bytes) }

  private static func checkTopic(_ bytes: [UInt8]) throws(BrokenLaw) {
    guard let topic = accepted({ () throws(ProwziError) in try TopicDefinition(file: bytes, place: "fuzz") }) else { return }
    try hold(topic.partitions > 0 && topic.segmentBytes > 0, "a topic has \(topic.partitions) partitions")
    let again = accepted { () throws(ProwziError) in try TopicDefinition(file: topic.fileBytes, place: "fuzz") }
    try hold(again == topic, "a topic file is not read as written")
  }

  private static let manifestSeeds: [[UInt8]] = [
    #"[{"source":"a","kind":"k","path":"a/b.jsonl","time_field":"t","records":3,"from":"2026-01-01T00:00:00Z","to":"2026-01-02"}]"#, "[]",
    #"[{"source":"a","path":"../x"}]"#, #"[{"source":"a","path":"x\/..\/..\/y"}]"#,
  ].map { [UInt8](text: $0) }

  private static func checkManifest(_ bytes: [UInt8]) throws(BrokenLaw) {
    guard let manifest = accepted({ () throws(ProwziError) in try Manifest(parsing: bytes) }) else { return }
    try hold(manifest.streams.count <= Manifest.streamLimit, "a manifest lists \(manifest.streams.count) streams")
    for stream in manifest.streams {
      try hold(!stream.source.isEmpty && !stream.path.isEmpty, "a stream has no name")
      try hold(!stream.path.hasPrefix("/") && !stream.path.split(separator: "/").contains(".."), "\(stream.path) leaves the folder")
      try hold(!stream.path.utf8.contains(0), "a path holds a zero byte, behind which the system sees nothing")
    }
  }

  private static let mappingSeeds: [[UInt8]] = [
    #"{"source":"lab","domain":"ai","kind":"news","id":"slug","time":"published","title":"headline","body":"text","url":"link","metrics":{"likes":"stats.likes"},"facts":{"section":"section.name"},"hints":"tags"}"#
      + "\u{0}"
      + #"{"slug":"s","published":"2026-01-02","headline":"h","text":"t","link":"https://x.org","stats":{"likes":3},"section":{"name":"n"},"tags":["a"]}"#
  ].map { [UInt8](text: $0) }

  private static func checkMapping(_ bytes: [UInt8]) throws(BrokenLaw) {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
    guard let document = parse(parts[0]),
      let mapping = accepted({ () throws(ProwziError) in try FieldMapping(document, document.root) })
    else { return }
    let value = parts.count > 1 ? parts[1] : []
    let raw = RawRecord(
      bytes: value, value: 0..<value.count, source: mapping.source, contentType: "application/json",
      observedAt: Timestamp(milliseconds: 1_774_000_000_000))
    var items: [Event] = []
    var rejections: [Rejection] = []
    var scratch = AdapterScratch()
    AdapterRegistry(mappings: [mapping]).read(raw, into: &items, rejections: &rejections, scratch: &scratch)
    for event in items {
      try hold(SpanLaw.violations(event, in: value).isEmpty, SpanLaw.violations(event, in: value).joined(separator: "; "))
    }
  }
}
