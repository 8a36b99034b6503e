import Events
import JSON
import Model

/// Reads one shape of raw record: bytes in, canonical events and rejections out.
///
/// A record may hold several items; a bad one becomes a `Rejection` with its byte offset while the others go on. An adapter fills what the
/// bytes say (text, metrics, facts, entities, times); identity, content hash, observed time and coordinates are the stage's.
///
/// *Determinism*: a function of the record alone. The scratch only lends memory.
public protocol SourceAdapter: Sendable {
  func read(_ raw: RawRecord, into items: inout [Event], rejections: inout [Rejection], scratch: inout AdapterScratch)
}

/// Memory that adapters use again for every record; what it holds never changes a result.
public struct AdapterScratch: Sendable {
  var document = JSONDocument()
  var csvFields: [CSVField] = []
  var starColumns = StarColumns()

  public init() {}
}

/// Bounds on what is read from outside.
public enum AdapterLimits {
  /// The longest raw value, in bytes.
  public static let valueBytes = Limits.rawValueBytes
  /// The longest text that is kept of one field, in bytes.
  public static let fieldBytes = Limits.fieldBytes
  /// How deep elements may lie in one another.
  public static let xmlDepth = Limits.xmlDepth
  /// How many authors, investors or references of one item become entities.
  public static let listedEntities = Limits.listedEntities
  /// How many items of one record are read, good and bad together.
  public static let items = Limits.itemsOfRecord
}

extension Rejection {
  /// What stands for the items beyond the limit.
  static func tooManyItems(at byte: Int) -> Rejection {
    Rejection("record.too_many_items", "the record holds more than \(AdapterLimits.items) items", at: byte)
  }

  static func missing(_ field: StaticString, at byte: Int) -> Rejection {
    Rejection("schema.missing_field", "\(field) is missing", at: byte)
  }

  static func badType(_ what: String, at byte: Int) -> Rejection { Rejection("schema.bad_type", what, at: byte) }

  /// What the JSON parser said, with the code that belongs to it. Bytes that are not UTF-8 come first wherever they stand.
  static func json(_ error: JSONError, in bytes: [UInt8], _ range: Range<Int>) -> Rejection {
    if error.kind == .syntax || error.kind == .encoding,
      let bad = UTF8Text.firstInvalidByte(in: bytes.span.extracting(range)), bad <= error.byte
    {
      return Rejection("text.encoding", "the bytes are not UTF-8", at: bad)
    }
    return switch error.kind {
    case .syntax: Rejection("parse.json", "the bytes are not JSON", at: error.byte)
    case .truncated: Rejection("parse.json", "the JSON text ends too early", at: error.byte)
    case .trailing: Rejection("parse.json", "something follows the JSON value", at: error.byte)
    case .encoding: Rejection("text.encoding", "half a surrogate pair stands alone", at: error.byte)
    case .depth: Rejection("json.depth", "arrays and objects are nested too deeply", at: error.byte)
    }
  }
}
