import JSON
import Model

/// What stands around rows in Postgres' binary COPY format.
public enum CopyFormat {
  /// The signature, no flags, no extension.
  public static let header: [UInt8] = Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0x00] + [UInt8](repeating: 0, count: 8)
  public static let trailer: [UInt8] = [0xff, 0xff]
}

/// Takes rows in binary COPY format apart, also where they arrive in pieces and with the format's header and trailer around them.
public struct RowReader: Sendable {
  private var buffer: [UInt8] = []
  private var at = 0
  private var sawHeader: Bool

  /// - Parameter hasHeader: whether the rows begin with the header that `COPY … TO` writes.
  public init(hasHeader: Bool) { sawHeader = !hasHeader }

  public mutating func append(_ bytes: Span<UInt8>) {
    if at > 1 << 16 {
      buffer.removeSubrange(..<at)
      at = 0
    }
    buffer.append(span: bytes)
  }

  public mutating func append(_ bytes: [UInt8]) { append(bytes.span) }

  /// The next whole row, as the ranges of its fields in `bytes`; `nil` for a null. `nil` where no whole row is left.
  public mutating func next() -> [Range<Int>?]? {
    if !sawHeader {
      guard buffer.count - at >= CopyFormat.header.count else { return nil }
      at += CopyFormat.header.count
      sawHeader = true
    }
    guard buffer.count - at >= 2 else { return nil }
    let count: Int16 = buffer.bigEndian(at: at)
    guard count >= 0 else { return nil }
    var position = at + 2
    var fields: [Range<Int>?] = []
    fields.reserveCapacity(Int(count))
    for _ in 0..<count {
      guard buffer.count - position >= 4 else { return nil }
      let length: Int32 = buffer.bigEndian(at: position)
      position += 4
      guard length >= 0 else {
        fields.append(nil)
        continue
      }
      guard buffer.count - position >= Int(length) else { return nil }
      fields.append(position..<position + Int(length))
      position += Int(length)
    }
    at = position
    return fields
  }

  /// What ranges of fields point into, until the next call of `append`.
  public var bytes: [UInt8] { buffer }
}

/// A row as what it means: fields whose equal values have equal bytes.
public struct CanonicalRow: Sendable, Equatable {
  public var fields: [[UInt8]?]

  /// - Parameter row: as `RowReader` gives it.
  public init(_ table: ProjectionTable, _ row: [Range<Int>?], of bytes: [UInt8]) {
    fields = zip(table.columns, row).map { column, range in
      guard let range else { return nil }
      // A jsonb comes back in the server's own order and spacing.
      if column.type == .json, range.count > 1, let document = try? JSONDocument(Array(bytes[(range.lowerBound + 1)..<range.upperBound])) {
        return document.canonicalBytes
      }
      return Array(bytes[range])
    }
  }

  /// Over every field that is exact.
  public func digest(_ table: ProjectionTable) -> Digest {
    var hash = SHA256()
    for (column, field) in zip(table.columns, fields) where !column.isApproximate {
      hash.update(bigEndian: field.map { UInt64($0.count) } ?? .max)
      if let field { hash.update(field) }
    }
    return hash.finish()
  }

  /// The offset of the record that the row was made from; `nil` where several records make a row.
  public func recordOffset(_ table: ProjectionTable) -> Int64? {
    guard let index = table.offsetColumn, let field = fields[index], field.count == 8 else { return nil }
    return field.bigEndian(at: 0)
  }

  /// The topic that a dead letter names; `nil` for rows of other tables.
  public func topic(_ table: ProjectionTable) -> String? {
    guard table == .deadLetters, let field = fields[0] else { return nil }
    return String(decoding: field, as: UTF8.self)
  }

  /// The bytes of the key.
  public func key(_ table: ProjectionTable) -> [UInt8] {
    zip(table.columns, fields).flatMap { column, field in
      column.merge == .key ? [UInt8(truncatingIfNeeded: field?.count ?? 0)] + (field ?? []) : []
    }
  }

  /// The fading number of a row that has one.
  public func approximation(_ table: ProjectionTable) -> Double? {
    guard let index = table.columns.firstIndex(where: \.isApproximate), let field = fields[index], field.count == 8 else { return nil }
    return Double(bitPattern: field.bigEndian(at: 0))
  }

