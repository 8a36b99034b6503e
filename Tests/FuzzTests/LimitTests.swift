import Adapters
import Compression
import Events
import JSON
import Model
import Ports
import RecordFormat
import Scorers
import Sensors
import Signatures
import Simulation
import Testing
import Topics

@testable import Runtime

/// Each bound of `Limits`, at the limit and one beyond.
@Suite struct LimitTests {
  private func code(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch let error as ProwziError {
      return error.code.text
    } catch { return "\(error)" }
  }

  // MARK: Sensors

  @Test func aRecordOfTheLargestSizeIsReadAndALargerOneIsLeftOut() throws {
    let limit = Limits.sensorRecordBytes
    for (size, count) in [(limit, 1), (limit + 1, 0)] {
      let line = [UInt8](repeating: 0x61, count: size) + [0x0a]
      var reader = RecordReader(MemorySource(line), format: .jsonLines)
      var found = 0
      while let item = try reader.next() { found += item.value.count == size ? 1 : 0 }
      #expect(found == count)
      #expect(reader.report.tooLong == 1 - count)
    }
  }

  @Test func aStreamKeepsSoManyErrorsAndCountsTheRest() throws {
    for count in [Limits.streamErrors, Limits.streamErrors + 1] {
      let lines = [[UInt8]](repeating: [UInt8](repeating: 0x61, count: 20) + [0x0a], count: count).flatMap(\.self)
      var reader = RecordReader(MemorySource(lines), format: .jsonLines, recordLimit: 10)
      while try reader.next() != nil {}
      #expect(reader.report.tooLong == count)
      #expect(reader.report.errors.count == Limits.streamErrors)
    }
  }

