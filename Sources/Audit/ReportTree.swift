import CommandLine
import Events
import Inspect
import Model

/// A report as a tree of headings and facts: what the text and the page both show, so that neither knows more than the other.
struct ReportTree {
  /// What stands at the right of a heading.
  enum Badge: Equatable {
    case good(String)
    case bad(String)
    case neutral(String)
  }

  enum Item {
    /// A name and what it is.
    case fact(String, String)
    case sentence(String)
    case warning(String)
    /// Rows in columns; `isNumeric` by column.
    case table(header: [String], rows: [[String]], isNumeric: [Bool])
    case scores(StoredEvaluation, Arithmetic?)
    case evidence(EvidenceCheck, number: Int)
    case differences([JSONDifference])
    /// Foreign bytes, with the ranges that claims rest on.
    case raw([UInt8], highlights: [Range<Int>])
  }

  struct Node {
    var title: String
    var badge: Badge?
    var items: [Item] = []
    var children: [Node] = []
    /// Whether the page shows it unfolded at first.
    var isOpen = true
  }

  var title: String
  var subtitle: String
  var verdict: Badge
  var summary: [Item]
  var nodes: [Node]

  init(_ report: AuditReport) {
    let kind = report.subject == .deadLetter ? "dead letter" : report.subject.rawValue
    let event = report.events.first
    title = report.brief?.brief.headline ?? event?.title ?? report.deadLetters.first?.message ?? "(no title)"
    subtitle = "\(kind) \(report.name)" + (report.brief.map { ", revision \($0.brief.revision)" } ?? "")
    verdict = Self.verdict(report)
    summary = Self.summary(report)
    nodes = []
    if let brief = report.brief { nodes.append(Self.node(brief)) }
    let several = report.events.count > 1
    for (number, chain) in report.events.enumerated() {
      nodes.append(Self.node(chain, report, isOpen: !several || number == 0))
    }
    if !report.others.isEmpty { nodes.append(Self.node(report.others)) }
    for letter in report.deadLetters { nodes.append(Self.node(letter)) }
    for configuration in report.configurations { nodes.append(Self.node(configuration)) }
  }

  // MARK: The verdict

  private static func verdict(_ report: AuditReport) -> Badge {
    let all = report.steps.count
    if report.different > 0 { return .bad("\(report.different) of \(all) records DIFFERENT") }
    if !report.faults.isEmpty { return .bad("\(report.faults.count) FAULT\(report.faults.count == 1 ? "" : "S")") }
    if report.unchecked > 0 { return .neutral("\(report.reproduced) of \(all) records reproduced, \(report.unchecked) unchecked") }
    return .good(all == 1 ? "the record is reproduced" : "all \(all) records reproduced")
  }

  private static func summary(_ report: AuditReport) -> [Item] {
    var items: [Item] = []
    if let brief = report.storyBrief {
      items.append(.fact("brief", "\(brief.id), revision \(brief.revision), \(brief.status): \(brief.headline)"))
    }
    if let why = report.whyNoBrief { items.append(.fact("no brief", why)) }
    for fault in report.faults { items.append(.warning(fault)) }
    let evidence = report.brief?.evidence ?? []
    if !evidence.isEmpty {
      let sound = evidence.filter { $0.fault == nil }.count
      items.append(.fact("evidence", "\(sound) of \(evidence.count) claims hash to the bytes they are bound to"))
    }
    if !report.folds.isEmpty {
      let stretches = report.folds.map { fold in
        "prowzi.raw/\(fold.partition) from \(fold.checkpoint.map { "checkpoint \($0)" } ?? "the beginning") to \(fold.to)"
      }
      let shown = stretches.prefix(4).joined(separator: "; ") + (stretches.count > 4 ? "; and \(stretches.count - 4) more" : "")
      items.append(
        .fact("folded again", "\(Display.count(report.foldedRecords)) raw record\(report.foldedRecords == 1 ? "" : "s"): \(shown)"))
    }
    if report.wasStopped { items.append(.warning("the audit was stopped before everything was folded again")) }
    return items
  }

  // MARK: Steps

