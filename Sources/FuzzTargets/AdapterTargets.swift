import Adapters
import Events
import Generator
import JSON
import Model
import TestSupport

extension FuzzTargets {
  /// A target for each source that has an adapter, one for feeds, and one for a source that a mapping describes.
  static let adapters: [FuzzTarget] =
    Set(samples.map(\.source)).sorted().map(adapter) + [feeds, mapped]

  static let registry = AdapterRegistry(
    mappings: [
      FieldMapping(
        source: "mapped", domain: nil, kind: .news, items: "items", id: ["id", "sub.id"], time: "time|at", title: "title", body: "a.0.b",
        url: "url", metrics: [("n", "n")], facts: [("f", "f.g")], entities: [("organisation", "by")], hints: "tags")
    ])

  /// What the generator makes in a few hundred items, malformed ones among them.
  static let generated: [GeneratedItem] = {
    var generator = SignalGenerator(seed: 20_260_221, eventsPerDay: 4000)
    return (0..<1500).map { _ in generator.next() }
  }()

  private static func adapter(_ source: String) -> FuzzTarget {
    let own = samples.filter { $0.source == source }
    let shapes = [("application/json", nil)] + Set(own.filter { $0.columns != nil }.compactMap(\.columns)).sorted().map { ("text/csv", $0) }
    return FuzzTarget(
      "adapter_\(source)", "records are read or refused within their bytes, twice alike, and every span decodes to its text",
      seeds: {
        own.map { sample in [sample.columns == nil ? 0 : 1] + [UInt8](text: sample.value) }
          + generated.filter { $0.source == source }.prefix(40).map { [$0.columns == nil ? 0 : 1] + $0.value }
      }
    ) { (bytes) throws(BrokenLaw) in
      var choices = Choices(bytes)
      let (type, columns) = choices.pick(shapes)
      try checkAdapter(choices.bytes, source: source, type: type, columns: columns)
    }
  }

  private static let feeds = FuzzTarget(
    "adapter_feed", "the same of feeds in XML",
    seeds: {
      (samples.filter { $0.type == "application/xml" }.map { [UInt8](text: $0.value) })
        + generated.filter { $0.value.first == 0x3c }.prefix(20).map(\.value)
    }
  ) { (bytes) throws(BrokenLaw) in
    try checkAdapter(
      [UInt8](text: "<") + bytes.dropFirst(bytes.first == 0x3c ? 1 : 0), source: "some_blog", type: "application/xml", columns: nil)
  }

  private static let mapped = FuzzTarget(
    "adapter_mapped", "the same of a source that a mapping describes",
    seeds: {
      [
        [UInt8](
          text:
            #"{"items":[{"id":1,"sub":{"id":"x"},"at":"2026-01-02T03:04:05Z","title":"T","a":[{"b":"body \u00e9"}],"url":"https://x.org/?utm_source=a","n":1e3,"f":{"g":"h"},"by":["A","B"],"tags":["t"]}]}"#
        )
      ]
    }
  ) { (bytes) throws(BrokenLaw) in try checkAdapter(bytes, source: "mapped", type: "application/json", columns: nil) }

  private static func read(_ raw: RawRecord) -> (items: [Event], rejections: [Rejection]) {
    var scratch = AdapterScratch()
    var items: [Event] = []
    var rejections: [Rejection] = []
    registry.read(raw, into: &items, rejections: &rejections, scratch: &scratch)
    return (items, rejections)
  }

  private static func checkAdapter(_ value: [UInt8], source: String, type: String, columns: String?) throws(BrokenLaw) {
    // The value lies between other bytes, so that an offset which forgets its beginning shows.
    let header = [UInt8](text: columns ?? "")
    let start = header.count + 7
    let raw = RawRecord(
      bytes: header + [UInt8](text: "padding") + value + [UInt8](text: "\"}]behind"), value: start..<start + value.count, source: source,
      contentType: type, columns: columns == nil ? nil : 0..<header.count, observedAt: Timestamp(milliseconds: 1_774_000_000_000))
    let first = read(raw)
    let second = read(raw)
    try hold(first.rejections == second.rejections && first.items.count == second.items.count, "two readings differ")
    try hold(!first.items.isEmpty || !first.rejections.isEmpty || type != "application/json", "a record is neither read nor refused")
    try hold(first.items.count + first.rejections.count <= value.count + 1, "more items than bytes")
    for rejection in first.rejections { try hold((0...value.count).contains(rejection.byteOffset), "\(rejection) lies outside the record") }
    for (event, other) in zip(first.items, second.items) {
      try hold(event.bytes == other.bytes, "two readings give other texts")
      try hold(event.bytes.count <= 4 * value.count + 4096, "\(value.count) bytes became an event of \(event.bytes.count)")
      for span in [event.naturalID, event.title, event.body, event.url].compactMap({ $0?.span }) + event.entities.compactMap(\.id.span) {
        try hold(span.start >= 0 && span.start <= span.end && Int(span.end) <= value.count, "a span lies outside the record")
      }
      let violations = SpanLaw.violations(event, in: value)
      try hold(violations.isEmpty, violations.joined(separator: "; "))
      try checkRecord(event)
    }
  }

  /// What is written of an event is canonical, and reads as the same event.
  private static func checkRecord(_ event: Event) throws(BrokenLaw) {
    var event = event
    // As normalize does: a record has one member of each name, and an adapter may find several.
    var names = Set<String>()
    event.facts.removeAll { !names.insert($0.name).inserted }
    names = []
    event.metrics.removeAll { !names.insert($0.name).inserted }
    var json = JSONWriter()
    EventRecord(event).write(to: &json)
    guard let document = try? JSONDocument(json.bytes) else { throw BrokenLaw("an event's record is not JSON") }
    try hold(document.canonicalBytes == json.bytes, "an event's record is not canonical")
    var reader = EventReader()
    let read = try? reader.event(json.bytes, in: 0..<json.bytes.count, .init(tenant: event.tenant, observedAt: event.observedAt))
    guard let read else { throw BrokenLaw("an event's record cannot be read") }
    var again = JSONWriter()
    EventRecord(read).write(to: &again)
    try hold(again.bytes == json.bytes, "an event's record is not what is read of it")
  }
}
