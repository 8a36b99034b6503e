import Compression
import Model
import RecordFormat
import Sensors

extension FuzzTargets {
  static let sensors: [FuzzTarget] = [
    FuzzTarget(
      "record_reader", "records are the same in pieces of any size, and none is longer than the limit", seeds: { readerSeeds },
      body: checkReader),
    FuzzTarget(
      "compressed_file", "a compressed file gives the same records before its damage, whatever the pieces", seeds: { compressedSeeds },
      body: checkCompressed),
    FuzzTarget("routing", "every record has a routing key, within its limit", seeds: { samplesForRouting }, body: checkRouting),
  ]

  private static let recordLimit = 512
  /// A name that says nothing of a compression.
  private static let plainName = "memory"

  private static let readerSeeds: [[UInt8]] = InputFormat.allCases.indices.flatMap { index in
    [
      "{\"t\":\"2026-02-21T03:52:18Z\",\"a\":1}\r\n\n{\"t\":1771632000000}\nnot json",
      "t,name\n2026-02-21,\"a \"\"quoted\"\",\nb\"\n2026-02-22,x\r\n",
      "<rss><channel><item/></channel></rss>", "\u{feff}{\"t\":null}\n", String(repeating: "x", count: 600) + "\n{\"t\":1}\n",
    ].map { [UInt8(index), 7] + [UInt8](text: $0) }
  }

  private static func items(
    _ bytes: [UInt8], _ format: InputFormat?, name: String, piece: Int
  ) -> (items: [RawItem], report: ReaderReport, error: ProwziError.Code?) {
    var items: [RawItem] = []
    do throws(ProwziError) {
      var reader = try RecordReader(
        opening: MemorySource(bytes, name: name, pieceSize: piece), format: format, time: .init(field: "t"), recordLimit: recordLimit)
      do throws(ProwziError) {
        while let item = try reader.next() { items.append(item) }
      } catch {
        return (items, reader.report, error.code)
      }
      return (items, reader.report, nil)
    } catch {
      return (items, ReaderReport(), error.code)
    }
  }

  private static func checkReader(_ bytes: [UInt8]) throws(BrokenLaw) {
    var choices = Choices(bytes)
    let format = choices.pick(InputFormat.allCases.map { Optional($0) } + [nil])
    let piece = 1 + choices.byte()
    try compare(choices.bytes, format, name: Self.plainName, piece: piece)
  }

  private static func compare(_ bytes: [UInt8], _ format: InputFormat?, name: String, piece: Int) throws(BrokenLaw) {
    let whole = items(bytes, format, name: name, piece: .max)
    let parts = items(bytes, format, name: name, piece: piece)
    let isDamaged = [whole, parts].contains { $0.error != nil || !$0.report.errors.isEmpty }
    if isDamaged, name != Self.plainName {
      // How much of the block that is damaged comes out hangs on the pieces; what lies before it does not.
      let common = max(0, min(whole.items.count, parts.items.count) - 1)
      return try hold(
        whole.items.prefix(common) == parts.items.prefix(common), "in pieces of \(piece) other records come before the damage")
    }
    try hold(
      whole.items == parts.items, "in pieces of \(piece) there are \(parts.items.count) records, not \(whole.items.count), or others")
    try hold(
      whole.error == parts.error, "in pieces it ends with \(String(describing: parts.error)), not \(String(describing: whole.error))")
    try hold(whole.report.items == parts.report.items && whole.report.tooLong == parts.report.tooLong, "the reports differ")
    try hold(whole.report.errors.count <= ReaderReport.errorLimit, "a report keeps \(whole.report.errors.count) errors")
    for item in whole.items { try hold(item.value.count <= recordLimit, "a record has \(item.value.count) bytes") }
  }

  private static var compressedSeeds: [[UInt8]] {
    [Codec.gzip, .zstd].enumerated().flatMap { index, codec in
      [[UInt8](text: "{\"t\":1771632000000}\n{\"t\":null}\n"), [UInt8](repeating: 0x61, count: 100_000), []].compactMap { plain in
        var packed: [UInt8] = [UInt8(index), 3]
        let done: Void? = accepted { () throws(ProwziError) in
          try LibraryCompressor().compress(plain.span, with: codec, appendingTo: &packed)
        }
        return done.map { packed }
      }
    }
  }

  private static func checkCompressed(_ bytes: [UInt8]) throws(BrokenLaw) {
    var choices = Choices(bytes)
    let name = choices.pick(["a.jsonl.gz", "a.jsonl.zst", "a.jsonl"])
    let piece = 1 + choices.byte()
    try compare(choices.bytes, nil, name: name, piece: piece)
  }

  private static var samplesForRouting: [[UInt8]] { adapters.flatMap { $0.seeds().prefix(3) } }

  private static let router = Router()
  private static let routedSources = [
    "", "github", "git_activity", "arxiv_daily", "jup_token_list", "solrpds", "uniswap_v2_rugpulls", "github_star_ranking",
  ]

  private static func checkRouting(_ bytes: [UInt8]) throws(BrokenLaw) {
    var choices = Choices(bytes)
    let source = choices.pick(routedSources)
    let columns: [UInt8]? = source == "github_star_ranking" ? [UInt8](text: "observed_at,snapshot_day,repo,stars") : nil
    let key = router.routingKey(source: source, value: choices.bytes, columns: columns)
    try hold(key.count <= Router.keyLimit, "a routing key has \(key.count) bytes")
    try hold(router.routingKey(source: source, value: choices.bytes, columns: columns) == key, "a record has two routing keys")
    for count in [1, 8, 1000] {
      let index = partition(forKey: key, count: count).value
      try hold(index >= 0 && index < Int32(count), "a record belongs to partition \(index) of \(count)")
    }
  }
}
