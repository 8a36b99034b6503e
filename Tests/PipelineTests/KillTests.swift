import Fixtures
import Glibc
import Inspect
import Model
import Ports
import Testing

@testable import Runtime

@Suite struct KillTests {
  static let seed: UInt64 = 20_260_221

  /// The program is killed at ten moments that a seed chooses, and started again each time. A run that ends before its kill counts for nothing,
  /// and the next begins anew.
  @Test func killedTenTimesAndResumedItGivesTheSame() throws {
    let folder = TemporaryFolder()
    var draw = SplitMix64(seed: Self.seed)
    var directory = try folder.copy(of: Ingested.directory, as: "data-0")
    var kills = 0
    var rounds = 0
    // Microseconds; halved where a run ends before it, as programs are built with and without optimisation.
    var longest = 1_200_000
    while kills < 10 {
      let child = Process.start(Self.run(directory))
      usleep(UInt32(longest / 12 + draw.below(longest)))
      kill(child, SIGKILL)
      switch Process.wait(child) {
      case 128 + SIGKILL: kills += 1
      case 0:
        try check(directory)
        rounds += 1
        longest = max(20_000, longest / 2)
        try #require(rounds < 20, "the program ends before it can be killed: lower the delay")
        directory = try folder.copy(of: Ingested.directory, as: "data-\(rounds)")
      case let status: Issue.record("prowzi run ended with \(status)")
      }
    }
    let last = Process.run(Self.run(directory))
    try #require(last.status == 0, "\(last.output)")
    try check(directory)
  }

  /// Asked to stop, the program ends at a commit with exit code 130 and goes on from there.
  @Test func terminatedItSaysSoAndGoesOn() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    let child = Process.start([Process.prowzi, "run", "--data", directory.path, "--follow", "--batch", "20"])
    usleep(900_000)
    kill(child, SIGTERM)
    #expect(Process.wait(child) == 130)
    #expect(Process.run(Self.run(directory)).status == 0)
    try check(directory)
  }

  /// A backfill that is killed three times and begun again is the same as one that is left alone.
  @Test func aBackfillKilledThreeTimesGoesOnAndGivesTheSame() throws {
    let folder = TemporaryFolder()
    let whole = try folder.copy(of: Ingested.folded.directory, as: "whole")
    let document = folder.write(
      [UInt8](text: #"{"extends":"default@1","name":"rush","version":1,"weights":{"freshness":0.45,"novelty":0.05}}"#), to: "rush.json")
    try #require(Process.run([Process.prowzi, "scorer", "add", document, "--data", whole.path]).status == 0)
    let parts = try folder.copy(of: whole, as: "parts")
    try #require(Process.run(Self.backfill(whole)).status == 0)
    var draw = SplitMix64(seed: Self.seed)
    var kills = 0
    for _ in 0..<20 where kills < 3 {
      let child = Process.start(Self.backfill(parts))
      usleep(UInt32(150_000 + draw.below(250_000)))
      kill(child, SIGKILL)
      switch Process.wait(child) {
      case 128 + SIGKILL: kills += 1
      case 0: try #require(Process.run([Process.prowzi, "candidate", "drop", "rush@1", "--data", parts.path]).status == 0)
      case let status: Issue.record("prowzi backfill ended with \(status)")
      }
    }
    #expect(kills == 3)
    let last = Process.run(Self.backfill(parts))
    try #require(last.status == 0, "\(last.output)")
    let set = try TopicSet(.candidate, "rush.1")
    for topic in Candidate.topics {
      #expect(try CandidateTests.lines(topic, of: set, in: parts) == CandidateTests.lines(topic, of: set, in: whole), "\(topic)")
    }
    #expect(try CandidateTests.lines(.banded, of: set, in: whole).count == CandidateTests.lines(.banded, of: .live, in: whole).count)
  }

  private static func backfill(_ directory: DataDirectory) -> [String] {
    [Process.prowzi, "backfill", "--scorer", "rush@1", "--data", directory.path, "--threads", "2", "--batch", "5"]
  }

  private static func run(_ directory: DataDirectory) -> [String] {
    [Process.prowzi, "run", "--data", directory.path, "--threads", "2", "--batch", "5", "--checkpoint-records", "40"]
  }

  private func check(_ directory: DataDirectory) throws {
    #expect(try directory.derivedLines() == Ingested.outcome.derivedLines)
    #expect(try verify(directory).isIdentical)
    let log = try directory.openReader()
    for topic in directory.topics {
      for target in try log.partitions(of: topic.name) {
        let check = try LogCheck.run(target, of: log) { true }
        #expect(check.isSound, "\(target): \(check.findings) \(check.digest)")
      }
    }
  }
}
