public import Model

/// The one place where an error becomes words.
public enum ErrorWording {
  /// What people see on standard error:
  ///
  ///     prowzi: <message> (<cause>)
  ///       at: <place>
  ///       try: <advice>
  ///
  /// Control characters from foreign data are shown as `\u{…}`, so that they cannot drive the terminal.
  public static func text(_ error: ProwziError, program: String = "prowzi", style: TextStyle = .plain) -> String {
    var text = style.red("\(program):") + " " + TextStyle.harmless(error.message)
    if let cause = error.cause { text += " (\(TextStyle.harmless(cause)))" }
    text += "\n"
    if let place = error.place { text += "  at: \(TextStyle.harmless(place))\n" }
    if let advice = error.advice { text += "  try: \(TextStyle.harmless(advice))\n" }
    return text
  }

  /// What programs see with `--format json`: one line `{"error":{"code","message","place","advice","cause"}}`, absent where there is none.
  public static func json(_ error: ProwziError) -> String {
    var members = [("code", error.code.text), ("message", error.message)]
    if let place = error.place { members.append(("place", place)) }
    if let advice = error.advice { members.append(("advice", advice)) }
    if let cause = error.cause { members.append(("cause", cause)) }
    let body = members.map { "\"\($0.0)\":\(quoted($0.1))" }.joined(separator: ",")
    return "{\"error\":{\(body)}}\n"
  }

  /// A JSON string (RFC 8259, section 7).
  static func quoted(_ text: String) -> String {
    var bytes: [UInt8] = [UInt8(ascii: "\"")]
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x0a: bytes += Array("\\n".utf8)
      case 0x09: bytes += Array("\\t".utf8)
      case 0x0d: bytes += Array("\\r".utf8)
      case 0..<0x20: bytes += Array("\\u00".utf8) + [hexDigit(byte >> 4), hexDigit(byte & 15)]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
    return String(decoding: bytes, as: UTF8.self)
  }
}
