import Model
import Projection

/// One table of one partition: rows by key, in the order in which they came, merged as the table's columns say.
struct MemoryTable: Sendable {
  /// A row's fields, as binary COPY holds them.
  typealias Row = [[UInt8]?]

  /// What takes one change back: the row that was there, or `nil` where the row is new and therefore the last.
  struct Undo: Sendable {
    var place: Int
    var row: Row?
  }

  private(set) var rows: [Row] = []
  private var places: [[UInt8]: Int] = [:]

  /// Merges a row.
  /// - Returns: how to take it back; `nil` where nothing changed.
  mutating func merge(_ row: Row, _ table: ProjectionTable) -> Undo? {
    let key = Self.key(row, table)
    guard let place = places[key] else {
      places[key] = rows.count
      rows.append(row)
      return Undo(place: rows.count - 1, row: nil)
    }
    let old = rows[place]
    guard let merged = Self.merged(old, row, table) else { return nil }
    rows[place] = merged
    return Undo(place: place, row: old)
  }

  mutating func takeBack(_ undo: Undo, _ table: ProjectionTable) {
    if let row = undo.row {
      rows[undo.place] = row
    } else {
      precondition(undo.place == rows.count - 1, "changes are taken back newest first")
      places[Self.key(rows.removeLast(), table)] = nil
    }
  }

  private static func key(_ row: Row, _ table: ProjectionTable) -> [UInt8] {
    var key: [UInt8] = []
    for (column, field) in zip(table.columns, row) where column.merge == .key {
      key.append(bigEndian: Int32(field?.count ?? -1))
      if let field { key.append(contentsOf: field) }
    }
    return key
  }

  /// - Returns: `nil` where the row stays as it is.
  private static func merged(_ old: Row, _ new: Row, _ table: ProjectionTable) -> Row? {
    if table.isAppendOnly { return nil }
    let columns = table.columns
    func field(_ name: String, of row: Row) -> Int64 {
      columns.firstIndex { $0.name == name }.flatMap { row[$0] }.map { whole($0) } ?? 0
    }
    if columns.contains(where: { $0.merge == .latest }), field("record_offset", of: old) > field("record_offset", of: new) { return nil }
    var result = old
    for (index, column) in columns.enumerated() {
      switch column.merge {
      case .key, .keep: continue
      case .latest: result[index] = new[index]
      case .sum: result[index] = sum(old[index], new[index])
      case .minimum: result[index] = extreme(old[index], new[index], column.type) { $0 }
      case .maximum: result[index] = extreme(old[index], new[index], column.type) { !$0 }
      case .fading:
        func fading(_ row: Row) -> Fading {
          Fading(
            weight: Double(bitPattern: UInt64(bitPattern: row[index].map { whole($0) } ?? 0)),
            at: Timestamp(milliseconds: field("last_seen_at", of: row) / 1000))
        }
        var bytes: [UInt8] = []
        bytes.append(bigEndian: (fading(old) + fading(new)).weight.bitPattern)
        result[index] = bytes
      }
    }
    return result
  }

  /// A whole number of any width, its sign kept.
  private static func whole(_ field: [UInt8]) -> Int64 {
    var value: Int64 = (field.first ?? 0) & 0x80 == 0 ? 0 : -1
    for byte in field { value = value << 8 | Int64(byte) }
    return value
  }

  private static func sum(_ a: [UInt8]?, _ b: [UInt8]?) -> [UInt8]? {
    guard let a, let b else { return nil }
    let total = whole(a) + whole(b)
    return a.indices.map { UInt8(truncatingIfNeeded: total >> Int64(8 * (a.count - 1 - $0))) }
  }

  /// What `least` and `greatest` answer: nulls do not count.
  private static func extreme(_ a: [UInt8]?, _ b: [UInt8]?, _ type: Column.ColumnType, _ keepsFirst: (Bool) -> Bool) -> [UInt8]? {
    guard let a else { return b }
    guard let b else { return a }
    let isLess = type == .uuid ? a.lexicographicallyPrecedes(b) : whole(a) < whole(b)
    return a == b || keepsFirst(isLess) ? a : b
  }
}
