import Fixtures
import Model
import Testing

@Suite struct FixtureTests {
  @Test func signalsAreWhatTheGeneratorGives() {
    for file in FixtureFolder.signalFiles() {
      #expect(FileBytes.read(Place.signals + "/" + file.name) == file.contents, "\(file.name): prowzi-bench fixtures --write")
    }
  }

  @Test func outcomeIsWhatIsKept() throws {
    let folder = TemporaryFolder()
    let outcome = try FixtureOutcome.fold(Place.signals, into: folder.path + "/data")
    let kept = FileBytes.read(Place.fixtures + "/" + FixtureFolder.expected).displayText
    let lines = outcome.fileBytes.displayText.split(separator: "\n").difference(from: kept.split(separator: "\n"))
    #expect(lines.isEmpty, "after a deliberate change: prowzi-bench fixtures --write")
  }

  /// Or the laws would hold over nothing.
  @Test func theFirstWeekShowsEveryTopicAndSomeOfEveryFate() {
    for topic in Ingested.outcome.topics { #expect(topic.contains { $0.next > .zero }) }
    for group in Ingested.outcome.counts where group.group == "record" {
      for row in group.rows { #expect(row.count > 0, "\(row.name)") }
    }
  }
}
