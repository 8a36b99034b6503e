import Events
import Model

/// Makes a brief of a story: text by the template of its kind, then the gate, then the evidence.
enum Composer {
  /// A brief, and what its headline says without evidence (where there is any, the brief must not be emitted).
  struct Result {
    var brief: Brief
    var unbound: [EvidenceGate.Unbound]
  }

  static let mostSentences = 3

  /// - Parameters:
  ///   - retraction: why the brief is withdrawn; `nil` where it is not.
  static func compose(_ story: Story, at time: Timestamp, evidenceLimit: Int, retraction: Retraction? = nil) -> Result {
    let member = story.lead
    let template = template(of: member.kind)
    let headline = Headline.fit { limit in
      guard retraction != nil else { return template.headline(member, story, limit) }
      var text = ClaimText()
      text.say("Retracted: ")
      text.append(template.headline(member, story, limit.less(words: 1)))
      return text
    }
    let unbound = check(headline)
    var evidence = EvidenceList(limit: evidenceLimit)
    evidence.add(headline)
    var summary: [ClaimText] = []
    for sentence in retraction.map({ [$0.sentence] }) ?? sentences(story, template) {
      // An unbound claim, or one whose evidence would not fit, takes its sentence with it.
      guard EvidenceGate.unbound(in: sentence).isEmpty, evidence.addIfRoom(sentence) else { continue }
      summary.append(sentence)
    }
    let brief = Brief(
      id: story.brief, revision: story.revision + 1, status: retraction != nil ? .retracted : story.revision == 0 ? .active : .revised,
      band: story.band, kind: member.kind, domain: member.domain, story: story.id, headline: headline.text,
      summary: summary.map(\.text).joined(separator: " "), evidence: evidence.items,
      suggestedActions: retraction == nil ? template.actions(member, story) : ["Do not act on the earlier revisions of this brief."],
      riskFactors: riskFactors(story), scores: story.peak.values, totalEVI: story.peak.total, events: story.events,
      impactLevel: Brief.ImpactLevel(score: story.maximumImpact), confidence: story.confidence, createdAt: time, expiresAt: story.expiresAt)
    return Result(brief: brief, unbound: unbound)
  }

  /// What the gate finds in a headline, and its form: something must be claimed, within 15 words and 200 characters.
  private static func check(_ headline: ClaimText) -> [EvidenceGate.Unbound] {
    if headline.claims.isEmpty { return [EvidenceGate.Unbound(range: 0..<headline.bytes.count, text: headline.text)] }
    return EvidenceGate.unbound(in: headline)
  }

  /// The conflict between sources and the scores always; of the rest what there is room for.
  private static func sentences(_ story: Story, _ template: any Template.Type) -> [ClaimText] {
    let conflict = Sentences.conflict(story)
    var told = template.sentences(story.lead, story)
    if story.clusterSize > 1, story.lead.kind != .news { told.insert(Sentences.support(story), at: min(1, told.count)) }
    if told.isEmpty, conflict == nil { told = [Sentences.origin(story.lead)] }
    var result = Array(told.prefix(mostSentences - 1 - (conflict == nil ? 0 : 1)))
    if let conflict { result.append(conflict) }
    result.append(Sentences.score(story))
    if result.count < mostSentences, let link = Sentences.link(story.lead) { result.append(link) }
    return result
  }

  /// In ascending order of the names.
  private static func riskFactors(_ story: Story) -> [Brief.RiskFactor] {
    let member = story.lead
    var result: [Brief.RiskFactor] = []
    func add(_ name: StaticString, _ value: Double) { result.append(Brief.RiskFactor(name: name, value: value)) }
    add("confidence", story.confidence)
    if let conflict = story.conflict { add("conflicting_amounts", conflict.ratio) }
    if let launches = member.number("deployer_launches") { add("deployer_launches", launches.value) }
    add("reporting_lag_days", (member.lagDays * 100).rounded() / 100)
    add("single_source", story.sources <= 1 ? 1 : 0)
    if member.flags.contains(.starsWithoutForks) { add("stars_without_forks", 1) }
    add("time_uncertain", member.flags.isDisjoint(with: [.timeDayOnly, .timeFuture, .timeMissing]) ? 0 : 1)
    return result
  }
}

/// Why a brief is withdrawn: the words of the control record, and where it lies.
struct Retraction {
  var reason: String
  var place: RecordPlace

  /// `This brief is withdrawn: …`
  var sentence: ClaimText {
    var text = ClaimText()
    text.say("This brief is withdrawn")
    let bytes = Array(reason.utf8)
    if let shown = Display.line(bytes, words: 40, characters: 240) {
      text.say(": ")
      let binding = Binding(
        field: "reason", text: bytes, range: shown.range, event: place.event, partition: place.partition, offset: place.offset, span: nil,
        basis: .derived)
      text.claim(shown.text, binding)
      if shown.isCut { text.say("…") }
    }
    text.stop()
    return text
  }
}

/// Evidence in the order of the claims, each item once.
struct EvidenceList {
  var limit: Int
  private(set) var items: [Brief.Evidence] = []

  init(limit: Int) { self.limit = limit }

  /// Adds as many as there is room for.
  mutating func add(_ text: ClaimText) { items = Array((items + fresh(text)).prefix(limit)) }

  /// Adds all or none.
  mutating func addIfRoom(_ text: ClaimText) -> Bool {
    let new = fresh(text)
    guard items.count + new.count <= limit else { return false }
    items += new
    return true
  }

  private func fresh(_ text: ClaimText) -> [Brief.Evidence] {
    var result: [Brief.Evidence] = []
    for claim in text.claims {
      let shown = String(decoding: text.bytes[claim.range], as: UTF8.self)
      for binding in claim.bindings {
        let item = Brief.Evidence(claim: shown, binding: binding, derivation: claim.derivation)
        if !items.contains(item), !result.contains(item) { result.append(item) }
      }
    }
    return result
  }
}
