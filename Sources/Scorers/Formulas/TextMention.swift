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

  /// Phrases by the letter they begin with, so that one pass over a text looks for all of them.
  struct Phrases: Sendable {
    /// The phrases that begin with the byte at their place; most places have none.
    fileprivate private(set) var byFirst = [[[UInt8]]](repeating: [], count: 256)
    /// Whether any does.
    fileprivate private(set) var isFirst = [Bool](repeating: false, count: 256)

    /// - Parameter phrases: ASCII, lower case, none empty.
    init(_ phrases: [StaticString]) {
      for phrase in phrases {
        let bytes = Array("\(phrase)".utf8)
        byFirst[Int(bytes[0])].append(bytes)
        isFirst[Int(bytes[0])] = true
      }
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
    let isFirst = phrases.isFirst.span
    for i in text.indices where isFirst[Int(text[i] | 0x20)] {
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
