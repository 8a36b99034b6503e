import Fixtures
import Inspect
import Model
import Ports
import RecordFormat
import Runtime
import Stages
import State
import Testing

@Suite struct StepTests {
  static func stepper(_ directory: DataDirectory) throws -> ReplayStepper {
    try ReplayStepper(directory, Window.request(), threads: 2, stop: StopFlag())
  }

  static func text(_ step: ReplayStep?) -> String {
    guard let step else { return "none" }
    let made = step.made.map { topic, buffer in "\(topic) \(buffer.records.indices.map { RecordText(buffer, $0) })" }
    return "\(step.number) \(step.partition)/\(step.offset) \(step.time) \(RecordText(step.raw, 0)) \(made)"
  }

  @Test func stepsAreTheRawRecordsInOrderWithWhatTheyCausedLive() throws {
    let folder = TemporaryFolder()
    let directory = try ReplayTests.folded(folder)
    let stepper = try Self.stepper(directory)
    let log = try directory.openReader()
    var times: [Timestamp] = []
    var count = 0
    while try stepper.next(), let step = stepper.current {
      times.append(step.time)
      for (topic, buffer) in step.made {
        let target = TopicPartition(topic: topic.name, partition: step.partition)
        let first = try #require(buffer.records.first).offset
        #expect(
          try log.texts(target, from: first, to: first.advanced(by: buffer.count)) == buffer.records.indices.map { RecordText(buffer, $0) })
        count += buffer.count
      }
    }
    #expect(times == times.sorted())
    #expect(times.count == stepper.total)
    #expect(count > 100)
  }

  @Test func goingBackAndForthGivesTheSameSteps() throws {
    let folder = TemporaryFolder()
    let directory = try ReplayTests.folded(folder)
    let stepper = try Self.stepper(directory)
    var seen: [String] = []
    for _ in 0..<30 {
      _ = try stepper.next()
      seen.append(Self.text(stepper.current))
    }
    #expect(try stepper.back(12, stop: StopFlag()))
    #expect(Self.text(stepper.current) == seen[17])
    for index in 18..<30 {
      _ = try stepper.next()
      #expect(Self.text(stepper.current) == seen[index])
    }
    #expect(try !stepper.back(30, stop: StopFlag()))
    #expect(Self.text(stepper.current) == seen[29])
    #expect(try stepper.back(29, stop: StopFlag()))
    #expect(Self.text(stepper.current) == seen[0])
  }

  @Test func breakpointsStopWhereTheySay() throws {
    let folder = TemporaryFolder()
    let directory = try ReplayTests.folded(folder)
    // What there is to stop at, found by going through everything.
    let all = try Self.stepper(directory)
    var steps: [ReplayStep] = []
    while try all.next(), let step = all.current { steps.append(step) }
    func first(_ topic: DerivedTopic, _ text: String) -> Int? {
      steps.first { step in
        step.made.contains { $0.topic == topic && $0.buffer.bytes.displayText.contains(text) }
      }?.number
    }
    let source = try #require(steps.last).source
    let cases: [(String, Int?)] = [
      ("kind=news", first(.normalized, #""kind":"news""#)), ("band=weekly", first(.banded, #""band":"weekly""#)),
      ("source=\(source)", steps.first { $0.source == source }?.number),
      ("time=\(steps[20].time)", steps.first { $0.time >= steps[20].time }?.number),
      ("deadletter", steps.first { $0.made.contains { $0.topic == .deadletters } }?.number),
    ]
    var hits = 0
    for (text, expected) in cases {
      let stepper = try Self.stepper(directory)
      let hit = try stepper.run(to: [try Breakpoint(text)], stop: StopFlag())
      #expect((hit == nil) == (expected == nil), "\(text)")
      guard let expected else { continue }
      #expect(stepper.current?.number == expected, "\(text)")
      hits += 1
    }
    #expect(hits >= 3)
    for bad in ["", "band=loud", "kind=", "event=1", "colour=red", "time=soon"] {
      do throws(ProwziError) {
        _ = try Breakpoint(bad)
        Issue.record("\(bad) was taken")
      } catch { #expect(error.code == "replay.bad_breakpoint") }
    }
  }

  @Test func theStatesAroundAStepAreThoseOfTheMomentsBeforeAndAfter() throws {
    let folder = TemporaryFolder()
    let directory = try ReplayTests.folded(folder)
    let stepper = try Self.stepper(directory)
    var last: [PartitionIndex: [Digest]] = [:]
    var touched = 0
    for _ in 0..<12 {
      _ = try stepper.next()
      let step = try #require(stepper.current)
      let states = try #require(try stepper.states(.everything, stop: StopFlag()))
      #expect(states.before.map(\.name) == ["normalize", "enrich", "score", "band", "curate"])
      if let known = last[step.partition] { #expect(states.before.map(\.digest) == known) }
      last[step.partition] = states.after.map(\.digest)
      if !step.made.isEmpty {
        #expect(states.before[0].digest != states.after[0].digest)
        #expect(states.before[0].rows != states.after[0].rows)
        touched += 1
      }
    }
    #expect(touched > 3)
  }

  // MARK: State at a moment

  @Test func theStateAsOfAMomentIsTheSameFromEveryKeptState() throws {
    let folder = TemporaryFolder()
    let directory = try ReplayTests.folded(folder)
    func states() throws -> [StateView] {
      try StateInspection(directory).states(at: Window.from, of: nil, .tables, threads: 2, stop: StopFlag(), progress: { _ in })
    }
    let near = try states()
    #expect(near.contains { $0.foldedFrom > .zero })
    #expect(Process.run(["/bin/rm", "-r", directory.path + "/checkpoints"]).status == 0)
    let far = try states()
    #expect(far.allSatisfy { $0.foldedFrom == .zero })
    #expect(near.map(\.digest) == far.map(\.digest))
    #expect(near.map { $0.stages.map(\.digest) } == far.map { $0.stages.map(\.digest) })
    #expect(near.map { $0.stages.map(\.tables) } == far.map { $0.stages.map(\.tables) })
  }

  @Test func anEventAStoryABriefAndAnEntityAreFoundByTheirNames() throws {
    let directory = Ingested.folded.directory
    let briefs = try directory.records(of: DerivedTopic.briefs.name)
    let brief = try #require(briefs.first { $0.value?.displayText.contains(#""revision":1"#) ?? false })
    let value = try #require(brief.value).displayText
    func member(_ name: String) throws -> String {
      let start = try #require(value.range(of: "\"\(name)\":\"")).upperBound
      return String(value[start...].prefix(36))
    }
    let digits = value[try #require(value.range(of: #""created_at":"#)).upperBound...].prefix { $0.isNumber }
    let moment = Timestamp(milliseconds: try #require(Int64(digits)) + 1)
    func tables(_ key: String) throws -> Set<String> {
      let views = try StateInspection(directory).states(
        at: moment, of: [brief.partition], .about(StateKey(key)), threads: 1, stop: StopFlag(),
        progress: { _ in })
      return Set(views.flatMap(\.stages).flatMap { stage in stage.rows.map { "\(stage.name) \($0.table)" } })
    }
    let story = try tables(try member("story_id"))
    #expect(story.isSuperset(of: ["enrich stories", "band stories", "curate stories"]), "\(story)")
    #expect(try tables(try member("brief_id")).contains("curate stories"))
    let start = try #require(value.range(of: #""event_ids":[""#)).upperBound
    let event = try tables(String(value[start...].prefix(36)))
    #expect(event.isSuperset(of: ["normalize seen", "curate stories"]), "\(event)")
    #expect(try tables("nothing-of-this-name").isEmpty)
  }
}

extension String {
  fileprivate func range(of text: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
