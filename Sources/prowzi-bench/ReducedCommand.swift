import CommandLine
import Disk
import JSON
import Model
import Ports
import RecordFormat
import Sensors
import State

/// The job that `ops/peers` gives to other stream processors too.
enum ReducedCommand: BenchCommand {
  static let command = Command(
    "reduced", "How fast is the reduced job that other stream processors are given too?",
    discussion: """
      Reads lines {"key": …, "text": …}, parses them, hashes the text with SHA-256, counts the key, says whether this key had this text before, and writes lines of \
      canonical JSON: one thread, file to file, no scoring and no log. `ops/peers` gives Bytewax and Flink the same job and input. Beside it the parser alone \
      over the same lines.
      """,
    examples: [.init("prowzi-bench reduced --input lines.jsonl --output counted.jsonl", "as ops/peers runs it")],
    options: [
      .value("input", "FILE", "lines to read", isRequired: true), .value("output", "FILE", "lines to write", isRequired: true),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  private struct Keyed {
    var count = 0
    var seen: Set<WideKey> = []
  }

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let input = try FileSource.contents(ofFile: arguments.required("input"), limit: 4 << 30)
    let start = ContinuousClock.now
    var keyed: [[UInt8]: Keyed] = [:]
    var document = JSONDocument()
    var output = JSONWriter()
    var key: [UInt8] = []
    var text: [UInt8] = []
    var (lines, firsts, written) = (0, 0, 0)
    let (folder, name) = Harness.split(arguments.required("output"))
    let files = DiskFileSystem(root: folder)
    if try files.exists(name) { try files.remove(name) }
    let file = try files.open(name, .createNew)
    for line in Lines(input) {
      do {
        try document.parse(input, in: line)
      } catch {
        throw ProwziError("input.invalid", "a line is not JSON", place: "\(arguments.required("input")), byte \(error.byte)")
      }
      guard let keyNode = document.member("key", of: 0), let textNode = document.member("text", of: 0) else {
        throw ProwziError("input.invalid", "a line has no key or no text", place: "\(arguments.required("input")), byte \(line.lowerBound)")
      }
      key.removeAll(keepingCapacity: true)
      document.appendString(keyNode, to: &key)
      text.removeAll(keepingCapacity: true)
      document.appendString(textNode, to: &text)
      let digest = SHA256.digest(of: text)
      var isFirst = false
      let count = { (keyed: inout Keyed) -> Int in
        keyed.count += 1
        isFirst = keyed.seen.insert(WideKey(digest)).inserted
        return keyed.count
      }(&keyed[key, default: Keyed()])
      lines += 1
      if isFirst { firsts += 1 }
      output.startText()
      output.object { json in
        json.key("count")
        json.number(count)
        json.key("first")
        json.bool(isFirst)
        json.key("key")
        json.string(key, in: 0..<key.count)
        json.key("sha256")
        json.string(digest.hex)
      }
      output.bytes.append(0x0a)
      if output.bytes.count >= 1 << 20 {
        try file.write(output.bytes.span, at: written)
        written += output.bytes.count
        output.bytes.removeAll(keepingCapacity: true)
      }
    }
    try file.write(output.bytes.span, at: written)
    let elapsed = ContinuousClock.now - start
    let parsing = timed {
      for line in Lines(input) { try? document.parse(input, in: line) }
    }
    var result = BenchResult("reduced")
    result.add("lines", Double(lines))
    result.add("first_seen", Double(firsts))
    result.add("keys", Double(keyed.count))
    result.add("seconds", elapsed.inSeconds)
    result.add(
      "lines_per_second", Double(lines) / elapsed.inSeconds, limit: Double(lines) / parsing.inSeconds,
      named: "parser_alone_lines_per_second")
    result.print(arguments)
    return .success
  }
}

/// The lines of a text, without their ends; empty ones are passed over.
private struct Lines: Sequence, IteratorProtocol {
  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> Range<Int>? {
    while at < bytes.count {
      let start = at
      while at < bytes.count, bytes[at] != 0x0a { at += 1 }
      let end = at
      at += 1
      if end > start { return start..<end }
    }
    return nil
  }
}
