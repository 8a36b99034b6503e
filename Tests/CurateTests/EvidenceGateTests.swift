import Events
import JSON
import Model
import TestSupport
import Testing

@testable import Curate

/// A claim on the first occurrence of `part` in `text`.
private func claim(_ part: String, in text: String, span: SourceSpan? = SourceSpan(0..<4, .plain), derivation: String? = nil) -> Claim {
  let start = Array(text.utf8).firstRange(of: Array(part.utf8))!.lowerBound
  let binding = Binding(
    field: "payload.text.title", text: Array(part.utf8), range: 0..<part.utf8.count, event: EventID(high: 1, low: 2),
    partition: PartitionIndex(0), offset: Offset(0), span: span, basis: .read)
  return Claim(range: start..<start + part.utf8.count, bindings: [binding], derivation: derivation)
}

private func unbound(_ text: String, _ claims: [Claim]) -> [String] {
  EvidenceGate.unbound(in: Array(text.utf8), claims: claims).map(\.text)
}

@Suite struct EvidenceGateTests {
  @Test(arguments: [
    ("raises 20 dollars", ["20"]), ("Helio raises", ["Helio"]), ("see https://a.b/c now", ["//a.b/c"]), ("by a16z today", ["a16z"]),
    ("the repository owner/name gained", ["owner/name"]), ("up five million", ["five", "million"]), ("in Zürich", ["Zürich"]),
    ("the price_step was", ["price_step"]), ("it doubled", ["doubled"]), ("that is 5% more", ["5%"]),
    ("see example.com for it", ["example.com"]),
    ("the iPhone", ["iPhone"]), ("by 李", ["李"]), ("plain words only, and a dash – or an ellipsis…", []),
    ("Scored is a word of ours. The rest is lower case.", []),
  ]) func whatNobodyBoundIsFound(text: String, words: [String]) { #expect(unbound(text, []) == words) }

  @Test func aNumberOutsideItsClaimIsFound() {
    let text = "Helio raises $20M and 7 more"
    #expect(unbound(text, [claim("Helio", in: text), claim("$20M", in: text)]) == ["7"])
    #expect(unbound(text, [claim("Helio", in: text), claim("$20M", in: text), claim("7", in: text)]) == [])
  }

  @Test func wordingThatAltersAClaimIsFound() {
    #expect(unbound("costs 200K", [claim("200", in: "costs 200K")]) == ["K"])
    #expect(unbound("open-claws", [claim("claw", in: "open-claws")]) == ["s"])
    #expect(unbound("about 12 now", [claim("2", in: "about 12 now")]) == ["1"])
  }

  @Test func aClaimWithoutEvidenceCoversNothing() {
    let text = "raises $20M"
    #expect(unbound(text, [Claim(range: 7..<11, bindings: [])]) == ["$20M"])
    // A field that stands nowhere in the raw value needs a derivation.
    #expect(unbound(text, [claim("$20M", in: text, span: nil)]) == ["$20M"])
    #expect(unbound(text, [claim("$20M", in: text, span: nil, derivation: "20 * 1000000")]) == [])
  }

  @Test func aClaimBeyondTheTextIsFound() {
    var beyond = claim("more", in: "no more")
    beyond.range = 3..<40
    #expect(!unbound("no more", [beyond]).isEmpty)
  }

  @Test func anEventWithNothingToClaimMakesADeadLetterAndNoBrief() throws {
    var bench = try Bench()
    bench.feed(EventBuilder("any", .generic, .ai).body("Something happened.").banded(.instant))
    #expect(bench.briefs.isEmpty)
    #expect(bench.records(.briefs).isEmpty)
    #expect(bench.sink.counters.rejected == 1)
    let buffer = bench.sink.buffers[5]
    #expect(buffer.count == 1)
    #expect(buffer.header("prowzi-error-code", of: 0).map { buffer.bytes[$0].elementsEqual("evidence.unbound".utf8) } == true)
    #expect(buffer.header("prowzi-input", of: 0).map { buffer.bytes[$0].elementsEqual("prowzi.raw/3/1#1".utf8) } == true)
    let value = try JSONDocument(bench.records(.deadletters)[0])
    #expect(value.string(value.member("headline", of: value.root)) == "")
  }

  @Test func everyHeadlineAndSummaryIsCoveredByItsEvidence() throws {
    for (label, event) in Samples.all {
      let brief = try brief(event)
      let shown = Set(brief.evidence.map(\.claim))
      // The claims, longest first, taken out of the text leave nothing that the gate objects to.
      var rest = brief.headline + " " + brief.summary
      for claim in shown.sorted(by: { $0.count == $1.count ? $0 < $1 : $0.count > $1.count }) { rest = rest.replacing(claim, with: " ") }
      #expect(unbound(rest, []) == [], "\(label): \(rest)")
    }
  }
}

@Suite struct EvidenceTests {
  /// The text of a field, found in the event by a way of its own.
  private func text(_ path: String, _ banded: BandedEvent) -> [UInt8]? {
    let scored = banded.scored
    let event = scored.enriched.event
    func bytes(_ field: Field?) -> [UInt8]? { field.map { Array(event.bytes[$0.range]) } }
    func number(_ value: Double?) -> [UInt8]? {
      guard let value else { return nil }
      var json = JSONWriter()
      json.number(value)
      return json.bytes
    }
    if let name = path.trimmed("payload.extracted.metrics.") { return number(event.metric(name)?.value) }
    if let name = path.trimmed("payload.extracted.facts.") { return bytes(event.fact(name)?.value) }
    if let name = path.trimmed("scores.") { return number(Score.allCases.first { "\($0.name)" == name }.map(scored.value)) }
    if let name = path.trimmed("explanations.impact.inputs.") {
      return number(scored.details[Score.impact.rawValue].inputs.first { $0.name == name }?.value)
    }
    if let rest = path.trimmed("payload.extracted.entities["), let index = Int(rest.prefix { $0 != "]" }) {
      return bytes(event.entities[index].id)
    }
    let history = scored.enriched.enrichment.history
    let cluster = scored.enriched.enrichment.cluster
    switch path {
    case "payload.text.title": return bytes(event.title)
    case "payload.text.body": return bytes(event.body)
    case "payload.text.url": return bytes(event.url)
    case "topic_hints[0]": return bytes(event.hints.first)
    case "total_evi": return number(scored.total)
    case "band": return Array("\(banded.band.name)".utf8)
    case "source": return Array(event.source.utf8)
    case "observed_at": return number(Double(event.observedAt.milliseconds))
    case "timestamp": return number(Double(event.occurredAt.milliseconds))
    case "cluster.size": return number(Double(cluster.size))
    case "cluster.sources": return number(Double(cluster.sources))
    case "cluster.first_seen_at": return number(Double(cluster.firstSeenAt.milliseconds))
    case "history.providers": return number(history.providers.map(Double.init))
    case "history.star_burst": return number(history.starBurst)
    case "history.deployer_launches": return number(history.deployerLaunches.map(Double.init))
    default: return nil
    }
  }

