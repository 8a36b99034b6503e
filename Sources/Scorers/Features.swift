import Events
import Model

/// The inputs a scorer can name: an event's own metrics, and these derived ones.
enum Features {
  static func value(of name: String, in input: EnrichedEvent) -> Double? {
    if let metric = input.event.metric(name) { return metric.value.isFinite ? metric.value : nil }
    let history = input.enrichment.history
    switch name {
    case "cluster_size": return Double(input.enrichment.cluster.size)
    case "cluster_sources": return Double(input.enrichment.cluster.sources)
    case "stars_per_day": return history.starsPerDay
    case "star_burst": return history.starBurst
    case "providers": return history.providers.map(Double.init)
    case "price_drop": return history.priceStep.map { rounded((1 - $0).clamped(0, 1)) }
    case "deployer_launches": return history.deployerLaunches.map(Double.init)
    case "sentiment": return input.enrichment.sentiment
    case "sentiment_strength": return input.enrichment.sentiment.map { $0.magnitude }
    case "money_usd": return largestMoney(input.enrichment)
    case "entities": return Double(input.event.entities.count)
    case "has_code":
      return mentions(
        input.event,
        [
          // A paper on open-source models need not publish code; one that says "we open-source" does.
          "github.com/", "gitlab.com/", "huggingface.co/", "code is available", "code available", "code is publicly", "code will be",
          "code and data", "source code", "our code", "we open-source", "we open source", "publicly release", "is open-sourced",
        ])
    case "is_benchmark": return mentions(input.event, ["benchmark", "leaderboard"], titleOnly: true)
    default: return nil
    }
  }

  private static func largestMoney(_ enrichment: Enrichment) -> Double? {
    var largest: Double?
    for number in enrichment.numbers where number.kind == "money" && number.unit == "USD" { largest = max(largest ?? 0, number.value) }
    return largest
  }

  /// 1 where the text holds one of the phrases (ASCII, lower case), else 0.
  private static func mentions(_ event: Event, _ phrases: [StaticString], titleOnly: Bool = false) -> Double {
    for field in [event.title, titleOnly ? nil : event.body] {
      guard let field else { continue }
      for phrase in phrases where contains(event.bytes, field.range, phrase) { return 1 }
    }
    return 0
  }

  private static func contains(_ bytes: [UInt8], _ range: Range<Int>, _ phrase: StaticString) -> Bool {
    let length = phrase.utf8CodeUnitCount
    guard range.count >= length else { return false }
    return phrase.withUTF8Buffer { wanted in
      let text = bytes.span
      let first = unsafe wanted[0]
      var i = range.lowerBound
      while i <= range.upperBound - length {
        if text[i] | 0x20 == first {
          var k = 1
          while k < length {
            let byte = text[i + k]
            let lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
            if unsafe lower != wanted[k] { break }
            k += 1
          }
          if k == length { return true }
        }
        i += 1
      }
      return false
    }
  }
}
