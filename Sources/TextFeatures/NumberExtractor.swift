import Model

/// Finds numbers that say how much of what: `$12.5M`, `1,200 ETH`, `45%`, `3x`, `70B`, `128K context`, `5,000 users`.
///
/// A number without a unit is none: years, versions and ranks are passed over, and so are numbers inside links and formulas.
///
/// *Determinism*: a function of the tokens. *Complexity*: linear.
public enum NumberExtractor {
  /// A text with more numbers than this keeps the first ones.
  public static let limit = 256

  /// Fills `mentions` with the numbers of a text, in order.
  public static func extract(from tokens: borrowing TokenList, into mentions: inout [NumberMention]) {
    mentions.removeAll(keepingCapacity: true)
    for index in tokens.tokens.indices {
      let flags = tokens.tokens[index].flags
      guard flags.contains(.startsWithDigit), !flags.contains(.inLink) else { continue }
      guard mentions.count < limit else { return }
      var reader = NumberReader(tokens, index)
      if let mention = reader.read(tokens, after: mentions.last) { mentions.append(mention) }
    }
  }
}

/// Reads one number: its digits, then a scale, then what stands before and behind it.
private struct NumberReader {
  let index: Int
  let token: Token
  var number = WrittenNumber(digits: 0, exponent: 0)
  /// Letters behind the digits in the same word.
  var suffix = 0..<0
  /// The last token that belongs to the number so far, and where it ends.
  var last: Int
  var end: Int
  /// Powers of ten applied by a scale, 0 for none.
  var scale = 0
  /// The scale is a letter in the same word, and which.
  var scaleLetter: UInt8 = 0

  init(_ tokens: borrowing TokenList, _ index: Int) {
    self.index = index
    token = tokens.tokens[index]
    last = index
    end = token.end
  }

  mutating func read(_ tokens: borrowing TokenList, after previous: NumberMention?) -> NumberMention? {
    guard let (written, digitsEnd) = WrittenNumber.read(tokens.text, from: token.start, to: token.end) else { return nil }
    number = written
    suffix = digitsEnd..<token.end
    if let mention = expertParameters(tokens) { return mention }
    guard readScale(tokens) else { return special(tokens) }
    if let mention = money(tokens, after: previous) { return mention }
    if scale == 0, let mention = percentage(tokens) { return mention }
    return parameters(tokens) ?? contextLength(tokens) ?? count(tokens)
  }

  private func mention(_ kind: NumberMention.Kind, _ unit: String, from start: Int, to end: Int) -> NumberMention {
    NumberMention(
      kind: kind, value: WrittenNumber(digits: number.digits, exponent: number.exponent + scale).value, unit: unit, range: start..<end)
  }

  /// The token behind the number, when nothing but a space or a hyphen lies between.
  private func follower(_ tokens: borrowing TokenList, after position: Int, _ limit: Int) -> Token? {
    guard position + 1 < tokens.count else { return nil }
    let next = tokens[position + 1]
    guard next.start - limit <= 1, !next.flags.contains(.inLink) else { return nil }
    guard next.start == limit || tokens.text[limit] == 0x20 || tokens.text[limit] == 0x2D else { return nil }
    return next
  }

  // MARK: Scales

  /// Reads a scale, in the word's suffix or as the next word. False where the suffix is something else.
  private mutating func readScale(_ tokens: borrowing TokenList) -> Bool {
    if !suffix.isEmpty {
      guard let power = Self.letterScale(tokens.lowered, suffix) else { return false }
      scale = power
      scaleLetter = tokens.text[suffix.lowerBound]
      return true
    }
    if let next = follower(tokens, after: index, end) {
      let power = Vocabulary.scales.find(next.fingerprint)
      if power > 0 {
        scale = Int(power)
        last = index + 1
        end = next.end
      } else if next.flags.contains(.startsWithDigit), token.flags.contains(.hyphenAfter) {
        // `$5-10 million`: the scale of the second number is also that of the first.
        scale = laterScale(tokens)
      }
    }
    return true
  }

