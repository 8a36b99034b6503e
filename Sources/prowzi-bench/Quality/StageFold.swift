import Band
import Configuration
import Curate
import Enrich
import Events
import Model
import Normalize
import Score
import Sensors
import Stages

/// The stages folded in memory over one partition, with what they make as values instead of records.
struct StageFold {
  private let configuration: CompiledConfiguration
  private var sink = RecordSink()
  private var normalize = Normalize().initialState()
  private var enrich = Enrich().initialState()
  private var score = ScoreStage().initialState()
  private var band = BandStage().initialState()
  private var curate = Curate().initialState()
  private var offset: Int64 = 0

  init(_ configuration: CompiledConfiguration) {
    self.configuration = configuration
    sink.use(configurationDigest: configuration.digest)
  }

  /// Repeats, revisions and the rest, as normalize counts them.
  var counters: StageCounters { sink.counters }

  private mutating func context(_ time: Timestamp) -> StepContext {
    defer { offset += 1 }
    sink.removeRecords()
    sink.begin(partition: PartitionIndex(0), offset: Offset(offset))
    return StepContext(partition: PartitionIndex(0), offset: Offset(offset), observedAt: time, configuration: configuration)
  }

  /// Normalize alone.
  mutating func normalized(_ raw: RawRecord) -> [Event] {
    var raw = raw
    var events: [Event] = []
    let context = context(raw.observedAt)
    Normalize().step(&raw, state: &normalize, context: context, outputs: &events, records: &sink)
    return events
  }

  /// Enrich alone.
  mutating func enriched(_ event: Event) -> EnrichedEvent {
    var event = event
    var enriched: [EnrichedEvent] = []
    let context = context(event.observedAt)
    Enrich().step(&event, state: &enrich, context: context, outputs: &enriched, records: &sink)
    precondition(enriched.count == 1, "enrich makes one event of each")
    return enriched[0]
  }

  /// Normalize and enrich.
  mutating func enriched(_ raw: RawRecord) -> [EnrichedEvent] { normalized(raw).map { enriched($0) } }

  /// All five stages.
  mutating func briefed(_ raw: RawRecord) -> (events: [BandedEvent], briefs: [Brief]) {
    var result: (events: [BandedEvent], briefs: [Brief]) = ([], [])
    for event in enriched(raw) {
      var event = event
      let context = context(raw.observedAt)
      var scored: [ScoredEvent] = []
      ScoreStage().step(&event, state: &score, context: context, outputs: &scored, records: &sink)
      for index in scored.indices {
        var banded: [BandedEvent] = []
        BandStage().step(&scored[index], state: &band, context: context, outputs: &banded, records: &sink)
        result.events += banded
        for index in banded.indices {
          Curate().step(&banded[index], state: &curate, context: context, outputs: &result.briefs, records: &sink)
        }
      }
    }
    return result
  }
}

extension RawRecord {
  /// A record as a sensor would hand it over.
  init(_ item: RawItem, source: String, contentType: String = "application/json", observedAt: Timestamp) {
    let columns = item.columns.map { item.value.count..<item.value.count + $0.count }
    self.init(
      bytes: item.value + (item.columns ?? []), value: 0..<item.value.count, source: source, contentType: contentType, columns: columns,
      observedAt: observedAt)
  }
}
