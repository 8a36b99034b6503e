import Model

/// Known names, to be recognised in texts: longest match over the words, whatever the case and whether spaces or hyphens join them.
///
/// Words with digits are taken apart where letters and digits meet, so that `GPT-5.4`, `GPT 5.4` and `gpt5.4` are one name, and a match ends at a
/// word's end, so that `GPT-4` is not found in `GPT-4.5`.
///
/// A name of one word without digits is found only where the text has a capital in it. A single word of the ordinary language is refused unless its
/// definition says how to know it from the word (`Rule.near`).
///
/// *Shape*: names are kept in insertion order; a state that holds an index stores `encode` and gets the same index from `init(encoded:)`.
/// *Complexity*: a look-up per token; a match costs its words.
public struct NameIndex: Sendable {
  /// What must hold where a name is found.
  public enum Rule: Sendable, Equatable {
    /// The default: a single word without digits must be capitalised, everything else may be written in any case.
    case automatic
    /// Every word capitalised.
    case capitalised
    /// Found only as written, to the letter.
    case exact
    /// Capitalised, not part of a hyphenated word, and one of these words elsewhere in the text.
    case near([String])
  }

  /// What became of an inserted name.
  public enum Insertion: Sendable, Equatable {
    case added
    /// The same words are known already; the first meaning stays.
    case known
    /// No words, too many of them, a single ordinary word, or one character.
    case refused
    /// The index is full.
    case full
  }

  struct Entry: Sendable {
    var type: EntityType
    var identifier: Range<Int>
    var name: Range<Int>
    var rule: StoredRule
    var near: Range<Int>
    /// One word without a digit.
    var isPlainWord: Bool
  }

  enum StoredRule: UInt8, Sendable { case automatic, capitalised, exact, near }

  struct Match {
    var entry: Int
    var words: Int
  }

  static let maximumAtoms = 10
  static let maximumNameBytes = 200

  private(set) var entries: [Entry] = []
  private(set) var bytes: [UInt8] = []
  private var nearWords: [UInt64] = []
  private var nearBytes: [Range<Int>] = []
  private var table: FingerprintTable
  private var nodeEntry: [Int32] = [-1]
  private var nodeContinues: [Bool] = [false]
  private var reader = TokenList()
  private let capacity: Int

  /// - Parameter capacity: how many names it takes, at most; further ones are answered with `full`.
  public init(capacity: Int = 20_000) {
    precondition(capacity > 0, "A name index needs room for a name")
    self.capacity = capacity
    table = FingerprintTable(capacity: 64)
  }

  public var count: Int { entries.count }

  /// Adds a name that stands for `identifier`.
  @discardableResult public mutating func insert(
    name: [UInt8], type: EntityType, identifier: [UInt8], rule: Rule = .automatic
  ) -> Insertion {
    precondition(type.isNamed, "A name index holds organisations, chains, protocols, models and products")
    guard entries.count < capacity else { return .full }
    guard name.count <= Self.maximumNameBytes, identifier.count <= Self.maximumNameBytes, !identifier.isEmpty else { return .refused }
    reader.read(name)
    guard reader.count > 0, reader.count <= 8 else { return .refused }
    let isPlain = reader.count == 1 && !reader[0].flags.contains(.hasDigit)
    if isPlain {
      guard reader[0].count > 1 else { return .refused }
      if case .near = rule {} else if case .exact = rule {} else if OrdinaryWords.set.contains(reader[0].fingerprint) { return .refused }
    }
    if reader.tokens.allSatisfy({ $0.flags.contains(.startsWithDigit) && isNumber(reader, $0) }) { return .refused }
    var node = 0
    var atoms = 0
    for index in 0..<reader.count {
      var atom = AtomReader(reader, reader[index])
      while let print = atom.next(reader) {
        atoms += 1
        guard atoms <= Self.maximumAtoms else { return .refused }
        let key = Self.key(node, print)
        var next = Int(table.find(key))
        if next < 0 {
          next = nodeEntry.count
          nodeEntry.append(-1)
          nodeContinues.append(false)
          nodeContinues[node] = true
          table.insert(key, Int32(next))
        }
        node = next
      }
    }
    guard nodeEntry[node] < 0 else { return .known }
    nodeEntry[node] = Int32(entries.count)
    let nearStart = nearWords.count
    var stored = StoredRule.automatic
    switch rule {
    case .automatic: break
    case .capitalised: stored = .capitalised
    case .exact: stored = .exact
    case .near(let words):
      stored = .near
      for word in words {
        reader.read(Array(word.utf8))
        for token in reader.tokens.prefix(1) {
          nearWords.append(token.singular)
          let start = bytes.count
          bytes.append(contentsOf: word.utf8)
          nearBytes.append(start..<bytes.count)
        }
      }
    }
    let start = bytes.count
    bytes.append(contentsOf: name)
    bytes.append(contentsOf: identifier)
    entries.append(
      Entry(
        type: type, identifier: start + name.count..<bytes.count, name: start..<start + name.count, rule: stored,
        near: nearStart..<nearWords.count, isPlainWord: isPlain))
    return .added
  }