  private func laterScale(_ tokens: borrowing TokenList) -> Int {
    let next = tokens[index + 1]
    guard let (_, digitsEnd) = WrittenNumber.read(tokens.text, from: next.start, to: next.end) else { return 0 }
    if digitsEnd < next.end { return Self.letterScale(tokens.lowered, digitsEnd..<next.end) ?? 0 }
    guard let word = follower(tokens, after: index + 1, next.end) else { return 0 }
    return max(0, Int(Vocabulary.scales.find(word.fingerprint)))
  }

  private static func letterScale(_ lowered: [UInt8], _ suffix: Range<Int>) -> Int? {
    let first = lowered[suffix.lowerBound]
    let power: Int
    switch first {
    case 0x6B: power = 3
    case 0x6D: power = 6
    case 0x62: power = 9
    case 0x74: power = 12
    default: return nil
    }
    if suffix.count == 1 { return power }
    let second = lowered[suffix.lowerBound + 1]
    if suffix.count == 2, second == 0x6E && first != 0x6B || second == 0x6D && first == 0x6D { return power }
    if suffix.count == 3, lowered[suffix.upperBound - 1] == 0x6E, second == 0x6C, first == 0x6D || first == 0x62 { return power }
    return nil
  }

  /// Suffixes that are no scale: `3x`, `2×`, `10fold`, `5pct`.
  private func special(_ tokens: borrowing TokenList) -> NumberMention? {
    guard !token.flags.contains(.hyphenBefore), number.digits > 0, token.end == tokens.text.count || tokens.text[token.end] != 0x24 else {
      return nil
    }
    if suffix.count == 1, tokens.lowered[suffix.lowerBound] == 0x78 { return mention(.multiple, "x", from: token.start, to: token.end) }
    if suffix.count == 4, tokens.hasLowered("fold", at: suffix.lowerBound) {
      return mention(.multiple, "x", from: token.start, to: token.end)
    }
    if suffix.count == 3, tokens.hasLowered("pct", at: suffix.lowerBound) {
      return mention(.percent, "%", from: token.start, to: token.end)
    }
    return nil
  }

  // MARK: Money

  /// A currency sign that ends at `position`, its code, and where it begins with a country before it (`US$`).
  private func sign(_ text: [UInt8], before position: Int) -> (code: String, start: Int)? {
    guard position > 0 else { return nil }
    if text[position - 1] == 0x24 {
      var start = position - 1
      while start > 0, position - start < 4, CharacterClasses.ascii(text[start - 1]) == 3 { start -= 1 }
      if start == position - 1 { return start > 0 && CharacterClasses.isWordByte(text[start - 1]) ? nil : ("USD", start) }
      if start > 0, CharacterClasses.isWordByte(text[start - 1]) { return nil }
      switch Array(text[start..<position - 1]) {
      case Array("US".utf8): return ("USD", start)
      case Array("C".utf8), Array("CA".utf8): return ("CAD", start)
      case Array("A".utf8), Array("AU".utf8): return ("AUD", start)
      case Array("HK".utf8): return ("HKD", start)
      case Array("NZ".utf8): return ("NZD", start)
      case Array("NT".utf8): return ("TWD", start)
      case Array("S".utf8): return ("SGD", start)
      case Array("R".utf8): return ("BRL", start)
      default: return nil
      }
    }
    if position >= 2, text[position - 2] == 0xC2 {
      if text[position - 1] == 0xA3 { return ("GBP", position - 2) }
      if text[position - 1] == 0xA5 { return ("JPY", position - 2) }
    }
    if position >= 3, text[position - 3] == 0xE2, text[position - 2] == 0x82 {
      switch text[position - 1] {
      case 0xAC: return ("EUR", position - 3)
      case 0xB9: return ("INR", position - 3)
      case 0xA9: return ("KRW", position - 3)
      case 0xBF: return ("BTC", position - 3)
      default: return nil
      }
    }
    return nil
  }

