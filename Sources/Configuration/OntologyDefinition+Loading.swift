import JSON
import Model
import TextFeatures

extension OntologyDefinition {
  /// Reads `{ "nodes": [ { "id", "title", "terms": { pattern: weight }, "hints": { "kind:exploit": weight } } ], "vocabulary": { "crypto", "ai" } }`.
  /// - Throws: `config.invalid`, with the JSON pointer of what is wrong as its place.
  public init(_ document: JSONDocument, at node: Int, pointer: String = "") throws(ProwziError) {
    var reader = try SectionReader(document: document, node: node, pointer: pointer, mistakes: .configuration)
    var nodes: [Node] = []
    var known: Set<String> = []
    for (child, place) in try reader.list("nodes") {
      var section = try SectionReader(document: document, node: child, pointer: place, mistakes: .configuration)
      let identifier = try section.text("id")
      guard identifier.utf8.count <= 100, Self.isPath(identifier) else {
        throw section.error("id", "a path such as crypto.security.exploit is needed here")
      }
      guard known.insert(identifier).inserted else { throw section.error("id", "there are two nodes \(identifier)") }
      let title = try section.text("title")
      var terms: [WeightedTerm] = []
      for (pattern, weight) in try section.numbers("terms", in: 0.01...3) {
        guard TermPattern.isValid(pattern) else {
          throw section.error("terms/\(pattern)", "a term has one to six words, a stem before * at least three letters")
        }
        terms.append(WeightedTerm(pattern, weight))
      }
      var hints: [WeightedTerm] = []
      for (hint, weight) in try section.numbers("hints", in: 0.01...3) {
        guard OntologyHints.names.contains(where: { hint.hasPrefix("\($0):") && hint.utf8.count > $0.utf8.count + 1 }) else {
          throw section.error("hints/\(hint)", "a hint is kind:…, source:…, chain:… or category:…")
        }
        hints.append(WeightedTerm(hint, weight))
      }
      try section.finish()
      nodes.append(Node(identifier: identifier, title: title, terms: terms, hints: hints))
    }
    guard (1...1000).contains(nodes.count) else { throw reader.error("nodes", "1 to 1000 nodes are needed here") }
    var vocabulary = try reader.section("vocabulary")
    func words(_ domain: String) throws(ProwziError) -> [WeightedTerm] {
      var terms: [WeightedTerm] = []
      for (pattern, weight) in try vocabulary.numbers(domain, in: 0.01...3) {
        guard TermPattern.isValid(pattern) else { throw vocabulary.error("\(domain)/\(pattern)", "a term has one to six words") }
        terms.append(WeightedTerm(pattern, weight))
      }
      return terms
    }
    let crypto = try words("crypto")
    let ai = try words("ai")
    try vocabulary.finish()
    try reader.finish()
    self.init(nodes: nodes, cryptoVocabulary: crypto, aiVocabulary: ai)
  }

  /// `crypto` or `ai`, then one to four parts of lower-case letters, digits and underscores.
  private static func isPath(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (2...5).contains(parts.count), TextDomain(name: String(parts[0])) != nil else { return false }
    return parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F }
    }
  }
}
