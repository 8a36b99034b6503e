import FuzzTargets
import Glibc
import Model
import Testing

/// Every fuzz target over its seeds, the kept cases and mutations from a seed. `PROWZI_FUZZ_ROUNDS` asks for more of the last.
@Suite struct TargetTests {
  static let rounds = getenv("PROWZI_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 300

  @Test(arguments: FuzzTargets.all.map(\.name))
  func everyTargetHoldsOverItsCasesAndSomeMutations(name: String) throws {
    let target = try #require(FuzzTargets.named(name))
    let kept = Corpus.cases(of: name)
    for item in kept { try Self.run(target, item.bytes, "the kept case \(name)/\(item.name)") }
    let seeds = target.seeds()
    #expect(!seeds.isEmpty || name == "codec_snappy", "nothing here writes snappy")
    for (index, seed) in seeds.enumerated() { try Self.run(target, Array(seed.prefix(target.maxLength)), "seed \(index)") }
    var mutator = Mutator(seed: Fingerprint.of(name))
    // A second for each target at most, so that slow ones do not hold up the rest.
    let end = ContinuousClock.now + .milliseconds(Self.rounds * 5)
    for round in 0..<Self.rounds where ContinuousClock.now < end {
      try Self.run(target, mutator.mutate(seeds + kept.map(\.bytes), maxLength: target.maxLength), "mutation \(round)")
    }
  }

  private static func run(_ target: FuzzTarget, _ bytes: [UInt8], _ what: String) throws {
    do throws(BrokenLaw) {
      try target.body(bytes)
    } catch {
      Issue.record("\(what) breaks the law '\(target.law)': \(error)\ninput: \(bytes.prefix(400))")
      throw error
    }
  }

  @Test func namesAreUniqueAndEveryKeptCaseBelongsToATarget() {
    let names = FuzzTargets.all.map(\.name)
    #expect(Set(names).count == names.count)
    for name in names { #expect(name.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == UInt8(ascii: "_") }, "\(name)") }
    for folder in Corpus.names(Corpus.folder) { #expect(names.contains(folder), "\(folder)") }
  }

  /// Test the test tool: what is broken on purpose is noticed, over its seed and over mutations alike.
  @Test func theTargetThatAlwaysFailsFails() {
    #expect(throws: BrokenLaw.self) { try FuzzTargets.alwaysFails.body([UInt8](text: "F")) }
    var mutator = Mutator(seed: 1)
    var failures = 0
    for _ in 0..<200 {
      do { try FuzzTargets.alwaysFails.body(mutator.mutate(FuzzTargets.alwaysFails.seeds(), maxLength: 100)) } catch { failures += 1 }
    }
    #expect(failures > 20 && failures < 200)
  }
}
