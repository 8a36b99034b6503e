import Model

/// The words of a text, in buffers that the next text reuses.
///
/// ```swift
/// var list = TokenList()
/// list.read(Array("Aave V3 loses $4.5M".utf8))   // aave, v3, loses, 4.5m
/// ```
///
/// What a word is: a run of letters and digits. A hyphen splits (`multi-agent` is two tokens that know of each other), an apostrophe between
/// letters does not (`don't`), a possessive `'s` is left out, and a point or a thousands comma between digits belongs to the number
/// (`1,200`, `4.5`, `2401.12345v2`). `U.S.` is one word, `us`, all capitals. Each CJK character is a word.
///
/// Letters are lower-cased in ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic; other scripts keep their case.
///
/// *Complexity*: linear. *Determinism*: a function of the bytes alone; what was read before leaves no trace.
/// - Precondition: the text is valid UTF-8 and shorter than 2³¹ bytes.
public struct TokenList: Sendable {
  /// The text read last.
  public private(set) var text: [UInt8] = []
  /// The same in lower case: byte for byte in the same places.
  public private(set) var lowered: [UInt8] = []
  public private(set) var tokens: [Token] = []
  /// The web addresses, in order.
  public private(set) var links: [Link] = []
  private var scratch: [UInt8] = []

  public init() {}

  @inlinable public var count: Int { tokens.count }
  @inlinable public subscript(index: Int) -> Token { tokens[index] }

