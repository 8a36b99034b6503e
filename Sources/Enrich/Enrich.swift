import Configuration
import Events
import Model
import Stages
import State
import TextFeatures

/// The second stage: what a text names and measures, where it belongs, what it resembles, which story it tells, and what is remembered of its subjects.
public struct Enrich: Stage {
  public static let identity = StageIdentity("enrich", version: 2)

  public init() {}

  public struct State: Checkpointable, Sendable {
    var newest = Timestamp(milliseconds: .min)
    var frequency = WordFrequency()
    var window = VectorWindow()
    var stories = StoryMemory()
    var histories = Histories()
    var models = ModelNameIndex()
    var learned = NameIndex()
    /// Reused memory; leaves no trace from one event to the next, so no part of a checkpoint.
    var work = TextWork()

    init() {}

    public func write(to writer: inout StateWriter) {
      writer.time(newest)
      frequency.write(to: &writer)
      window.write(to: &writer)
      stories.write(to: &writer)
      histories.write(to: &writer)
      for names in [models.names, learned] {
        var bytes: [UInt8] = []
        names.encode(appendingTo: &bytes)
        writer.blob(bytes)
      }
    }

    public init(from reader: inout StateReader) throws(ProwziError) {
      newest = try reader.time()
      frequency = try WordFrequency(from: &reader)
      window = try VectorWindow(from: &reader)
      stories = try StoryMemory(from: &reader)
      histories = try Histories(from: &reader)
      var position = 0
      models = ModelNameIndex(names: try NameIndex(decoding: try reader.blob(), at: &position))
      position = 0
      learned = try NameIndex(decoding: try reader.blob(), at: &position)
    }
  }

  public func initialState() -> State { State() }

  public func step(
    _ input: inout Event, state: inout State, context: StepContext, outputs: inout [EnrichedEvent], records: inout RecordSink
  ) {
    let settings = context.configuration.enrich
    state.newest = max(state.newest, context.observedAt)
    let now = state.newest
    state.stories.expire(now: now, settings: settings)
    state.histories.expire(now: now)
    let oldest = now.adding(milliseconds: -max(settings.neighborWindowMilliseconds, settings.clusterMemoryMilliseconds))
    state.window.expire(before: oldest, keeping: settings.neighborWindowItems)

    let text = context.configuration.text
    let findings = state.work.read(
      &input, text: text, settings: settings, frequency: state.frequency, models: state.models, learned: state.learned)
    learn(input, &state)
    let history = state.histories.look(&input, entity: input.primaryEntity, now: now)
    let hits =
      findings.embedding.map {
        state.window.nearest(
          to: $0, words: state.work.tellingWords, since: input.observedAt.adding(milliseconds: -settings.neighborWindowMilliseconds),
          limit: settings.neighborCount,
          items: settings.neighborWindowItems)
      } ?? []

    let candidate = StoryMemory.Candidate(
      id: input.id, observedAt: input.observedAt, source: input.source, publisher: input.publisher, title: findings.title,
      kind: input.kind, isRevision: input.revision > 1, victim: input.victim, occurredAt: input.occurredAt,
      entities: input.entities.map { Fingerprint.of(input.bytes, in: $0.id.range) },
      keys: StoryKeys.keys(of: input, isStarBurst: history.isStarBurst), buckets: findings.buckets,
      embedding: findings.embedding, neighbors: hits)
    let (cluster, number) = state.stories.join(candidate, window: state.window, now: now, settings: settings)

    var enrichment = Enrichment(cluster: cluster)
    enrichment.sentiment = findings.sentiment
    enrichment.language = findings.language
    enrichment.numbers = findings.numbers
    enrichment.ontology = findings.ontology
    enrichment.embedding = findings.embedding
    enrichment.neighbors = hits.map { Neighbor(id: $0.id, similarity: $0.similarity) }
    enrichment.history = history
    if let embedding = findings.embedding {
      state.window.append(embedding, words: state.work.tellingWords, id: input.id, time: input.observedAt, memory: number)
      state.frequency.count(words: state.work.distinctWords)
    }
    let enriched = EnrichedEvent(taking: &input, enrichment: enrichment)
    // Of the event only its domain, its flags and the entities added are other than normalize wrote them: see `EventRecord.Parts`.
    records.writeEnriched(enriched, nodeNames: text.ontology.nodes, by: Self.identity)
    outputs.append(consume enriched)
  }

  /// Names that sources declare become names to be found in prose.
  private func learn(_ event: Event, _ state: inout State) {
    switch event.kind {
    case .modelRelease:
      if let model = event.entities.first(where: { $0.type == "model" }) { state.models.insert(Array(event.bytes[model.id.range])) }
    case .exploit, .fundingRound:
      guard let title = event.title, event.entities.contains(where: { $0.isDeclared }) else { return }
      state.learned.insert(
        name: Array(event.bytes[title.range]), type: event.kind == .exploit ? .protocol : .organization,
        identifier: [UInt8](String(decoding: event.bytes[title.range], as: UTF8.self).lowercased().utf8), rule: .capitalised)
    default: break
    }
  }
}

extension History {
  /// A gain that stands out against the repository's own average, or against anybody's: one that gains thousands every day is news while it does.
  var isStarBurst: Bool {
    let perDay = starsPerDay ?? 0
    return perDay >= 2000 || (perDay >= 100 && (starBurst ?? 0) >= 3)
  }
}

extension Event {
  /// The fingerprint of what the event is about: what its source declared first, else what its text named first.
  var primaryEntity: UInt64? {
    (entities.first { $0.isDeclared } ?? entities.first).map { Fingerprint.of(bytes, in: $0.id.range, seed: Fingerprint.of($0.type)) }
  }

  /// Who tells it: the named publisher, else the provider, else the host of its link, else the source.
  var publisher: UInt64 {
    for name in ["publisher", "provider"] {
      if let fact = fact(name) { return Fingerprint.of(bytes, in: fact.value.range) }
    }
    if let url, let host = host(in: url.range) { return Fingerprint.of(bytes, in: host) }
    return Fingerprint.of(source)
  }

  /// Between `://` and the next slash, without `www.`.
  private func host(in url: Range<Int>) -> Range<Int>? {
    var start = url.lowerBound
    while start + 2 < url.upperBound, !(bytes[start] == 0x3a && bytes[start + 1] == 0x2f && bytes[start + 2] == 0x2f) { start += 1 }
    start += 3
    guard start < url.upperBound else { return nil }
    var end = start
    while end < url.upperBound, bytes[end] != 0x2f, bytes[end] != 0x3f { end += 1 }
    if end - start > 4, bytes[start..<start + 4].elementsEqual("www.".utf8) { start += 4 }
    return start..<end
  }
}
