/// Guesses the language of a text: by script, and where the script is Latin by its commonest words.
///
/// *Determinism*: a function of the tokens. Short texts without a telling word count as English when they are ASCII.
public enum LanguageGuess {
  private static let tables: [(code: String, words: WordSet)] = [
    ("en", WordSet("the of and to in is for on with that this by from are as at be it its we an how why what will has new your")),
    ("es", WordSet("el los las una que por con para del se su como más pero entre sobre este está sus lo al")),
    ("fr", WordSet("le les des une est dans pour que qui sur avec pas par au aux ce cette du et son ses plus")),
    ("de", WordSet("der die das und ist nicht mit von für auf den dem ein eine im zu auch sich bei wie")),
    ("pt", WordSet("os uma não para com que por do da dos das em é ao mais como sua seu")),
    ("it", WordSet("il gli che di per con una del della sono non più nel alla dei le è")),
  ]

  /// An ISO 639-1 code, or `und` where nothing tells.
  public static func guess(_ tokens: borrowing TokenList) -> String {
    var votes = (0, 0, 0, 0, 0, 0)
    var scripts = (han: 0, kana: 0, hangul: 0, cyrillic: 0, arabic: 0, greek: 0, latin: 0)
    let bytes = tokens.text.span
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
      if tables[0].words.contains(token.fingerprint) { votes.0 += 1 }
      if tables[1].words.contains(token.fingerprint) { votes.1 += 1 }
      if tables[2].words.contains(token.fingerprint) { votes.2 += 1 }
      if tables[3].words.contains(token.fingerprint) { votes.3 += 1 }
      if tables[4].words.contains(token.fingerprint) { votes.4 += 1 }
      if tables[5].words.contains(token.fingerprint) { votes.5 += 1 }
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