  /// Gives the memory of the text read last away, for the next one.
  public mutating func takeText() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &text)
    taken.removeAll(keepingCapacity: true)
    return taken
  }

  /// Takes a text apart, forgetting the one before.
  public mutating func read(_ newText: [UInt8]) {
    precondition(newText.count < Int(Int32.max), "A text of two gibibytes cannot be taken apart into words")
    text = newText
    lowered.removeAll(keepingCapacity: true)
    lowered.append(contentsOf: newText)
    for i in lowered.indices {
      let byte = lowered[i]
      lowered[i] = byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
    tokens.removeAll(keepingCapacity: true)
    links.removeAll(keepingCapacity: true)
    var pending: Token.Flags = [.startsSentence, .startsClause]
    let bytes = newText.span
    let count = bytes.count
    var i = 0
    while i < count {
      let byte = bytes[i]
      if byte < 0x80 {
        if CharacterClasses.isWordByte(byte) {
          i = scanWord(bytes, from: i, flags: &pending)
          continue
        }
        pending.formUnion(Self.boundary(after: byte, in: bytes, at: i))
        i += 1
        continue
      }
      let (scalar, length) = CharacterClasses.decode(bytes, at: i)
      switch CharacterClasses.classify(scalar) {
      case .letter: i = scanWord(bytes, from: i, flags: &pending)
      case .ideograph:
        finish(bytes, i..<i + length, flags: pending.union([.ideograph, .hasNonASCII]))
        pending = []
        i += length
      case .separator:
        // An ellipsis, dashes, bullets and East Asian stops end a clause.
        if (0x2010...0x2027).contains(scalar) && scalar != 0x2019 || (0x3001...0x3002).contains(scalar) { pending.insert(.startsClause) }
        i += length
      }
    }
  }

  /// What a separator ends: a sentence, a clause or neither.
  @inline(__always) private static func boundary(after byte: UInt8, in bytes: borrowing Span<UInt8>, at index: Int) -> Token.Flags {
    switch byte {
    case 0x20: []
    case 0x2E, 0x21, 0x3F: index + 1 < bytes.count && bytes[index + 1] > 0x20 ? .startsClause : [.startsSentence, .startsClause]
    case 0x0A: [.startsSentence, .startsClause]
    case 0x2C, 0x3B, 0x3A, 0x28, 0x29, 0x5B, 0x5D, 0x7B, 0x7D, 0x7C, 0x22: .startsClause
    default: []
    }
  }

  /// Reads the word that begins at `start` and returns where reading goes on.
  private mutating func scanWord(_ bytes: borrowing Span<UInt8>, from start: Int, flags pending: inout Token.Flags) -> Int {
    let count = bytes.count
    var flags = pending
    pending = []
    var upper = 0
    var lower = 0
    var apostrophes = false
    var next = start
    var end = start
    let first = bytes[start]
    if CharacterClasses.ascii(first) == 3 {
      flags.insert(.capitalised)
      if start + 2 < count, bytes[start + 1] == 0x2E, CharacterClasses.ascii(bytes[start + 2]) == 3,
        let acronymEnd = acronymEnd(bytes, from: start)
      {
        finishAcronym(bytes, start..<acronymEnd, flags: flags.union(.allCapitals))
        return acronymEnd
      }
    } else if CharacterClasses.ascii(first) == 1 {
      flags.insert(.startsWithDigit)
    }
    scan: while next < count {
      let byte = bytes[next]
      if byte < 0x80 {
        switch CharacterClasses.ascii(byte) {
        case 2: lower += 1
        case 3: upper += 1
        case 1: flags.insert(.hasDigit)
        default:
          if byte == 0x27, next > start, let after = apostrophe(bytes, at: next, length: 1, flags: &flags) {
            if after == next { break scan }
            apostrophes = true
            next = after
            continue scan
          }
          if byte == 0x2E || byte == 0x2C, isInsideNumber(bytes, at: next, from: start) { break }
          break scan
        }
        next += 1
      } else {
        let (scalar, length) = CharacterClasses.decode(bytes, at: next)
        if scalar == 0x2019, next > start, let after = apostrophe(bytes, at: next, length: 3, flags: &flags) {
          if after == next { break }
          apostrophes = true
          next = after
          continue
        }
        guard CharacterClasses.classify(scalar) == .letter else { break }
        flags.insert(.hasNonASCII)
        if length == 2 {
          let folded = CharacterClasses.fold(scalar)
          if folded != scalar {
            lowered[next] = UInt8(0xC0 | folded >> 6)
            lowered[next + 1] = UInt8(0x80 | folded & 0x3F)
            upper += 1
            if next == start { flags.insert(.capitalised) }
          } else {
            lower += 1
          }
        } else {
          lower += 1
        }
        next += length
      }
      end = next
    }
    end = next
    if upper >= 2, lower == 0 { flags.insert(.allCapitals) }
    var after = end
    if flags.contains(.possessive) { after = end + (bytes[end] == 0x27 ? 2 : 4) }
    if after == end, end + 1 < count, bytes[end] == 0x2D, bytes[end + 1] >= 0x80 || CharacterClasses.isWordByte(bytes[end + 1]) {
      flags.insert(.hyphenAfter)
      pending.insert(.hyphenBefore)
    }
    if !flags.contains(.inLink) { noteLink(bytes, start..<end) }
    finish(bytes, start..<end, flags: flags, apostrophes: apostrophes)
    return after
  }

  /// Where the word goes on after an apostrophe; the same place when the apostrophe ends it as a possessive; nil when it is a quotation mark.
  private func apostrophe(_ bytes: borrowing Span<UInt8>, at index: Int, length: Int, flags: inout Token.Flags) -> Int? {
    let next = index + length
    guard next < bytes.count, CharacterClasses.ascii(bytes[next]) >= 2 else { return nil }
    if bytes[next] | 0x20 == 0x73, next + 1 == bytes.count || bytes[next + 1] < 0x80 && !CharacterClasses.isWordByte(bytes[next + 1]) {
      flags.insert(.possessive)
      return index
    }
    return next
  }

  /// A point between digits, or a comma before exactly three digits.
  private func isInsideNumber(_ bytes: borrowing Span<UInt8>, at index: Int, from start: Int) -> Bool {
    guard index > start, index + 1 < bytes.count, bytes[index - 1] &- 0x30 < 10, bytes[index + 1] &- 0x30 < 10 else { return false }
    if bytes[index] == 0x2E { return true }
    guard index + 3 < bytes.count, bytes[index + 2] &- 0x30 < 10, bytes[index + 3] &- 0x30 < 10 else { return false }
    return index + 4 == bytes.count || bytes[index + 4] &- 0x30 >= 10
  }

  /// The end of `U.S.` or `A.I`, without the last point; nil for an initial before a word.
  private func acronymEnd(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int? {
    var end = start + 1
    while end + 1 < bytes.count, bytes[end] == 0x2E, CharacterClasses.ascii(bytes[end + 1]) == 3 { end += 2 }
    if end < bytes.count, bytes[end] >= 0x80 || CharacterClasses.isWordByte(bytes[end]) { return nil }
    return end
  }

  private mutating func finishAcronym(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>, flags: Token.Flags) {
    scratch.removeAll(keepingCapacity: true)
    for index in stride(from: range.lowerBound, to: range.upperBound, by: 2) { scratch.append(lowered[index]) }
    let print = Fingerprint.of(scratch)
    append(range, print, print, flags)
  }

  private mutating func finish(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>, flags: Token.Flags, apostrophes: Bool = false) {
    if apostrophes {
      scratch.removeAll(keepingCapacity: true)
      var index = range.lowerBound
      while index < range.upperBound {
        let wide = lowered[index] == 0xE2
        scratch.append(wide ? 0x27 : lowered[index])
        index += wide ? 3 : 1
      }
      let print = Fingerprint.of(scratch)
      append(range, print, print, flags)
      return
    }
    let print = WordFingerprint.of(lowered, in: range)
    append(range, print, singular(range) ?? print, flags)
  }

  @inline(__always) private mutating func append(_ range: Range<Int>, _ print: UInt64, _ singular: UInt64, _ flags: Token.Flags) {
    var flags = flags
    if let link = links.last, range.lowerBound < link.range.upperBound { flags.insert(.inLink) }
    tokens.append(
      Token(first: Int32(range.lowerBound), limit: Int32(range.upperBound), fingerprint: print, singular: singular, flags: flags))
  }

  /// The fingerprint without a plural ending: `-ies` to `-y`, `-es` off after ss, x, z, ch, sh, `-s` off but not after s, u, i.
  @inline(__always) private mutating func singular(_ range: Range<Int>) -> UInt64? {
    let end = range.upperBound
    guard range.count >= 4, lowered[end - 1] == 0x73 else { return nil }
    let before = lowered[end - 2]
    if before == 0x73 || before == 0x75 || before == 0x69 || before < 0x61 { return nil }
    if before == 0x65, range.count >= 5 {
      let third = lowered[end - 3]
      if third == 0x69 {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: lowered[range.lowerBound..<end - 3])
        scratch.append(0x79)
        return Fingerprint.of(scratch)
      }
      let fourth = lowered[end - 4]
      if third == 0x78 || third == 0x7A || third == 0x73 && fourth == 0x73 || third == 0x68 && (fourth == 0x63 || fourth == 0x73) {
        return WordFingerprint.of(lowered, in: range.lowerBound..<end - 2)
      }
    }
    return WordFingerprint.of(lowered, in: range.lowerBound..<end - 1)
  }
}

