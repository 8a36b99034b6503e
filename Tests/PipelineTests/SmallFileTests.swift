import Model
import Ports
import Simulation
import Testing

@testable import Runtime

/// Files beside the log (checkpoints, keys, candidates) on a disk that loses what was not made durable.
@Suite struct SmallFileTests {
  private static func read(_ files: SimulatedFileSystem) -> [UInt8]? { try? DataDirectory.read("states/a", files) }

  private static func disk(seed: UInt64) throws -> SimulatedFileSystem {
    let files = SimulatedFileSystem(seed: seed)
    try files.createDirectory("states")
    try files.syncDirectory("")
    try DataDirectory.write([UInt8](repeating: 1, count: 3000), to: "states/a", files)
    return files
  }

  @Test func whatWasWrittenOutlivesAPowerLoss() throws {
    for seed in 0..<200 as Range<UInt64> {
      let files = try Self.disk(seed: seed)
      files.crash()
      #expect(Self.read(files) == [UInt8](repeating: 1, count: 3000), "seed \(seed)")
    }
  }

  @Test func aPowerLossAtAnyMomentLeavesTheOldFileOrTheNewOne() throws {
    let (old, new) = ([UInt8](repeating: 1, count: 3000), [UInt8](repeating: 2, count: 9000))
    for seed in 0..<100 as Range<UInt64> {
      var call = 1
      while true {
        let files = try Self.disk(seed: seed)
        files.add(.powerLoss(call: call))
        let isDone = (try? DataDirectory.write(new, to: "states/a", files)) != nil
        files.crash()
        let found = Self.read(files)
        #expect(found == new || (found == old && !isDone), "seed \(seed), call \(call)")
        if isDone { break }
        call += 1
      }
      #expect(call > 4)
    }
  }
}
