import Model

/// Words, phrases and stems to small numbers: a trie over token fingerprints.
///
/// A pattern is one to six words; its words match singular and plural alike; the last may be a stem, written with a trailing `*`, of at least
/// three letters (`liquidat*`). Phrases do not reach across a clause's end, and hyphens count as spaces.
struct PhraseTable: Sendable {
  private var table = FingerprintTable(capacity: 512)
  private var nodes: [Node] = [Node()]
  private var stems: [Stem] = []
  /// The first stem for each pair of first letters at the root, as an index into `stems`.
  private var rootStems = [Int32](repeating: -1, count: 26 * 26)
  private var reader = TokenList()

  private struct Node {
    var value: Int32 = -1
    var hasChildren = false
    var firstStem: Int32 = -1
  }

  private struct Stem {
    var bytes: [UInt8]
    var value: Int32
    var next: Int32
  }

  struct Match {
    var value: Int32
    /// How many tokens it covers.
    var words: Int
  }

  init() {}

  /// The number under a pattern, or nil.
  mutating func value(of pattern: String) -> Int32? {
    let (node, stem) = walk(pattern, creating: false)
    if let stem { return stems[stem].value }
    guard let node, nodes[node].value >= 0 else { return nil }
    return nodes[node].value
  }

  /// Puts `value` under the pattern. Patterns without a word are refused.
  @discardableResult mutating func insert(_ pattern: String, _ value: Int32) -> Bool {
    let (node, stem) = walk(pattern, creating: true)
    if let stem {
      stems[stem].value = value
      return true
    }
    guard let node, node > 0 else { return false }
    nodes[node].value = value
    return true
  }

  private mutating func walk(_ pattern: String, creating: Bool) -> (node: Int?, stem: Int?) {
    let isStem = pattern.utf8.last == UInt8(ascii: "*")
    reader.read(Array(pattern.utf8))
    guard reader.count > 0, reader.count <= 6 else { return (nil, nil) }
    var node = 0
    let plain = isStem ? reader.count - 1 : reader.count
    for index in 0..<plain {
      let key = Self.key(node, reader[index].singular)
      var next = Int(table.find(key))
      if next < 0 {
        guard creating else { return (nil, nil) }
        next = nodes.count
        nodes.append(Node())
        nodes[node].hasChildren = true
        table.insert(key, Int32(next))
      }
      node = next
    }
    guard isStem else { return (node, nil) }
    let bytes = Array(reader.lowered[reader[plain].range])
    guard bytes.count >= 3 else { return (nil, nil) }
    let bucket = Self.bucket(bytes[0], bytes[1])
    if node == 0, bucket < 0 { return (nil, nil) }
    var at = node == 0 ? rootStems[bucket] : nodes[node].firstStem
    while at >= 0 {
      if stems[Int(at)].bytes == bytes { return (nil, Int(at)) }
      at = stems[Int(at)].next
    }
    guard creating else { return (nil, nil) }
    let head = Int32(stems.count)
    stems.append(Stem(bytes: bytes, value: -1, next: node == 0 ? rootStems[bucket] : nodes[node].firstStem))
    if node == 0 { rootStems[bucket] = head } else { nodes[node].firstStem = head }
    return (nil, Int(head))
  }

  @inline(__always) private static func key(_ node: Int, _ print: UInt64) -> UInt64 {
    node == 0 ? print : Fingerprint.combine(print, UInt64(node))
  }

  @inline(__always) private static func bucket(_ first: UInt8, _ second: UInt8) -> Int {
    let a = first &- 0x61
    let b = second &- 0x61
    return a < 26 && b < 26 ? Int(a) * 26 + Int(b) : -1
  }

  /// Appends the patterns that begin with token `index`: shorter ones first, at most one for each length and kind.
  @inline(__always) func find(in list: borrowing TokenList, at index: Int, into matches: inout [Match]) {
    let token = list.tokens[index]
    let node = table.find(token.singular)
    if node > 0 { follow(list, index, Int(node), &matches) }
    if token.count >= 3 {
      let bucket = Self.bucket(list.lowered[token.start], list.lowered[token.start + 1])
      if bucket >= 0, rootStems[bucket] >= 0 { findStem(list, token, rootStems[bucket], 1, &matches) }
    }
  }

  private func follow(_ list: borrowing TokenList, _ index: Int, _ start: Int, _ matches: inout [Match]) {
    var node = start
    var at = index
    while true {
      if nodes[node].value >= 0 { matches.append(Match(value: nodes[node].value, words: at - index + 1)) }
      at += 1
      guard at < list.tokens.count else { return }
      let token = list.tokens[at]
      if !token.flags.isDisjoint(with: [.startsClause, .inLink]) { return }
      if nodes[node].firstStem >= 0 { findStem(list, token, nodes[node].firstStem, at - index + 1, &matches) }
      guard nodes[node].hasChildren else { return }
      let next = table.find(Self.key(node, token.singular))
      guard next > 0 else { return }
      node = Int(next)
    }
  }

  /// The longest of a chain's stems that the token begins with.
  private func findStem(_ list: borrowing TokenList, _ token: Token, _ head: Int32, _ words: Int, _ matches: inout [Match]) {
    var at = head
    var best: Int32 = -1
    var bestLength = 0
    while at >= 0 {
      let length = stems[Int(at)].bytes.count
      if length > bestLength, length <= token.count, hasPrefix(list, token.start, Int(at)) {
        bestLength = length
        best = stems[Int(at)].value
      }
      at = stems[Int(at)].next
    }
    if best >= 0 { matches.append(Match(value: best, words: words)) }
  }

  @inline(__always) private func hasPrefix(_ list: borrowing TokenList, _ start: Int, _ stem: Int) -> Bool {
    let length = stems[stem].bytes.count
    for offset in 0..<length where stems[stem].bytes[offset] != list.lowered[start + offset] { return false }
    return true
  }
}
