import Model
import Ports
import Simulation
import Synchronization
import Testing

@Suite struct SimulationTests {
  /// One synced write and one that is not, then a crash.
  private func crashed(seed: UInt64) throws -> [UInt8] {
    let files = SimulatedFileSystem(seed: seed)
    let file = try files.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 100).span, at: 0)
    try file.sync()
    try files.syncDirectory("")
    try file.write([UInt8](repeating: 2, count: 20_000).span, at: 100)
    files.crash()
    return try files.contents("a")
  }

  @Test func whatIsSyncedSurvivesAndTheRestIsKeptDroppedTornOrTrashed() throws {
    var kept = 0
    var dropped = 0
    var torn = 0
    var trashed = 0
    for seed in 0..<200 {
      let bytes = try crashed(seed: UInt64(seed))
      #expect(bytes.prefix(100).allSatisfy { $0 == 1 })
      let tail = bytes.dropFirst(100)
      if tail.isEmpty {
        dropped += 1
      } else if tail.count == 20_000, tail.allSatisfy({ $0 == 2 }) {
        kept += 1
      } else if tail.allSatisfy({ $0 == 2 || $0 == 0 }) {
        torn += 1
      } else {
        trashed += 1
      }
    }
    #expect(kept > 20 && dropped > 20 && torn > 20 && trashed > 20)
    #expect(try crashed(seed: 5) == crashed(seed: 5))
  }

  @Test func namesThatNoDirectorySyncCoversMayBeLost() throws {
    var made = 0
    var renamed = 0
    for seed in 0..<100 {
      let files = SimulatedFileSystem(seed: UInt64(seed))
      _ = try files.open("old", .createNew)
      try files.syncDirectory("")
      _ = try files.open("new", .createNew).sync()
      try files.rename("old", to: "other")
      files.crash()
      if try files.exists("new") { made += 1 }
      if try files.exists("other") { renamed += 1 }
      #expect(try files.exists("other") != files.exists("old"))
    }
    #expect((20...80).contains(made) && (20...80).contains(renamed))
  }

  @Test func aSyncThatFailedLosesItsWritesAndTheNextClaimsSuccess() throws {
    var outcomes: Set<String> = []
    for seed in 0..<60 {
      let files = SimulatedFileSystem(seed: UInt64(seed))
      let file = try files.open("a", .createNew)
      try files.syncDirectory("")
      try file.write([1, 2, 3].span, at: 0)
      files.add(.failure(of: .sync, call: 1, forEver: false))
      #expect(throws: ProwziError.self) { try file.sync() }
      try file.sync()
      let seen = try files.contents("a")
      files.crash()
      let left = try files.contents("a")
      outcomes.insert(
        "\(seen == [1, 2, 3] ? "seen" : seen.isEmpty ? "dropped" : "trash") \(left == [1, 2, 3] ? "kept" : left.isEmpty ? "lost" : "trash")"
      )
      #expect(files.figures.failures == [.sync: 1])
    }
    #expect(outcomes.isSuperset(of: ["seen kept", "seen lost", "dropped lost", "seen trash"]))
  }

  @Test func aShortWriteLeavesABeginningAndFails() throws {
    var lengths: Set<Int> = []
    for seed in 0..<40 {
      let files = SimulatedFileSystem(seed: UInt64(seed))
      let file = try files.open("a", .createNew)
      files.add(.shortWrite(call: 2))
      try file.write([9].span, at: 0)
      #expect(throws: ProwziError.self) { try file.write([1, 2, 3].span, at: 1) }
      let left = try files.contents("a")
      #expect(left == Array([9, 1, 2, 3].prefix(left.count)))
      lengths.insert(left.count)
      try file.write([1, 2, 3].span, at: 1)
      #expect(try files.contents("a") == [9, 1, 2, 3] && files.figures.shortWrites == 1)
    }
    #expect(lengths == [1, 2, 3, 4])
  }

  /// Ten unsynced writes to two files: in order, what survives is a beginning of them but for the one that was under way.
  @Test func theSeedChoosesWhetherWhatCameLaterIsLostFirst() throws {
    var (orderly, disorderly) = (0, 0)
    for seed in 0..<120 {
      let files = SimulatedFileSystem(seed: UInt64(seed))
      let pair = [try files.open("a", .createNew), try files.open("b", .createNew)]
      try files.syncDirectory("")
      for number in 0..<10 { try pair[number % 2].write([UInt8(number + 1)].span, at: number / 2) }
      files.crash()
      let (a, b) = (try files.contents("a"), try files.contents("b"))
      let kept = (0..<10).map { number in
        let bytes = number % 2 == 0 ? a : b
        return number / 2 < bytes.count && bytes[number / 2] == UInt8(number + 1)
      }
      if kept.drop(while: { $0 }).dropFirst().contains(true) { disorderly += 1 } else { orderly += 1 }
    }
    #expect(orderly >= 40 && disorderly >= 40)
  }

  @Test func aKilledProcessLeavesWhatItWroteAndLetsGoOfItsLocks() throws {
    var written = 0
    for seed in 0..<40 {
      let machine = SimulatedFileSystem(seed: 1)
      let process = SimulatedProcess(machine, seed: UInt64(seed))
      let lock = try #require(try process.lock("lock"))
      let file = try process.open("a", .createNew)
      var calls: [String] = []
      let seen = Mutex<[String]>([])
      process.onChange { operation, path in seen.withLock { $0.append("\(operation) \(path)") } }
      process.kill(atChange: 2)
      try file.write([1].span, at: 0)
      #expect(throws: ProwziError.self) { try file.write([2].span, at: 1) }
      #expect(throws: ProwziError.self) { _ = try file.size() }
      #expect(throws: ProwziError.self) { _ = try process.exists("a") }
      calls = seen.withLock { $0 }
      #expect(calls == ["write a", "write a"] && process.isDead)
      let left = try machine.contents("a")
      #expect(left == [1] || left == [1, 2])
      if left.count == 2 { written += 1 }
      #expect(try machine.lock("lock") != nil)
      lock.release()
    }
    #expect((5...35).contains(written))
  }

  @Test func faultsHitTheCallTheyName() throws {
    let files = SimulatedFileSystem()
    let file = try files.open("a", .createNew)
    files.add(.failure(of: .write, call: 2, forEver: false))
    try file.write([1].span, at: 0)
    #expect(throws: ProwziError.self) { try file.write([2].span, at: 0) }
    try file.write([3].span, at: 0)
    files.add(.failure(of: .write, call: 1, forEver: true))
    for _ in 0..<3 { #expect(throws: ProwziError.self) { try file.write([4].span, at: 0) } }
    files.clearFaults()
    files.limitSpace(to: 2)
    let error = #expect(throws: ProwziError.self) { try file.write([5, 6, 7, 8, 9].span, at: 0) }
    #expect(error?.code == "file.full")
    #expect(try files.contents("a") == [5, 6, 7])
  }

  @Test func aPowerLossEndsEveryHandleAndLock() throws {
    let files = SimulatedFileSystem()
    let lock = try files.lock("lock")
    #expect(try lock != nil && files.lock("lock") == nil)
    let file = try files.open("a", .createNew)
    files.add(.powerLoss(call: 2))
    try file.write([1].span, at: 0)
    #expect(throws: ProwziError.self) { try file.write([2].span, at: 0) }
    #expect(throws: ProwziError.self) { _ = try files.open("b", .createNew) }
    files.crash()
    #expect(throws: ProwziError.self) { _ = try file.size() }
    #expect(try files.lock("lock") != nil)
  }

  @Test func aCopyIsIndependent() throws {
    let files = SimulatedFileSystem()
    let file = try files.open("a", .createNew)
    try file.write([1].span, at: 0)
    let copy = files.copy()
    try file.write([2].span, at: 0)
    #expect(try copy.contents("a") == [1] && files.contents("a") == [2])
    copy.replace("a", with: [3, 3])
    copy.crash()
    #expect(try copy.contents("a") == [3, 3] && files.contents("a") == [2])
  }

  @Test func theGeneratorGivesThePublishedNumbers() {
    // The first outputs for seed 1234567, as given with the reference implementation.
    var random = SplitMix64(seed: 1_234_567)
    #expect(
      [random.next(), random.next(), random.next()] == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }
}