  static func badge(_ reproduction: Reproduction) -> Badge {
    switch reproduction {
    case .reproduced: .good("reproduced")
    case .different: .bad("DIFFERENT")
    case .notMade: .bad("NOT MADE")
    case .unchecked: .neutral("unchecked")
    }
  }

  private static func items(_ step: ChainStep) -> [Item] {
    let id = step.configuration.isEmpty ? "unknown" : step.configuration
    var items: [Item] = [
      .fact("recorded", "\(step.record.place), \(step.record.timestamp.rfc3339), \(Display.count(step.record.value?.count ?? 0)) bytes"),
      .fact("made by", "\(step.stage) under configuration \(id), from \(step.input)"),
    ]
    switch step.reproduction {
    case .reproduced: break
    case .different(let differences):
      if differences.contains(where: { $0.pointer == "/headers/prowzi-stage" }) {
        items.append(.sentence("Another version of the stage made it than this program has."))
      }
      items.append(.differences(differences))
    case .notMade: items.append(.warning("folding \(step.input) again makes no such record"))
    case .unchecked(let reason): items.append(.fact("unchecked", reason))
    }
    return items
  }

  private static func node(_ brief: BriefNode) -> Node {
    let stored = brief.brief
    var node = Node(
      title: "Brief, revision \(stored.revision) of \(brief.revisions.count): \(stored.status)", badge: badge(brief.step.reproduction))
    node.items.append(.sentence(stored.summary))
    node.items.append(
      .fact(
        "decided",
        "\(Figures.plain("\(stored.band.name)")), EVI \(Figures.number(stored.totalEVI)), impact \(stored.impactLevel), "
          + "confidence \(Figures.number(stored.confidence)), \(stored.events.count) event\(stored.events.count == 1 ? "" : "s")"))
    node.items += items(brief.step)
    if let cause = brief.cause {
      let type = cause.header("ce_type") ?? "a record"
      node.items.append(.fact("caused by", "\(cause.place), \(type), \(cause.timestamp.rfc3339)"))
      if let value = cause.value { node.items.append(.raw(value, highlights: [])) }
    }
    if brief.revisions.count > 1 {
      let rows = brief.revisions.map { ["\($0.revision)", $0.status, $0.time.rfc3339, "\($0.place)", $0.headline] }
      node.children.append(
        Node(
          title: "All revisions",
          items: [
            .table(
              header: ["No", "Status", "Made", "Recorded", "Headline"], rows: rows, isNumeric: [true, false, false, false, false])
          ], isOpen: false))
    }
    if !brief.evidence.isEmpty {
      let faults = brief.evidence.filter { $0.fault != nil }.count
      node.children.append(
        Node(
          title: "Evidence", badge: faults == 0 ? .good("\(brief.evidence.count) bound") : .bad("\(faults) NOT BOUND"),
          items: brief.evidence.enumerated().map { .evidence($1, number: $0 + 1) }))
    }
    return node
  }

  private static func node(_ chain: EventChain, _ report: AuditReport, isOpen: Bool) -> Node {
    let differs = chain.steps.filter { $0.reproduction.isDifferent }.count
    let isWhole = chain.steps.allSatisfy { $0.reproduction.isReproduced }
    var node = Node(
      title: "Event: \(chain.title ?? "\(chain.id)")",
      badge: differs > 0 ? .bad("\(differs) DIFFERENT") : isWhole ? .good("reproduced") : .neutral("unchecked"), isOpen: isOpen)
    if !chain.roles.isEmpty { node.items.append(.fact("role", chain.roles.joined(separator: ", "))) }
    node.items.append(.fact("event", "\(chain.id)"))
    if let evaluation = chain.evaluation {
      node.items.append(.fact("kind", "\(Figures.plain(evaluation.kind)), \(evaluation.domain), from \(evaluation.source)"))
      if let url = evaluation.event?.url { node.items.append(.fact("link", url)) }
      if let occurred = evaluation.event?.occurredAt { node.items.append(.fact("occurred", occurred.rfc3339)) }
      if let observed = evaluation.event?.observedAt { node.items.append(.fact("observed", observed.rfc3339)) }
    }
    // Each step hangs below the one that was made of it.
    var inner = rawNode(chain, report)
    for topic in [
      (chain.step(.normalized), normalized), (chain.step(.enriched), enriched), (chain.step(.scored), scored),
      (chain.step(.banded), banded),
    ] {
      guard let step = topic.0 else { continue }
      var outer = topic.1(chain, step)
      outer.badge = badge(step.reproduction)
      outer.items += items(step)
      outer.children.append(inner)
      inner = outer
    }
    node.children = [inner]
    return node
  }