  private func money(_ tokens: borrowing TokenList, after previous: NumberMention?) -> NumberMention? {
    let text = tokens.text
    var position = token.start
    if position > 0, text[position - 1] == 0x20, position > 1, text[position - 2] >= 0x80 || text[position - 2] == 0x24 { position -= 1 }
    if let (code, start) = sign(text, before: position) {
      if text[position - 1] == 0x24, isFormula(text) { return nil }
      return mention(.money, code, from: start, to: end)
    }
    if index > 0, tokens[index - 1].end + 1 == token.start, tokens[index - 1].flags.contains(.allCapitals), text[token.start - 1] == 0x20,
      let code = Vocabulary.fiatCode(tokens[index - 1].fingerprint)
    {
      return mention(.money, code, from: tokens[index - 1].start, to: end)
    }
    if let previous, previous.kind == .money, isDash(text, previous.range.upperBound..<token.start), suffix.isEmpty || scale > 0 {
      return mention(.money, previous.unit, from: token.start, to: end)
    }
    guard let next = follower(tokens, after: last, end), let code = Vocabulary.assetCode(tokens, next) else { return nil }
    return mention(.money, code, from: token.start, to: next.end)
  }

  private func isDash(_ text: [UInt8], _ range: Range<Int>) -> Bool {
    range.count == 1 && text[range.lowerBound] == 0x2D
      || range.count == 3 && text[range.lowerBound] == 0xE2 && text[range.lowerBound + 1] == 0x80 && text[range.lowerBound + 2] == 0x93
  }

  /// `$5$`, `$10^{-3}$`, `$0.5\%$`: a formula's number.
  private func isFormula(_ text: [UInt8]) -> Bool {
    if token.end < text.count {
      switch text[token.end] {
      case 0x24, 0x5C, 0x5E, 0x5F, 0x7B, 0x3D: return true
      default: break
      }
    }
    return EntityPatterns.opensFormula(text, from: token.end)
  }

  // MARK: Shares

  private func percentage(_ tokens: borrowing TokenList) -> NumberMention? {
    let text = tokens.text
    var start = token.start
    var isNegative = false
    if start > 0, text[start - 1] == 0x2D, start == 1 || text[start - 2] == 0x20 || text[start - 2] == 0x28 {
      isNegative = true
      start -= 1
    } else if start >= 3, text[start - 3] == 0xE2, text[start - 2] == 0x88, text[start - 1] == 0x92 {
      isNegative = true
      start -= 3
    }
    let written = number
    func make(_ unit: String, _ end: Int) -> NumberMention {
      NumberMention(kind: .percent, value: isNegative ? -written.value : written.value, unit: unit, range: start..<end)
    }
    if token.end < text.count {
      if text[token.end] == 0x25 { return make("%", token.end + 1) }
      if text[token.end] == 0x5C, token.end + 1 < text.count, text[token.end + 1] == 0x25 { return make("%", token.end + 2) }
      if text[token.end] == 0xC3, token.end + 1 < text.count, text[token.end + 1] == 0x97,
        token.end + 2 == text.count || CharacterClasses.ascii(text[token.end + 2]) != 1 && text[token.end + 2] != 0x20
          || token.end + 3 < text.count && CharacterClasses.ascii(text[token.end + 3]) != 1, number.digits > 0
      {
        return mention(.multiple, "x", from: token.start, to: token.end + 2)
      }
    }
    guard let next = follower(tokens, after: last, end) else { return nil }
    if next.fingerprint == Vocabulary.percent || next.fingerprint == Vocabulary.pct { return make("%", next.end) }
    if next.fingerprint == Vocabulary.percentage, let points = follower(tokens, after: last + 1, next.end),
      points.singular == Vocabulary.point
    {
      return make("points", points.end)
    }
    if next.fingerprint == Vocabulary.per, let cent = follower(tokens, after: last + 1, next.end), cent.fingerprint == Vocabulary.cent {
      return make("%", cent.end)
    }
    if next.fingerprint == Vocabulary.fold, token.flags.contains(.hyphenAfter) {
      return mention(.multiple, "x", from: token.start, to: next.end)
    }
    return nil
  }

