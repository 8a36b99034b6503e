import Configuration
import Events
import Judgement
import Model
import Sensors

/// Repeats and revisions of papers against a count made without the pipeline, and how many headlines of a stream without labels are joined.
struct RepeatQuality {
  private let configuration: CompiledConfiguration

  init(_ configuration: CompiledConfiguration) { self.configuration = configuration }

  func measure(_ captures: Captures, _ report: inout QualityReport) throws(ProwziError) {
    try measurePapers(captures, &report)
    try measureHeadlines(captures, &report)
  }

  private func measurePapers(_ captures: Captures, _ report: inout QualityReport) throws(ProwziError) {
    let rows = try captures.items("arxiv_daily/arxiv_2026-01_2026-04.jsonl.zst", timeField: "captured_at")
    var known: [String: (day: String, text: String)] = [:]
    var sameDay = 0
    var earlierDay = 0
    var changed = 0
    var fold = StageFold(configuration)
    for row in rows {
      guard let id = row.text("id"), let day = row.text("captured_on"), let time = row.observedAt else { continue }
      let text = (row.text("title") ?? "") + "\n" + (row.text("summary") ?? "")
      if let before = known[id] {
        if before.day == day { sameDay += 1 } else { earlierDay += 1 }
        if before.text != text { changed += 1 }
      }
      known[id] = (day, text)
      _ = fold.normalized(RawRecord(row, source: "arxiv_daily", observedAt: time))
    }
    report.add("papers.repeats_same_day_counted", Double(sameDay))
    report.add("papers.repeats_earlier_day_counted", Double(earlierDay))
    report.add("papers.changed_text_counted", Double(changed))
    report.add("papers.repeats_found", Double(fold.counters.repeats))
    report.add("papers.revisions_found", Double(fold.counters.revisions))
    report.add("papers.events", Double(fold.counters.events))
  }

  private func measureHeadlines(_ captures: Captures, _ report: inout QualityReport) throws(ProwziError) {
    var fold = StageFold(configuration)
    var titles: [String: String] = [:]
    var counts = [Double](repeating: 0, count: Relation.allCases.count)
    var joined: [String] = []
    var largest = 0
    for row in try captures.items("ai_headlines/headlines.jsonl.zst", timeField: "first_seen_at") {
      guard let time = row.observedAt else { continue }
      for enriched in fold.enriched(RawRecord(row, source: "ai_headlines", observedAt: time)) {
        let title = enriched.event.text(enriched.event.title) ?? ""
        titles[enriched.event.id.text] = title
        let relation = enriched.enrichment.cluster.relation
        counts[Int(relation.rawValue)] += 1
        largest = max(largest, enriched.enrichment.cluster.size)
        if relation != .new, let nearest = enriched.enrichment.neighbors.first {
          joined.append("\(relation.name) \(shortText(nearest.similarity))  \(title)  |  \(titles[nearest.id.text] ?? "")")
        }
      }
    }
    for relation in Relation.allCases { report.add("ai_headlines.\(relation.name)", counts[Int(relation.rawValue)]) }
    report.add("ai_headlines.largest_story", Double(largest))
    report.cases("Joined AI headlines, a seeded sample:", Resampling.shuffled(joined.count, seed: 40).map { joined[$0] })
  }
}
