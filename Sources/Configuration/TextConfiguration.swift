import Events
import Model
import TextFeatures

/// The tables that text is read with, compiled.
public struct TextConfiguration: Sendable {
  /// Of the configuration that holds the tables: whoever keeps a copy of a matcher sees by it when to take a new one.
  public let digest: Digest
  public let ontology: OntologyMatcher
  public let voter: DomainVoter
  public let lexicon: SentimentLexicon
  public let names: NameIndex
  /// The ontology's hint for each kind, by `Kind.rawValue`.
  public let kindHints: [UInt64]

  init(digest: Digest, ontology: OntologyDefinition, lexicon: LexiconDefinition, names: [NameDefinition]) {
    self.digest = digest
    self.ontology = OntologyMatcher(ontology)
    voter = DomainVoter(ontology)
    self.lexicon = SentimentLexicon(lexicon)
    self.names = NameIndex(names)
    kindHints = Kind.allCases.map { OntologyHints.fingerprint("kind", [UInt8](text: "\($0.name)")) }
  }
}
