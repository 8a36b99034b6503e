import JSON
import Model

/// The tables of a scorer document.
///
/// *Shape*: `{"name": {"entries": {"text": number, …}, "default": number, "extends": "other table"}}`. A table that extends another has its
/// entries and default where it gives none of its own, so `{"extends": "x"}` alone is another name for x.
enum Tables {
  static let countLimit = 64
  static let entryLimit = 10_000
  static let keyLimit = 200
  private static let range = -1e15...1e15

  private struct Written {
    var name: String
    var pointer: String
    var entries: [(key: [UInt8], value: Double)] = []
    var fallback: Double?
    var base: String?
  }

  /// Reads the member `tables`; none where it is absent.
  static func read(_ reader: inout SectionReader) throws(ProwziError) -> [CompiledTable] {
    var written: [Written] = []
    for (name, node, pointer) in try reader.table("tables") {
      guard written.count < countLimit else { throw reader.error("there are more than \(countLimit) tables", at: pointer) }
      guard !name.isEmpty, name.utf8.count <= keyLimit else { throw reader.error("a table's name has 1 to \(keyLimit) bytes", at: pointer) }
      var section = try reader.reader(of: node, at: pointer)
      var table = Written(name: name, pointer: pointer)
      table.fallback = try section.optionalNumber("default", in: range)
      if section.optionalNode("extends") != nil { table.base = try section.text("extends") }
      for (key, value) in try section.numbers("entries", in: range) {
        guard table.entries.count < entryLimit, key.utf8.count <= keyLimit else {
          throw section.error("entries", "a table has at most \(entryLimit) entries with names of at most \(keyLimit) bytes")
        }
        table.entries.append(([UInt8](text: key), value))
      }
      try section.finish()
      written.append(table)
    }
    return try resolve(written, reader)
  }

  private static func resolve(_ written: [Written], _ reader: SectionReader) throws(ProwziError) -> [CompiledTable] {
    var bases: [[Int]] = []
    for table in written {
      guard let base = table.base else {
        bases.append([])
        continue
      }
      guard let index = written.firstIndex(where: { $0.name == base }) else {
        var error = reader.error("there is no table \"\(base)\" to extend", at: "\(table.pointer)/extends")
        let others = written.map(\.name).filter { $0 != table.name }
        if let near = Nearest.word(to: base, among: others) { error.advice = "Did you mean \"\(near)\"?" }
        throw error
      }
      bases.append([index])
    }
    let (order, circle) = DependencyOrder.find(bases, names: written.map(\.name))
    if let circle {
      let pointer = written.first { $0.name == circle[0] }?.pointer ?? ""
      var error = reader.error("the tables extend one another in a circle: \(circle.joined(separator: " → "))", at: "\(pointer)/extends")
      error.advice = "Let one of them stand for itself, without `extends`"
      throw error
    }
    var compiled = [CompiledTable?](repeating: nil, count: written.count)
    for index in order {
      let table = written[index]
      let base = bases[index].first.flatMap { compiled[$0] }
      var entries = table.entries
      if let base { entries += zip(base.keys, base.values).map { (key: $0, value: $1) } }
      // A table's own entry stands before the one it extends.
      let sorted = entries.indices.sorted { a, b in
        let (first, second) = (entries[a].key, entries[b].key)
        let order = TextComparison.order(first.span, second.span)
        return order == 0 ? a < b : order < 0
      }
      var kept: [Int] = []
      for position in sorted where kept.last.map({ entries[$0].key != entries[position].key }) ?? true { kept.append(position) }
      compiled[index] = CompiledTable(
        name: table.name, keys: kept.map { entries[$0].key }, values: kept.map { entries[$0].value },
        fallback: table.fallback ?? base?.fallback ?? .nan)
    }
    return compiled.compactMap { $0 }
  }
}
