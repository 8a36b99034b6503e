import Model
import Sensors
import Testing

@Suite struct MergedReaderTests {
  private func merged(
    _ streams: [String], from: Int64? = nil, to: Int64? = nil, pieceSize: Int = .max, starts: [Int64?] = []
  ) throws -> [String] {
    var inputs: [(stream: Manifest.Stream, reader: RecordReader)] = []
    for (index, text) in streams.enumerated() {
      let start = index < starts.count ? starts[index].map { Timestamp(milliseconds: $0) } : nil
      inputs.append(
        (
          .init(source: "s\(index)", path: "p", timeField: "t", from: start),
          reader(bytes(text), .jsonLines, field: "t", pieceSize: pieceSize)
        ))
    }
    var merged = MergedReader(
      inputs, from: from.map { Timestamp(milliseconds: $0) }, to: to.map { Timestamp(milliseconds: $0) })
    var lines: [String] = []
    while let next = try merged.next() {
      let name = JSONScan.scalar(at: [bytes("n")], in: next.item.value)?.content.displayText ?? "?"
      lines.append("\(next.stream)\(name)@\(next.item.observedAt.map { String($0.milliseconds / 1000) } ?? "-")")
    }
    return lines
  }

  private func stream(_ times: String...) -> String {
    times.enumerated().map { "{\"n\":\"\(["a", "b", "c", "d", "e"][$0.offset])\",\"t\":\($0.element)}\n" }.joined()
  }

  @Test func streamsMergeByTimeThenStreamThenPosition() throws {
    for pieceSize in [1, 9, Int.max] {
      let lines = try merged([stream("1", "3", "3"), stream("1", "2", "3")], pieceSize: pieceSize)
      #expect(lines == ["0a@1", "1a@1", "1b@2", "0b@3", "0c@3", "1c@3"])
    }
  }

  @Test func aStreamThatGoesBackKeepsItsOrderAndItsClock() throws {
    #expect(try merged([stream("1", "5", "2", "6"), stream("3", "5")]) == ["0a@1", "1a@3", "0b@5", "0c@5", "1b@5", "0d@6"])
  }

  @Test func itemsWithoutTimeTakeTheLastGoodOneOrTheStart() throws {
    #expect(try merged([stream("4", "null", "6"), stream("5")]) == ["0a@4", "0b@4", "1a@5", "0c@6"])
    #expect(try merged([stream("5"), stream("null", "7")]) == ["1a@-", "0a@5", "1b@7"])
    #expect(try merged([stream("5"), stream("null", "7")], starts: [nil, 6000]) == ["0a@5", "1a@6", "1b@7"])
  }

  @Test func theWindowIncludesItsStartAndNotItsEnd() throws {
    let streams = [stream("1", "2", "3", "4"), stream("null", "2", "9")]
    #expect(try merged(streams, from: 2000, to: 4000) == ["0b@2", "1b@2", "0c@3"])
    #expect(try merged(streams, from: 4000) == ["0d@4", "1c@9"])
    #expect(try merged(streams, to: 2000) == ["1a@-", "0a@1"])
  }

  @Test func aStreamThatFailsLosesNothingBeforeItsFailure() throws {
    let cut = Array(InvertingDecoder.encode("{\"t\":1}\n{\"t\":3}\n{\"t\":4}\n").dropLast())
    let broken = try RecordReader(
      opening: MemorySource(cut, name: "x.jsonl.zst"), time: .init(field: "t"), decoders: invertingDecoders)
    var merged = MergedReader([
      (.init(source: "a", path: "x"), broken), (.init(source: "b", path: "y"), reader(bytes(stream("2", "5")), .jsonLines, field: "t")),
    ])
    var seen: [Int] = []
    var failures = 0
    while true {
      do {
        guard let next = try merged.next() else { break }
        seen.append(Int((next.item.observedAt?.milliseconds ?? -1) / 1000))
      } catch {
        failures += 1
      }
    }
    #expect(seen == [1, 2, 3, 4, 5])
    #expect(failures == 1)
    #expect(merged.reports.map(\.items) == [3, 2])
  }

