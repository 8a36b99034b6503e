import Kafka
import Model
import Ports
import Runtime
import Stages
import Testing

/// `prowzi topics` and `prowzi deadletters` on a cluster.
@Suite(.serialized) struct TopicCommandTests {
  private func prowzi(_ broker: TestBroker, _ words: String...) -> Process.Result {
    Process.run([Process.prowzi] + words + ["--kafka", broker.address])
  }

  @Test func whatIsMissingIsMadeAndThenNothingDiffers() {
    let broker = TestBroker()
    let before = prowzi(broker, "topics", "diff")
    #expect(before.status == 1)
    #expect(before.output.contains("+ prowzi.raw") && before.output.contains("+ prowzi.positions"), "\(before.output)")
    let trial = prowzi(broker, "topics", "apply", "--dry-run")
    #expect(trial.output.contains("Would change 11 topics."), "\(trial.output)")
    #expect(prowzi(broker, "topics", "diff").status == 1)
    let made = prowzi(broker, "topics", "apply")
    #expect(made.status == 0, "\(made.output)")
    #expect(made.output.contains("Changed 11 topics."))
    let after = prowzi(broker, "topics", "diff")
    #expect(after.status == 0, "\(after.output)")
    #expect(after.output == "The topics are what their files say.\n")
    let list = prowzi(broker, "topics", "list").output
    #expect(list.contains("prowzi.checkpoints") && list.contains("prowzi.briefs"), "\(list)")
    #expect(prowzi(broker, "topics", "describe", "prowzi.positions").output.contains("compacted   yes"))
  }

  @Test func settingsThatDifferAreToldAndChangedAndOthersAreKept() {
    let broker = TestBroker()
    #expect(prowzi(broker, "topics", "apply").status == 0)
    broker.tell("set prowzi.briefs retention.ms=1000,message.timestamp.type=LogAppendTime,min.insync.replicas=2")
    broker.tell("set prowzi.positions cleanup.policy=delete")
    let differs = prowzi(broker, "topics", "diff")
    #expect(differs.status == 1)
    #expect(differs.output.contains("retention_ms: 1000 → "), "\(differs.output)")
    #expect(differs.output.contains("message.timestamp.type: LogAppendTime → CreateTime"), "\(differs.output)")
    #expect(differs.output.contains("compacted: no → yes  records may go"), "\(differs.output)")
    // Compaction lets records go, so it is not done unasked.
    let refused = prowzi(broker, "topics", "apply")
    #expect(refused.status != 0)
    #expect(refused.output.contains("Give --allow-shrink if that is meant."), "\(refused.output)")
    #expect(prowzi(broker, "topics", "diff").output == differs.output)
    let changed = prowzi(broker, "topics", "apply", "--allow-shrink")
    #expect(changed.output.contains("Changed 2 topics."), "\(changed.output)")
    #expect(prowzi(broker, "topics", "diff").status == 0)
    #expect(broker.settings(of: "prowzi.briefs").contains("min.insync.replicas=2"), "what somebody else has set is kept")
  }

  @Test func partitionsAreNeverChangedAndNothingIsDeletedUnasked() {
    let broker = TestBroker(["--topics", "prowzi.raw:2,prowzi.banded:3,prowzi.mine:1,other:1"])
    let diff = prowzi(broker, "topics", "diff").output
    #expect(diff.contains("partitions: 3 → 2  cannot be changed"), "\(diff)")
    #expect(diff.contains("prowzi.mine  no file speaks of it") && !diff.contains("other"), "\(diff)")
    let refused = prowzi(broker, "topics", "apply", "--allow-shrink", "--delete", "prowzi.mine")
    #expect(refused.status != 0)
    #expect(refused.output.contains("partitions is 3 and cannot become 2"), "\(refused.output)")
    #expect(prowzi(broker, "topics", "diff").output == diff, "nothing is done unless everything can be")

    let second = TestBroker(["--topics", "prowzi.mine:1,other:1"])
    #expect(prowzi(second, "topics", "apply").status == 0)
    #expect(prowzi(second, "topics", "list").output.contains("prowzi.mine"))
    #expect(prowzi(second, "topics", "apply", "--delete", "prowzi.raw").status == 2)
    #expect(prowzi(second, "topics", "apply", "--delete", "prowzi.mine").status == 0)
    #expect(!prowzi(second, "topics", "list").output.contains("prowzi.mine"))
  }

