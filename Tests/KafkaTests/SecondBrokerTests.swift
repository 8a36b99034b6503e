import Glibc
import Model
import Runtime
import Testing

/// A broker that others wrote: what of the program works there, and that what the broker cannot do is told and not papered over.
@Suite(.serialized) struct SecondBrokerTests {
  /// What it lacks and a pipeline needs, taken on knowingly.
  private static let accepted = "isolation,concurrency"

  @Test func theLibraryOfDebianSaysWhichOneIsNeeded() {
    let broker = SecondBroker()
    let result = Process.run([Process.prowzi, "status", "--kafka", broker.address])
    #expect(result.status == 8)
    #expect(result.output.contains("cannot read how this broker introduces itself"), "\(result.output)")
    #expect(result.output.contains("librdkafka 2.2.0 or newer can"), "\(result.output)")
  }

  @Test func whatItLacksIsFoundAndNamed() {
    let broker = SecondBroker()
    let result = broker.prowzi("cluster", "check", "--kafka", broker.address, oneByOne: false)
    #expect(result.status == 1)
    let lines = result.output.split(separator: "\n").map { String($0) }
    for lacking in [
      "NO   ends          of a partition of 3 records the broker says that it ends at offset 1",
      "no   times         a time after every record is found at offset 0",
      "NO   isolation     read_committed readers are shown a record that was aborted",
      "NO   concurrency   while a transaction is open behind 3 records, readers are told that the partition ends at offset 0",
    ] { #expect(lines.contains(lacking), "\(result.output)") }
    for ability in ["transactions", "fencing", "settings", "groups", "removal"] {
      #expect(lines.contains { $0.hasPrefix("yes  \(ability) ") }, "\(ability): \(result.output)")
    }
    #expect(lines.contains("Unfit: records hang on what this cluster cannot do."))
    // Nothing of the check is left.
    #expect(!broker.prowzi("topics", "list", "--kafka", broker.address).output.contains("prowzi.check."))
  }

  @Test func noPipelineIsMadeThereUnlessWhatIsMissingIsAccepted() {
    let broker = SecondBroker()
    let refused = broker.prowzi("init", "--kafka", broker.address, "--partitions", "2", oneByOne: false)
    #expect(refused.status == 8)
    #expect(
      refused.output.contains(
        "this broker cannot carry a pipeline: of a partition of 3 records the broker says that it ends at offset 1 (ends); read_committed readers are shown a "
          + "record that was aborted (isolation); while a transaction is open behind 3 records, readers are told that the partition ends at offset 0 (concurrency)"
      ),
      "\(refused.output)")
    let unknown = broker.prowzi("init", "--kafka", broker.address, "--accept", "isolations")
    #expect(unknown.status == 2)
    let status = broker.prowzi("status", "--kafka", broker.address)
    #expect(status.output.contains("there is no Prowzi pipeline"), "\(status.output)")

    // Whoever accepts that ends are told wrong is told again when records would be overlooked.
    let made = broker.prowzi("init", "--kafka", broker.address, "--partitions", "2", "--accept", "ends," + Self.accepted, oneByOne: false)
    #expect(made.status == 0, "\(made.output)")
    let ingested = broker.prowzi(
      "ingest", "--kafka", broker.address, "--manifest", Place.signals + "/streams.json", "--from", "2026-02-21", "--to", "2026-02-24",
      oneByOne: false)
    #expect(ingested.status == 8)
    #expect(ingested.output.contains("and says that the partition ends at"), "\(ingested.output)")
    #expect(ingested.output.contains("They would be overlooked."), "\(ingested.output)")
  }

  @Test func aRunThereGivesWhatTheEmbeddedLogGives() throws {
    let broker = SecondBroker()
    let folder = TemporaryFolder()
    let made = broker.prowzi("init", "--kafka", broker.address, "--partitions", "2", "--accept", Self.accepted)
    #expect(made.status == 0, "\(made.output)")
    #expect(made.output.contains("this broker lacks 'isolation'"))
    let ingested = broker.prowzi(
      "ingest", "--kafka", broker.address, "--manifest", Place.signals + "/streams.json", "--from", "2026-02-21", "--to", "2026-02-24")
    #expect(ingested.status == 0, "\(ingested.output)")
    let folded = broker.prowzi("run", "--kafka", broker.address, "--batch", "200")
    #expect(folded.status == 0, "\(folded.output)")
    #expect(broker.derivedLines() == Embedded.lines)
    // Read back and folded once more, record by record.
    let verified = broker.prowzi("replay", "--verify", "--kafka", broker.address)
    #expect(verified.status == 0, "\(verified.output)")

    // From there into an embedded log, and on to another cluster of the same kind.
    let copy = folder.path + "/copy"
    let back = broker.prowzi("mirror", "--from", "kafka:\(broker.address)", "--to", copy)
    #expect(back.status == 0, "\(back.output)")
    #expect(back.output.contains("Equal:"))
    #expect(try derivedLines(DataDirectory(path: copy)) == Embedded.lines)
    let other = SecondBroker()
    let there = other.prowzi("mirror", "--from", copy, "--to", "kafka:\(other.address)", "--accept", Self.accepted)
    #expect(there.status == 0, "\(there.output)")
    #expect(there.output.contains("Equal:"))
    #expect(other.derivedLines() == Embedded.lines)
  }

  /// The same program and broker as the other tests have, which lacks nothing.
  @Test func aBrokerThatCanDoEverythingIsFit() {
    let broker = TestBroker()
    let result = Process.run([Process.prowzi, "cluster", "check", "--kafka", broker.address])
    #expect(result.status == 0, "\(result.output)")
    #expect(!result.output.contains("no ") && !result.output.contains("NO "), "\(result.output)")
    #expect(result.output.contains("Fit: this cluster can carry a pipeline."))
  }
}
