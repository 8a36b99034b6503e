/// What the vocabularies accept as a term.
public enum TermPattern {
  /// One to six words; the last may be a stem, written with a trailing `*`, that begins with at least three ASCII letters.
  public static func isValid(_ pattern: String) -> Bool {
    var table = PhraseTable()
    return pattern.utf8.count <= 100 && table.insert(pattern, 0)
  }
}
