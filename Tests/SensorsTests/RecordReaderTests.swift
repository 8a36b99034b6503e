import Model
import Sensors
import Testing

@Suite struct RecordReaderTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var label: String
    var content: String
    var format: InputFormat
    var expected: [String]
    var testDescription: String { label }
  }

  static let rows: [Row] = [
    Row(label: "nothing", content: "", format: .jsonLines, expected: []),
    Row(label: "two lines", content: "{\"a\":1}\n{\"a\":2}\n", format: .jsonLines, expected: ["{\"a\":1}", "{\"a\":2}"]),
    Row(label: "last line unended", content: "1\n2", format: .jsonLines, expected: ["1", "2"]),
    Row(label: "empty lines", content: "\n\n1\n\r\n\n2\n\n", format: .jsonLines, expected: ["1", "2"]),
    Row(label: "blank is not empty", content: "1\n \n", format: .jsonLines, expected: ["1", " "]),
    Row(label: "CR LF", content: "1\r\n2\r\n", format: .jsonLines, expected: ["1", "2"]),
    Row(label: "CR alone is content", content: "1\r2\n3\r", format: .jsonLines, expected: ["1\r2", "3\r"]),
    Row(label: "mark", content: "\u{feff}1\n2\n", format: .jsonLines, expected: ["1", "2"]),
    Row(label: "mark alone", content: "\u{feff}", format: .jsonLines, expected: []),
    Row(label: "mark in the middle stays", content: "1\n\u{feff}2\n", format: .jsonLines, expected: ["1", "\u{feff}2"]),
    Row(label: "no JSON passes", content: "}{\nnot json\n", format: .jsonLines, expected: ["}{", "not json"]),
    Row(label: "header only", content: "a,b\n", format: .csv, expected: []),
    Row(label: "rows", content: "a,b\r\n1,2\r\n3,4\r\n", format: .csv, expected: ["1,2", "3,4"]),
    Row(label: "quoted line feeds", content: "a,b\n1,\"x\ny\r\nz\"\n3,4\n", format: .csv, expected: ["1,\"x\ny\r\nz\"", "3,4"]),
    Row(label: "doubled quotes", content: "a\n\"x \"\"y\"\"\nz\"\nw\n", format: .csv, expected: ["\"x \"\"y\"\"\nz\"", "w"]),
    Row(label: "inch sign", content: "a,b\n5\" disk,1\n2,3\n", format: .csv, expected: ["5\" disk,1", "2,3"]),
    Row(label: "after the quote", content: "a,b\n\"x\"y,1\n2,3\n", format: .csv, expected: ["\"x\"y,1", "2,3"]),
    Row(label: "wrong column counts", content: "a,b\n1\n1,2,3\n", format: .csv, expected: ["1", "1,2,3"]),
    Row(label: "open quote to the end", content: "a\n\"x\ny\n", format: .csv, expected: ["\"x\ny\n"]),
    Row(label: "mark before the header", content: "\u{feff}a\n1\n", format: .csv, expected: ["1"]),
    Row(label: "document", content: "{\n \"a\": 1\n}\n", format: .json, expected: ["{\n \"a\": 1\n}\n"]),
    Row(label: "document with mark", content: "\u{feff}[1]", format: .json, expected: ["[1]"]),
    Row(label: "XML keeps its mark", content: "\u{feff}<a>\n</a>", format: .xml, expected: ["\u{feff}<a>\n</a>"]),
    Row(label: "no document", content: "", format: .xml, expected: []),
  ]

  @Test(arguments: rows) func recordsAreTheBytesBetweenLineEnds(row: Row) throws {
    for pieceSize in [Int.max, 1, 2, 3, 5, 7] {
      #expect(try texts(row.content, row.format, pieceSize: pieceSize) == row.expected, "pieces of \(pieceSize)")
    }
  }

  /// All texts of up to five of the bytes that matter.
  @Test func piecesNeverMatterAndNoByteIsLost() throws {
    var texts: [[UInt8]] = [[]]
    var longest = texts
    for _ in 0..<5 {
      longest = longest.flatMap { text in bytes("\",\n\ra").map { text + [$0] } }
      texts += longest
    }
    for text in texts {
      for format in [InputFormat.csv, .jsonLines] {
        let content = format == .csv ? bytes("h\n") + text : text
        let whole = try items(reader(content, format))
        #expect(try items(reader(content, format, pieceSize: 1)) == whole)
        // Between the records lie line ends alone, and each lies where it says.
        var at = format == .csv ? 2 : 0
        for item in whole {
          #expect(content[at..<item.place.byte].allSatisfy { $0 == 0x0a || $0 == 0x0d })
          at = item.place.byte + item.value.count
          #expect(at <= content.count && Array(content[item.place.byte..<at]) == item.value)
        }
        #expect(content[at...].allSatisfy { $0 == 0x0a || $0 == 0x0d })
      }
    }
  }

  @Test func bytesThatAreNotUTF8PassUntouched() throws {
    let content: [UInt8] = [0xff, 0xfe, 0x00, 0x80, 0x0a, 0xc3, 0x28]
    #expect(try items(reader(content, .jsonLines)).map(\.value) == [[0xff, 0xfe, 0x00, 0x80], [0xc3, 0x28]])
  }

  @Test func placesNameLineAndByte() throws {
    let found = try items(reader(bytes("\u{feff}a,b\r\n\"x\ny\",1\r\n\r\n2,3\r\n"), .csv))
    #expect(found.map(\.place.line) == [2, 5])
    #expect(found.map(\.place.byte) == [8, 19])
    #expect(found.allSatisfy { $0.columns == bytes("a,b") && $0.place.file == "input" })
  }

  @Test func aRecordOfExactlyTheLimitIsDelivered() throws {
    for ending in ["", "\n", "\r\n"] {
      for pieceSize in [1, 4, Int.max] {
        let found = try items(reader(bytes("12345678" + ending), .jsonLines, pieceSize: pieceSize, recordLimit: 8))
        #expect(found.map(\.value.displayText) == ["12345678"])
      }
    }
  }

  @Test func aLongerRecordIsLeftOutAndReported() throws {
    for pieceSize in [1, 3, Int.max] {
      for long in ["123456789", String(repeating: "x", count: 100)] {
        var reader = reader(bytes("1\n\(long)\n2\n\(long)"), .jsonLines, pieceSize: pieceSize, recordLimit: 8)
        #expect(try reader.next()?.value == bytes("1"))
        let second = try #require(try reader.next())
        #expect(second.value == bytes("2"))
        #expect(second.place.line == 3)
        #expect(second.place.byte == 3 + long.utf8.count)
        #expect(try reader.next() == nil)
        #expect(reader.report.tooLong == 2)
        #expect(reader.report.items == 2)
        #expect(reader.report.errors.map(\.place) == ["input, line 2, byte 2", "input, line 4, byte \(5 + long.utf8.count)"])
        #expect(reader.report.errors.allSatisfy { $0.code == .recordTooLong })
      }
    }
  }

  @Test func aHeaderLineOverTheLimitIsAnError() {
    var reader = reader(bytes("123456789\n1\n"), .csv, recordLimit: 8)
    #expect(throws: ProwziError.self) { try reader.next() }
    #expect((try? reader.next()) == .some(nil))
  }

  @Test func memoryStaysBoundedByBlockAndRecord() throws {
    final class Endless: ByteSource {
      let name = "endless"
      var left = 12
      func read(appendingTo output: inout [UInt8], atMost count: Int) throws(ProwziError) -> Int {
        if left == 0 { return 0 }
        left -= 1
        output.append(contentsOf: repeatElement(0x61, count: count))
        largest = max(largest, output.count)
        return count
      }
      var largest = 0
    }
    let source = Endless()
    var reader = RecordReader(source, format: .jsonLines, recordLimit: 1000)
    #expect(try reader.next() == nil)
    #expect(reader.report.tooLong == 1)
    #expect(source.largest <= 600_000)
  }

  @Test func formatsAreToldByNameAndByContent() {
    #expect(InputFormat(path: "a/b.jsonl.zst") == .jsonLines)
    #expect(InputFormat(path: "b.CSV.gz") == .csv)
    #expect(InputFormat(path: "b.json") == .json)
    #expect(InputFormat(path: "feed.rss") == .xml)
    #expect(InputFormat(path: "-") == nil)
    #expect(InputFormat(sniffing: bytes(" <?xml?>")) == .xml)
    #expect(InputFormat(sniffing: bytes("[1")) == .json)
    #expect(InputFormat(sniffing: bytes("{\"a\":1}\n{\"a\"")) == .jsonLines)
    #expect(InputFormat(sniffing: bytes("\u{feff}{\n \"a\": 1\n}\n")) == .json)
    #expect(InputFormat(sniffing: bytes("a,b\n1,2\n")) == .csv)
    #expect(InputFormat(sniffing: bytes("{\"a\":\"" + String(repeating: "x", count: 70_000))) == .jsonLines)
  }

  @Test func sniffingLosesNoByte() throws {
    for pieceSize in [1, 3, Int.max] {
      let source = MemorySource(bytes("{\"a\":1}\n{\"a\":2}"), name: "-", pieceSize: pieceSize)
      let found = try items(RecordReader(opening: source, decoders: noDecoders))
      #expect(found.map(\.value.displayText) == ["{\"a\":1}", "{\"a\":2}"])
    }
  }

  @Test func compressedInputIsReadThroughItsDecoder() throws {
    for pieceSize in [1, 7, Int.max] {
      let source = MemorySource(InvertingDecoder.encode("a,b\n1,2\n"), name: "x.csv.zst", pieceSize: pieceSize)
      #expect(try items(RecordReader(opening: source, decoders: invertingDecoders)).map(\.value) == [bytes("1,2")])
    }
  }

  @Test func cutCompressedInputNamesFileAndByte() throws {
    let source = MemorySource(Array(InvertingDecoder.encode("1\n2\n3").dropLast()), name: "x.jsonl.gz")
    var reader = try RecordReader(opening: source, decoders: invertingDecoders)
    var seen = 0
    let error = #expect(throws: ProwziError.self) { while try reader.next() != nil { seen += 1 } }
    #expect(seen == 2)
    #expect(error?.code == .compressedInput)
    #expect(error?.place == "x.jsonl.gz, compressed byte 5")
    #expect(error?.cause == "compression.truncated: no end")
  }

  @Test func anEmptyFileIsNoItemsWhateverItsName() throws {
    for name in ["a.jsonl", "a.csv", "a.xml.gz", "a.json.zst", "-"] {
      #expect(try items(RecordReader(opening: MemorySource([], name: name), decoders: invertingDecoders)).isEmpty)
    }
  }

  @Test func aMissingFileIsNamed() {
    let error = #expect(throws: ProwziError.self) { try RecordReader(path: "no/such/file.jsonl", decoders: noDecoders) }
    #expect(error?.code == "file.not_found")
    #expect(error?.place == "no/such/file.jsonl")
  }
}
