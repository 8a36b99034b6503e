import Generator
import Model
import Sensors

/// One thing that a sensor hands over.
struct SensorItem: Sendable {
  var source: String
  var contentType: String
  var columns: [UInt8]?
  var value: [UInt8]
  var observedAt: Timestamp
}

/// What sensors see: generated from the seed or read from captures, and now and then spoilt, late or seen before.
struct ItemSource {
  private var generator: SignalGenerator
  private var captured: [SensorItem]
  private var nextCaptured: Int
  private var random: SplitMix64
  private var recent: [SensorItem] = []
  /// The newest observed time so far: the simulation's clock.
  private(set) var now = SignalGenerator.defaultStart

  /// - Parameter captured: records to choose from instead of generated ones; empty for none.
  init(seed: UInt64, captured: [SensorItem]) {
    random = SplitMix64(seed: seed)
    let perDay = [300, 3000, 40_000][random.below(3)]
    generator = SignalGenerator(seed: random.next(), profile: random.below(3) == 0 ? .mixed : .text, eventsPerDay: perDay)
    self.captured = captured
    nextCaptured = captured.isEmpty ? 0 : random.below(captured.count)
  }

  mutating func next() -> SensorItem {
    if let old = recent.last, random.chance(1, in: 12) {
      // Seen before: the same bytes, now or with the old time.
      var again = recent[random.below(recent.count)]
      if random.below(2) == 0 { again.observedAt = old.observedAt }
      return again
    }
    var item = fresh()
    switch random.below(40) {
    case 0: item.value = (0..<random.below(300)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    case 1: item.value = Array(item.value.prefix(random.below(item.value.count + 1)))
    case 2: if !item.value.isEmpty { item.value[random.below(item.value.count)] ^= UInt8(1 + random.below(255)) }
    case 3: item.value = []
    case 4: item.observedAt = item.observedAt.adding(milliseconds: -Int64(random.below(40)) * .day / 8)
    case 5: item.source = "nobody_knows"
    default: break
    }
    recent.append(item)
    if recent.count > 40 { recent.removeFirst(20) }
    return item
  }

  private mutating func fresh() -> SensorItem {
    if !captured.isEmpty {
      let item = captured[nextCaptured]
      nextCaptured = (nextCaptured + 1) % captured.count
      now = max(now, item.observedAt)
      return item
    }
    let item = generator.next()
    now = max(now, item.observedAt)
    return SensorItem(
      source: item.source, contentType: item.contentType, columns: item.columns, value: item.value, observedAt: item.observedAt)
  }
}
