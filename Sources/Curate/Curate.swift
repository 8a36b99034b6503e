import Configuration
import Events
import JSON
import Model
import Stages
import State

/// The last stage: a brief for each story that reached `instant` or `same_day`, and revisions of it as the story grows.
///
/// A story's first such event makes its brief at once. Further ones make a revision, but not more often than `curate.revise_every_ms` of stream time
/// unless the band rises; what was held back goes into the next revision, or out with the first record or tick that finds it due.
///
/// *Determinism*: the brief is a function of the story's members and the configuration.
/// *Complexity*: constant per event that makes no brief.
public struct Curate: Stage {
  public typealias Input = BandedEvent
  public typealias Output = Brief

  public static var identity: StageIdentity { StageIdentity("curate", version: 2) }

  public init() {}

  /// The stories with a brief, and which of them have something to add.
  public struct State: Checkpointable, Sendable {
    var stories = AgingTable<WideKey, Story>()
    /// Stories with a revision held back, in the order in which that happened; some may be due no more.
    var pending: [WideKey] = []
    /// The earliest time at which one of `pending` is due.
    var nextDue = Timestamp(milliseconds: .max)
    /// Stream time: the latest observed time.
    var newest = Timestamp(milliseconds: .min / 2)

    init() {}

    public func write(to writer: inout StateWriter) {
      writer.time(newest)
      writer.time(nextDue)
      stories.write(to: &writer) { $0.write(to: &$1) }
      writer.count(pending.count)
      for key in pending { key.write(to: &writer) }
    }

    public init(from reader: inout StateReader) throws(ProwziError) {
      newest = try reader.time()
      nextDue = try reader.time()
      stories = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try Story(from: &reader) }
      for _ in 0..<(try reader.count()) { pending.append(try WideKey.read(from: &reader)) }
    }
  }

  public func initialState() -> State { State() }

  public func step(
    _ input: inout BandedEvent, state: inout State, context: StepContext, outputs: inout [Brief], records: inout RecordSink
  ) {
    let key = Self.key(of: input.scored.enriched.enrichment.cluster.id)
    let isTold = input.band >= .sameDay
    advance(&state, sparing: isTold ? key : nil, context, &outputs, &records)
    guard isTold else { return }
    guard var story = state.stories[key] else {
      let story = Story(input, at: context.observedAt)
      emit(story, key, &state, context, &outputs, &records)
      return
    }
    let rises = input.band > story.band
    story.add(input)
    if rises || isDue(story, state.newest, context) {
      emit(story, key, &state, context, &outputs, &records)
    } else {
      hold(&story, key, &state, context)
      state.stories.insert(key, story, at: state.newest)
    }
  }

  public func control(
    _ control: Control, state: inout State, context: StepContext, outputs: inout [Brief], records: inout RecordSink
  ) {
    advance(&state, sparing: nil, context, &outputs, &records)
    switch control {
    case .tick: break
    case .retract(let event, let reason): retract(event, reason, &state, context, &outputs, &records)
    }
  }

  private static func key(of story: EventID) -> WideKey {
    // The low word is all hash, and it is the high word of a key that chooses the slot.
    WideKey(high: story.low, low: story.high)
  }

  // MARK: Revisions in time

  private func isDue(_ story: Story, _ now: Timestamp, _ context: StepContext) -> Bool {
    now.milliseconds(since: story.attemptedAt) >= context.configuration.curate.reviseEveryMilliseconds
  }

  private func hold(_ story: inout Story, _ key: WideKey, _ state: inout State, _ context: StepContext) {
    if !story.isPending { state.pending.append(key) }
    story.isPending = true
    state.nextDue = min(
      state.nextDue, story.attemptedAt.adding(milliseconds: context.configuration.curate.reviseEveryMilliseconds))
  }

  /// Moves stream time on: forgets old stories and lets out the revisions whose time has come, in the order in which they were held back.
  /// - Parameter spared: the story of the event in hand, whose revision shall tell of that event too.
  private func advance(
    _ state: inout State, sparing spared: WideKey?, _ context: StepContext, _ outputs: inout [Brief], _ records: inout RecordSink
  ) {
    let settings = context.configuration.curate
    state.newest = max(state.newest, context.observedAt)
    if state.newest >= state.nextDue {
      let held = state.pending
      state.pending = []
      state.nextDue = Timestamp(milliseconds: .max)
      for key in held {
        guard var story = state.stories[key], story.isPending else { continue }
        if key != spared, isDue(story, state.newest, context) {
          emit(story, key, &state, context, &outputs, &records)
        } else {
          story.isPending = false
          hold(&story, key, &state, context)
          state.stories[key] = story
        }
      }
    }
    state.stories.expire(before: state.newest.adding(milliseconds: -settings.memoryMilliseconds), keeping: settings.memoryItems)
  }

  // MARK: Briefs out

  private func emit(
    _ story: Story, _ key: WideKey, _ state: inout State, _ context: StepContext, _ outputs: inout [Brief], _ records: inout RecordSink,
    retraction: Retraction? = nil
  ) {
    var story = story
    let result = Composer.compose(
      story, at: context.observedAt, evidenceLimit: context.configuration.curate.evidenceLimit, retraction: retraction)
    if story.isPending { state.pending.removeAll { $0 == key } }
    story.attemptedAt = state.newest
    story.isPending = false
    story.isRetracted = retraction != nil
    if result.unbound.isEmpty {
      story.revision += 1
      records.write(
        .briefs, by: Self.identity, id: story.brief, key: nil, tenant: story.tenant, occurredAt: story.lead.occurredAt,
        observedAt: context.observedAt
      ) { result.brief.write(to: &$0) }
      outputs.append(result.brief)
    } else {
      let first = result.unbound[0].text
      records.rejectDerived(
        code: "evidence.unbound",
        message: first.isEmpty ? "the headline claims nothing that is bound" : "nothing binds \"\(first)\" in the headline",
        by: Self.identity, id: story.brief, tenant: story.tenant, observedAt: context.observedAt
      ) { result.brief.write(to: &$0) }
    }
    state.stories.insert(key, story, at: state.newest)
  }

  /// Withdraws the brief that tells of an event. Members that come later make a revision again, without what was withdrawn.
  private func retract(
    _ event: EventID, _ reason: String, _ state: inout State, _ context: StepContext, _ outputs: inout [Brief], _ records: inout RecordSink
  ) {
    var found: WideKey?
    state.stories.forEach { key, _, story in
      if found == nil, story.events.contains(event) { found = key }
    }
    guard let found, var story = state.stories[found], story.revision > 0, !story.isRetracted else { return }
    let retraction = Retraction(
      reason: reason, place: RecordPlace(event: event, partition: context.partition, offset: context.offset))
    if story.lead.place.event == event { story.isLeadRetracted = true }
    if let conflict = story.conflict, conflict.newer.place.event == event || conflict.older.place.event == event { story.conflict = nil }
    emit(story, found, &state, context, &outputs, &records, retraction: retraction)
    state.stories.update(found) { story in story.events.removeAll { $0 == event } }
  }
}
