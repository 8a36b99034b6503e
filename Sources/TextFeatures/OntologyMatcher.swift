import Model

/// A place of a text in the ontology.
public struct OntologyAssignment: Sendable, Equatable {
  /// The node, as an index into the matcher's `nodes`.
  public var node: Int
  /// How strongly, above 0 and below 1, rounded to six decimals.
  public var weight: Double
}

/// What an event says about itself besides its text.
public struct OntologyHints: Sendable {
  /// Fingerprints made by `fingerprint`; the first category is the main one and counts in full, each other half.
  public var kind: UInt64?
  public var source: UInt64?
  public var chain: UInt64?
  public var categories: [UInt64]
  /// A node of the other domain needs twice the evidence.
  public var domain: TextDomain?

  public init(kind: UInt64? = nil, source: UInt64? = nil, chain: UInt64? = nil, categories: [UInt64] = [], domain: TextDomain? = nil) {
    self.kind = kind
    self.source = source
    self.chain = chain
    self.categories = categories
    self.domain = domain
  }

  /// What a hint may be about.
  public static let names = ["kind", "source", "chain", "category"]

  /// The seeds of the fingerprints of sources and categories.
  public static let sourceSeed = Fingerprint.of("source")
  public static let categorySeed = Fingerprint.of("category")

  /// The fingerprint of a hint: `("kind", "exploit")`, `("source", "arxiv_daily")`, `("category", "cs.CL")`.
  public static func fingerprint(_ name: StaticString, _ value: [UInt8]) -> UInt64 {
    Fingerprint.of(value, seed: Fingerprint.of("\(name)"))
  }
}

/// Assigns up to three nodes of the ontology to a text.
///
/// Each term found speaks for its nodes with its weight: in full in the title, six tenths in the body, and two tenths for each of at most three
/// repetitions. A longer term hides the single words inside it. The evidence e of a node, with that of its hints, becomes the weight e / (e + 1). Nodes
/// need an evidence of 0.8 and two fifths of the strongest node's.
///
/// Work memory is part of the matcher, hence `mutating`; what was matched before leaves no trace.
///
/// *Complexity*: a look-up per token, plus the terms found. *Determinism*: equal evidence is ordered by the node's place in the definition.
public struct OntologyMatcher: Sendable {
  /// The ids, in the order of the definition.
  public let nodes: [String]
  private let domains: [TextDomain?]
  private var table = PhraseTable()
  /// For each term, its stretch of `postings`.
  private var spans: [Range<Int>] = []
  private var postings: [(node: Int32, weight: Double)] = []
  private var hints = FingerprintTable()
  private var hintPostings: [[(node: Int32, weight: Double)]] = []

  private var evidence: [Double]
  private var touched: [Int32] = []
  private var titleHits: [UInt8] = []
  private var bodyHits: [UInt8] = []
  private var terms: [Int32] = []
  private var matches: [PhraseTable.Match] = []

  public static let maximumAssignments = 3
  static let minimumEvidence = 0.8
  static let minimumShare = 0.4

  public init(_ definition: OntologyDefinition) {
    nodes = definition.nodes.map(\.identifier)
    domains = definition.nodes.map { node in
      TextDomain(name: String(node.identifier.prefix { $0 != "." }))
    }
    evidence = Array(repeating: 0, count: definition.nodes.count)
    var lists: [[(node: Int32, weight: Double)]] = []
    for (number, node) in definition.nodes.enumerated() {
      for term in node.terms {
        if let known = table.value(of: term.pattern) {
          lists[Int(known)].append((Int32(number), term.weight))
        } else if table.insert(term.pattern, Int32(lists.count)) {
          lists.append([(Int32(number), term.weight)])
        }
      }
      for hint in node.hints {
        guard let colon = hint.pattern.firstIndex(of: ":") else { continue }
        let name = hint.pattern[..<colon]
        let print = Fingerprint.of(Array(hint.pattern[hint.pattern.index(after: colon)...].utf8), seed: Fingerprint.of(String(name)))
        let known = hints.find(print)
        if known >= 0 {
          hintPostings[Int(known)].append((Int32(number), hint.weight))
        } else {
          hints.insert(print, Int32(hintPostings.count))
          hintPostings.append([(Int32(number), hint.weight)])
        }
      }
    }
    for list in lists {
      spans.append(postings.count..<postings.count + list.count)
      postings.append(contentsOf: list)
    }
    titleHits = Array(repeating: 0, count: lists.count)
    bodyHits = titleHits
  }

