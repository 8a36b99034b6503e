import Model

/// Text from outside, made fit to be shown: one line, nothing that hides or turns what a reader sees, not too long.
enum Display {
  /// What is shown, and how far into the field it reaches.
  struct Shown: Equatable {
    var text: [UInt8]
    /// Bytes of the field that are shown: from the first visible character to behind the last.
    var range: Range<Int>
    /// Whether the field goes on.
    var isCut: Bool
  }

  /// Cuts at a word boundary where there is one.
  /// - Parameters:
  ///   - words: the most words.
  ///   - characters: the most Unicode scalars.
  /// - Returns: `nil` where nothing visible remains.
  static func line(_ bytes: [UInt8], words: Int, characters: Int) -> Shown? {
    var output: [UInt8] = []
    var start: Int?
    var end = 0
    var wordCount = 0
    var characterCount = 0
    var isInWord = false
    // Behind the last whole word.
    var wordEnd: (output: Int, source: Int, characters: Int) = (0, 0, 0)
    var isCut = false
    var i = 0
    while i < bytes.count {
      // Markup is passed over: a tag shows nothing, an entity shows one character.
      if let length = Markup.tag(bytes, at: i) {
        i += length
        continue
      }
      if let (shown, length) = Markup.entity(bytes, at: i) {
        if shown == 0x20 {
          if isInWord { wordEnd = (output.count, end, characterCount) }
          isInWord = false
        } else if isInWord || wordCount < words, characterCount + 2 <= characters {
          if !isInWord {
            if wordCount > 0 { output.append(0x20) }
            wordCount += 1
            isInWord = true
          }
          if start == nil { start = i }
          output.append(shown)
          characterCount += 2
          end = i + length
        } else {
          isCut = true
          break
        }
        i += length
        continue
      }
      let (scalar, length) = scalar(bytes, at: i)
      if isSpace(scalar) {
        if isInWord { wordEnd = (output.count, end, characterCount) }
        isInWord = false
      } else if !isHidden(scalar) {
        let needed = isInWord || wordCount == 0 ? 1 : 2
        if !isInWord, wordCount == words {
          isCut = true
          break
        }
        if characterCount + needed > characters {
          isCut = true
          // Back to a word's end unless that gives away more than half.
          if wordEnd.characters * 2 >= characters {
            output.removeLast(output.count - wordEnd.output)
            end = wordEnd.source
          }
          break
        }
        if !isInWord {
          if wordCount > 0 { output.append(0x20) }
          wordCount += 1
          isInWord = true
        }
        if start == nil { start = i }
        output.append(contentsOf: bytes[i..<i + length])
        characterCount += needed
        end = i + length
      }
      i += length
    }
    if isCut {
      dropDanglingWords(&output, &end, bytes)
      while let last = output.last, isDangling(last), end > 0, bytes[end - 1] == last {
        output.removeLast()
        end -= 1
        while output.last == 0x20 {
          output.removeLast()
          while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
        }
      }
    }
    guard let start, !output.isEmpty, end > start else { return nil }
    return Shown(text: output, range: start..<end, isCut: isCut)
  }

  /// Takes `of the`, `and`, `with a` from the end of a cut text: a reader waits for what follows them.
  private static func dropDanglingWords(_ output: inout [UInt8], _ end: inout Int, _ bytes: [UInt8]) {
    while let space = output.lastIndex(of: 0x20), space * 2 > output.count {
      let word = output[(space + 1)...]
      guard Self.danglingWords.contains(String(decoding: word, as: UTF8.self)), end - word.count >= 0,
        bytes[end - word.count..<end].elementsEqual(word)
      else { return }
      end -= word.count
      output.removeLast(output.count - space)
      while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
    }
  }

  private static let danglingWords: Set<String> = [
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "is", "its", "most", "of", "on", "or", "than", "that", "the", "their",
    "to", "up", "via", "was", "which", "will", "with", "&",
  ]

  /// Which sentence of a prose text to show.
  struct Preference {
    /// The first sentence with the first of these phrases that any sentence has.
    var phrases: [StaticString] = []
    /// Else the first sentence that begins in the first of these ways that any sentence begins in.
    var beginnings: [StaticString] = []
  }