  @discardableResult public mutating func insert(
    name: String, type: EntityType, identifier: String, rule: Rule = .automatic
  ) -> Insertion {
    insert(name: Array(name.utf8), type: type, identifier: Array(identifier.utf8), rule: rule)
  }

  private func isNumber(_ list: TokenList, _ token: Token) -> Bool {
    list.lowered[token.range].allSatisfy { $0 < 0x61 }
  }

  @inline(__always) private static func key(_ node: Int, _ print: UInt64) -> UInt64 {
    node == 0 ? print : Fingerprint.combine(print, UInt64(node))
  }

  /// The longest name that begins with token `index` and whose rule holds.
  @inline(__always) func find(in list: borrowing TokenList, at index: Int) -> Match? {
    let token = list.tokens[index]
    if !token.flags.contains(.hasDigit) {
      let node = table.find(token.fingerprint)
      return node < 0 ? nil : follow(list, index, Int(node))
    }
    return followDigits(list, index)
  }

  private func followDigits(_ list: borrowing TokenList, _ index: Int) -> Match? {
    var atom = AtomReader(list, list.tokens[index])
    var node = 0
    while let print = atom.next(list) {
      let next = table.find(Self.key(node, print))
      guard next > 0 else { return nil }
      node = Int(next)
    }
    return follow(list, index, node)
  }

  private func follow(_ list: borrowing TokenList, _ index: Int, _ start: Int) -> Match? {
    var node = start
    var at = index
    var best: Match?
    while true {
      if nodeEntry[node] >= 0, holds(Int(nodeEntry[node]), list, index, at - index + 1) {
        best = Match(entry: Int(nodeEntry[node]), words: at - index + 1)
      }
      guard nodeContinues[node], at + 1 < list.tokens.count else { return best }
      let end = list.tokens[at].end
      at += 1
      let token = list.tokens[at]
      guard token.start - end <= 1, token.start == end || Self.joins(list.text[end]) else { return best }
      var atom = AtomReader(list, token)
      while let print = atom.next(list) {
        let next = table.find(Self.key(node, print))
        guard next > 0 else { return best }
        node = Int(next)
      }
    }
  }

  /// Space, hyphen, point, slash, colon, underscore: what may stand between the words of one name.
  private static func joins(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x2D || byte == 0x2E || byte == 0x2F || byte == 0x3A || byte == 0x5F
  }

  /// A capital anywhere: `iPhone` is written with one too.
  private func hasCapital(_ list: borrowing TokenList, _ token: Token) -> Bool {
    if token.flags.contains(.capitalised) { return true }
    for at in token.range where CharacterClasses.ascii(list.text[at]) == 3 { return true }
    return false
  }

  private func holds(_ number: Int, _ list: borrowing TokenList, _ index: Int, _ words: Int) -> Bool {
    let entry = entries[number]
    let first = list.tokens[index]
    switch entry.rule {
    case .automatic: return !entry.isPlainWord || hasCapital(list, first)
    case .capitalised:
      for at in index..<index + words where list.tokens[at].flags.isDisjoint(with: [.capitalised, .startsWithDigit]) { return false }
      return true
    case .exact:
      let range = first.start..<list.tokens[index + words - 1].end
      guard range.count == entry.name.count else { return false }
      for offset in 0..<range.count where list.text[range.lowerBound + offset] != bytes[entry.name.lowerBound + offset] { return false }
      return true
    case .near:
      let last = list.tokens[index + words - 1]
      guard first.flags.contains(.capitalised), !first.flags.contains(.hyphenBefore), !last.flags.contains(.hyphenAfter) else {
        return false
      }
      for at in list.tokens.indices where at < index || at >= index + words {
        let print = list.tokens[at].singular
        for word in entry.near where nearWords[word] == print { return true }
      }
      return false
    }
  }
}

