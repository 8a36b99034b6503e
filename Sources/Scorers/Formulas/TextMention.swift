import Events
import Model

/// Whether an event's text says one of some phrases.
enum TextMention {
  /// A paper on open-source models need not publish code; one that says "we open-source" does.
  static let code: [StaticString] = [
    "github.com/", "gitlab.com/", "huggingface.co/", "code is available", "code available", "code is publicly", "code will be",
    "code and data", "source code", "our code", "we open-source", "we open source", "publicly release", "is open-sourced",
  ]
  static let benchmark: [StaticString] = ["benchmark", "leaderboard"]

  /// 1 where the text holds one of the phrases (ASCII, lower case), else 0.
  static func value(of phrases: [StaticString], in event: Event, titleOnly: Bool = false) -> Double {
    if let title = event.title, contains(event.bytes, title.range, phrases) { return 1 }
    if !titleOnly, let body = event.body, contains(event.bytes, body.range, phrases) { return 1 }
    return 0
  }

  private static func contains(_ bytes: [UInt8], _ range: Range<Int>, _ phrases: [StaticString]) -> Bool {
    for phrase in phrases where contains(bytes, range, phrase) { return true }
    return false
  }

  private static func contains(_ bytes: [UInt8], _ range: Range<Int>, _ phrase: StaticString) -> Bool {
    let length = phrase.utf8CodeUnitCount
    guard range.count >= length else { return false }
    return phrase.withUTF8Buffer { wanted in
      let text = bytes.span
      let first = unsafe wanted[0]
      var i = range.lowerBound
      while i <= range.upperBound - length {
        if text[i] | 0x20 == first {
          var k = 1
          while k < length {
            let byte = text[i + k]
            let lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
            if unsafe lower != wanted[k] { break }
            k += 1
          }
          if k == length { return true }
        }
        i += 1
      }
      return false
    }
  }
}
