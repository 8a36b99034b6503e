import Adapters
import Configuration
import Events
import Model
import Stages
import State

/// The first stage: bytes to canonical events, or to dead letters.
///
/// The adapter of the record's source reads the items; this stage gives each its identity, tells new content from repeats and revisions, and
/// settles its time. A repeat (same natural id, same content) is counted and goes no further: what is downstream has it already.
public struct Normalize: Stage {
  public static let identity = StageIdentity("normalize", version: 1)

  public init() {}

  /// The content last seen under a natural id, and what it replaced: 64 bits of each content's hash, since contents are only ever compared with the few
  /// others of one id. Half a million of these a partition are most of a pipeline's memory.
  struct Seen: Sendable {
    var content: UInt64
    var revision: Int
    /// When the newest revision was observed.
    var observedAt: Timestamp
    /// The contents of the revisions before, oldest first: most have none.
    var earlier: [UInt64] = []

    /// More revisions than this are forgotten, oldest first.
    static let earlierLimit = 16

    /// Whether this was said before. An earlier content is news again only when it is observed later than what replaced it: otherwise it is
    /// the old record itself, coming in a second time.
    func holds(_ content: UInt64, at time: Timestamp) -> Bool {
      self.content == content || (time <= observedAt && earlier.contains(content))
    }

    /// Takes another content for the newest.
    mutating func revise(_ content: UInt64, at time: Timestamp) {
      if earlier.count == Self.earlierLimit { earlier.removeFirst() }
      earlier.append(self.content)
      self.content = content
      revision += 1
      observedAt = max(observedAt, time)
    }
  }

  public struct State: Checkpointable, Sendable {
    var newest = Timestamp(milliseconds: .min)
    var seen = AgingTable<WideKey, Seen>()
    /// Reused memory, and the adapters of the configuration in force; no part of a checkpoint.
    var work = AdapterWork()

    init() {}

    public func write(to writer: inout StateWriter) {
      writer.time(newest)
      seen.write(to: &writer) { seen, writer in
        writer.word(seen.content)
        writer.count(seen.revision)
        writer.time(seen.observedAt)
        writer.words(seen.earlier)
      }
    }

    public init(from reader: inout StateReader) throws(ProwziError) {
      newest = try reader.time()
      seen = try AgingTable(from: &reader) { (reader) throws(ProwziError) in
        Seen(
          content: try reader.word(), revision: Int(truncatingIfNeeded: try reader.unsigned()), observedAt: try reader.time(),
          earlier: try reader.words())
      }
    }
  }

  public func initialState() -> State { State() }

  public func step(
    _ input: inout RawRecord, state: inout State, context: StepContext, outputs: inout [Event], records: inout RecordSink
  ) {
    let settings = context.configuration.normalize
    state.newest = max(state.newest, context.observedAt)
    state.seen.expire(before: state.newest.adding(milliseconds: -settings.memoryMilliseconds), keeping: settings.memoryItems)
    state.work.read(input, configuration: context.configuration)
    if !state.work.rejections.isEmpty { reject(input, &state, &records) }
    for index in state.work.items.indices {
      // Taken out of the list, so that what is changed below has one owner and is not copied first.
      var event = Event.placeholder
      swap(&event, &state.work.items[index])
      complete(&event, item: index, input, context)
      guard admit(&event, &state, &records.counters) else { continue }
      records.counters.events += 1
      records.writeNormalized(event, by: Self.identity)
      outputs.append(consume event)
    }
    state.work.items.removeAll(keepingCapacity: true)
  }

  /// Sends the record's rejections to dead letters, unless the very same bytes of the same source were rejected before: then it is a repeat,
  /// if nobody asked for it to be tried again.
  private func reject(_ raw: RawRecord, _ state: inout State, _ records: inout RecordSink) {
    var name = NameHash()
    name.add("rejected")
    name.add(raw.tenant)
    name.add(raw.source)
    name.add(raw.bytes.span.extracting(raw.value))
    let key = WideKey(name.finish())
    if state.seen.contains(key), !raw.isRedriven {
      records.counters.repeats += 1
    } else {
      for rejection in state.work.rejections { records.reject(rejection, by: Self.identity) }
    }
    state.seen.insert(key, Seen(content: 0, revision: 0, observedAt: raw.observedAt), at: state.newest)
  }

