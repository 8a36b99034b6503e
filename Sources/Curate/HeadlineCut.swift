/// Where a headline of somebody else's is cut so that what is left is whole.
enum HeadlineCut {
  /// The first clause of a long title: up to a semicolon, or to a dash between spaces. `nil` where it would be too short to say something.
  static func clause(of title: [UInt8]) -> Range<Int>? {
    var words = 0
    for i in title.indices {
      if title[i] == 0x20 { words += 1 }
      guard words >= 4, i + 1 < title.count, title[i + 1] == 0x20 else { continue }
      if title[i] == UInt8(ascii: ";") { return 0..<i }
      let isDash = i >= 3 && title[i] == 0x94 && title[i - 1] == 0x80 && title[i - 2] == 0xe2 && title[i - 3] == 0x20
      if isDash { return 0..<i - 3 }
    }
    return nil
  }

  /// Without the publisher's name at its end: `… | Example News`, `… - Example News`.
  static func withoutPublisher(_ title: [UInt8], publisher: [UInt8]?) -> Range<Int> {
    let whole = 0..<title.count
    for mark in [" | ", " \u{2013} ", " - "] {
      let separator = Array(mark.utf8)
      guard let at = last(separator, in: title), at > 24 else { continue }
      let tail = lower(title[(at + separator.count)...])
      let isPublisher = publisher.map { tail.contains(lower($0[...])) } ?? false
      let isSite = mark == " | " && tail.split(separator: " ").count <= 4
      if isPublisher && tail.split(separator: " ").count <= 5 || isSite { return 0..<at }
    }
    return whole
  }

  /// Who is credited at the end of a title: `… (Jane Doe/Example Times)`; the place of the name, and of the title before it.
  static func credit(of title: [UInt8]) -> (title: Range<Int>, name: Range<Int>)? {
    guard title.last == UInt8(ascii: ")"), let open = title.lastIndex(of: UInt8(ascii: "(")), open > 40, title[open - 1] == 0x20 else {
      return nil
    }
    let name = open + 1..<title.count - 1
    guard name.count >= 3, name.count <= 60, let first = title[name].first, (0x41...0x5a).contains(first) || first >= 0x80,
      title[name].allSatisfy({ !(0x30...0x39).contains($0) }), title[name].split(separator: 0x20).count <= 7
    else { return nil }
    return (0..<open - 1, name)
  }

  private static func last(_ pattern: [UInt8], in text: [UInt8]) -> Int? {
    guard text.count >= pattern.count else { return nil }
    var i = text.count - pattern.count
    while i >= 0 {
      if text[i..<i + pattern.count].elementsEqual(pattern) { return i }
      i -= 1
    }
    return nil
  }

  private static func lower(_ text: ArraySlice<UInt8>) -> String {
    String(decoding: text.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }
}