  @Test func aManifestListsAsManyStreamsAsCanBeOpenAtOnce() {
    func manifest(_ count: Int) -> [UInt8] {
      [UInt8](text: "[" + (0..<count).map { #"{"source":"s\#($0)","path":"p"}"# }.joined(separator: ",") + "]")
    }
    #expect(code { _ = try Manifest(parsing: manifest(Limits.manifestStreams)) } == nil)
    #expect(code { _ = try Manifest(parsing: manifest(Limits.manifestStreams + 1)) } == "sensor.manifest_invalid")
  }

  @Test func aPieceOfCompressedInputBecomesSoMuch() throws {
    var packed: [UInt8] = []
    try LibraryCompressor().compress([UInt8](repeating: 0, count: 100_000).span, with: .zstd, appendingTo: &packed)
    for (limit, wanted) in [(100_000, nil), (99_999, "codec.too_large")] {
      var output: [UInt8] = []
      let found = code {
        var stream = StreamDecompressor(format: .zstd, outputLimit: limit)
        try stream.feed(packed.span, appendingTo: &output)
      }
      #expect(found == wanted)
    }
  }

  @Test func aRoutingKeyIsNeverLonger() {
    for length in [Limits.routingKeyBytes - 1, Limits.routingKeyBytes, Limits.routingKeyBytes + 1, 100_000] {
      let value = [UInt8](text: #"{"repo":"\#(String(repeating: "a", count: length))"}"#)
      #expect(Router().routingKey(source: "git_activity", value: value).count <= Limits.routingKeyBytes)
    }
  }

  // MARK: Adapters

  private func read(_ value: [UInt8], source: String = "hn_rss", type: String = "application/json") -> (items: [Event], codes: [String]) {
    let raw = RawRecord(
      bytes: value, value: 0..<value.count, source: source, contentType: type, observedAt: Timestamp(milliseconds: 1_774_000_000_000))
    var items: [Event] = []
    var rejections: [Rejection] = []
    var scratch = AdapterScratch()
    AdapterRegistry().read(raw, into: &items, rejections: &rejections, scratch: &scratch)
    return (items, rejections.map(\.code))
  }

  @Test func aRawValueOfTheLargestSizeIsReadAndALargerOneIsADeadLetterWhole() {
    func value(_ size: Int) -> [UInt8] { [UInt8](text: "[") + [UInt8](repeating: 0x20, count: size - 2) + [UInt8](text: "]") }
    #expect(read(value(Limits.rawValueBytes)).codes == ["source.empty_response"])
    #expect(read(value(Limits.rawValueBytes + 1)).codes == ["record.too_large"])
  }

  @Test func soManyItemsOfARecordAreReadAndOneRejectionStandsForTheRest() {
    let limit = Limits.itemsOfRecord
    func list(_ count: Int) -> [UInt8] { [UInt8](text: "[" + Array(repeating: "1", count: count).joined(separator: ",") + "]") }
    #expect(read(list(limit)).codes == Array(repeating: "schema.bad_type", count: limit))
    #expect(read(list(limit + 1)).codes == Array(repeating: "schema.bad_type", count: limit) + ["record.too_many_items"])
    #expect(read(list(limit + 100_000)).codes.count == limit + 1)
    func feed(_ count: Int) -> [UInt8] {
      [UInt8](text: "<rss><channel>" + String(repeating: "<item><x>1</x></item>", count: count) + "</channel></rss>")
    }
    #expect(read(feed(limit), type: "application/xml").codes.count == limit)
    #expect(read(feed(limit + 1), type: "application/xml").codes.last == "record.too_many_items")
    #expect(read(feed(limit + 30_000), type: "application/xml").codes.count == limit + 1)
  }

  @Test func aFieldIsCutAtItsLimit() throws {
    func title(_ length: Int) -> [UInt8] {
      [UInt8](
        text:
          #"{"captured_at":"2025-07-24T05:54:06Z","published_at":"2025-07-23T13:52:47Z","hn_id":4,"title":"\#(String(repeating: "a", count: length))","url":"https://x.org/p","by":"me"}"#
      )
    }
    for (length, wanted) in [(Limits.fieldBytes, Limits.fieldBytes), (Limits.fieldBytes + 1, Limits.fieldBytes)] {
      let event = try #require(read(title(length)).items.first)
      #expect(event.title?.range.count == wanted)
      #expect(event.flags.contains(.textCut) == (length > wanted))
    }
  }

  @Test func nestingEndsAtItsDepth() {
    func nested(_ depth: Int) -> [UInt8] { [UInt8](repeating: 0x5b, count: depth) + [UInt8](repeating: 0x5d, count: depth) }
    #expect((try? JSONDocument(nested(Limits.jsonDepth))) != nil)
    #expect(throws: JSONError(.depth, at: Limits.jsonDepth)) { try JSONDocument(nested(Limits.jsonDepth + 1)) }
    func xml(_ depth: Int) -> [UInt8] {
      [UInt8](text: String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth))
    }
    #expect(read(xml(Limits.xmlDepth), type: "application/xml").codes == ["source.empty_response"])
    #expect(read(xml(Limits.xmlDepth + 1), type: "application/xml").codes == ["parse.xml"])
  }

  @Test func soManyListedNamesBecomeEntities() throws {
    let limit = Limits.listedEntities
    let counts = try [1, limit, limit + 1, limit * 10].map { count in
      let authors = (0..<count).map { "\"Author \($0)\"" }.joined(separator: ",")
      let value = [UInt8](text: #"{"id":"1","title":"t","summary":"a","authors":[\#(authors)]}"#)
      return try #require(read(value, source: "arxiv_daily").items.first).entities.count
    }
    // Others than the authors are there as well.
    #expect(counts.map { $0 - counts[0] + 1 } == [1, limit, limit, limit])
  }

  // MARK: The log

  @Test func aBatchBecomesSoMuchAndNoMore() throws {
    for (size, wanted) in [(Limits.batchBytes, nil), (Limits.batchBytes + 1, "codec.too_large")] {
      // A body of zeros is no record, so what fits is refused for another reason.
      var packed: [UInt8] = []
      try LibraryCompressor().compress([UInt8](repeating: 0, count: size).span, with: .zstd, appendingTo: &packed)
      var output: [UInt8] = []
      let found = code {
        try LibraryCompressor().decompress(packed.span, with: .zstd, limit: RecordBatch.defaultLimit, appendingTo: &output)
      }
      #expect(found == wanted)
    }
    var buffer = RecordBuffer()
    buffer.append(timestamp: .init(milliseconds: 0), key: nil, value: [UInt8](repeating: 0, count: Limits.batchBytes))
    var written: [UInt8] = []
    let found = code {
      try RecordBatch.encode(buffer, 0..<1, baseOffset: .zero, codec: .none, compressor: NoCompressor(), appendingTo: &written)
    }
    #expect(found == "batch.too_large")
  }

  @Test func aTopicHasSoManyPartitions() throws {
    let file = try #require(TopicFiles.builtInFiles.first)
    for (count, wanted) in [(Limits.partitions, nil), (Limits.partitions + 1, "topic.invalid"), (0, "topic.invalid")] {
      let patch = try JSONDocument([UInt8](text: #"{"partitions":\#(count)}"#))
      let bytes = MergePatch.apply(patch, to: try JSONDocument(file.bytes))
      #expect(code { _ = try TopicDefinition(file: bytes, place: "a test") } == wanted)
    }
  }

  // MARK: Documents and files

  @Test func aFileIsReadUpToItsLimit() throws {
    let files = SimulatedFileSystem()
    files.replace("a", with: [1, 2, 3])
    #expect(try files.open("a", .read).contents(limit: 3, place: "a") == [1, 2, 3])
    #expect(code { _ = try files.open("a", .read).contents(limit: 2, place: "a") } == "file.too_large")
  }

  @Test func aScorerDocumentHasItsLargestSize() {
    func document(_ size: Int) -> [UInt8] { [UInt8](text: "{}") + [UInt8](repeating: 0x20, count: size - 2) }
    func message(_ size: Int) -> String {
      do {
        _ = try ScorerDocument.compile(document(size))
        return ""
      } catch { return error.message }
    }
    #expect(!message(Limits.scorerBytes).contains("larger than"))
    #expect(message(Limits.scorerBytes + 1).contains("larger than"))
  }

  @Test func aNoteHasItsLargestSizeAndSoManySignatures() {
    func note(_ size: Int, signatures: Int = 1) -> [UInt8] {
      let signature = String(repeating: "— a AAAAAAA=\n", count: signatures)
      return [UInt8](text: String(repeating: "x", count: max(1, size - 2 - signature.utf8.count)) + "\n\n" + signature)
    }
    #expect(note(Limits.noteBytes).count == Limits.noteBytes)
    #expect(code { _ = try SignedNote(note(Limits.noteBytes), place: "") } == nil)
    #expect(code { _ = try SignedNote(note(Limits.noteBytes + 1), place: "") } == "note.invalid")
    #expect(code { _ = try SignedNote(note(0, signatures: Limits.noteSignatures), place: "") } == nil)
    #expect(code { _ = try SignedNote(note(0, signatures: Limits.noteSignatures + 1), place: "") } == "note.invalid")
    #expect(VerifierKey.isName(String(repeating: "a", count: Limits.keyNameBytes)))
    #expect(!VerifierKey.isName(String(repeating: "a", count: Limits.keyNameBytes + 1)))
  }

  /// What a checkpoint file says of its size is believed only in proportion to its bytes.
  @Test func aCheckpointBecomesSoManyTimesItsSize() throws {
    let files = SimulatedFileSystem()
    let path = "checkpoints/fold-0/00000000000000000007.checkpoint"
    for (size, isPossible) in [(100 * Limits.checkpointExpansion, true), (101 * Limits.checkpointExpansion, false), (-1, false)] {
      var bytes = CheckpointStore.magic
      bytes.append(bigEndian: Int64(size))
      bytes += [UInt8](repeating: 0, count: 100 - bytes.count)
      files.replace(path, with: bytes)
      let error = #expect(throws: ProwziError.self) {
        try CheckpointStore(files: files, fold: "fold").read(PartitionIndex(0), at: Offset(7))
      }
      #expect(error?.message.contains("makes no sense") == !isPossible)
    }
  }
}
