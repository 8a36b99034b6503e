/// The words. Organisations, protocols, models and repositories are invented but for a few that everybody writes about.
enum Vocabulary {
  /// Compiled at first use, once per process.
  static let grammar = Grammar(names + newsLists + paperLists + chainLists + codeLists)

  /// A list of single words.
  static func words(_ name: String, _ text: String) -> (name: String, entries: [String]) {
    (name, text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init))
  }

  /// A list with an entry per line.
  static func lines(_ name: String, _ text: String) -> (name: String, entries: [String]) {
    (name, text.split(separator: "\n").map(String.init))
  }

  /// Every beginning with every ending, in an order that mixes both.
  static func compounds(_ name: String, _ beginnings: String, _ endings: String) -> (name: String, entries: [String]) {
    let first = beginnings.split(whereSeparator: { $0 == " " || $0 == "\n" })
    let last = endings.split(whereSeparator: { $0 == " " || $0 == "\n" })
    var entries: [String] = []
    for shift in 0..<last.count {
      for (index, beginning) in first.enumerated() { entries.append("\(beginning)\(last[(index * 7 + shift) % last.count])") }
    }
    return (name, entries)
  }
}