  @Test func everyDigestIsOfTheFieldsOwnBytes() throws {
    var checked = 0
    for (label, event) in Samples.all {
      for item in try brief(event).evidence {
        let binding = item.binding
        if binding.event != event.scored.enriched.event.id {
          let history = event.scored.enriched.enrichment.history
          let priors = [history.previousStars, history.previousPrice, history.otherAmount].compactMap { $0 }
          let prior = try #require(priors.first { $0.event == binding.event })
          #expect(binding.offset == prior.offset)
          if binding.field.hasPrefix("payload.extracted.metrics.") {
            #expect(binding.span == prior.span)
            #expect(binding.digest == SHA256.digest(of: canonicalNumber(prior.value)))
          }
          continue
        }
        let field = try #require(text(binding.field, event), "\(label): \(binding.field)")
        #expect(binding.start >= 0 && binding.end <= field.count && binding.start < binding.end)
        #expect(binding.digest == SHA256.digest(of: Array(field[binding.start..<binding.end])), "\(label): \(item.claim)")
        #expect(binding.partition == PartitionIndex(3) && binding.offset == event.scored.enriched.event.rawOffset)
        checked += 1
      }
    }
    #expect(checked > 120)
  }

  @Test func aClaimShowsTheBytesItIsBoundTo() throws {
    let item = try #require(try brief(Samples.paper.banded(.instant)).evidence.first)
    let event = Samples.paper.event
    let field = Array(event.bytes[event.title!.range])
    // White space collapsed and LaTeX read as text: nothing else stands between the bytes and the claim.
    let words = field[item.binding.start..<item.binding.end].split { $0 <= 0x20 }.joined(separator: [0x20])
    #expect(Markup.withoutLaTeX(Array(words)).displayText == item.claim)
    #expect(item.binding.end < field.count)
  }

  @Test func aDifferenceNamesBothOperands() throws {
    let brief = try brief(Samples.stars.banded(.instant))
    let gained = brief.evidence.filter { $0.claim == "5,231" }
    #expect(gained.count == 2)
    #expect(gained.allSatisfy { $0.derivation == "48120 - 42889" })
    #expect(Set(gained.map(\.binding.event)).count == 2)
  }

  @Test func theLimitLeavesOutSentencesRatherThanTheirEvidence() throws {
    var bench = try Bench(#"{"curate":{"evidence_limit":6}}"#)
    let brief = try #require(bench.feed(Samples.exploit.banded(.instant)).first)
    #expect(brief.evidence.count == 6)
    #expect(brief.headline == "Marrow Finance exploited for $12.4M on Arbitrum (reentrancy)")
    // The five scores find no room.
    #expect(brief.summary == "defillama_hacks dates the incident 2026-01-01.")
    bench = try Bench(#"{"curate":{"evidence_limit":2}}"#)
    #expect(bench.feed(Samples.exploit.banded(.instant)).first?.evidence.count == 2)
  }

  @Test func evidenceIsListedOnceAndTheHeadlineFirst() throws {
    let evidence = try brief(Samples.exploit.banded(.instant)).evidence
    #expect(evidence.map(\.claim).prefix(4) == ["Marrow Finance", "$12.4M", "Arbitrum", "reentrancy"])
    for (index, item) in evidence.enumerated() { #expect(evidence.firstIndex(of: item) == index) }
  }
}

extension String {
  fileprivate func trimmed(_ prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }
}
