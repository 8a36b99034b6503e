import Model
import State

/// What counts as one incident, and how long incidents are remembered.
enum Incident {
  /// Two lists that name one victim at most this far apart, by the day of the incident, speak of one incident.
  static let reach = 10 * Int64.day
  /// A list of exploits may tell of one years after another did.
  static let memory = 5 * 366 * Int64.day
  static let items = 20_000
  /// Incidents remembered of one victim.
  static let limit = 8
}

/// The stories of exploits, by victim and by the day on which it happened, whenever it came to be told.
struct Incidents: Checkpointable, Sendable {
  struct Told: Sendable {
    var occurredAt: Timestamp
    var story: UInt64
    /// The story as it stood, since the memory of stories is shorter.
    var record: StoryMemory.Story
  }

  private(set) var told = AgingTable<UInt64, [Told]>()

  init() {}

  mutating func expire(now: Timestamp) { told.expire(before: now.adding(milliseconds: -Incident.memory), keeping: Incident.items) }

  /// The story of the nearest incident of this victim within reach; of two equally near the later told.
  func story(victim: UInt64, occurredAt: Timestamp) -> (number: UInt64, record: StoryMemory.Story)? {
    var best: (distance: Int64, told: Told)?
    for item in told[victim] ?? [] {
      let distance = abs(item.occurredAt.milliseconds(since: occurredAt))
      if distance <= Incident.reach, distance <= best?.distance ?? .max { best = (distance, item) }
    }
    return best.map { ($0.told.story, $0.told.record) }
  }

  mutating func remember(victim: UInt64, occurredAt: Timestamp, story: UInt64, record: StoryMemory.Story, now: Timestamp) {
    var items = told[victim] ?? []
    for index in items.indices where items[index].story == story { items[index].record = record }
    if items.count == Incident.limit { items.removeFirst() }
    items.append(Told(occurredAt: occurredAt, story: story, record: record))
    told.insert(victim, items, at: now)
  }

  func write(to writer: inout StateWriter) {
    told.write(to: &writer) { items, writer in
      writer.count(items.count)
      for item in items {
        writer.time(item.occurredAt)
        writer.unsigned(item.story)
        item.record.write(to: &writer)
      }
    }
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    told = try AgingTable(from: &reader) { (reader) throws(ProwziError) in
      var items: [Told] = []
      for _ in 0..<(try reader.count()) {
        items.append(
          Told(occurredAt: try reader.time(), story: try reader.unsigned(), record: try StoryMemory.Story(from: &reader)))
      }
      return items
    }
  }
}
