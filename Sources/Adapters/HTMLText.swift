import Model

/// Reduces HTML to the text that a reader sees.
enum HTMLText {
  /// Takes tags, scripts and styles away behind `start`, resolves entities, and collapses white space. `<` that begins no tag is kept.
  static func reduce(_ bytes: inout [UInt8], from start: Int) {
    let source = Array(bytes[start...])
    bytes.removeLast(source.count)
    var at = 0
    while at < source.count {
      let byte = source[at]
      if byte == UInt8(ascii: "<"), let end = tagEnd(source, at) {
        at = end
        // Most tags part words; the few that dress letters cost a space.
        bytes.append(0x20)
      } else if byte == UInt8(ascii: "&"), let end = MarkupEntity.append(source, at: at, end: source.count, to: &bytes) {
        at = end
      } else {
        bytes.append(byte)
        at += 1
      }
    }
    bytes.collapseSpace(from: start)
  }

  /// The position behind a tag, a comment, or a whole script or style.
  private static func tagEnd(_ source: [UInt8], _ at: Int) -> Int? {
    guard at + 1 < source.count else { return nil }
    let next = source[at + 1]
    let rest = at..<source.count
    if next == UInt8(ascii: "!") {
      if source.firstIndex(of: "<!--", in: at..<min(at + 4, source.count)) != nil {
        return source.firstIndex(of: "-->", in: rest).map { $0 + 3 } ?? source.count
      }
    } else if next != UInt8(ascii: "/"), (next | 0x20) &- UInt8(ascii: "a") >= 26 {
      return nil
    }
    for name: (StaticString, StaticString) in [("<script", "</script>"), ("<style", "</style>")]
    where at + name.0.utf8CodeUnitCount <= source.count && source.matches(name.0, in: at..<at + name.0.utf8CodeUnitCount) {
      return source.firstIndex(of: name.1, in: rest).map { $0 + name.1.utf8CodeUnitCount } ?? source.count
    }
    return Spelling.tagClose(source, from: at + 1).map { $0 + 1 }
  }
}