  @Test func manifestsAreReadAndChecked() throws {
    let text = """
      [ {"source":"a_1","kind":"k","path":"d/x.csv.zst","time_field":"t","records":3,"from":"1970-01-01","to":"1970-01-01T00:00:01Z","more":[1]},
        {"source":"b","path":"y.json"} ]
      """
    let manifest = try Manifest(parsing: bytes(text))
    #expect(
      manifest.streams == [
        .init(
          source: "a_1", kind: "k", path: "d/x.csv.zst", timeField: "t", records: 3, from: Timestamp(milliseconds: 0),
          to: Timestamp(milliseconds: 1000)),
        .init(source: "b", path: "y.json"),
      ])
    for bad in [
      "{}", "[", "[1]", "[{\"path\":\"x\"}]", "[{\"source\":\"A\",\"path\":\"x\"}]", "[{\"source\":\"a\",\"path\":\"../x\"}]",
      "[{\"source\":\"a\",\"path\":\"/x\"}]", "[{\"source\":\"a\",\"path\":\"x\",\"records\":-1}]",
      "[{\"source\":\"a\",\"path\":\"x\",\"from\":\"soon\"}]",
    ] {
      let error = #expect(throws: ProwziError.self) { try Manifest(parsing: bytes(bad)) }
      #expect(error?.code == .manifestInvalid)
    }
  }
}

@Suite struct RoutingTests {
  static let vectors: [(String, Int32)] = [
    ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
    ("a-little-bit-longer-string", -1_486_304_829), ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
  ]

  @Test(arguments: vectors) func murmur2IsKafkas(text: String, expected: Int32) {
    #expect(murmur2(bytes(text)) == expected)
    #expect(partition(forKey: bytes(text), count: 8).value == (expected & 0x7fff_ffff) % 8)
  }

  private func key(_ source: String, _ json: String, columns: String? = nil, router: Router = Router()) -> String {
    router.routingKey(source: source, value: bytes(json), columns: columns.map { bytes($0) }).displayText
  }

  @Test func textIsKeyedByDomain() {
    for source in ["arxiv_daily", "ai_headlines", "ai_model_releases", "hn_rss"] { #expect(key(source, "{}") == "ai") }
    for source in ["crypto_headlines", "defihacklabs", "defillama_raises"] { #expect(key(source, "<x/>") == "crypto") }
  }

  @Test func tokensAreKeyedByTokenAndPoolsOfMoneyByPool() {
    #expect(key("jup_token_list", "{\"mint\":\"AbC\"}") == key("solrpds", "{\"pool\":\"P\",\"mint\":\"AbC\"}"))
    #expect(key("solrpds", "{\"pool\":\"P\",\"mint\":\"So11111111111111111111111111111111111111112\"}") == "P")
    #expect(key("solrpds", "{\"pool\":\"P\",\"mint\":null}") == "P")
    #expect(key("uniswap_v2_rugpulls", "{\"pair\":\"0xA\",\"token\":\"0xB\"}") == "0xb")
    #expect(key("uniswap_v2_rugpulls", "{\"pair\":\"0xA\"}") == "0xa")
  }

  @Test func repositoriesAreKeyedByTheirNewestName() {
    let router = Router(aliases: ["Old/One": "Mid/One", "mid/one": "New/One", "ring/a": "ring/b", "ring/b": "ring/a"])
    #expect(key("github_api_recordings", "{\"repo\":{\"name\":\"OLD/one\"}}", router: router) == "new/one")
    #expect(key("git_activity", "{\"repo\":\"New/One\"}", router: router) == "new/one")
    #expect(key("github_webhooks", "{\"payload\":{\"repository\":{\"full_name\":\"Mid/One\"}}}", router: router) == "new/one")
    #expect(key("github_star_ranking", "d,\"mid/one\",5", columns: "day,repo,stars", router: router) == "new/one")
    for name in ["ring/a", "ring/b"] { #expect(key("git_activity", "{\"repo\":\"\(name)\"}", router: router) == name) }
  }

  @Test func whatHasNoUsableFieldIsKeyedByItsSource() {
    #expect(key("github_api_recordings", "{\"repo\":{\"name\":\"/\"}}") == "github_api_recordings")
    for name in ["nonsense", "a/b/c", "a/", "/b", ""] { #expect(key("git_activity", "{\"repo\":\"\(name)\"}") == "git_activity") }
    #expect(key("git_activity", "nonsense") == "git_activity")
    #expect(key("jup_token_list", "{\"mint\":\"\(String(repeating: "x", count: 513))\"}") == "jup_token_list")
    #expect(key("unknown_source", "{\"repo\":\"a/b\"}") == "unknown_source")
  }

  @Test func theCallersRulesComeFirst() {
    let router = Router(rules: [.init(source: "hn*", key: .fields([.init("a.b")]))])
    #expect(key("hn_rss", "{\"a\":{\"b\":7}}", router: router) == "7")
    #expect(key("arxiv_daily", "{}", router: router) == "ai")
  }
}
