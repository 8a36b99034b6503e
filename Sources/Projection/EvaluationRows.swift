import JSON
import Model

extension ProjectionFold {
  private static let bandNames: [String] = ["archive", "weekly", "same_day", "instant"]

  /// 3 is instant, 0 archive; `nil` for anything else.
  static func urgency(of band: String) -> Int? { bandNames.firstIndex(of: band) }

  /// From the impact score, as briefs have it: above 0.8, 0.6, 0.4, and the rest.
  static func impactLevel(_ score: Double) -> String { score > 0.8 ? "critical" : score > 0.6 ? "high" : score > 0.4 ? "medium" : "low" }

  /// - Returns: what is missing; `nil` where the rows were made.
  mutating func addEvaluation(_ source: Source, _ json: JSONDocument) -> StaticString? {
    let partition = partition
    let root = json.root
    guard let id = json.id("event_id", of: root) else { return "event_id" }
    guard let domain = json.text("domain", of: root), domain == "ai" || domain == "crypto" else { return "domain" }
    guard let band = json.text("band", of: root), Self.urgency(of: band) != nil else { return "band" }
    guard let scorer = json.text("scorer", of: root), !scorer.isEmpty else { return "scorer" }
    guard let story = json.id("story_id", of: root) else { return "story_id" }
    guard let origin = json.text("source", of: root) else { return "source" }
    let scores = json.member("scores", of: root)
    func score(_ name: StaticString, of node: Int?) -> Double? {
      json.double(json.member(name, of: node)).flatMap { (0...1).contains($0) ? $0 : nil }
    }
    guard let freshness = score("freshness", of: scores), let novelty = score("novelty", of: scores),
      let impact = score("impact", of: scores),
      let confidence = score("confidence", of: scores), let gap = score("gap", of: scores)
    else { return "scores" }
    guard let total = score("total_evi", of: root) else { return "total_evi" }
    guard let explanations = json.member("explanations", of: root) else { return "explanations" }
    let kind = json.text("kind", of: root) ?? "generic"
    let decision = json.member("band", of: explanations)
    write(.evaluations) { row in
      row.uuid(id)
      row.text(scorer)
      row.text(domain)
      row.text(source.tenant)
      row.smallint(partition)
      row.bigint(source.offset)
      row.text(kind)
      row.text(origin)
      row.uuid(story)
      for value in [freshness, novelty, impact, confidence, gap, total] { row.double(value) }
      row.text(Self.impactLevel(impact))
      row.text(band)
      row.text(json.text("reason", of: decision) ?? "")
      row.text(json.text("rule", of: decision))
      row.time(source.observedAt)
      row.time(json.time("expires_at", of: root))
      row.json(json, explanations, otherwise: "{}")
    }
    let micros = Self.micros(total)
    bands.merge(
      BandKey(hour: Self.hour(of: source.observedAt), domain: domain, kind: kind, band: band, tenant: source.tenant),
      CountRow(events: 1, micros: micros)
    ) { row in
      row.events += 1
      row.micros += micros
    }
    addScorer(scorer, source)
    return nil
  }

  /// What the tables say of the work of scorers, from the labels of evaluations.
  private mutating func addScorer(_ scorer: String, _ source: Source) {
    let (offset, time) = (source.offset, source.observedAt)
    scorers.merge(
      ScorerKey(scorer: scorer, tenant: source.tenant),
      ScorerRow(firstOffset: offset, lastOffset: offset, firstSeenAt: time, lastSeenAt: time, evaluations: 1)
    ) { row in
      row.firstOffset = min(row.firstOffset, offset)
      row.lastOffset = max(row.lastOffset, offset)
      row.firstSeenAt = min(row.firstSeenAt, time)
      row.lastSeenAt = max(row.lastSeenAt, time)
      row.evaluations += 1
    }
  }
}