  private static func banded(_ chain: EventChain, _ step: ChainStep) -> Node {
    let name = chain.evaluation?.band.map { Figures.plain($0.name) } ?? "none"
    var node = Node(title: "Band: \(name)")
    if let reason = chain.evaluation?.bandReason { node.items.append(.sentence("\(name): \(reason).")) }
    if let rule = chain.arithmetic?.rule { node.items.append(.fact("rule", rule)) }
    if let thresholds = chain.arithmetic?.thresholds, !thresholds.isEmpty, let kind = chain.evaluation?.kind {
      let row = thresholds.map { "\(Figures.plain($0.band)) from \(Figures.number($0.least))" }.joined(separator: ", ")
      node.items.append(.fact("thresholds", "for \(Figures.plain(kind)): \(row)"))
    }
    return node
  }

  private static func scored(_ chain: EventChain, _ step: ChainStep) -> Node {
    var node = Node(title: "Scores by \(chain.evaluation?.scorer ?? "unknown")")
    if let evaluation = chain.evaluation { node.items.append(.scores(evaluation, chain.arithmetic)) }
    return node
  }

  private static func enriched(_ chain: EventChain, _ step: ChainStep) -> Node {
    var node = Node(title: "Enrichment")
    guard let enrichment = chain.enrichment else { return node }
    if let cluster = enrichment.cluster {
      node.items.append(
        .fact(
          "story",
          "\(cluster.id): \(Figures.plain(cluster.relation)), \(cluster.size) member\(cluster.size == 1 ? "" : "s") (\(cluster.recentSize) within a day), "
            + "\(cluster.sources) source\(cluster.sources == 1 ? "" : "s"), first seen \(cluster.firstSeenAt.rfc3339) by \(cluster.firstSource)"
            + (cluster.relation == "new" ? "" : ", similarity \(Figures.number(cluster.similarity))")))
    }
    let language = enrichment.language.isEmpty ? [] : ["language \(enrichment.language)"]
    let mood = enrichment.sentiment.map { ["sentiment \(Figures.number($0))"] } ?? []
    if !(language + mood).isEmpty { node.items.append(.fact("text", (language + mood).joined(separator: ", "))) }
    let numbers = enrichment.numbers.map { "\($0.value) (\($0.name))" }
    if !numbers.isEmpty { node.items.append(.fact("numbers", numbers.joined(separator: ", "))) }
    if !enrichment.ontology.isEmpty {
      node.items.append(.fact("ontology", enrichment.ontology.map { "\($0.node) \(Figures.number($0.weight))" }.joined(separator: ", ")))
    }
    if !enrichment.entities.isEmpty {
      let shown = enrichment.entities.map { "\($0.type) \($0.id)\($0.isDeclared ? "" : " (found in the text)")" }
      node.items.append(.fact("entities", shown.joined(separator: ", ")))
    }
    if !enrichment.history.isEmpty {
      node.items.append(.fact("history", enrichment.history.map { "\(Figures.plain($0.name)) \($0.value)" }.joined(separator: ", ")))
    }
    if let mean = enrichment.meanSimilarity {
      let rows = enrichment.neighbors.enumerated().map { index, neighbor in
        [
          Figures.number(neighbor.similarity), "\(neighbor.id)",
          chain.neighborTitles.indices.contains(index) ? chain.neighborTitles[index] ?? "" : "",
        ]
      }
      node.children.append(
        Node(
          title: "Neighbours: \(rows.count), on average \(Figures.number(rounded(mean))) similar",
          items: [
            .sentence("Novelty is one minus this average, before the share for the story's other members."),
            .table(header: ["Similarity", "Event", "Title"], rows: rows, isNumeric: [true, false, false]),
          ], isOpen: false))
    } else {
      node.items.append(.fact("neighbours", enrichment.hasEmbedding ? "none in the window" : "none: there is no text to compare"))
    }
    return node
  }

