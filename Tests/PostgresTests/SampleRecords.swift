import JSON
import Model
import Projection

/// Derived records from a seed, as the stages write them: enough of each member for every column, of several tenants.
struct SampleRecords {
  private var random: SplitMix64
  private let seed: UInt64
  private var made = 0
  private var stories: [(id: EventID, size: Int)] = []
  let tenants: [String]
  let start: Timestamp

  init(seed: UInt64, tenants: [String] = ["shared"], start: Timestamp = Timestamp(milliseconds: 1_771_645_938_000)) {
    random = SplitMix64(seed: seed)
    self.seed = seed
    self.tenants = tenants
    self.start = start
  }

  private mutating func number(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

  struct Event {
    var enriched: MemoryLog.Record
    var banded: MemoryLog.Record
    var briefs: [MemoryLog.Record]
    var deadLetters: [MemoryLog.Record]
    var controls: [MemoryLog.Record] = []
    var scorers: [MemoryLog.Record] = []
  }

  private static let bands = ["archive", "archive", "weekly", "archive", "same_day", "instant"]
  private static let words = ["bridge", "exploit", "model", "release", "agent", "token", "drain", "vision", "protocol", "benchmark"]

  mutating func next() -> Event {
    made += 1
    // Two days and more for every thousand, and some that arrive late.
    let time = start.adding(milliseconds: Int64(made) * 180_000 - Int64(number(4) == 0 ? number(5_000_000) : 0))
    let tenant = tenants[number(tenants.count)]
    var hash = NameHash()
    hash.add("\(seed)/\(tenant)/\(made)")
    let digest = hash.finish()
    let id = EventID(time: time, name: digest)
    if stories.isEmpty || number(3) > 0 {
      stories.append((EventID(time: time, name: Digest(words: (digest.words.2, digest.words.3, 0, 0))), 0))
    }
    let place = stories.count - 1 - number(min(stories.count, 4))
    stories[place].size += 1
    let story = stories[place]
    let domain = number(2) == 0 ? "ai" : "crypto"
    let kind = ["news", "paper", "exploit", "repo_stars"][number(4)]
    let title = (0..<5).map { _ in Self.words[number(Self.words.count)] }.joined(separator: " ") + " \(tenant) \(made)"
    let entities = (0..<number(6)).map { _ in ("organization", "Org \(number(30))") }
    let total = Double(number(1_000_000)) / 1_000_000
    let band = Self.bands[number(Self.bands.count)]
    let headers = Self.headers(tenant)
    let enriched = Self.enriched(
      id, story.id, size: story.size, domain, kind, title, time, entities, weight: Double(number(1_000_000)) / 1_000_000)
    let banded = Self.banded(id, story.id, domain, kind, band, total, scorer: made < 60 ? "default@1" : "default@2")
    var briefs: [MemoryLog.Record] = []
    if number(5) == 0 {
      briefs.append(.init(time: time, value: Self.brief(id, story, domain, kind, band, total, title, time), headers: headers))
    }
    var letters: [MemoryLog.Record] = []
    if number(20) == 0 {
      letters.append(
        .init(
          time: time, key: Array("k\0y".utf8), value: [0, 255, UInt8(number(256))],
          headers: headers + [
            ("prowzi-error-code", Array("parse.json".utf8)), ("prowzi-error-message", Array("not JSON".utf8)),
            ("prowzi-error-byte", Array("7".utf8)),
            ("prowzi-stage", Array("normalize/1".utf8)), ("prowzi-input", Array("prowzi.raw/0/\(made)#1".utf8)), ("odd", nil),
          ]))
    }
    var event = Event(
      enriched: .init(time: time, value: enriched, headers: headers), banded: .init(time: time, value: banded, headers: headers),
      briefs: briefs, deadLetters: letters)
    let version = made < 60 ? 1 : 2
    if made == 1 || made == 60 {
      event.controls.append(
        Self.control(time, #"{"score":{"name":"default","version":\#(version)}}"#, "config", version == 1 ? nil : "promote default@2"))
      event.scorers.append(
        .init(
          time: time, key: Array("default@\(version)".utf8), value: Array(#"{"name":"default","version":\#(version)}"#.utf8), headers: []))
    }
    if made == 50 {
      event.controls.append(
        Self.control(
          time,
          #"{"canary":{"percent":12.5,"salt":"s","scorer":{"name":"rush","version":3}},"score":{"name":"default","version":1}}"#, "config",
          "canary rush@3 12.5"))
      event.controls.append(Self.control(time, "{}", "tick", nil))
    }
    return event
  }

  /// Appends so many events, with what belongs to them, to a partition.
  mutating func append(_ count: Int, to log: MemoryLog, partition: Int) {
    let events = (0..<count).map { _ in next() }
    log.append(.enriched, partition, events.map(\.enriched))
    log.append(.banded, partition, events.map(\.banded))
    log.append(.briefs, partition, events.flatMap(\.briefs))
    log.append(.deadletters, partition, events.flatMap(\.deadLetters))
    log.append(.controls, partition, events.flatMap(\.controls))
    if partition == 0 { log.append(.scorers, partition, events.flatMap(\.scorers)) }
  }

  static func control(_ time: Timestamp, _ value: String, _ type: String, _ reason: String?) -> MemoryLog.Record {
    var headers: [(name: String, value: [UInt8]?)] = [
      ("ce_type", Array("io.prowzi.control.\(type)".utf8)), ("prowzi-config", Array("ab12".utf8)),
    ]
    if let reason { headers.append(("prowzi-reason", Array(reason.utf8))) }
    return .init(time: time, value: Array(value.utf8), headers: headers)
  }

  static func headers(_ tenant: String) -> [(name: String, value: [UInt8]?)] { [("prowzi-tenant", Array(tenant.utf8))] }

  static func enriched(
    _ id: EventID, _ story: EventID, size: Int, _ domain: String, _ kind: String, _ title: String, _ time: Timestamp,
    _ entities: [(String, String)], weight: Double
  ) -> [UInt8] {
    let named = entities.map { #"{"attributes":{"declared":true},"id":"\#($0.1)","type":"\#($0.0)"}"# }.joined(separator: ",")
    return Array(
      """
      {"cluster":{"first_seen_at":\(story.time.milliseconds),"first_source":"feed","id":"\(story)","recent_size":1,"relation":"\(size == 1 ? "new" : "same_story")","similarity":0.5,"size":\(size),"sources":\(min(size, 3))},"domain":"\(domain)","event_id":"\(id)","flags":["time.day_only"],"kind":"\(kind)","metadata":{"content_hash":"\(String(repeating: "ab", count: 32))","language":"en","raw":{"at":"prowzi.raw/0/\(size)","item":0,"spans":{}}},"mission_id":null,"natural_id":"\(id.low)","observed_at":\(time.milliseconds),"ontology":[{"node":"ai.models","weight":\(weight)}],"payload":{"extracted":{"entities":[\(named)],"facts":{"publisher":"Paper \(id.low % 3)"},"metrics":{"amount_usd":1000000.5,"tiny":1e-7},"sentiment":-0.25},"text":{"body":"line\\none, caf\u{e9} \\u0000 end","title":"\(title)","url":"https://example.org/\(id.low)"}},"revision":1,"source":"feed","timestamp":\(time.milliseconds - 1000),"topic_hints":["a","b,\\"c"]}
      """.utf8)
  }

  static func banded(
    _ id: EventID, _ story: EventID, _ domain: String, _ kind: String, _ band: String, _ total: Double, scorer: String
  ) -> [UInt8] {
    Array(
      """
      {"band":"\(band)","domain":"\(domain)","event_id":"\(id)","explanations":{"band":{"reason":"threshold","support":1,"threshold":0.6,"total_evi":\(total)},"impact":{"sentence":"\\u0000 \\\\u0000 said"}},"kind":"\(kind)","scorer":"\(scorer)","scores":{"confidence":0.5,"freshness":1,"gap":0,"impact":\(total),"novelty":0.25},"source":"feed","story_id":"\(story)","total_evi":\(total)}
      """.utf8)
  }

  static func brief(
    _ event: EventID, _ story: (id: EventID, size: Int), _ domain: String, _ kind: String, _ band: String, _ total: Double, _ title: String,
    _ time: Timestamp
  ) -> [UInt8] {
    // A brief of its own for every story; its revision is the story's size.
    let id = EventID(high: story.id.high, low: story.id.low ^ 1)
    return Array(
      """
      {"band":"\(band)","brief_id":"\(id)","confidence_score":0.5,"content":{"evidence":[{"claim":"\(title)","end":9,"event_id":"\(event)","field":"payload.text.title","raw":"prowzi.raw/0/1","raw_encoding":"plain","raw_end":19,"raw_start":10,"sha256":"\(String(repeating: "cd", count: 32))","start":0},{"basis":"derived","claim":"0.5","derivation":"sum","end":3,"event_id":"\(event)","field":"total_evi","raw":"prowzi.raw/0/1","sha256":"\(String(repeating: "ef", count: 32))","start":0}],"risk_factors":{"single_source":1},"suggested_actions":["Read it."],"summary":"Summary of \(title).","visualizations":[]},"created_at":\(time.milliseconds),"domain":"\(domain)","event_ids":["\(event)"],"expires_at":null,"headline":"\(title)","impact_level":"high","kind":"\(kind)","mission_id":null,"revision":\(story.size),"status":"active","story_id":"\(story.id)","total_evi":\(total)}
      """.utf8)
  }
}
