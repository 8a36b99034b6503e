import Model
import Sensors
import Testing

/// Files as the usual tools write them: two members, of two lines and of one.
@Suite struct CompressedFileTests {
  static let gzip = [UInt8](
    hexadecimal: """
      1f8b08000000000002ffab562a51b232d451ca53b252cacf4b55aae5aa06891841444acaf381220022a95514240000001f8b08000000000002ffab56
      2a51b232d651ca53b2522ac9284a4d55aae50200a66a837214000000
      """.filter { $0.isHexDigit })!
  static let zstd = [UInt8](
    hexadecimal: """
      28b52ffd04582101007b2274223a312c226e223a226f6e65227d0a7b2274223a322c226e223a2274776f227d0a5756ffb528b52ffd0458a100007b22
      74223a332c226e223a227468726565227d0a2a4b6189
      """.filter { $0.isHexDigit })!
  /// Where the first member ends.
  static let boundaries = ["f.jsonl.gz": 48, "f.jsonl.zst": 49]
  static let files = [("f.jsonl.gz", gzip), ("f.jsonl.zst", zstd)]
  static let lines = ["{\"t\":1,\"n\":\"one\"}", "{\"t\":2,\"n\":\"two\"}", "{\"t\":3,\"n\":\"three\"}"]

  @Test(arguments: files) func membersReadAsOneFileWhateverThePieces(name: String, content: [UInt8]) throws {
    for pieceSize in [1, 2, 7, Int.max] {
      let found = try items(RecordReader(opening: MemorySource(content, name: name, pieceSize: pieceSize), time: .init(field: "t")))
      #expect(found.map(\.value.displayText) == Self.lines)
      #expect(found.map(\.observedAt?.milliseconds) == [1000, 2000, 3000])
      #expect(found.map(\.place.byte) == [0, 18, 36])
    }
  }

  @Test(arguments: files) func standardInputIsRecognisedByItsFirstBytes(name: String, content: [UInt8]) throws {
    let found = try items(RecordReader(opening: MemorySource(content, name: "-", pieceSize: 3)))
    #expect(found.map(\.value.displayText) == Self.lines)
  }

  /// A file cut at any byte but the one between its members is an error, and never gives a wrong record.
  @Test(arguments: files) func everyCutIsNoticed(name: String, content: [UInt8]) throws {
    for length in 1..<content.count where length != Self.boundaries[name] {
      var seen: [String] = []
      let error = #expect(throws: ProwziError.self, "cut to \(length) bytes") {
        var reader = try RecordReader(opening: MemorySource(Array(content.prefix(length)), name: name))
        while let item = try reader.next() { seen.append(item.value.displayText) }
      }
      #expect(error?.code == .compressedInput)
      #expect(error?.place?.hasPrefix("\(name), compressed byte ") == true)
      #expect(Array(Self.lines.prefix(seen.count)) == seen)
    }
  }

  @Test(arguments: files) func aChangedByteNeverTraps(name: String, content: [UInt8]) {
    for index in content.indices {
      var changed = content
      changed[index] ^= 0x55
      _ = try? items(RecordReader(opening: MemorySource(changed, name: name)))
    }
  }
}