  @Test func recordsOnAClusterAreHeldAgainstTheirSchemas() throws {
    let broker = TestBroker()
    let cluster = try broker.prepared()
    try fold(cluster)
    let valid = prowzi(broker, "topics", "check")
    #expect(valid.status == 0, "\(valid.output)")
    let here = Process.run([Process.prowzi, "topics", "check", "--data", Embedded.directory.path])
    #expect(here.status == 0)
    // The same records, and those of the two topics that only clusters have.
    #expect(valid.output.contains("keep what their schemas promise."))
    let briefs = prowzi(broker, "topics", "check", "prowzi.briefs")
    #expect(briefs.output == Process.run([Process.prowzi, "topics", "check", "prowzi.briefs", "--data", Embedded.directory.path]).output)
    let foreign = Process.shell("printf '{\"no\":1}' | kcat -q -b \(broker.address) -P -t prowzi.briefs -p 0")
    #expect(foreign.status == 0, "\(foreign.output)")
    let broken = prowzi(broker, "topics", "check", "prowzi.briefs")
    #expect(broken.status == 1)
    #expect(broken.output.contains("Broken: 1 of 29 records of 1 topic break their schema."), "\(broken.output)")
  }

  @Test func deadLettersOnAClusterAreThoseOfTheEmbeddedLogAndAreDrivenThroughAgain() throws {
    let broker = TestBroker()
    let cluster = try broker.prepared()
    try fold(cluster)
    func embedded(_ words: String...) -> String { Process.run([Process.prowzi] + words + ["--data", Embedded.directory.path]).output }
    let summary = prowzi(broker, "deadletters", "list", "--summary")
    #expect(summary.status == 0, "\(summary.output)")
    #expect(summary.output == embedded("deadletters", "list", "--summary"))
    // Places differ where a transaction's marker lies between; what they say does not.
    func said(_ text: String) -> [Substring] { text.split(separator: "\n").map { $0.drop { $0 != " " } } }
    #expect(said(prowzi(broker, "deadletters", "list").output) == said(embedded("deadletters", "list")))
    let line = prowzi(broker, "deadletters", "list", "--code", "parse.csv", "--format", "json").output
    #expect(line.contains("\"code\":\"parse.csv\""), "\(line)")
    let place = line.split(separator: "\"").first { $0.hasPrefix("prowzi.deadletters/") || $0.hasPrefix("prowzi.deadletters-") } ?? ""
    let shown = prowzi(broker, "deadletters", "show", String(place))
    #expect(shown.status == 0 && shown.output.contains("parse.csv"), "\(place): \(shown.output)")

    let before = try Runner.backlog(try cluster.reader(), partitions: Embedded.partitions)
    #expect(before == 0)
    let driven = prowzi(broker, "deadletters", "redrive", "--code", "parse", "--reason", "another try")
    #expect(driven.status == 0, "\(driven.output)")
    #expect(driven.output.contains("Appended 3 raw records again"), "\(driven.output)")
    #expect(try Runner.backlog(try cluster.reader(), partitions: Embedded.partitions) == 3)
    let again = prowzi(broker, "deadletters", "redrive", "--code", "parse")
    #expect(again.output.contains("Appended 0 raw records again"), "\(again.output)")
    #expect(prowzi(broker, "run").status == 0)
    #expect(prowzi(broker, "deadletters", "list", "--summary").output.contains("parse.json"))
    #expect(prowzi(broker, "replay", "--verify").status == 0)
  }
}
