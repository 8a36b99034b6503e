import Events
import Model
import State

/// What a claim rests on: bytes of one field of one stored event, and where the raw record of that event lies.
///
/// *Shape*: `start` and `end` are UTF-8 byte offsets within the field's text; the text of a number is its canonical JSON (RFC 8785). Whoever
/// holds the event's record can cut the same bytes out and compare the digest.
public struct Binding: Sendable, Equatable {
  /// What kind of record the field belongs to.
  public enum Basis: UInt8, Sendable {
    /// A field that the source's own bytes were read into.
    case read = 0
    /// A field of our own records: a score, a count, a time, or a field that normalize worked out.
    case derived = 1
  }

  /// `payload.text.title`, `payload.extracted.metrics.amount_usd`, `scores.impact`: the path in the event's record.
  public var field: String
  public var start: Int
  public var end: Int
  /// SHA-256 over exactly the bytes `start..<end` of the field.
  public var digest: Digest
  public var event: EventID
  /// In `prowzi.raw`.
  public var partition: PartitionIndex
  public var offset: Offset
  /// Where the whole field stands in the raw value; `nil` where it does not stand there.
  public var span: SourceSpan?
  public var basis: Basis

  public init(
    field: String, text: [UInt8], range: Range<Int>, event: EventID, partition: PartitionIndex, offset: Offset, span: SourceSpan?,
    basis: Basis
  ) {
    self.field = field
    start = range.lowerBound
    end = range.upperBound
    digest = SHA256.digest(of: text, in: range)
    self.event = event
    self.partition = partition
    self.offset = offset
    self.span = span
    self.basis = basis
  }
}

/// A record that bindings point to: an event's id and the place of its raw record.
struct RecordPlace: Sendable, Equatable {
  var event: EventID
  var partition: PartitionIndex
  var offset: Offset

  /// Binds the whole of a field's text.
  func bind(_ field: String, _ text: [UInt8], span: SourceSpan? = nil, basis: Binding.Basis = .derived) -> Binding {
    Binding(
      field: field, text: text, range: 0..<text.count, event: event, partition: partition, offset: offset, span: span, basis: basis)
  }

  /// Binds a number of our own records.
  func bind(_ field: String, _ value: Double) -> Binding { bind(field, canonicalNumber(value)) }

  func write(to writer: inout StateWriter) {
    writer.id(event)
    writer.signed(Int64(partition.value))
    writer.signed(offset.value)
  }

  init(event: EventID, partition: PartitionIndex, offset: Offset) {
    self.event = event
    self.partition = partition
    self.offset = offset
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    event = try reader.id()
    partition = PartitionIndex(try reader.int())
    offset = Offset(try reader.signed())
  }
}

extension StateWriter {
  mutating func span(_ span: SourceSpan?) {
    bool(span != nil)
    guard let span else { return }
    signed(Int64(span.start))
    signed(Int64(span.end))
    unsigned(UInt64(span.encoding.rawValue))
  }
}

extension StateReader {
  mutating func span() throws(ProwziError) -> SourceSpan? {
    guard try bool() else { return nil }
    let start = try int()
    let end = try int()
    guard start <= end, let encoding = SourceSpan.Encoding(rawValue: UInt8(truncatingIfNeeded: try unsigned())) else {
      throw ProwziError("state.corrupt", "there is no such span", place: "byte \(position)")
    }
    return SourceSpan(start..<end, encoding)
  }
}