  // MARK: Models

  /// `8x7B`: experts times billions.
  private mutating func expertParameters(_ tokens: borrowing TokenList) -> NumberMention? {
    guard suffix.count >= 3, tokens.lowered[suffix.lowerBound] == 0x78, number.exponent == 0, number.digits <= 1000,
      let (second, end) = WrittenNumber.read(tokens.text, from: suffix.lowerBound + 1, to: token.end), end + 1 == token.end,
      tokens.lowered[end] == 0x62, second.digits <= 1_000_000
    else { return nil }
    number = WrittenNumber(digits: number.digits * second.digits, exponent: second.exponent)
    scale = 9
    return mention(.parameters, "parameters", from: token.start, to: token.end)
  }

  private func parameters(_ tokens: borrowing TokenList) -> NumberMention? {
    let next = follower(tokens, after: last, end)
    if let next, Vocabulary.parameterWords.contains(next.singular) {
      return mention(.parameters, "parameters", from: token.start, to: next.end)
    }
    // A bare `70B`: a capital, no more than two thousand, and not `43B tokens` or `5B users`.
    guard scaleLetter == 0x42, suffix.count == 1, number.value <= 2000, number.digits > 0 else { return nil }
    if let next, next.singular != Vocabulary.model, Vocabulary.countWords.contains(next.singular) { return nil }
    return mention(.parameters, "parameters", from: token.start, to: token.end)
  }

  private func contextLength(_ tokens: borrowing TokenList) -> NumberMention? {
    guard scale == 3 || scale == 6 || scale == 0 && number.value >= 1000, let next = follower(tokens, after: last, end) else { return nil }
    if next.fingerprint == Vocabulary.context { return mention(.context, "tokens", from: token.start, to: next.end) }
    guard next.singular == Vocabulary.token else { return nil }
    let position = last + 1
    if scale > 0, next.flags.contains(.hyphenBefore) || next.start == end {
      return mention(.context, "tokens", from: token.start, to: next.end)
    }
    for at in position + 1..<max(position + 1, min(position + 4, tokens.count)) where Vocabulary.contextWords.contains(tokens[at].singular)
    {
      return mention(.context, "tokens", from: token.start, to: next.end)
    }
    for at in max(0, index - 4)..<index where Vocabulary.contextWords.contains(tokens[at].singular) {
      return mention(.context, "tokens", from: token.start, to: next.end)
    }
    return nil
  }

  // MARK: Counts

  private func count(_ tokens: borrowing TokenList) -> NumberMention? {
    guard !token.flags.contains(.hyphenBefore), var unit = follower(tokens, after: last, end) else { return nil }
    if !Vocabulary.countWords.contains(unit.singular) {
      // One describing word may stand between: `10,000 active users`.
      guard unit.flags.isDisjoint(with: [.capitalised, .hasDigit, .hyphenAfter]), unit.count > 3,
        let later = follower(tokens, after: last + 1, unit.end), Vocabulary.countWords.contains(later.singular),
        later.singular != later.fingerprint
      else { return nil }
      unit = later
    }
    // `Counter-Strike 2 server` counts nothing: more than one of something is a plural, unless a hyphen makes it an adjective.
    if unit.singular == unit.fingerprint, number.digits != 1 || scale > 0, !unit.flags.contains(.hyphenBefore),
      !Vocabulary.invariantWords.contains(unit.fingerprint)
    {
      return nil
    }
    guard unit.count <= 15 else { return nil }
    return mention(.count, String(decoding: tokens.lowered[unit.range], as: UTF8.self), from: token.start, to: unit.end)
  }
}
