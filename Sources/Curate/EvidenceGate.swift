/// Finds what a text says without evidence. It knows nothing of the templates: it reads the finished text and the list of claims.
///
/// Outside the claims a text may hold plain lower-case words, punctuation, and a few capitalised words that templates begin sentences with.
/// Anything else counts as a claim nobody bound: digits, words for numbers, capitalised words, words with a dot, slash, underscore, at or hash sign
/// inside (links, repositories, identifiers), and any letter beyond ASCII. So does a letter or digit that touches a claim, because
/// it changes what the claim says.
public enum EvidenceGate {
  /// Something that is said without evidence.
  public struct Unbound: Sendable, Equatable {
    /// In the text, in bytes.
    public var range: Range<Int>
    public var text: String
  }

  /// Capitalised words of the templates.
  static let templateWords: Set<String> = [
    "By", "Filed", "From", "In", "Input", "Investors", "It", "Its", "Link", "No", "Only", "Others", "Retracted", "Scored",
    "Severity", "Sources", "That", "The",
    "This",
  ]

  static let numberWords: Set<String> = [
    "billion", "double", "doubled", "dozen", "half", "hundred", "million", "thousand", "triple", "tripled", "twice", "two", "three", "four",
    "five", "six", "seven", "eight", "nine", "ten",
  ]

  /// What the text says that no claim covers, in the order of the text. Empty is good.
  ///
  /// A claim covers its range only where it has a binding, and where each binding that points to no raw bytes comes with a derivation or is to
  /// one of our own records (`Basis.derived`).
  ///
  /// *Complexity*: linear in the text.
  public static func unbound(in text: [UInt8], claims: [Claim]) -> [Unbound] {
    var isCovered = Array(repeating: false, count: text.count)
    var found: [Unbound] = []
    for claim in claims {
      guard claim.range.lowerBound >= 0, claim.range.upperBound <= text.count else {
        found.append(Unbound(range: claim.range, text: "a claim outside the text"))
        continue
      }
      guard isSupported(claim) else { continue }
      for index in claim.range { isCovered[index] = true }
    }
    let isWord = wordBytes(of: text)
    var start = 0
    while start < text.count {
      if isCovered[start] || !isWord[start] {
        start += 1
        continue
      }
      var end = start
      while end < text.count, !isCovered[end], isWord[end] { end += 1 }
      func joins(_ a: Int, _ b: Int) -> Bool { isWord[a] && isWord[b] && isAlphanumeric(text[a]) && isAlphanumeric(text[b]) }
      let touches =
        start > 0 && isCovered[start - 1] && joins(start - 1, start) || end < text.count && isCovered[end] && joins(end - 1, end)
      if touches || isSuspicious(text, start..<end) {
        found.append(Unbound(range: start..<end, text: String(decoding: text[start..<end], as: UTF8.self)))
      }
      start = end
    }
    return found
  }

  public static func unbound(in text: ClaimText) -> [Unbound] { unbound(in: text.bytes, claims: text.claims) }

  /// Whether a claim is bound at all, and honestly.
  static func isSupported(_ claim: Claim) -> Bool {
    guard !claim.range.isEmpty, !claim.bindings.isEmpty else { return false }
    return claim.bindings.allSatisfy { binding in
      binding.start <= binding.end && !binding.field.isEmpty
        && (binding.basis == .derived || binding.span != nil || claim.derivation != nil)
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte >= 0x80
  }

  /// Letters, digits, bytes beyond ASCII, and what joins them into an identifier or a link.
  private static func isWordByte(_ byte: UInt8) -> Bool {
    if isAlphanumeric(byte) { return true }
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: "-"),
      UInt8(ascii: "$"),
      UInt8(ascii: "%"):
      return true
    default: return false
    }
  }

  private static func isSuspicious(_ text: [UInt8], _ range: Range<Int>) -> Bool {
    var range = range
    // A full stop or a dash at either end belongs to the sentence, not to the word.
    while let last = range.last, text[last] == UInt8(ascii: ".") || text[last] == UInt8(ascii: "-") { range.removeLast() }
    while let first = range.first, text[first] == UInt8(ascii: ".") || text[first] == UInt8(ascii: "-") { range.removeFirst() }
    if range.isEmpty { return false }
    var hasCapital = false
    for index in range {
      switch text[index] {
      case 0x61...0x7a, UInt8(ascii: "-"): continue
      case 0x41...0x5a: hasCapital = true
      default: return true
      }
    }
    let word = String(decoding: text[range], as: UTF8.self)
    if hasCapital { return !templateWords.contains(word) }
    return word.split(separator: "-").contains { numberWords.contains(String($0)) }
  }

  /// Which bytes belong to words; the ellipsis and the dashes (E2 80 93, E2 80 94, E2 80 A6) are the only ones beyond ASCII that do not.
  private static func wordBytes(of text: [UInt8]) -> [Bool] {
    var result = text.map(isWordByte)
    for i in text.indices.dropLast(2) where text[i] == 0xe2 && text[i + 1] == 0x80 && [0x93, 0x94, 0xa6].contains(text[i + 2]) {
      for k in i...i + 2 { result[k] = false }
    }
    return result
  }
}

extension Range where Bound == Int {
  fileprivate mutating func removeLast() { self = lowerBound..<upperBound - 1 }
  fileprivate mutating func removeFirst() { self = lowerBound + 1..<upperBound }
}
