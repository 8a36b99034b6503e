import Foundation
import Model
import RecordFormat
import Testing

/// kafka-python and aiokafka, which share no code with us: they read what we write, and we read what they write.
@Suite(.enabled(if: Python.isWanted, "No Python with the packages: run ops/python, or name one in PROWZI_TEST_PYTHON"))
struct IndependentReaderTests {
  @Test func bothPackagesReadWhatWeWrite() throws {
    let directory = try TemporaryDirectory()
    var expected: [String] = []
    for (name, bytes) in try Self.written() {
      try directory.write(bytes, to: name)
      for reader in ["aiokafka", "kafka-python"] { expected += try lines(of: bytes, by: reader, file: name) }
    }
    let found = try Python.run("read", directory.path)
    #expect(found.count == expected.count)
    for (line, other) in zip(found, expected) where line != other { Issue.record("They read \(line)\nwe wrote \(other)") }
  }

  @Test func weReadWhatBothPackagesWrite() throws {
    let directory = try TemporaryDirectory()
    let written = try Python.run("write", directory.path)
    #expect(written.count == 16)
    for line in written {
      let reader = line.contains("\"by\":\"aiokafka\"") ? "aiokafka" : "kafka-python"
      let name = try #require(line.firstMatch(of: /"file":"([^"]+)"/)).1
      let bytes = try directory.read(String(name))
      let found = try lines(of: bytes, by: reader, file: String(name))
      if found != [line] { Issue.record("\(name): they wrote \(line.prefix(300))\nwe read \(found.first?.prefix(300) ?? "nothing")") }
    }
  }

  /// Files of batches in the order of their names: every codec, every small shape, several batches behind each other, both markers.
  static func written() throws -> [(name: String, bytes: [UInt8])] {
    var files: [(name: String, bytes: [UInt8])] = []
    var buffer = RecordBuffer()
    for (index, shape) in RoundTripTests.shapes.enumerated() {
      let time = Timestamp(milliseconds: 1_771_646_400_000 + Int64(index * 977 % 100))
      buffer.append(timestamp: time, key: shape.key, value: shape.value, headers: shape.headers)
    }
    let long = (0..<200_000).map { UInt8(truncatingIfNeeded: Fingerprint.mix(UInt64($0 / 5)) & 63) }
    buffer.append(timestamp: Timestamp(milliseconds: 1_771_646_500_000), key: Array("long".utf8), value: long)
    for codec in codecs {
      let options = RecordBatch.Options(producerID: 5, producerEpoch: 1, baseSequence: 17, isTransactional: codec == .lz4)
      files.append(("codec-\(codec.name).batch", try encoded(buffer, baseOffset: 1 << 33, codec: codec, options: options)))
    }
    files.append(("golden-marker.batch", try #require([UInt8](hexadecimal: GoldenTests.commitMarker))))
    files.append(("golden-records.batch", try #require([UInt8](hexadecimal: GoldenTests.twoRecords))))
    var several: [UInt8] = []
    for (index, codec) in codecs.enumerated() {
      try RecordBatch.encode(
        buffer, 3 * index..<3 * index + 3, baseOffset: Offset(Int64(4 * index)), codec: codec, compressor: compressor,
        appendingTo: &several)
      try RecordBatch.encode(
        ControlRecord(marker: .abort, coordinatorEpoch: 1), baseOffset: Offset(Int64(4 * index + 3)), timestamp: .init(milliseconds: 9),
        producerID: 3, producerEpoch: 0, appendingTo: &several)
    }
    files.append(("several.batch", several))
    return files.sorted { $0.name < $1.name }
  }
}

/// What `batches.py` prints for the same batches.
private func lines(of bytes: [UInt8], by reader: String, file: String) throws -> [String] {
  func hex(_ bytes: [UInt8]?) -> String {
    guard let bytes else { return "null" }
    return "\"" + String(decoding: bytes.flatMap { [hexDigit($0 >> 4), hexDigit($0 & 15)] }, as: UTF8.self) + "\""
  }
  var lines: [String] = []
  var position = 0
  while position < bytes.count {
    let (header, buffer) = try decoded(bytes, at: position)
    position += header.sizeInBytes
    let plainRecords = plain(buffer)
    let records = plainRecords.indices.map { index in
      let record = plainRecords[index]
      let headers = buffer.headers(of: index).map { "[\"\($0.name)\",\(hex($0.value))]" }.joined(separator: ",")
      return #"{"headers":[\#(headers)],"key":\#(hex(record.key)),"offset":\#(record.offset),"#
        + #""timestamp":\#(record.timestamp),"value":\#(hex(record.value))}"#
    }
    lines.append(
      #"{"base":\#(header.baseOffset),"batch":\#(lines.count),"by":"\#(reader)","codec":\#(header.codec.rawValue),"#
        + #""control":\#(header.isControl),"file":"\#(file)","#
        + #""producer":[\#(header.producerID),\#(header.producerEpoch),\#(header.baseSequence)],"#
        + #""records":[\#(records.joined(separator: ","))],"transactional":\#(header.isTransactional)}"#)
  }
  return lines
}

private enum Python {
  static let tests = URL(filePath: #filePath).deletingLastPathComponent()

  static var interpreter: String {
    ProcessInfo.processInfo.environment["PROWZI_TEST_PYTHON"]
      ?? tests.deletingLastPathComponent().deletingLastPathComponent().path + "/.build/python/bin/python3"
  }

  /// With `CI=true` the tests run even where they must fail: a missing interpreter is then a finding.
  static var isWanted: Bool {
    FileManager.default.isExecutableFile(atPath: interpreter) || ProcessInfo.processInfo.environment["CI"] == "true"
  }

  static func run(_ command: String, _ directory: String) throws -> [String] {
    let process = Process()
    // Through env: Foundation would resolve the interpreter's symbolic link, by whose name Python finds its environment.
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [interpreter, tests.appending(path: "Golden/batches.py").path, command, directory]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "batches.py \(command) failed; its reason is above")
    return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

private final class TemporaryDirectory {
  private let url: URL
  var path: String { url.path }

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "prowzi-batches-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ bytes: [UInt8], to name: String) throws { try Data(bytes).write(to: url.appending(path: name)) }

  func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: url.appending(path: name))) }
}