  /// Fills `assignments` with the nodes of a text, the strongest first.
  public mutating func match(
    title: borrowing TokenList, body: borrowing TokenList, hints: OntologyHints, into assignments: inout [OntologyAssignment]
  ) {
    scan(title, titleEnd: .max)
    scan(body, titleEnd: 0)
    weigh(hints, into: &assignments)
  }

  /// The same for a text that was read in one piece.
  /// - Parameter titleEnd: the byte before which a word belongs to the title; everything is title where it is not given.
  public mutating func match(
    _ tokens: borrowing TokenList, titleEnd: Int = .max, hints: OntologyHints, into assignments: inout [OntologyAssignment]
  ) {
    scan(tokens, titleEnd: titleEnd)
    weigh(hints, into: &assignments)
  }

  private mutating func weigh(_ given: OntologyHints, into assignments: inout [OntologyAssignment]) {
    assignments.removeAll(keepingCapacity: true)
    for term in terms {
      let inTitle = Int(titleHits[Int(term)])
      let inBody = Int(bodyHits[Int(term)])
      let factor = (inTitle > 0 ? 1.0 : 0.6) + 0.2 * Double(min(inTitle + inBody - 1, 3))
      for at in spans[Int(term)] { add(postings[at].node, postings[at].weight * factor, given.domain) }
      titleHits[Int(term)] = 0
      bodyHits[Int(term)] = 0
    }
    terms.removeAll(keepingCapacity: true)
    if let kind = given.kind { add(hint: kind, 1, given.domain) }
    if let source = given.source { add(hint: source, 1, given.domain) }
    if let chain = given.chain { add(hint: chain, 1, given.domain) }
    for (place, category) in given.categories.enumerated() { add(hint: category, place == 0 ? 1 : 0.5, given.domain) }
    choose(into: &assignments)
    for node in touched { evidence[Int(node)] = 0 }
    touched.removeAll(keepingCapacity: true)
  }

  private mutating func scan(_ tokens: borrowing TokenList, titleEnd: Int) {
    var covered = 0
    for index in tokens.tokens.indices where !tokens.tokens[index].flags.contains(.inLink) {
      matches.removeAll(keepingCapacity: true)
      table.find(in: tokens, at: index, into: &matches)
      guard !matches.isEmpty else { continue }
      var longest = 0
      for match in matches { longest = max(longest, match.words) }
      guard index >= covered || longest > 1 else { continue }
      for match in matches where match.words == longest {
        let term = Int(match.value)
        if titleHits[term] == 0, bodyHits[term] == 0 { terms.append(match.value) }
        if tokens.tokens[index].start < titleEnd {
          titleHits[term] = min(titleHits[term] + 1, 100)
        } else {
          bodyHits[term] = min(bodyHits[term] + 1, 100)
        }
      }
      covered = max(covered, index + longest)
    }
  }

  @inline(__always) private mutating func add(_ node: Int32, _ weight: Double, _ domain: TextDomain?) {
    let isForeign = domain != nil && domains[Int(node)] != nil && domains[Int(node)] != domain
    if evidence[Int(node)] == 0 { touched.append(node) }
    evidence[Int(node)] += isForeign ? weight * 0.5 : weight
  }

  private mutating func add(hint print: UInt64, _ share: Double, _ domain: TextDomain?) {
    let known = Int(hints.find(print))
    guard known >= 0 else { return }
    for posting in hintPostings[known] { add(posting.node, posting.weight * share, domain) }
  }

  private func choose(into assignments: inout [OntologyAssignment]) {
    var chosen: [Int32] = []
    while chosen.count < Self.maximumAssignments {
      var best: Int32 = -1
      for node in touched where !chosen.contains(node) {
        if best < 0 || evidence[Int(node)] > evidence[Int(best)] || evidence[Int(node)] == evidence[Int(best)] && node < best {
          best = node
        }
      }
      guard best >= 0, evidence[Int(best)] >= Self.minimumEvidence else { return }
      if let first = chosen.first, evidence[Int(best)] < evidence[Int(first)] * Self.minimumShare { return }
      chosen.append(best)
      let value = evidence[Int(best)]
      assignments.append(OntologyAssignment(node: Int(best), weight: (value / (value + 1) * 1_000_000).rounded() / 1_000_000))
    }
  }
}