  /// Fills in what the record around the item says.
  private func complete(_ event: inout Event, item: Int, _ raw: RawRecord, _ context: StepContext) {
    event.tenant = raw.tenant
    event.observedAt = raw.observedAt
    event.rawPartition = context.partition
    event.rawOffset = context.offset
    event.item = item
    if let key = raw.key { event.routingKey = Array(raw.bytes[key]) }
    if event.flags.contains(.timeMissing) { event.occurredAt = raw.observedAt }
    let limit = raw.observedAt.adding(milliseconds: context.configuration.normalize.allowedSkewMilliseconds)
    if event.occurredAt > limit {
      event.flags.insert(.timeFuture)
      event.occurredAt = raw.observedAt
    }
    event.metrics.sort { $0.name < $1.name }
    event.facts.sort { $0.name < $1.name }
    // A record has one member of each name. What an adapter found more of is in the entities.
    for index in event.metrics.indices.dropFirst().reversed() where event.metrics[index].name == event.metrics[index - 1].name {
      event.metrics.remove(at: index)
    }
    for index in event.facts.indices.dropFirst().reversed() where event.facts[index].name == event.facts[index - 1].name {
      event.facts.remove(at: index)
    }
    event.contentHash = ContentHash.of(event)
  }

  /// Decides between new, repeat and revision, and gives the event its id.
  /// - Returns: false for a repeat.
  private func admit(_ event: inout Event, _ state: inout State, _ counters: inout StageCounters) -> Bool {
    let name = Self.name(of: event, revision: 1)
    let key = WideKey(name)
    let content = event.contentHash.words.0
    var isKnown = true
    // The repeat is still told by its source: its memory begins anew, too.
    let revision = state.seen.renew(key, at: state.newest) {
      isKnown = false
      return Seen(content: content, revision: 1, observedAt: event.observedAt)
    } _: { seen -> Int? in
      if isKnown {
        if seen.holds(content, at: event.observedAt) { return nil }
        seen.revise(content, at: event.observedAt)
      }
      return seen.revision
    }
    guard let revision else {
      counters.repeats += 1
      return false
    }
    if isKnown { counters.revisions += 1 }
    event.revision = revision
    event.id = EventID(time: event.observedAt, name: event.revision == 1 ? name : Self.name(of: event, revision: event.revision))
    return true
  }

  /// What an event's id is made from. A revision's number is part of it, since a revision can be observed in the same millisecond.
  private static func name(of event: Event, revision: Int) -> Digest {
    var name = NameHash()
    name.add(event.tenant)
    name.add(event.source)
    name.add(event.bytes.span.extracting(event.naturalID.range))
    if revision > 1 { name.add(String(revision)) }
    return name.finish()
  }
}

/// The hash of what an event says, whenever and wherever it was seen.
enum ContentHash {
  /// SHA-256 over kind, title, body, entities, facts and metrics, each with its length before it.
  static func of(_ event: Event) -> Digest {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(event.bytes.count + 256)
    func add(_ range: Range<Int>?) {
      bytes.append(bigEndian: UInt32(truncatingIfNeeded: range?.count ?? 0))
      if let range { bytes.append(contentsOf: event.bytes[range]) }
    }
    func add(_ text: String) {
      bytes.append(bigEndian: UInt32(text.utf8.count))
      bytes.append(contentsOf: text.utf8)
    }
    bytes.append(event.kind.rawValue)
    add(event.title?.range)
    add(event.body?.range)
    for entity in event.entities {
      add(entity.type)
      add(entity.id.range)
    }
    bytes.append(0xff)
    for fact in event.facts {
      add(fact.name)
      add(fact.value.range)
    }
    bytes.append(0xff)
    for metric in event.metrics {
      add(metric.name)
      bytes.append(bigEndian: metric.value.bitPattern)
    }
    return SHA256.digest(of: bytes)
  }
}

/// The adapters of the configuration in force, with memory they use again for each record.
struct AdapterWork: Sendable {
  var items: [Event] = []
  private(set) var rejections: [Rejection] = []
  private var scratch = AdapterScratch()
  private var registry: AdapterRegistry?
  private var registryOf: Digest?

  init() {}

  mutating func read(_ raw: RawRecord, configuration: CompiledConfiguration) {
    if registryOf != configuration.digest {
      registry = configuration.normalize.makeRegistry()
      registryOf = configuration.digest
    }
    items.removeAll(keepingCapacity: true)
    rejections.removeAll(keepingCapacity: true)
    registry?.read(raw, into: &items, rejections: &rejections, scratch: &scratch)
  }
}
