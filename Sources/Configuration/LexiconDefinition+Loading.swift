import JSON
import Model
import TextFeatures

extension LexiconDefinition {
  /// Reads `{ "terms": { pattern: weight }, "negators": [ … ], "intensifiers": { pattern: factor } }`.
  /// - Throws: `config.invalid`, with the JSON pointer of what is wrong as its place.
  public init(_ document: JSONDocument, at node: Int, pointer: String = "") throws(ProwziError) {
    var reader = try SectionReader(document: document, node: node, pointer: pointer, mistakes: .configuration)
    func terms(_ name: String, in range: ClosedRange<Double>) throws(ProwziError) -> [WeightedTerm] {
      var result: [WeightedTerm] = []
      for (pattern, weight) in try reader.numbers(name, in: range) {
        guard TermPattern.isValid(pattern) else { throw reader.error("\(name)/\(pattern)", "a term has one to six words") }
        result.append(WeightedTerm(pattern, weight))
      }
      return result
    }
    let words = try terms("terms", in: -3...3)
    let intensifiers = try terms("intensifiers", in: 0.1...3)
    var negators: [String] = []
    for (child, place) in try reader.list("negators") {
      guard let word = document.string(child), TermPattern.isValid(word) else {
        throw SectionReader.Mistakes.configuration.error("a text of one to six words is needed here", at: place)
      }
      negators.append(word)
    }
    try reader.finish()
    self.init(terms: words, negators: negators, intensifiers: intensifiers)
  }
}