extension TokenList {
  /// Whether the bytes at `index` are these, in lower case.
  @inline(__always) func hasLowered(_ expected: StaticString, at index: Int) -> Bool {
    let length = expected.utf8CodeUnitCount
    guard index >= 0, index + length <= lowered.count else { return false }
    return expected.withUTF8Buffer { buffer in
      for offset in 0..<length where unsafe buffer[offset] != lowered[index + offset] { return false }
      return true
    }
  }

  /// Notes a link that begins with the word at `range`, if one does.
  fileprivate mutating func noteLink(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) {
    guard range.upperBound + 2 < bytes.count else { return }
    let separator = bytes[range.upperBound]
    guard separator == 0x3A || separator == 0x2E else { return }
    if let link = links.last, range.lowerBound < link.range.upperBound { return }
    let start = range.lowerBound
    var host = start
    var explicit = true
    switch range.count {
    case 4 where hasLowered("http://", at: start): host = start + 7
    case 5 where hasLowered("https://", at: start): host = start + 8
    case 3 where hasLowered("www.", at: start): break
    case 6 where hasLowered("github.com/", at: start): explicit = false
    case 5 where hasLowered("arxiv.org/", at: start): explicit = false
    case 3 where hasLowered("doi.org/", at: start): explicit = false
    default: return
    }
    var end = host
    var depth = 0
    scan: while end < bytes.count {
      switch bytes[end] {
      case 0...0x20, 0x22, 0x3C, 0x3E, 0x5B, 0x5D, 0x5C, 0x5E, 0x60, 0x7B, 0x7C, 0x7D, 0x7F...: break scan
      case 0x28: depth += 1
      case 0x29:
        if depth == 0 { break scan }
        depth -= 1
      default: break
      }
      end += 1
    }
    while end > host {
      switch bytes[end - 1] {
      case 0x2E, 0x2C, 0x3B, 0x3A, 0x21, 0x3F, 0x27, 0x2A, 0x28: end -= 1
      default:
        if end > range.upperBound { links.append(Link(range: start..<end, isExplicit: explicit, hostStart: host)) }
        return
      }
    }
  }
}