  /// The day (since 1970) that a row counts to: of the id that begins with a time, or of its moment.
  public func day(_ table: ProjectionTable) -> Int {
    let column = table.dayColumn
    guard let field = fields[column] else { return 0 }
    switch table.columns[column].type {
    case .uuid where field.count == 16: return Int((field.bigEndian(at: 0, as: UInt64.self) >> 16) / UInt64(Int64.day))
    case .time where field.count == 8:
      let milliseconds = field.bigEndian(at: 0, as: Int64.self) / 1000 + 946_684_800_000
      return Int(milliseconds >= 0 ? milliseconds / .day : (milliseconds - .day + 1) / .day)
    default: return 0
    }
  }

  /// The key in words: `event_id 019c7e53-…, scorer default@1`.
  public func keyText(_ table: ProjectionTable) -> String {
    zip(table.columns, fields).filter { $0.0.merge == .key }.map { column, field in
      "\(column.name) \(Self.text(column.type, field))"
    }.joined(separator: ", ")
  }

  /// The columns in which two rows of one key differ, with both values.
  public func differences(from other: CanonicalRow, _ table: ProjectionTable) -> [(column: String, own: String, other: String)] {
    table.columns.indices.filter { fields[$0] != other.fields[$0] && !table.columns[$0].isApproximate }.map { index in
      let column = table.columns[index]
      return (column.name, Self.text(column.type, fields[index]), Self.text(column.type, other.fields[index]))
    }
  }

  /// A field in words.
  public static func text(_ type: Column.ColumnType, _ field: [UInt8]?) -> String {
    guard let field else { return "null" }
    switch type {
    case .uuid where field.count == 16: return EventID(high: field.bigEndian(at: 0), low: field.bigEndian(at: 8)).text
    case .smallint where field.count == 2: return "\(field.bigEndian(at: 0, as: Int16.self))"
    case .integer where field.count == 4: return "\(field.bigEndian(at: 0, as: Int32.self))"
    case .bigint where field.count == 8: return "\(field.bigEndian(at: 0, as: Int64.self))"
    case .real where field.count == 4: return "\(Float(bitPattern: field.bigEndian(at: 0)))"
    case .double where field.count == 8: return "\(Double(bitPattern: field.bigEndian(at: 0)))"
    case .time where field.count == 8:
      return Timestamp(milliseconds: field.bigEndian(at: 0, as: Int64.self) / 1000 + 946_684_800_000).rfc3339
    case .boolean: return field == [1] ? "true" : "false"
    case .text, .json: return String(decoding: field.prefix(200), as: UTF8.self)
    default: return field.prefix(32).map { String(UnicodeScalar(hexDigit($0 >> 4))) + String(UnicodeScalar(hexDigit($0 & 15))) }.joined()
    }
  }
}

extension ProjectionTable {
  /// The column that a row's day is read from.
  var dayColumn: Int {
    let name =
      switch self {
      case .events, .evaluations, .mentions, .briefEvents: "event_id"
      case .briefs, .briefRevisions, .evidence: "brief_id"
      case .stories, .storySources: "story_id"
      case .entities, .edges, .scorers: "first_seen_at"
      case .heat, .bands: "hour"
      case .deadLetters: "observed_at"
      case .scorerDocuments: "added_at"
      case .controls: "taken_at"
      case .promotions: "promoted_at"
      }
    guard let index = columns.firstIndex(where: { $0.name == name }) else { preconditionFailure("\(self.name) has a column \(name)") }
    return index
  }
}

/// A sum over rows in which their order does not matter: how many, and their digests added up.
public struct RowSum: Sendable, Equatable {
  public private(set) var count = 0
  private var high: UInt64 = 0
  private var low: UInt64 = 0
  /// The sum of fading numbers, compared with a tolerance.
  public private(set) var approximate = 0.0

  public init() {}

  public mutating func add(_ digest: Digest, approximation: Double?) {
    count += 1
    let (sum, carry) = low.addingReportingOverflow(digest.words.1)
    low = sum
    high = high &+ digest.words.0 &+ (carry ? 1 : 0)
    if let approximation { approximate += approximation }
  }

  /// Exact but for fading numbers, which may differ by a billionth.
  public static func == (a: RowSum, b: RowSum) -> Bool {
    a.count == b.count && a.high == b.high && a.low == b.low
      && (a.approximate - b.approximate).magnitude <= 1e-9 * max(1, a.approximate.magnitude)
  }

  /// The first 16 hexadecimal digits of the summed digests.
  public var text: String {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: high)
    return bytes.map { String(UnicodeScalar(hexDigit($0 >> 4))) + String(UnicodeScalar(hexDigit($0 & 15))) }.joined()
  }
}
