import Fixtures
import Glibc
import Inspect
import Model
import Ports
import Runtime
import Testing

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
    while kills < 10 {
      let child = Process.start(Self.run(directory))
      usleep(UInt32(100_000 + draw.below(1_200_000)))
      kill(child, SIGKILL)
      switch Process.wait(child) {
      case 128 + SIGKILL: kills += 1
      case 0:
        try check(directory)
        rounds += 1
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
