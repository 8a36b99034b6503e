import Configuration
import Events
import Fold
import JSON
import Model
import RecordFormat
import Runtime
import Stages
import TestSupport

extension FuzzTargets {
  static let events: [FuzzTarget] = [
    FuzzTarget(
      "event_reader", "an event is read in one pass as through its nodes, and one that is read is written and read again the same",
      maxLength: 8192, seeds: { enrichedValues },
      body: checkReader),
    FuzzTarget(
      "fold", "any raw record is folded: into canonical records, twice alike, however it is divided", seeds: { foldSeeds }, body: checkFold),
  ]

  /// The built-in configuration with tables of a few entries: whole ones take a fuzzer's time and show it nothing more.
  static let configuration: CompiledConfiguration = {
    let tables = #"""
      {"lexicon":{"terms":{"steal*":-3,"great":2},"negators":["not"],"intensifiers":{"very":1.3}},
       "names":{"names":[{"name":"OpenAI","type":"organization","id":"openai","aliases":["Open AI"]},
         {"name":"Solana","type":"chain","id":"solana","rule":"capitalised"},{"name":"Dove","type":"product","id":"dove","near":["soap"]}]},
       "ontology":{"nodes":[{"id":"crypto.chains.solana","title":"Solana","terms":{"solana":1.3,"spl token":1},"hints":{"chain:solana":0.8}},
         {"id":"ai.models","title":"Models","terms":{"model*":1,"paper":0.5},"hints":{"kind:paper":0.8}}],
         "vocabulary":{"crypto":{"token":1,"solana":2},"ai":{"model":1,"paper":1}}}}
      """#
    do throws(ProwziError) {
      let bare = try CompiledConfiguration.patched(
        CompiledConfiguration.builtInDocument, with: [UInt8](text: #"{"lexicon":null,"names":null,"ontology":null}"#))
      return try CompiledConfiguration(document: CompiledConfiguration.patched(bare, with: [UInt8](text: tables)))
    } catch { preconditionFailure("the small configuration compiles: \(error)") }
  }()

  private static let start = Timestamp(milliseconds: 1_774_000_000_000)

  /// A configuration and then these values, as sensors write them.
  static func rawRecords(_ values: [(source: String, type: String, columns: String?, value: [UInt8])]) -> RecordBuffer {
    var buffer = RecordBuffer()
    buffer.append(
      timestamp: start, key: nil, value: configuration.canonicalBytes, headers: [("ce_type", [UInt8](text: FoldControl.configurationType))])
    for (index, item) in values.enumerated() {
      var headers: [(name: String, value: [UInt8]?)] = [
        ("ce_type", [UInt8](text: "io.prowzi.raw.v1")), ("ce_source", [UInt8](text: "/sensors/\(item.source)")),
        ("content-type", [UInt8](text: item.type)), ("prowzi-tenant", [UInt8](text: "shared")),
      ]
      if let columns = item.columns { headers.append(("prowzi-csv-columns", [UInt8](text: columns))) }
      buffer.append(
        timestamp: start.adding(milliseconds: Int64(index) * 60_000), key: [UInt8](text: item.source), value: item.value, headers: headers)
    }
    return buffer
  }

  static func folded(_ records: RecordBuffer, batch: Int = .max) -> PartitionFold<Pipeline> {
    var fold = PartitionFold(Pipeline(), partition: PartitionIndex(0))
    var next = 0
    while next < records.count {
      let end = min(records.count, next + min(batch, records.count))
      fold.fold(records, in: next..<end)
      next = end
    }
    return fold
  }

  /// What the samples of all sources give: the derived records by topic, and a checkpoint behind them.
  static let sampleFold: (buffers: [RecordBuffer], checkpoint: [UInt8]) = {
    let fold = folded(rawRecords(samples.map { ($0.source, $0.type, $0.columns, [UInt8](text: $0.value)) }))
    return (fold.sink.buffers, fold.checkpoint())
  }()

  private static var enrichedValues: [[UInt8]] {
    [DerivedTopic.enriched, .normalized].flatMap { topic in
      let buffer = sampleFold.buffers[topic.rawValue]
      return buffer.records.compactMap { $0.value.map { Array(buffer.bytes[$0]) } }
    }
  }

  private static func checkReader(_ bytes: [UInt8]) throws(BrokenLaw) {
    let around = EventReader.Surroundings(tenant: "shared", observedAt: start)
    let names = configuration.text.ontology.nodes
    var law = ReadingLaw(nodeNames: names)
    if let difference = law.difference(bytes) { throw BrokenLaw("read in one pass it is something else: \(difference)") }
    var reader = EventReader()
    if let event = try? reader.event(bytes, in: 0..<bytes.count, around) {
      var json = JSONWriter()
      EventRecord(event).write(to: &json)
      try checkAgain(json.bytes) { (value) throws(Rejection) in
        var written = JSONWriter()
        EventRecord(try reader.event(value, in: 0..<value.count, around)).write(to: &written)
        return written.bytes
      }
    }
    if let event = try? reader.enriched(bytes, in: 0..<bytes.count, around, nodeNames: names) {
      var json = JSONWriter()
      EventRecord(event, nodeNames: names).write(to: &json)
      try checkAgain(json.bytes) { (value) throws(Rejection) in
        var written = JSONWriter()
        EventRecord(try reader.enriched(value, in: 0..<value.count, around, nodeNames: names), nodeNames: names).write(to: &written)
        return written.bytes
      }
    }
  }

  private static func checkAgain(_ bytes: [UInt8], _ again: ([UInt8]) throws(Rejection) -> [UInt8]) throws(BrokenLaw) {
    guard let document = try? JSONDocument(bytes) else { throw BrokenLaw("what is written is not JSON: \(bytes.displayText.prefix(400))") }
    try hold(document.canonicalBytes == bytes, "what is written is not canonical")
    var written: [UInt8] = []
    do throws(Rejection) { written = try again(bytes) } catch { throw BrokenLaw("what is written is not read: \(error)") }
    try hold(written == bytes, "what is read again is written otherwise")
  }

  // MARK: The fold

  private static let foldSources: [Sample] = samples + [Sample(source: "unheard_of", value: "")]

  private static var foldSeeds: [[UInt8]] {
    samples.indices.map { [UInt8($0)] + [UInt8](text: samples[$0].value) }
  }

  private static func checkFold(_ bytes: [UInt8]) throws(BrokenLaw) {
    var choices = Choices(bytes)
    let shape = choices.pick(foldSources)
    let item = (source: shape.source, type: shape.type, columns: shape.columns, value: choices.bytes)
    // Twice: the second is a repeat of the first.
    let records = rawRecords([item, item])
    let fold = folded(records)
    for topic in DerivedTopic.allCases where topic != .deadletters {
      let buffer = fold.sink.buffers[topic.rawValue]
      for record in buffer.records {
        guard let range = record.value else { continue }
        let value = Array(buffer.bytes[range])
        guard let document = try? JSONDocument(value) else {
          throw BrokenLaw("a record of \(topic) is not JSON: \(value.displayText.prefix(300))")
        }
        try hold(document.canonicalBytes == value, "a record of \(topic) is not canonical: \(value.displayText.prefix(300))")
      }
    }
    let written = fold.sink.buffers.reduce(0) { $0 + $1.bytes.count }
    try hold(
      written <= 64 * (item.value.count + 4096) + configuration.canonicalBytes.count * 4, "\(item.value.count) bytes became \(written)")
    let alone = folded(records, batch: 1)
    try hold(alone.produced.map(\.digest) == fold.produced.map(\.digest), "divided otherwise it gives other records")
    try hold(alone.stateDigest == fold.stateDigest, "divided otherwise it gives another state")
  }
}