extension NameIndex {
  public static let corrupt: ProwziError.Code = "names.corrupt"

  /// Appends every name in insertion order. Two indexes with the same insertions write the same bytes.
  ///
  /// *Shape*: count, then for each type, rule, name, id and near words; numbers are 4 bytes, big-endian; texts have their length before them.
  public func encode(appendingTo output: inout [UInt8]) {
    func put(_ range: Range<Int>) {
      output.append(bigEndian: UInt32(range.count))
      output.append(contentsOf: bytes[range])
    }
    output.append(bigEndian: UInt32(entries.count))
    for entry in entries {
      output.append(entry.type.rawValue)
      output.append(entry.rule.rawValue)
      put(entry.name)
      put(entry.identifier)
      output.append(bigEndian: UInt32(entry.near.count))
      for word in entry.near { put(nearBytes[word]) }
    }
  }

  /// The index that wrote these bytes at `position`, which moves behind them.
  /// - Throws: `names.corrupt` where the bytes end early or hold what no index writes.
  public init(decoding input: [UInt8], at position: inout Int, capacity: Int = 20_000) throws(ProwziError) {
    self.init(capacity: capacity)
    var at = position
    func fail() -> ProwziError {
      ProwziError(Self.corrupt, "A stored name index is damaged", place: "byte \(at)", advice: "Fold again from an earlier checkpoint")
    }
    func take(_ length: Int) throws(ProwziError) -> Range<Int> {
      guard length >= 0, length <= input.count - at else { throw fail() }
      defer { at += length }
      return at..<at + length
    }
    func number() throws(ProwziError) -> Int { Int(input.bigEndian(at: try take(4).lowerBound, as: UInt32.self)) }
    func text() throws(ProwziError) -> [UInt8] { Array(input[try take(try number())]) }
    let names = try number()
    guard names <= capacity else { throw fail() }
    for _ in 0..<names {
      let head = try take(2).lowerBound
      guard let type = EntityType(rawValue: input[head]), type.isNamed, let stored = StoredRule(rawValue: input[head + 1]) else {
        throw fail()
      }
      let name = try text()
      let identifier = try text()
      let nearCount = try number()
      guard nearCount <= 256 else { throw fail() }
      var near: [String] = []
      for _ in 0..<nearCount { near.append(String(decoding: try text(), as: UTF8.self)) }
      let rule: Rule =
        switch stored {
        case .automatic: .automatic
        case .capitalised: .capitalised
        case .exact: .exact
        case .near: .near(near)
        }
      guard String(validating: name, as: UTF8.self) != nil,
        insert(name: name, type: type, identifier: identifier, rule: rule) == .added
      else { throw fail() }
    }
    position = at
  }
}

/// Takes a token apart where letters and digits meet and at the points inside numbers.
struct AtomReader {
  private var at: Int
  private let end: Int
  private let whole: UInt64?

  @inline(__always) init(_ list: borrowing TokenList, _ token: Token) {
    at = token.start
    end = token.end
    whole = token.flags.contains(.hasDigit) ? nil : token.fingerprint
  }

  /// The next part's fingerprint.
  @inline(__always) mutating func next(_ list: borrowing TokenList) -> UInt64? {
    guard at < end else { return nil }
    if let whole {
      at = end
      return whole
    }
    while at < end, list.lowered[at] == 0x2E || list.lowered[at] == 0x2C { at += 1 }
    let start = at
    guard at < end else { return nil }
    let digits = list.lowered[at] &- 0x30 < 10
    while at < end, (list.lowered[at] &- 0x30 < 10) == digits, digits || list.lowered[at] != 0x2E && list.lowered[at] != 0x2C { at += 1 }
    return Fingerprint.of(list.lowered, in: start..<at)
  }
}
