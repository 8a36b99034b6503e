import Events
import JSON
import Model
import State

/// What the partition remembers about the things events name: how often, how many stars, at what price, by whom.
struct Histories: Checkpointable, Sendable {
  /// The times at which an entity was seen, newest last; at most 32.
  private(set) var seen = AgingTable<UInt64, [Timestamp]>()
  private(set) var repositories = AgingTable<UInt64, Repository>()
  private(set) var models = AgingTable<UInt64, [UInt64]>()
  private(set) var prices = AgingTable<UInt64, PriorNumber>()
  /// By victim; the last few, newest last.
  private(set) var amounts = AgingTable<UInt64, [Amount]>()
  private(set) var launches = AgingTable<UInt64, [Timestamp]>()

  /// The last snapshots of a repository.
  struct Repository: Sendable {
    var stars: PriorNumber
    /// The most stars ever seen: counts that come back after an outage are no gain.
    var peakStars: Double
    var forks: Double
    /// Running average of stars a day, over about eight snapshots.
    var averagePerDay: Double
    var snapshots: Int
  }

  struct Amount: Sendable {
    var number: PriorNumber
    var occurredAt: Timestamp
  }

  init() {}

  private static let memory = 400 * Int64.day
  private static let items = 200_000
  private static let week = 7 * Int64.day

  mutating func expire(now: Timestamp) {
    let weekAgo = now.adding(milliseconds: -Self.week)
    let longAgo = now.adding(milliseconds: -Self.memory)
    seen.expire(before: weekAgo, keeping: Self.items)
    launches.expire(before: weekAgo, keeping: Self.items)
    repositories.expire(before: longAgo, keeping: Self.items)
    models.expire(before: longAgo, keeping: Self.items)
    prices.expire(before: longAgo, keeping: Self.items)
    amounts.expire(before: now.adding(milliseconds: -Incident.memory), keeping: Incident.items)
  }

  /// Looks up what is remembered about an event's subject, and remembers the event.
  mutating func look(_ event: inout Event, entity: UInt64?, now: Timestamp) -> History {
    var history = History()
    if let entity { countSeen(entity, event.observedAt, now, &history) }
    switch event.kind {
    case .repoStars: lookAtRepository(&event, entity, now, &history)
    case .modelRelease: lookAtModel(event, now, &history)
    case .exploit: lookAtAmount(&event, now, &history)
    case .tokenLaunch, .poolActivity: countLaunch(event, now, &history)
    default: break
    }
    return history
  }

  private static func within(_ times: [Timestamp], _ span: Int64, of now: Timestamp) -> Int {
    times.reduce(0) { $0 + (now.milliseconds(since: $1) < span ? 1 : 0) }
  }

  private mutating func countSeen(_ entity: UInt64, _ time: Timestamp, _ now: Timestamp, _ history: inout History) {
    seen.renew(entity, at: now) {
      []
    } _: { times in
      history.seenInHour = Self.within(times, .hour, of: time)
      history.seenInDay = Self.within(times, .day, of: time)
      history.seenInWeek = Self.within(times, Self.week, of: time)
      if times.count == 32 { times.removeFirst() }
      times.append(time)
    }
  }

  private static func prior(_ metric: Metric, of event: Event) -> PriorNumber {
    PriorNumber(
      metric: metric.name, value: metric.value, event: event.id, source: event.source, observedAt: event.observedAt,
      offset: event.rawOffset,
      span: metric.span)
  }

  /// Gains are spread over the days between snapshots; a count that returns after an outage and a first snapshot are no gain.
  private mutating func lookAtRepository(_ event: inout Event, _ entity: UInt64?, _ now: Timestamp, _ history: inout History) {
    guard let entity, let stars = event.metric("stars") else { return }
    let forks = event.metric("forks")?.value ?? 0
    var isFirst = false
    repositories.renew(entity, at: now) {
      isFirst = true
      return Repository(stars: Self.prior(stars, of: event), peakStars: stars.value, forks: forks, averagePerDay: 0, snapshots: 1)
    } _: { known in
      if isFirst { return }
      history.previousStars = known.stars
      let elapsed = event.observedAt.milliseconds(since: known.stars.observedAt)
      // Two snapshots of one day are one day apart at least, lest an hour's gain be taken for twenty-four.
      let days = max(1, Double(elapsed) / Double(Int64.day))
      if stars.value >= known.stars.value {
        let perDay = rounded(max(0, stars.value - known.peakStars) / days)
        history.starsPerDay = perDay
        history.forksPerDay = rounded(max(0, forks - known.forks) / days)
        if known.snapshots >= 4 { history.starBurst = rounded(perDay / max(1, known.averagePerDay)) }
        if perDay >= 200, let gained = history.forksPerDay, gained * 200 < perDay { event.flags.insert(.starsWithoutForks) }
        known.averagePerDay = known.snapshots == 1 ? perDay : known.averagePerDay + (perDay - known.averagePerDay) / 8
      }
      known.snapshots += 1
      known.peakStars = max(known.peakStars, stars.value)
      known.forks = forks
      known.stars = Self.prior(stars, of: event)
    }
  }

