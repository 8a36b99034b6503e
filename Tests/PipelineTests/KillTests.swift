import Fixtures
import Glibc
import Model
import Ports
import Testing

@testable import Runtime

@Suite struct KillTests {
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
    try expectSound(directory)
  }
}
