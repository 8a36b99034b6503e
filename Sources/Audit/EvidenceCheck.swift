import Adapters
import Events
import Inspect
import JSON
import Model

/// A claim of a brief, held against the bytes it is bound to.
public struct EvidenceCheck: Sendable {
  /// What the raw bytes of the field's span say, against the field.
  public enum RawReading: String, Sendable {
    /// They spell the field's text.
    case same
    /// They spell the bound bytes, white space apart.
    case contains
    /// They spell the number, or one that it was worked out from.
    case number
    /// They spell something else that normalize made the field of.
    case shaped
    /// The field stands nowhere in the raw value.
    case none
  }

  public var evidence: StoredBrief.Evidence
  /// The topic whose record holds the field.
  public var topic: String?
  /// The bytes of the field that the claim is bound to; `nil` where the field is not found.
  public var bound: [UInt8]?
  /// SHA-256 of `bound`.
  public var digest: Digest?
  public var reading = RawReading.none
  /// The bytes in the raw value that spell the bound ones; the whole span where they cannot be told apart.
  public var rawRange: Range<Int>?
  /// Those bytes.
  public var rawBytes: [UInt8]?

  /// Where the field comes from, where it has no bytes in the raw value.
  public var origin: String {
    let isSourceField = evidence.field.hasPrefix("payload.") || evidence.field.hasPrefix("topic_hints")
    return isSourceField ? "made by normalize, with no bytes of its own there" : "our own record, not the source's words"
  }

  /// What is wrong with it; `nil` is good.
  public var fault: String? {
    guard let digest else { return "the field \(evidence.field) of event \(evidence.event) is not there" }
    if digest.hex != evidence.digest {
      return "the bytes of \(evidence.field) hash to \(digest.hex.prefix(16))…, the claim is bound to \(evidence.digest.prefix(16))…"
    }
    return nil
  }

  /// - Parameters:
  ///   - records: the records that may hold the field, with their topics, first found first taken.
  ///   - raw: the value of the raw record.
  public init(_ evidence: StoredBrief.Evidence, records: [(topic: String, value: [UInt8])], raw: [UInt8]?) {
    self.evidence = evidence
    var field: [UInt8] = []
    for record in records {
      guard let found = Self.field(evidence.field, in: record.value) else { continue }
      field = found
      topic = record.topic
      break
    }
    guard topic != nil, evidence.start >= 0, evidence.start <= evidence.end, evidence.end <= field.count else { return }
    let bound = Array(field[evidence.start..<evidence.end])
    self.bound = bound
    digest = SHA256.digest(of: bound)
    if let span = evidence.span, let raw { read(span, raw, field, bound) }
  }

  private mutating func read(_ span: SourceSpan, _ raw: [UInt8], _ field: [UInt8], _ bound: [UInt8]) {
    guard span.range.upperBound <= raw.count else { return }
    let decoded = span.decodedText(in: raw)
    rawRange = span.range
    if decoded.bytes == field {
      reading = .same
      rawRange = decoded.rawRange(of: evidence.start..<evidence.end)
    } else if let range = span.rawRange(of: bound, in: raw) {
      reading = .contains
      rawRange = range
    } else {
      reading = Double(field.displayText) == nil ? .shaped : .number
    }
    rawBytes = rawRange.map { Array(raw[$0]) }
  }

  /// The text of a field: a string's value, or the canonical JSON of anything else.
  /// - Parameter path: `payload.extracted.entities[2].id`; names of facts and metrics may hold dots.
  static func field(_ path: String, in value: [UInt8]) -> [UInt8]? {
    guard let json = try? JSONDocument(value) else { return nil }
    var node: Int?
    for group in ["payload.extracted.facts", "payload.extracted.metrics"] where path.hasPrefix(group + ".") {
      node = json.member(named: String(path.dropFirst(group.utf8.count + 1)), of: json.value(at: group, from: json.root))
    }
    if node == nil {
      let dotted = path.split(separator: "[").joined(separator: ".").split(separator: "]").joined()
      node = json.value(at: dotted, from: json.root)
    }
    guard let node else { return nil }
    var bytes: [UInt8] = []
    if json.kind(node) == .string {
      json.appendString(node, to: &bytes)
    } else {
      var writer = JSONWriter()
      json.appendCanonical(node, to: &writer)
      bytes = writer.bytes
    }
    return bytes
  }
}