  private mutating func lookAtModel(_ event: Event, _ now: Timestamp, _ history: inout History) {
    guard let model = event.entities.first(where: { $0.type == "model" }) else { return }
    let key = Fingerprint.of(event.bytes, in: model.id.range)
    var providers = models.take(key) ?? []
    let isNewModel = providers.isEmpty
    if let provider = event.fact("provider") {
      let fingerprint = Fingerprint.of(event.bytes, in: provider.value.range)
      if !providers.contains(fingerprint), providers.count < 64 { providers.append(fingerprint) }
    }
    history.providers = providers.count
    models.insert(key, providers, at: now)
    guard isNewModel, let lab = event.fact("lab"), let price = event.metric("price_input_usd"), price.value > 0 else { return }
    let labKey = Fingerprint.of(event.bytes, in: lab.value.range, seed: 1)
    if let previous = prices[labKey] {
      history.previousPrice = previous
      history.priceStep = rounded(price.value / previous.value)
    }
    prices.insert(labKey, Self.prior(price, of: event), at: now)
  }

  /// Two sources that name one victim within ten days speak of one exploit; amounts that differ by more than a twentieth conflict.
  private mutating func lookAtAmount(_ event: inout Event, _ now: Timestamp, _ history: inout History) {
    guard let victim = event.victim, let amount = event.metric("amount_usd") else { return }
    var known = amounts[victim] ?? []
    var nearest: (distance: Int64, amount: Amount)?
    for other in known where other.number.source != event.source {
      let distance = abs(other.occurredAt.milliseconds(since: event.occurredAt))
      if distance <= Incident.reach, distance < nearest?.distance ?? .max { nearest = (distance, other) }
    }
    if let other = nearest?.amount.number {
      let larger = max(other.value, amount.value)
      if (other.value - amount.value).magnitude * 20 > larger {
        history.otherAmount = other
        event.flags.insert(.conflictingAmounts)
      }
    }
    if known.count == Incident.limit { known.removeFirst() }
    known.append(Amount(number: Self.prior(amount, of: event), occurredAt: event.occurredAt))
    amounts.insert(victim, known, at: now)
  }

  private mutating func countLaunch(_ event: Event, _ now: Timestamp, _ history: inout History) {
    guard let deployer = event.fact("creator") else { return }
    let key = Fingerprint.of(event.bytes, in: deployer.value.range)
    var times = (launches[key] ?? []).filter { event.observedAt.milliseconds(since: $0) < Self.week }
    if times.count == 64 { times.removeFirst() }
    times.append(event.observedAt)
    history.deployerLaunches = times.count
    launches.insert(key, times, at: now)
  }

  // MARK: Checkpoint

  func write(to writer: inout StateWriter) {
    seen.write(to: &writer) { $1.times($0) }
    repositories.write(to: &writer) { known, writer in
      known.stars.write(to: &writer)
      writer.double(known.peakStars)
      writer.double(known.forks)
      writer.double(known.averagePerDay)
      writer.count(known.snapshots)
    }
    models.write(to: &writer) { $1.words($0) }
    prices.write(to: &writer) { $0.write(to: &$1) }
    amounts.write(to: &writer) { amounts, writer in
      writer.count(amounts.count)
      for amount in amounts {
        amount.number.write(to: &writer)
        writer.time(amount.occurredAt)
      }
    }
    launches.write(to: &writer) { $1.times($0) }
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    seen = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try reader.times() }
    repositories = try AgingTable(from: &reader) { (reader) throws(ProwziError) in
      Repository(
        stars: try PriorNumber(from: &reader), peakStars: try reader.double(), forks: try reader.double(),
        averagePerDay: try reader.double(), snapshots: Int(truncatingIfNeeded: try reader.unsigned()))
    }
    models = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try reader.words() }
    prices = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try PriorNumber(from: &reader) }
    amounts = try AgingTable(from: &reader) { (reader) throws(ProwziError) in
      var amounts: [Amount] = []
      for _ in 0..<(try reader.count()) {
        amounts.append(Amount(number: try PriorNumber(from: &reader), occurredAt: try reader.time()))
      }
      return amounts
    }
    launches = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try reader.times() }
  }
}

extension PriorNumber: Checkpointable {
  public func write(to writer: inout StateWriter) {
    writer.text(metric)
    writer.double(value)
    writer.id(event)
    writer.text(source)
    writer.time(observedAt)
    writer.signed(offset.value)
    writer.bool(span != nil)
    if let span {
      writer.count(span.range.lowerBound)
      writer.count(span.range.upperBound)
      writer.unsigned(UInt64(span.encoding.rawValue))
    }
  }

  public init(from reader: inout StateReader) throws(ProwziError) {
    self.init(
      metric: try reader.text(), value: try reader.double(), event: try reader.id(), source: try reader.text(),
      observedAt: try reader.time(),
      offset: Offset(try reader.signed()), span: nil)
    if try reader.bool() {
      let start = Int(truncatingIfNeeded: try reader.unsigned())
      let end = Int(truncatingIfNeeded: try reader.unsigned())
      guard start <= end, let encoding = SourceSpan.Encoding(rawValue: UInt8(truncatingIfNeeded: try reader.unsigned())) else {
        throw ProwziError("state.corrupt", "a span makes no sense", place: "byte \(reader.position)")
      }
      span = SourceSpan(start..<end, encoding)
    }
  }
}

extension StateWriter {
  mutating func times(_ times: [Timestamp]) {
    count(times.count)
    for time in times { self.time(time) }
  }
}

extension StateReader {
  mutating func times() throws(ProwziError) -> [Timestamp] {
    var result: [Timestamp] = []
    for _ in 0..<(try count()) { result.append(try time()) }
    return result
  }
}
