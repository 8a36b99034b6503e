import Events
import Model

/// A number that a scorer names: one of an event's own metrics or, where it has none of that name, what is derived from it.
///
/// The name is resolved once, when the document is compiled; an event's metrics are few and sorted, so reading one is a short walk.
struct Feature: Sendable {
  let name: String
  let derived: DerivedFeature?

  init(_ name: String) {
    self.name = name
    derived = DerivedFeature(rawValue: name)
  }

  /// - Returns: `nil` where the event does not say.
  func value(in input: EnrichedEvent) -> Double? {
    for metric in input.event.metrics where metric.name == name { return metric.value.isFinite ? metric.value : nil }
    return derived?.value(in: input)
  }
}

/// What a scorer can name besides metrics. The meanings, units and when they are missing stand in `FieldCatalogue`.
enum DerivedFeature: String, Sendable, CaseIterable {
  case clusterSize = "cluster_size"
  case clusterRecentSize = "cluster_recent_size"
  case clusterSources = "cluster_sources"
  case storySimilarity = "story_similarity"
  case starsPerDay = "stars_per_day"
  case forksPerDay = "forks_per_day"
  case starBurst = "star_burst"
  case previousStars = "previous_stars"
  case providers
  case priceStep = "price_step"
  case priceDrop = "price_drop"
  case previousPrice = "previous_price_usd"
  case otherAmount = "other_amount_usd"
  case deployerLaunches = "deployer_launches"
  case seenInHour = "seen_in_hour"
  case seenInDay = "seen_in_day"
  case seenInWeek = "seen_in_week"
  case sentiment
  case sentimentStrength = "sentiment_strength"
  case money = "money_usd"
  case entities
  case neighbors
  case nearestSimilarity = "nearest_similarity"
  case meanSimilarity = "mean_similarity"
  case ageMinutes = "age_minutes"
  case revision
  case hour = "hour_utc"
  case weekday
  case hasCode = "has_code"
  case isBenchmark = "is_benchmark"

  func value(in input: EnrichedEvent) -> Double? {
    let history = input.enrichment.history
    let cluster = input.enrichment.cluster
    switch self {
    case .clusterSize: return Double(cluster.size)
    case .clusterRecentSize: return Double(cluster.recentSize)
    case .clusterSources: return Double(cluster.sources)
    case .storySimilarity: return cluster.similarity
    case .starsPerDay: return history.starsPerDay
    case .forksPerDay: return history.forksPerDay
    case .starBurst: return history.starBurst
    case .previousStars: return history.previousStars?.value
    case .providers: return history.providers.map(Double.init)
    case .priceStep: return history.priceStep
    case .priceDrop: return history.priceStep.map { rounded((1 - $0).clamped(0, 1)) }
    case .previousPrice: return history.previousPrice?.value
    case .otherAmount: return history.otherAmount?.value
    case .deployerLaunches: return history.deployerLaunches.map(Double.init)
    case .seenInHour: return Double(history.seenInHour)
    case .seenInDay: return Double(history.seenInDay)
    case .seenInWeek: return Double(history.seenInWeek)
    case .sentiment: return input.enrichment.sentiment
    case .sentimentStrength: return input.enrichment.sentiment.map { $0.magnitude }
    case .money: return Self.largestMoney(input.enrichment)
    case .entities: return Double(input.event.entities.count)
    case .neighbors: return Double(input.enrichment.neighbors.count)
    case .nearestSimilarity: return input.enrichment.neighbors.first?.similarity
    case .meanSimilarity: return input.enrichment.neighbors.isEmpty ? nil : rounded(NoveltyScore.meanSimilarity(input.enrichment))
    case .ageMinutes: return rounded(FreshnessScore.ageMinutes(of: input))
    case .revision: return Double(input.event.revision)
    case .hour: return Double(Self.part(input.event.observedAt.milliseconds, .day) / .hour)
    // 1970-01-01 was a Thursday.
    case .weekday: return Double(Self.part(input.event.observedAt.milliseconds + 3 * .day, 7 * .day) / .day + 1)
    case .hasCode: return TextMention.value(of: TextMention.code, in: input.event)
    case .isBenchmark: return TextMention.value(of: TextMention.benchmark, in: input.event, titleOnly: true)
    }
  }

  /// What is left of a time after whole periods, also before 1970.
  private static func part(_ milliseconds: Int64, _ period: Int64) -> Int64 {
    let rest = milliseconds % period
    return rest < 0 ? rest + period : rest
  }

  private static func largestMoney(_ enrichment: Enrichment) -> Double? {
    var largest: Double?
    for number in enrichment.numbers where number.kind == "money" && number.unit == "USD" { largest = max(largest ?? 0, number.value) }
    return largest
  }
}
