import JSON
import Model
import Sensors

extension FuzzTargets {
  static let json: [FuzzTarget] = [
    FuzzTarget("json", "canonical JSON is a fixed point, and loses no member", seeds: { jsonSeeds }, body: checkJSON),
    FuzzTarget("json_scan", "a member is found without parsing where the parser finds it", seeds: { jsonSeeds }, body: checkScan),
    FuzzTarget(
      "json_number", "a number is the nearest double, and is written so that it is read again", maxLength: 400, seeds: { numberSeeds },
      body: checkNumber),
    FuzzTarget(
      "merge_patch", "a patch applied twice is applied once, and its result is canonical", seeds: { patchSeeds }, body: checkPatch),
  ]

  static let jsonSeeds: [[UInt8]] = [
    #"{"b":[1,-2.5,1e21,1e-7,0.1,true,false,null],"a":{"\u00e9\ud83d\ude00":"x\n\"\\\/\u0001"}}"#, #" [ ] "#, #""""#, #"{"":{"":[]}}"#,
    "-0",
    "123456789012345678901234567890", #"{"a":1,"a":2,"é":3,"é":4}"#, String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
    #"{"time":"2026-02-21T03:52:18Z","data":{"id":7}}"#, "1e400", "5e-324", "1.7976931348623157e308",
  ].map { [UInt8](text: $0) }

  private static func parse(_ bytes: [UInt8]) -> JSONDocument? {
    do { return try JSONDocument(bytes) } catch { return nil }
  }

  /// How many members and values there are, of members with one name only the first.
  private static func weight(_ document: JSONDocument, _ node: Int) -> Int {
    switch document.kind(node) {
    case .array: document.elements(of: node).reduce(1) { $0 + weight(document, $1) }
    case .object:
      {
        var names = Set<[UInt8]>()
        var total = 1
        for (key, value) in document.members(of: node) {
          var name: [UInt8] = []
          document.appendString(key, to: &name)
          if names.insert(name).inserted { total += 1 + weight(document, value) }
        }
        return total
      }()
    default: 1
    }
  }

  private static func checkJSON(_ bytes: [UInt8]) throws(BrokenLaw) {
    guard let document = parse(bytes) else { return }
    try hold(document.nodes.count <= bytes.count + 1, "more nodes than bytes")
    let canonical = document.canonicalBytes
    // A number of n characters may be written out in 21 digits or with an exponent; an escape never grows.
    try hold(canonical.count <= 24 * bytes.count + 24, "\(bytes.count) bytes became \(canonical.count)")
    guard let again = parse(canonical) else { throw BrokenLaw("canonical JSON is not JSON: \(canonical.prefix(200).map { $0 })") }
    try hold(again.canonicalBytes == canonical, "canonical JSON is not canonical")
    try hold(weight(document, document.root) == weight(again, again.root), "members or values were lost")
    var deep = JSONDocument()
    do { try deep.parse([1, 2] + bytes + [3], in: 2..<2 + bytes.count) } catch { throw BrokenLaw("in a range it is refused") }
    try hold(deep.canonicalBytes == canonical, "in a range it is another")
  }

  private static func checkScan(_ bytes: [UInt8]) throws(BrokenLaw) {
    let paths = [["a"], ["data", "id"], ["time"], [""]].map { $0.map { [UInt8](text: $0) } }
    for path in paths {
      let range = JSONScan.value(at: path, in: bytes)
      if let range { try hold(range.upperBound <= bytes.count && !range.isEmpty, "a value lies outside the text") }
      _ = JSONScan.scalar(at: path, in: bytes)
      guard let document = parse(bytes) else { continue }
      var node: Int? = document.root
      for name in path { node = document.member(named: name.displayText, of: node) }
      try hold((node == nil) == (range == nil), "a scan and the parser differ about \(path)")
      guard let node, let range else { continue }
      let quotes = document.kind(node) == .string ? 1 : 0
      try hold(document.range(node) == range.lowerBound + quotes..<range.upperBound - quotes, "a scan finds another place")
    }
    if let elements = JSONScan.elements(in: bytes), let document = parse(bytes) {
      try hold(elements.count == document.elements(of: document.root).count, "a scan counts other elements")
    }
  }

  private static let numberSeeds: [[UInt8]] = [
    "0", "-0", "1", "0.1", "2.2250738585072011e-308", "9007199254740993", "1e23", "123456789.123456789e-5", "1e400", "1e-400", "5e-324",
    "17976931348623158" + String(repeating: "0", count: 292), "0." + String(repeating: "0", count: 340) + "1", "1e99999999999999999999",
  ].map { [UInt8](text: $0) }

  private static func checkNumber(_ bytes: [UInt8]) throws(BrokenLaw) {
    guard let document = parse(bytes), document.kind(document.root) == .number, let value = document.double(document.root) else { return }
    let text = Array(bytes[document.range(document.root)]).displayText
    // The standard library reads the same grammar with strtod.
    if let wanted = Double(text), !text.contains("99999999") { try hold(value == wanted, "\(text) is read as \(value), not \(wanted)") }
    if let whole = document.int(document.root), value.isFinite { try hold(Double(whole) == value, "\(text) is whole as \(whole)") }
    guard value.isFinite else { return }
    var written: [UInt8] = []
    DecimalText.append(value, to: &written)
    try hold(Double(written.displayText) == value, "\(value) is written \(written.displayText)")
  }

  private static let patchSeeds: [[UInt8]] = [
    #"{"a":{"b":1,"c":[2]}}"# + "\u{0}" + #"{"a":{"b":null,"d":{"e":null}}}"#, "[]\u{0}{}", #"{"a":1}"# + "\u{0}" + "null",
  ].map { [UInt8](text: $0) }

  private static func checkPatch(_ bytes: [UInt8]) throws(BrokenLaw) {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
    guard parts.count == 2, let target = parse(parts[0]), let patch = parse(parts[1]) else { return }
    let once = MergePatch.apply(patch, to: target)
    guard let result = parse(once) else { throw BrokenLaw("a patched text is not JSON") }
    try hold(result.canonicalBytes == once, "a patched text is not canonical")
    try hold(MergePatch.apply(patch, to: result) == once, "a patch applied twice gives another text")
  }
}
