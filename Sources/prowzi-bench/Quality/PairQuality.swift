import CInstructions
import Configuration
import Events
import Judgement
import Model

/// Near-duplicate pairs: headline pairs that people scored from 0 to 5.
///
/// Both texts of every pair are folded through enrich once, in a seeded order, so that words have the weights they have in a partition in service;
/// the embeddings compared are those of a second fold. `cold` are those of the first, in which the memory began empty.
struct PairQuality {
  private let configuration: CompiledConfiguration

  init(_ configuration: CompiledConfiguration) { self.configuration = configuration }

  func measure(_ captures: Captures, _ report: inout QualityReport) throws(ProwziError) {
    let rows = try captures.items("headline_similarity/sts_headline_pairs.jsonl")
    var texts: [String] = []
    var scores: [Double] = []
    for row in rows {
      guard let a = row.text("a"), let b = row.text("b"), let score = row.text("score").flatMap(Double.init) else { continue }
      texts += [a, b]
      scores.append(score)
    }
    var fold = StageFold(configuration)
    for name in ["pairs.cold", "pairs"] {
      var embeddings = [Embedding?](repeating: nil, count: texts.count)
      for (step, index) in Resampling.shuffled(texts.count, seed: 1).enumerated() {
        embeddings[index] = fold.enriched(Self.headline(texts[index], number: step)).enrichment.embedding
      }
      var positives: [Double] = []
      var negatives: [Double] = []
      var cases: [(similarity: Double, index: Int)] = []
      for (index, score) in scores.enumerated() where score >= 4 || score < 3 {
        let similarity = Similarity.of(embeddings[2 * index], embeddings[2 * index + 1])
        if score >= 4 { positives.append(similarity) } else { negatives.append(similarity) }
        cases.append((similarity, index))
      }
      let area = AreaUnderCurve(positives: positives, negatives: negatives)
      report.add(name + ".auc", area.value)
      report.add(name + ".auc_low", area.low)
      report.add(name + ".auc_high", area.high)
      guard name == "pairs" else { continue }
      report.add("pairs.duplicates", Double(positives.count))
      report.add("pairs.different", Double(negatives.count))
      let threshold = configuration.enrich.nearDuplicate
      report.add("pairs.recall_at_near_duplicate", Double(positives.filter { $0 >= threshold }.count) / Double(positives.count))
      report.add("pairs.false_at_near_duplicate", Double(negatives.filter { $0 >= threshold }.count) / Double(negatives.count))
      func line(_ item: (similarity: Double, index: Int)) -> String {
        "\(shortText(item.similarity)) \(scores[item.index])  \(texts[2 * item.index])  |  \(texts[2 * item.index + 1])"
      }
      let sorted = cases.sorted { ($0.similarity, $0.index) < ($1.similarity, $1.index) }
      report.cases("Different, and taken to be alike:", sorted.reversed().filter { scores[$0.index] < 3 }.map(line))
      report.cases("Duplicates, and taken to be different:", sorted.filter { scores[$0.index] >= 4 }.map(line))
    }
  }

  static func headline(_ text: String, number: Int) -> Event {
    var event = Event(source: "headline_similarity", kind: .news, domain: .ai)
    event.title = event.store(text.utf8)
    event.naturalID = event.store(String(number).utf8)
    event.observedAt = Timestamp(milliseconds: 1_400_000_000_000 + Int64(number) * 1000)
    event.occurredAt = event.observedAt
    return event
  }
}

/// The cosine of two embeddings; 0 where one is missing.
enum Similarity {
  static func of(_ a: Embedding?, _ b: Embedding?) -> Double {
    guard let a, let b else { return 0 }
    let dot = a.values.withUnsafeBufferPointer { a in
      b.values.withUnsafeBufferPointer { b in prowzi_dot_i8(a.baseAddress!, b.baseAddress!, Embedding.dimensions) }
    }
    return Double(dot) / (a.length * b.length)
  }
}