  private static func normalized(_ chain: EventChain, _ step: ChainStep) -> Node {
    var node = Node(title: "Normalised event")
    guard let event = chain.enrichment else { return node }
    var facts: [(String, String)] = [("natural id", event.naturalID)]
    if event.revision > 1 { facts.append(("revision", "\(event.revision)")) }
    facts.append(("content hash", event.contentHash))
    if !event.flags.isEmpty { facts.append(("flags", event.flags.joined(separator: ", "))) }
    if !event.metrics.isEmpty { facts.append(("metrics", event.metrics.map { "\($0.name) \($0.value)" }.joined(separator: ", "))) }
    if !event.facts.isEmpty { facts.append(("facts", event.facts.map { "\($0.name) \($0.value)" }.joined(separator: ", "))) }
    node.items = facts.filter { !$0.1.isEmpty }.map { .fact($0.0, $0.1) }
    return node
  }

  private static func rawNode(_ chain: EventChain, _ report: AuditReport) -> Node {
    guard let raw = chain.raw else {
      return Node(title: "Raw record \(chain.rawPlace)", items: [.warning("it is no longer kept")])
    }
    let evidence = report.brief?.evidence ?? []
    let ranges = evidence.filter { $0.evidence.raw == "\(raw.place)" }.compactMap(\.rawRange)
    return rawNode(raw, item: chain.item, highlights: ranges)
  }

  private static func rawNode(_ raw: LogRecord, item: Int?, highlights: [Range<Int>]) -> Node {
    let value = raw.value ?? []
    var node = Node(title: "Raw record \(raw.place)" + ((item ?? 0) > 0 ? ", item \(item ?? 0)" : ""))
    let from = raw.header("ce_source") ?? "an unknown sensor"
    node.items = [
      .fact(
        "observed",
        "\(raw.timestamp.rfc3339) by \(from), \(raw.header("content-type") ?? "no content type"), \(Display.count(value.count)) bytes"),
      .fact("sha-256", SHA256.digest(of: value).hex),
    ]
    if let columns = raw.header("prowzi-csv-columns") { node.items.append(.fact("columns", columns)) }
    node.items.append(.raw(value, highlights: highlights))
    return node
  }

  // MARK: The rest

  private static func node(_ others: [EventSummary]) -> Node {
    let rows = others.map { [$0.band.map(Figures.plain) ?? "-", $0.total.map(Figures.number) ?? "-", $0.id, $0.title ?? ""] }
    return Node(
      title: "Other members of the story: \(others.count)",
      items: [.table(header: ["Band", "EVI", "Event", "Title"], rows: rows, isNumeric: [false, true, false, false])], isOpen: false)
  }

  private static func node(_ letter: DeadLetterNode) -> Node {
    var node = Node(title: "Rejected: \(letter.code)", badge: badge(letter.step.reproduction))
    node.items.append(.sentence("\(letter.message)." + (letter.byte.map { " Reading stopped at byte \($0)." } ?? "")))
    node.items += items(letter.step)
    if let raw = letter.raw {
      let at = letter.byte.map { min($0, max(0, (raw.value?.count ?? 0) - 1)) }
      node.children.append(rawNode(raw, item: nil, highlights: at.map { [$0..<min($0 + 1, raw.value?.count ?? 0)] } ?? []))
    } else if let value = letter.step.record.value {
      node.items.append(.raw(value, highlights: []))
    }
    return node
  }

  private static func node(_ configuration: ConfigurationNode) -> Node {
    var node = Node(title: "Configuration \(configuration.short)", isOpen: false)
    if let place = configuration.place, let time = configuration.time {
      node.items = [
        .fact("document", "\(place), \(Display.count(configuration.sizeInBytes)) bytes, dated \(time.rfc3339)"),
        .fact("sha-256", configuration.digest?.hex ?? ""), .fact("scorer", configuration.scorer ?? "not readable by this program"),
      ]
    } else {
      node.items = [.warning("no configuration record with this digest is kept before the raw record")]
    }
    return node
  }
}
