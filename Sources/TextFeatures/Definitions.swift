/// A domain of the pipeline, as vocabulary tells it. `nil` stands for neither.
public enum TextDomain: UInt8, Sendable, CaseIterable {
  case crypto
  case ai

  public var name: String { self == .crypto ? "crypto" : "ai" }

  public init?(name: String) {
    switch name {
    case "crypto": self = .crypto
    case "ai": self = .ai
    default: return nil
    }
  }
}

/// A word, phrase or stem (`liquidat*`) with a weight.
public struct WeightedTerm: Sendable, Equatable {
  public var pattern: String
  public var weight: Double

  public init(_ pattern: String, _ weight: Double) {
    self.pattern = pattern
    self.weight = weight
  }
}

/// What `SentimentLexicon` is built from.
public struct LexiconDefinition: Sendable, Equatable {
  /// Weights from −3 to 3.
  public var terms: [WeightedTerm]
  public var negators: [String]
  /// Factors on the next word: above 1 strengthens, below 1 weakens.
  public var intensifiers: [WeightedTerm]

  public init(terms: [WeightedTerm], negators: [String], intensifiers: [WeightedTerm]) {
    self.terms = terms
    self.negators = negators
    self.intensifiers = intensifiers
  }
}

/// What `OntologyMatcher` and `DomainVoter` are built from.
public struct OntologyDefinition: Sendable, Equatable {
  /// A node of the tree; its id spells its path: `crypto.security.exploit`.
  public struct Node: Sendable, Equatable {
    public var identifier: String
    public var title: String
    /// Weights above 0 to 3. A headline that has a term of weight 1 belongs to the node, weakly.
    public var terms: [WeightedTerm]
    /// What an event says about itself: `kind:exploit`, `source:defihacklabs`, `category:cs.CL`.
    public var hints: [WeightedTerm]

    public init(identifier: String, title: String, terms: [WeightedTerm], hints: [WeightedTerm] = []) {
      self.identifier = identifier
      self.title = title
      self.terms = terms
      self.hints = hints
    }
  }

  public var nodes: [Node]
  /// Words that speak for a domain.
  public var cryptoVocabulary: [WeightedTerm]
  public var aiVocabulary: [WeightedTerm]

  public init(nodes: [Node], cryptoVocabulary: [WeightedTerm], aiVocabulary: [WeightedTerm]) {
    self.nodes = nodes
    self.cryptoVocabulary = cryptoVocabulary
    self.aiVocabulary = aiVocabulary
  }
}

/// One name to begin with, with its other spellings.
public struct NameDefinition: Sendable, Equatable {
  public var name: String
  public var type: EntityType
  /// The canonical id of its entity.
  public var identifier: String
  public var aliases: [String]
  public var rule: NameIndex.Rule

  public init(name: String, type: EntityType, identifier: String, aliases: [String] = [], rule: NameIndex.Rule = .automatic) {
    self.name = name
    self.type = type
    self.identifier = identifier
    self.aliases = aliases
    self.rule = rule
  }
}

extension NameIndex {
  /// An index of curated names, in order. What is refused or known already is passed over; `DataTests` shows that nothing of ours is.
  public init(_ definitions: [NameDefinition]) {
    self.init(capacity: max(1, definitions.reduce(0) { $0 + 1 + $1.aliases.count }))
    for definition in definitions {
      for name in [definition.name] + definition.aliases {
        insert(name: name, type: definition.type, identifier: definition.identifier, rule: definition.rule)
      }
    }
  }
}
