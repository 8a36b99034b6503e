import Comparison
import Events
import JSON
import Model
import Runtime
import Scorers
import Stages
import Testing

/// Comparisons over the generated week: a scorer agrees with itself byte for byte, and of another scorer exactly what it changes is found.
@Suite struct DiffTests {
  static let folder = TemporaryFolder().removeAtExit()

  /// The week, folded, with the backfills of the scorer in force, of one that changes weights, and of one that lifts large exploits.
  static let site: DataDirectory = {
    do {
      let directory = try folder.copy(of: Ingested.folded.directory, as: "data")
      for name in ["", "newsroom-weights", "large-exploits"] { try backfill(name, in: directory) }
      return try DataDirectory(path: directory.path)
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  @discardableResult
  static func backfill(
    _ name: String, in directory: DataDirectory, from: Timestamp? = nil, to: Timestamp? = nil
  ) throws -> BackfillReport {
    let document = name.isEmpty ? nil : FileBytes.read("\(Place.package)/Sources/Scorers/Examples/\(name).json")
    let registry = ScorerRegistry(log: nil)
    let scorer = try document.map { try ScorerDocument.compile(try registry.whole($0)) } ?? registry.find("default@1").scorer
    return try Backfill(directory, scorer: scorer, from: from, to: to, settings: RunSettings(threads: 1))
      .run(replaces: true, now: Ingested.end, stop: StopFlag()) { _, _ in }
  }

  static func diff(_ label: String, against: DiffSide = .live, in directory: DataDirectory = site, top: Int = 20) throws -> ScorerComparison
  {
    try ScorerDiff(directory, from: against, to: .backfill(label)).run(top: top)
  }

  @Test func aBackfillOfTheScorerInForceAgreesByteForByte() throws {
    let comparison = try Self.diff("default@1")
    #expect(comparison.isIdentical)
    #expect(comparison.matched == Ingested.outcome.topics[DerivedTopic.banded.rawValue].reduce(0) { $0 + Int($1.next.value) })
    #expect(comparison.matched > 1000)
    #expect(comparison.agreeing == comparison.matched && comparison.mismatched == 0)
    #expect(comparison.total.correlation == RankCorrelation(spearman: 1, kendall: 1))
    #expect(comparison.load.from == comparison.load.to && comparison.load.from.sameDay > 0)
    #expect(comparison.moves.isEmpty)
    #expect(ComparisonText.text(comparison).contains("byte for byte"))
  }

  @Test func aScorerOfExploitsMovesExploitsAlone() throws {
    let comparison = try Self.diff("large-exploits@1", top: 1000)
    #expect(!comparison.isIdentical)
    #expect(comparison.mismatched > 0 && comparison.agreeing > comparison.mismatched)
    #expect(comparison.missing == 0 && comparison.extra == 0)
    // Every event that differs is there, and by what the two records say it is one the expression is about.
    #expect(comparison.moves.count == comparison.mismatched)
    for explained in comparison.moves where explained.move.from.total != explained.move.to.total {
      #expect(explained.move.from.kind == .exploit)
      #expect(explained.to?.parts[Score.impact.rawValue].value ?? 0 >= 0.95)
      #expect(!explained.title.isEmpty)
    }
    let exploits = comparison.kinds.filter { $0.moved > 0 }
    #expect(exploits.map(\.name) == ["exploit"])
    #expect(comparison.scores[Score.novelty.rawValue].movement.unchanged == comparison.matched)
    #expect(comparison.scores[Score.impact.rawValue].movement.down == 0)
  }

  /// What the comparison counts, counted again from the records alone.
  @Test func theFiguresAreThoseOfTheRecords() throws {
    let comparison = try Self.diff("newsroom-weights@1")
    func events(_ topic: TopicName) throws -> [String: JudgedEvent] {
      var found: [String: JudgedEvent] = [:]
      for record in try Self.site.records(of: topic) {
        let event = try JudgedEvent(JSONDocument(record.value ?? []))
        found[record.header("ce_id") ?? ""] = event
      }
      return found
    }
    let live = try events(DerivedTopic.banded.name)
    let candidate = try events(TopicName("prowzi.candidate.newsroom-weights.1.banded")!)
    var migration = Migration()
    var load = (live: 0, candidate: 0)
    var agreeing = 0
    for (id, from) in live {
      let to = try #require(candidate[id])
      migration[from.band, to.band] += 1
      if from.agrees(with: to) { agreeing += 1 }
      if from.isAlert { load.live += 1 }
      if to.isAlert { load.candidate += 1 }
    }
    #expect(comparison.migration == migration)
    #expect(comparison.agreeing == agreeing && comparison.matched == live.count)
    #expect(comparison.load.from.instant + comparison.load.from.sameDay == load.live)
    #expect(comparison.load.to.instant + comparison.load.to.sameDay == load.candidate)
    #expect(comparison.kinds.reduce(0) { $0 + $1.migration.total } == comparison.matched)
    #expect(comparison.domains.reduce(0) { $0 + $1.migration.raised } == comparison.migration.raised)
    // Furthest first.
    let bands = comparison.moves.map { abs(Int($0.move.from.band.rawValue) - Int($0.move.to.band.rawValue)) }
    #expect(bands == bands.sorted(by: >) && bands.first ?? 0 > 0)
    // Briefs by their ids.
    func ids(_ topic: TopicName) throws -> Set<String> {
      Set(try Self.site.records(of: topic).compactMap { try JSONDocument($0.value ?? []).text("brief_id") })
    }
    let briefs = (try ids(DerivedTopic.briefs.name), try ids(TopicName("prowzi.candidate.newsroom-weights.1.briefs")!))
    #expect(comparison.briefs.counts.gained == briefs.1.subtracting(briefs.0).count)
    #expect(comparison.briefs.counts.lost == briefs.0.subtracting(briefs.1).count)
  }

  @Test func theSameComparisonGivesTheSameBytes() throws {
    let pages = try (0..<2).map { _ in
      let comparison = try Self.diff("newsroom-weights@1")
      return [
        ComparisonJSON.bytes(comparison), [UInt8](text: ComparisonPage.html(comparison)), [UInt8](text: ComparisonText.text(comparison)),
      ]
    }
    #expect(pages[0] == pages[1])
    #expect(try JSONDocument(pages[0][0]).nodes.count > 1000)
    if let folder = Place.environment("PROWZI_DIFF_PAGES") {
      for (name, page) in zip(["diff.json", "diff.html", "diff.txt"], pages[0]) { FileBytes.write(page, to: "\(folder)/\(name)") }
    }
  }

  @Test func twoCandidatesAreComparedWithEachOther() throws {
    let comparison = try Self.diff("newsroom-weights@1", against: .backfill("default@1"))
    let live = try Self.diff("newsroom-weights@1")
    #expect(comparison.migration == live.migration && comparison.briefs.counts == live.briefs.counts)
    #expect(comparison.from.title == "backfill of default@1")
    #expect(live.from.title == "live (default@1)")
  }

  @Test func aCandidateOfAPartIsComparedInThatPart() throws {
    let directory = try Self.folder.copy(of: Ingested.folded.directory, as: "part")
    let from = Ingested.start.adding(milliseconds: 2 * .day)
    let to = from.adding(milliseconds: .day)
    try Self.backfill("", in: directory, from: from, to: to)
    let reopened = try DataDirectory(path: directory.path)
    let whole = try ScorerDiff(reopened, from: .live, to: .backfill("default@1")).run()
    #expect(whole.isIdentical && whole.notes.isEmpty)
    #expect(whole.matched > 100 && whole.matched < Ingested.records / 2)
    #expect(try #require(whole.firstAt) >= from && whole.lastAt! < to)
    // A window that reaches beyond it: the common part, and a word about it.
    let wider = try ScorerDiff(reopened, from: .live, to: .backfill("default@1")).run(from: Ingested.start, to: Ingested.end)
    #expect(wider.isIdentical && wider.matched == whole.matched)
    #expect(wider.notes.count == 1 && wider.notes[0].hasPrefix("backfill of default@1 covers "))
    let error = #expect(throws: ProwziError.self) {
      try ScorerDiff(reopened, from: .live, to: .backfill("default@1")).run(from: Ingested.start, to: from)
    }
    #expect(error?.code == "comparison.nothing_in_common")
    #expect(error?.advice?.contains("prowzi backfill --scorer default@1") == true)
  }

  @Test func whatIsNotThereIsSaid() throws {
    func code(_ from: DiffSide, _ to: DiffSide) -> ProwziError? {
      #expect(throws: ProwziError.self) { _ = try ScorerDiff(Self.site, from: from, to: to) }
    }
    #expect(code(.live, .backfill("none@1"))?.code == "comparison.no_backfill")
    #expect(code(.live, .backfill("none@1"))?.advice == "Make one with `prowzi backfill --scorer none@1`.")
    #expect(code(.live, .shadow("default@1"))?.advice == "There is a backfill: leave --shadow out.")
    #expect(code(.shadow("none@1"), .backfill("default@1"))?.code == "comparison.no_shadow")
    #expect(code(.live, .live)?.code == "comparison.same_side")
    let error = #expect(throws: ProwziError.self) {
      try ScorerDiff(Self.site, from: .live, to: .backfill("default@1")).run(from: Ingested.end, to: Ingested.start)
    }
    #expect(error?.code == "replay.empty_window")
  }
}

extension JSONDocument {
  fileprivate func text(_ name: StaticString) -> String? { string(member(name, of: root)) }
}
