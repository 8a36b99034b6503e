/// Guesses the language of a text: by script, and where the script is Latin by its commonest words.
///
/// *Determinism*: a function of the tokens. Short texts without a telling word count as English when they are ASCII.
public enum LanguageGuess {
  private static let lists = [
    "the of and to in is for on with that this by from are as at be it its we an how why what will has new your",
    "el los las una que por con para del se su como más pero entre sobre este está sus lo al",
    "le les des une est dans pour que qui sur avec pas par au aux ce cette du et son ses plus",
    "der die das und ist nicht mit von für auf den dem ein eine im zu auch sich bei wie",
    "os uma não para com que por do da dos das em é ao mais como sua seu",
    "il gli che di per con una del della sono non più nel alla dei le è",
  ]

  /// For each word, a bit for each list that has it.
  private static let table: FingerprintTable = {
    var table = FingerprintTable(capacity: 256)
    for (number, text) in lists.enumerated() {
      var list = TokenList()
      list.read(Array(text.utf8))
      for token in list.tokens {
        let known = max(0, table.find(token.fingerprint))
        table.insert(token.fingerprint, known | 1 << Int32(number))
      }
    }
    return table
  }()

  /// An ISO 639-1 code, or `und` where nothing tells.
  public static func guess(_ tokens: borrowing TokenList) -> String {
    var votes = (0, 0, 0, 0, 0, 0)
    var scripts = (han: 0, kana: 0, hangul: 0, cyrillic: 0, arabic: 0, greek: 0, latin: 0)
    let bytes = tokens.text.span
    let table = Self.table
    for token in tokens.tokens where !token.flags.contains(.inLink) {
      if token.flags.contains(.hasNonASCII) {
        switch CharacterClasses.decode(bytes, at: token.start).scalar {
        case 0x3040...0x30FF: scripts.kana += 1
        case 0x3400...0x9FFF: scripts.han += 1
        case 0xAC00...0xD7AF: scripts.hangul += 1
        case 0x400...0x52F: scripts.cyrillic += 1
        case 0x600...0x6FF: scripts.arabic += 1
        case 0x370...0x3FF: scripts.greek += 1
        default: scripts.latin += 1
        }
      } else if !token.flags.contains(.startsWithDigit) {
        scripts.latin += 1
      }
      guard token.count <= 6, !token.flags.contains(.hasDigit) else { continue }
      let bits = table.find(token.fingerprint)
      guard bits > 0 else { continue }
      votes.0 += Int(bits & 1)
      votes.1 += Int(bits >> 1 & 1)
      votes.2 += Int(bits >> 2 & 1)
      votes.3 += Int(bits >> 3 & 1)
      votes.4 += Int(bits >> 4 & 1)
      votes.5 += Int(bits >> 5 & 1)
    }
    let others = [
      ("ja", scripts.kana > 0 ? scripts.kana * 2 + scripts.han : 0), ("zh", scripts.han), ("ko", scripts.hangul), ("ru", scripts.cyrillic),
      ("ar", scripts.arabic), ("el", scripts.greek),
    ]
    var best = ("und", 0)
    for other in others where other.1 > best.1 { best = other }
    if best.1 > scripts.latin { return best.0 }
    guard scripts.latin > 0 else { return "und" }
    var winner = ("en", votes.0)
    for (code, count) in [("es", votes.1), ("fr", votes.2), ("de", votes.3), ("pt", votes.4), ("it", votes.5)] where count > winner.1 {
      winner = (code, count)
    }
    return winner.1 >= 2 ? winner.0 : "en"
  }
}