  /// One sentence of a prose text, or what fits of it: the preferred one, else the first.
  static func sentence(_ bytes: [UInt8], characters: Int, preferring preference: Preference = Preference()) -> Shown? {
    let sentences = sentences(of: bytes)
    func first(_ wanted: [StaticString], _ matches: ([UInt8], [UInt8]) -> Bool) -> Range<Int>? {
      for phrase in wanted {
        let text = Array("\(phrase)".utf8)
        if let found = sentences.first(where: { matches(Array(bytes[$0]), text) }) { return found }
      }
      return nil
    }
    let chosen =
      first(preference.phrases, contains)
      ?? first(preference.beginnings) { $0.starts(with: $1) } ?? sentences.first
    guard let chosen, let shown = line(Array(bytes[chosen]), words: .max, characters: characters) else { return nil }
    let range = shown.range.lowerBound + chosen.lowerBound..<shown.range.upperBound + chosen.lowerBound
    return Shown(text: shown.text, range: range, isCut: shown.isCut)
  }

  /// Whether a sentence holds a phrase of ASCII. Beyond ASCII by the rules of Unicode: a mark may combine with what stands before it.
  private static func contains(_ sentence: [UInt8], _ phrase: [UInt8]) -> Bool {
    guard sentence.allSatisfy({ $0 < 0x80 }) else {
      return String(decoding: sentence, as: UTF8.self).contains(String(decoding: phrase, as: UTF8.self))
    }
    guard let first = phrase.first, sentence.count >= phrase.count else { return phrase.isEmpty }
    for start in 0...sentence.count - phrase.count where sentence[start] == first {
      var matched = 1
      while matched < phrase.count, sentence[start + matched] == phrase[matched] { matched += 1 }
      if matched == phrase.count { return true }
    }
    return false
  }

  /// Where the sentences lie, without their full stops. "e.g. x" and "Fig. 3" go on: a sentence begins with a capital, and none is tiny.
  private static func sentences(of bytes: [UInt8]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    var i = 0
    while i < bytes.count {
      let isStop = bytes[i] == UInt8(ascii: ".") || bytes[i] == UInt8(ascii: "!") || bytes[i] == UInt8(ascii: "?")
      let isLast = i + 1 == bytes.count
      let isBreak = !isLast && bytes[i + 1] <= 0x20 && (i + 2 >= bytes.count || beginsSentence(bytes[i + 2]))
      if isStop, isLast || isBreak && i - start >= 40 {
        result.append(start..<i)
        start = min(i + 2, bytes.count)
      }
      i += 1
    }
    if start < bytes.count { result.append(start..<bytes.count) }
    return result
  }

  /// A capital, or what may stand before one: a quotation mark, LaTeX, an asterisk.
  private static func beginsSentence(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5a, UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "*"), UInt8(ascii: "$"): true
    default: false
    }
  }

  /// A long address by its ends: `DY8q…f54v`.
  static func address(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count > 24, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return bytes }
    let head = bytes.starts(with: Array("0x".utf8)) ? 6 : 4
    return Array(bytes[0..<head]) + Array("…".utf8) + Array(bytes[(bytes.count - 4)...])
  }

  private static func scalar(_ bytes: [UInt8], at i: Int) -> (UInt32, Int) {
    let first = bytes[i]
    if first < 0x80 { return (UInt32(first), 1) }
    let length = UTF8Text.sequenceLength(in: bytes.span, at: i)
    if length == 0 { return (0, 1) }
    var value = UInt32(first) & (0xff >> UInt32(length + 1))
    for k in 1..<length { value = value << 6 | UInt32(bytes[i + k] & 0x3f) }
    return (value, length)
  }

  private static func isSpace(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09...0x0d, 0x20, 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000: true
    default: false
    }
  }

  /// Control characters, bidirectional marks, overrides and isolates, zero-width spaces, the byte order mark, tags.
  private static func isHidden(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0...0x1f, 0x7f...0x9f, 0xad, 0x61c, 0x200b, 0x200e, 0x200f, 0x202a...0x202e, 0x2060...0x206f, 0xfeff, 0xfff9...0xfffb,
      0xe0000...0xe007f:
      true
    default: false
    }
  }

  /// What does not look well before an ellipsis.
  private static func isDangling(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "("), UInt8(ascii: "."),
      UInt8(ascii: "|"), UInt8(ascii: "&"):
      true
    default: false
    }
  }
}
