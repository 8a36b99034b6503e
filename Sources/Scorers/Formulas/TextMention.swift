import Events
import Model

/// Whether an event's text says one of some phrases.
enum TextMention {
  /// A paper on open-source models need not publish code; one that says "we open-source" does.
  static let code = Phrases([
    "github.com/", "gitlab.com/", "huggingface.co/", "code is available", "code available", "code is publicly", "code will be",
    "code and data", "source code", "our code", "we open-source", "we open source", "publicly release", "is open-sourced",
  ])
  static let benchmark = Phrases(["benchmark", "leaderboard"])

  /// Phrases by the two letters they begin with, so that one pass over a text looks for all of them.
  struct Phrases: Sendable {
    /// The phrases that begin with the byte at their place; most places have none.
    fileprivate private(set) var byFirst = [[[UInt8]]](repeating: [], count: 256)
    /// A bit for each two bytes that any begins with: 8 KiB, since two letters tell far more than one.
    private var beginnings = [UInt64](repeating: 0, count: 1024)

    /// - Parameter phrases: ASCII, lower case, of two bytes at least.
    init(_ phrases: [StaticString]) {
      for phrase in phrases {
        let bytes = Array("\(phrase)".utf8)
        byFirst[Int(bytes[0])].append(bytes)
        let pair = Self.pair(bytes[0], bytes[1])
        beginnings[pair >> 6] |= 1 << UInt64(pair & 63)
      }
    }

    private static func pair(_ first: UInt8, _ second: UInt8) -> Int { Int(first | 0x20) << 8 | Int(second | 0x20) }

    /// Whether a phrase may begin with these two bytes, in whatever case.
    @inline(__always) fileprivate func mayBegin(_ first: UInt8, _ second: UInt8) -> Bool {
      let pair = Self.pair(first, second)
      return beginnings[pair >> 6] >> UInt64(pair & 63) & 1 != 0
    }
  }

  /// 1 where the text holds one of the phrases, else 0.
  static func value(of phrases: Phrases, in event: Event, titleOnly: Bool = false) -> Double {
    if let title = event.title, contains(event.bytes, title.range, phrases) { return 1 }
    if !titleOnly, let body = event.body, contains(event.bytes, body.range, phrases) { return 1 }
    return 0
  }

  private static func contains(_ bytes: [UInt8], _ range: Range<Int>, _ phrases: Phrases) -> Bool {
    let text = bytes.span.extracting(range)
    for i in 0..<max(0, text.count - 1) where phrases.mayBegin(text[i], text[i + 1]) {
      for phrase in phrases.byFirst[Int(text[i] | 0x20)] where begins(text, at: i, with: phrase) { return true }
    }
    return false
  }

  /// Whether a phrase goes on as it began, at `start`.
  private static func begins(_ text: Span<UInt8>, at start: Int, with phrase: [UInt8]) -> Bool {
    guard text.count - start >= phrase.count else { return false }
    for k in 1..<phrase.count {
      let byte = text[start + k]
      let lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
      if lower != phrase[k] { return false }
    }
    return true
  }
}
