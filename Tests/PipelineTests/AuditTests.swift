import Audit
import Configuration
import Fold
import Inspect
import JSON
import Model
import Ports
import RecordFormat
import Runtime
import Stages
import Testing

/// Audits over the generated week: every step of every kind of brief is made again, and what was tampered with is named.
@Suite struct AuditTests {
  static let folder = TemporaryFolder().removeAtExit()

  /// The week, folded in small steps, so that there are checkpoints to begin at, and with a brief withdrawn.
  static let site: (directory: DataDirectory, retracted: String) = {
    do {
      let directory = try folder.copy(of: Ingested.directory, as: "data")
      try fold(directory, batch: 100, checkpointEvery: 100)
      let log = try directory.openReader()
      guard let brief = try BriefQuery().run(log).first(where: { $0.kind == "news" && $0.events.count == 1 }) else {
        preconditionFailure("the week has a brief of news")
      }
      try retract(brief.events[0], in: directory, at: Ingested.end)
      try fold(directory, checkpointEvery: 100)
      return (directory, brief.id)
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  static func retract(_ event: String, in directory: DataDirectory, at time: Timestamp) throws {
    let log = try directory.openWriter(DataDirectory.sensors)
    defer { log.close() }
    let evaluation = try EventID(event).flatMap { id throws in try EventSearch.evaluation(of: id, in: log) }
    let partition = try #require(evaluation?.place.partition)
    try RawAppender(log: log, partitions: directory.partitions).appendControl(
      type: FoldControl.retractType, value: [UInt8](text: #"{"event_id":"\#(event)","reason":"the source corrected itself"}"#), at: time,
      to: [Int(partition.value)])
  }

  static func audit(_ name: String, revision: Int? = nil, in directory: DataDirectory = site.directory) throws(ProwziError) -> AuditReport {
    var report = try Auditor(directory).audit(name, revision: revision, stop: StopFlag()) { _ in }
    report.program = "prowzi test"
    return report
  }

  /// One brief of each kind and status that there is, the one with the most revisions first.
  static func samples() throws -> [StoredBrief] {
    var found: [String: StoredBrief] = [:]
    for brief in try BriefQuery().run(try site.directory.openReader()) {
      let name = "\(brief.kind) \(brief.status)"
      if found[name].map({ $0.revision < brief.revision }) ?? true { found[name] = brief }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }

  @Test func everyKindOfBriefIsMadeAgainAndAddsUp() throws {
    let samples = try Self.samples()
    #expect(samples.count >= 8)
    #expect(Set(samples.map(\.status)) == ["active", "revised", "retracted"])
    for brief in samples {
      let report = try Self.audit(brief.id)
      #expect(report.subject == .brief)
      #expect(report.faults == [], "\(brief.kind) \(brief.id)")
      #expect(report.steps.count >= 5)
      #expect(report.reproduced == report.steps.count, "\(brief.kind) \(brief.id)")
      #expect(report.brief?.evidence.count == brief.evidence.count)
      #expect(report.brief?.revisions.count == brief.revision)
      #expect(report.configurations.allSatisfy { $0.place?.offset == .zero && $0.scorer == "default@1" })
      #expect(report.foldedRecords > 0)
      for chain in report.events { #expect(chain.raw != nil && chain.steps.count == 4) }
    }
  }

  @Test func anEarlierRevisionIsAuditedAsItWas() throws {
    let brief = try #require(try Self.samples().first { $0.revision > 1 && $0.status == "revised" })
    let report = try Self.audit(brief.id, revision: 1)
    #expect(report.brief?.brief.revision == 1)
    #expect(report.brief?.brief.status == "active")
    #expect(report.isSound)
    #expect(throws: ProwziError.self) { try Self.audit(brief.id, revision: 99) }
  }

  @Test func aWithdrawnBriefNamesTheControlRecordThatWithdrewIt() throws {
    let report = try Self.audit(Self.site.retracted)
    #expect(report.brief?.brief.status == "retracted")
    #expect(report.brief?.cause?.header("ce_type") == FoldControl.retractType)
    #expect(report.isSound, "\(report.faults)")
    #expect(report.brief?.evidence.contains { $0.evidence.field == "reason" && $0.fault == nil } == true)
  }

  @Test func foldingBeginsAtTheNearestCheckpoint() throws {
    // The newest but the withdrawn one.
    let briefs = try BriefQuery().run(try Self.site.directory.openReader()).filter { $0.status == "active" }
    let brief = try #require(briefs.max { $0.time < $1.time })
    let report = try Self.audit(brief.id)
    for fold in report.folds where fold.checkpoint != nil {
      let offsets = try CheckpointStore(files: Self.site.directory.files, fold: pipelineFold).offsets(of: fold.partition)
      #expect(offsets.contains { $0 == fold.checkpoint })
      let first = report.causes.filter { $0.partition == fold.partition && $0.offset >= fold.from }.map(\.offset).min() ?? fold.to
      #expect(!offsets.contains { $0 > fold.from && $0 <= first }, "no later checkpoint would have done")
    }
    #expect(report.folds.contains { $0.checkpoint != nil }, "the week is folded with checkpoints")
  }

  // MARK: Events

  @Test func anEventWithoutABriefSaysWhy() throws {
    var reasons: Set<String> = []
    for record in try Self.site.directory.records(of: DerivedTopic.banded.name).prefix(400) {
      let id = try #require(EventID(record.header("ce_id") ?? ""))
      let evaluation = try #require(
        StoredEvaluation(
          value: record.value ?? [], id: id,
          place: Coordinates(topic: DerivedTopic.banded.name, partition: record.partition, offset: record.offset)))
      let name = "\(evaluation.band?.name ?? "") \(evaluation.band?.reason ?? "")"
      guard reasons.insert(name).inserted else { continue }
      let report = try Self.audit(evaluation.eventID.text)
      #expect(report.subject == .event)
      #expect(report.isSound && report.unchecked == 0, "\(name) \(evaluation.eventID) \(report.faults)")
      #expect(report.storyBrief != nil || report.whyNoBrief != nil, "\(name)")
      if ["weekly", "archive"].contains(evaluation.band?.name) { #expect(report.whyNoBrief?.contains("same day") == true) }
    }
    #expect(reasons.count >= 4, "\(reasons)")
  }

  @Test func aDeadLetterIsMadeAgainToo() throws {
    let letter = try #require(try Self.site.directory.records(of: DerivedTopic.deadletters.name).first)
    let report = try Self.audit("prowzi.deadletters/\(letter.partition)/\(letter.offset)")
    #expect(report.subject == .deadLetter)
    #expect(report.reproduced == 1 && report.isSound)
    #expect(report.deadLetters.first?.raw?.value == letter.value)
    let place = try #require(report.deadLetters.first?.raw?.place)
    #expect(try Self.audit("\(place)").deadLetters.first?.code == letter.header("prowzi-error-code"), "the raw record leads there as well")
  }

  @Test(arguments: [
    ("0198d0a2-7c00-8abc-9def-0123456789ab", "event.not_found", "2025-08-22T07:16:06.272Z"), ("12", "usage.bad_value", ""),
    ("prowzi.raw/0/99999999", "event.not_found", "prowzi.raw"), ("prowzi.none/0/1", "log.unknown_topic", ""),
    ("prowzi.raw/0/0", "event.not_found", "1970"),
  ])
  func whatIsNotThereIsAnErrorWithAdvice(name: String, code: String, place: String) {
    do throws(ProwziError) {
      _ = try Self.audit(name)
      Issue.record("\(name) was found")
    } catch {
      #expect(error.code.text == code)
      #expect(error.advice != nil)
      #expect((error.place ?? "").contains(place))
    }
  }

  // MARK: Tampering

  /// One byte of a derived record, with a checksum that fits.
  @Test(arguments: [DerivedTopic.normalized, .enriched, .scored, .banded, .briefs]) func aChangedByteIsNamed(_ topic: DerivedTopic) throws {
    let folder = TemporaryFolder()
    let editor = try SegmentEditor.uncompressed(Ingested.directory, in: folder)
    try fold(editor.directory, batch: 100, checkpointEvery: 100)
    let brief = try #require(try BriefQuery().run(try editor.directory.openReader()).first { $0.revision == 1 && $0.events.count == 1 })
    let before = try Self.audit(brief.id, in: editor.directory)
    #expect(before.isSound)
    let victim = try #require(before.steps.first { $0.topic == topic })
    let value = try #require(victim.record.value)
    // The last digit of a number: still JSON, another value.
    let digit = try #require(
      value.indices.last { (0x31...0x38).contains(value[$0]) && value[$0 - 1] == UInt8(ascii: ".") }
        ?? value.indices.last { (0x31...0x38).contains(value[$0]) })
    let target = TopicPartition(topic: topic.name, partition: victim.record.place.partition)
    try editor.changeValue(of: victim.record.place.offset, in: target, at: digit) { $0 ^ 8 == 0x39 || $0 == 0x38 ? $0 ^ 1 : $0 + 1 }

    let report = try Self.audit(brief.id, in: editor.directory)
    #expect(!report.isSound)
    #expect(report.different == 1)
    let step = try #require(report.steps.first { $0.topic == topic })
    guard case .different(let differences) = step.reproduction else {
      Issue.record("\(step.reproduction)")
      return
    }
    #expect(differences.count == 1)
    #expect(differences.first?.pointer.hasPrefix("/value/") == true)
    let text = AuditText.text(report)
    #expect(text.contains("DIFFERENT") && text.contains(differences.first?.pointer.prefix(20) ?? "none"))
    let program = Process.run([Process.prowzi, "audit", brief.id, "--data", editor.directory.path, "--format", "json"])
    #expect(program.status == 1)
  }

  // MARK: Forms

  @Test func theSameAuditGivesTheSameBytesInEveryForm() throws {
    let brief = try #require(try Self.samples().first { $0.status == "revised" })
    let (first, second) = (try Self.audit(brief.id), try Self.audit(brief.id))
    #expect(AuditJSON.bytes(first) == AuditJSON.bytes(second))
    #expect(try JSONDocument(AuditJSON.bytes(first)).canonicalBytes == AuditJSON.bytes(first))
    #expect(AuditPage.html(first) == AuditPage.html(second))
    #expect(AuditProvenance.bytes(first) == AuditProvenance.bytes(second))
  }

  @Test func noLineIsLongerThanTheTerminal() throws {
    for brief in try Self.samples() {
      for line in AuditText.text(try Self.audit(brief.id), width: 100).split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    }
  }

  /// Refreshed with `PROWZI_REFRESH_GOLDEN=1`.
  @Test func theTextOfAnAuditIsThis() throws {
    let brief = try #require(try Self.samples().first { $0.kind == "exploit" && $0.revision == 1 })
    let text = AuditText.text(try Self.audit(brief.id), width: 100)
    let path = Place.package + "/Tests/PipelineTests/Golden/audit.txt"
    if Place.environment("PROWZI_REFRESH_GOLDEN") != nil { FileBytes.write([UInt8](text: text), to: path) }
    #expect(text == FileBytes.read(path).displayText)
  }

  // MARK: Provenance

  static let python = Place.environment("PROWZI_TEST_PYTHON") ?? Place.package + "/.build/python/bin/python3"
  static var hasPython: Bool { Process.run(["/usr/bin/env", python, "-c", "import prov"]).status == 0 || Place.needsCaptures }

  /// The PyPI package `prov`, which shares no code with us, reads every export and finds the way from the brief to the raw bytes.
  @Test(.enabled(if: hasPython, "No Python with the package prov: run ops/python, or name one in PROWZI_TEST_PYTHON"))
  func anIndependentReaderFindsTheWayFromBriefToRaw() throws {
    let folder = TemporaryFolder()
    for (number, brief) in try Self.samples().enumerated() {
      let report = try Self.audit(brief.id)
      let raws = report.events.map { "log:\($0.rawPlace)" }
      let file = folder.write(AuditProvenance.bytes(report), to: "\(number).json")
      let result = Process.run(
        ["/usr/bin/env", Self.python, Place.package + "/Tests/PipelineTests/provenance.py", file, "log:\(brief.place)"] + raws)
      #expect(result.status == 0, "\(brief.kind): \(result.output)")
      #expect(result.output.hasPrefix("derived in 5 steps"), "\(brief.kind): \(result.output)")
    }
    let letter = try #require(try Self.site.directory.records(of: DerivedTopic.deadletters.name).first)
    let report = try Self.audit("prowzi.deadletters/\(letter.partition)/\(letter.offset)")
    let file = folder.write(AuditProvenance.bytes(report), to: "letter.json")
    let raw = try #require(report.deadLetters.first?.raw?.place)
    let result = Process.run(
      [
        "/usr/bin/env", Self.python, Place.package + "/Tests/PipelineTests/provenance.py", file,
        "log:prowzi.deadletters/\(letter.partition)/\(letter.offset)", "log:\(raw)",
      ])
    #expect(result.output.hasPrefix("derived in 1 steps"), "\(result.output)")
  }
}
