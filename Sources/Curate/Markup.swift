/// What sources leave of markup in plain texts, taken away or turned into what it stands for when a text is shown.
///
/// Fields keep their bytes, so evidence stays what it is; only what a reader sees is cleaned.
enum Markup {
  // MARK: HTML

  /// The length of an HTML tag at this place: `<b>`, `</i>`, `<br/>`. `a < b` is none.
  static func tag(_ bytes: [UInt8], at i: Int) -> Int? {
    guard bytes[i] == UInt8(ascii: "<"), i + 2 < bytes.count else { return nil }
    var k = i + 1
    if bytes[k] == UInt8(ascii: "/") { k += 1 }
    guard k < bytes.count, isLetter(bytes[k]) else { return nil }
    let limit = min(bytes.count, i + 120)
    while k < limit, bytes[k] != UInt8(ascii: ">"), bytes[k] != UInt8(ascii: "<") { k += 1 }
    return k < limit && bytes[k] == UInt8(ascii: ">") ? k + 1 - i : nil
  }

  private static let entities: [(name: StaticString, shown: UInt8)] = [
    ("&amp;", 0x26), ("&lt;", 0x3c), ("&gt;", 0x3e), ("&quot;", 0x22), ("&apos;", 0x27), ("&#39;", 0x27), ("&#039;", 0x27),
    ("&#x27;", 0x27), ("&nbsp;", 0x20), ("&#160;", 0x20), ("&#8217;", 0x27), ("&rsquo;", 0x27), ("&lsquo;", 0x27), ("&#8211;", 0x2d),
    ("&ndash;", 0x2d), ("&mdash;", 0x2d), ("&#38;", 0x26),
  ]

  /// What an entity at this place stands for, and its length.
  static func entity(_ bytes: [UInt8], at i: Int) -> (shown: UInt8, length: Int)? {
    guard bytes[i] == UInt8(ascii: "&") else { return nil }
    for entry in entities {
      let count = entry.name.utf8CodeUnitCount
      guard i + count <= bytes.count else { continue }
      let isSame = entry.name.withUTF8Buffer { name in
        for k in 0..<count where unsafe bytes[i + k] != name[k] { return false }
        return true
      }
      if isSame { return (entry.shown, count) }
    }
    return nil
  }

  // MARK: LaTeX

  private static let symbols: [String: String] = [
    "alpha": "\u{3b1}", "beta": "\u{3b2}", "gamma": "\u{3b3}", "delta": "\u{3b4}", "epsilon": "\u{3b5}", "eta": "\u{3b7}",
    "theta": "\u{3b8}",
    "lambda": "\u{3bb}", "mu": "\u{3bc}", "pi": "\u{3c0}", "rho": "\u{3c1}", "sigma": "\u{3c3}", "tau": "\u{3c4}", "phi": "\u{3c6}",
    "psi": "\u{3c8}", "omega": "\u{3c9}", "Delta": "\u{394}", "Omega": "\u{3a9}", "Sigma": "\u{3a3}", "times": "\u{d7}",
    "approx": "\u{2248}",
    "sim": "~", "leq": "\u{2264}", "le": "\u{2264}", "geq": "\u{2265}", "ge": "\u{2265}", "pm": "\u{b1}", "to": "\u{2192}",
    "rightarrow": "\u{2192}", "infty": "\u{221e}", "cdot": "\u{b7}", "ldots": "...", "dots": "...", "ell": "l",
  ]

  /// A paper's text as plain text: `\textbf{NEVU} has 9{,}800 $\alpha$-trees` reads `NEVU has 9,800 α-trees`.
  static func withoutLaTeX(_ text: [UInt8]) -> [UInt8] {
    guard text.contains(where: { $0 == 0x5c || $0 == 0x7b || $0 == 0x7d || $0 == 0x24 || $0 == 0x2a || $0 == 0x5f || $0 == 0x60 }) else {
      return text
    }
    let isMath = mathSigns(of: text)
    var output: [UInt8] = []
    var i = 0
    while i < text.count {
      let byte = text[i]
      let next = i + 1 < text.count ? text[i + 1] : 0
      if byte == UInt8(ascii: "\\") {
        i = command(text, at: i, to: &output)
        continue
      }
      if (byte == UInt8(ascii: "*") || byte == UInt8(ascii: "_")) && next == byte {
        i += 2
        continue
      }
      // LaTeX's quotation marks.
      let quote = UInt8(ascii: "'")
      if (byte == UInt8(ascii: "`") || byte == quote) && next == byte {
        output.append(quote)
        i += 2
        continue
      }
      if byte == UInt8(ascii: "`") {
        output.append(quote)
        i += 1
        continue
      }
      // `**Name** (*__N__ew*)`: emphasis of a text that has no other use for asterisks.
      let isBrace = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
      if !isBrace, !isMath[i], byte != UInt8(ascii: "*") { output.append(byte) }
      i += 1
    }
    return output
  }

  /// Shows a command at this place and answers where the text goes on.
  private static func command(_ text: [UInt8], at start: Int, to output: inout [UInt8]) -> Int {
    var end = start + 1
    while end < text.count, isLetter(text[end]) { end += 1 }
    let name = String(decoding: text[start + 1..<end], as: UTF8.self)
    if name.isEmpty {
      // `\%` is a percent sign; `\,` and its like are thin spaces.
      guard end < text.count else { return end }
      if [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "!"), UInt8(ascii: ":")].contains(text[end]) { return end + 1 }
      output.append(text[end])
      return end + 1
    }
    if let symbol = symbols[name] {
      output.append(contentsOf: symbol.utf8)
      return end
    }
    // `\emph{word}` dresses its argument, `\name{}` and `\name` are words themselves.
    let takesArgument = end + 1 < text.count && text[end] == UInt8(ascii: "{") && text[end + 1] != UInt8(ascii: "}")
    if !takesArgument, !["bf", "it", "em", "sc", "tt", "left", "right", "quad"].contains(name) { output.append(contentsOf: name.utf8) }
    return end
  }

  /// Which dollar signs enclose mathematics: a pair around something short without spaces, or with LaTeX in it. `$5 and $10` are money.
  private static func mathSigns(of text: [UInt8]) -> [Bool] {
    var result = Array(repeating: false, count: text.count)
    var i = 0
    while let open = text[i...].firstIndex(of: 0x24) {
      guard let close = text[(open + 1)...].firstIndex(of: 0x24) else { break }
      let inside = text[open + 1..<close]
      let isMath =
        !inside.isEmpty && inside.count <= 80
        && (!inside.contains(0x20) || inside.contains { $0 == 0x5c || $0 == 0x5e || $0 == 0x5f || $0 == 0x3d })
      if isMath {
        result[open] = true
        result[close] = true
      }
      i = isMath ? close + 1 : close
    }
    return result
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
}
