import Foundation
import Model
import Simulator
import Synchronization
import TestSupport
import Testing

/// The whole on machines that fail.
@Suite struct SimulatorTests {
  private static func setting(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

  /// 160 seeds or a share of them, or as many as `PROWZI_SEEDS` says.
  private static let seeds: [Range<UInt64>] = {
    let all = setting("PROWZI_SEEDS") ?? UInt64(TestShare.count(160, of: "seeds of the simulator"))
    return stride(from: 1, through: all, by: 20).map { $0..<min($0 + 20, all + 1) }
  }()
  private static let total = Mutex(SimulationFigures())

  @Test(arguments: seeds) func everythingHoldsWhateverTheSeed(seeds: Range<UInt64>) {
    for seed in seeds {
      let outcome = SimulationRun(seed: seed).run()
      if let violation = outcome.violation { Issue.record("\(violation); repeat it with: prowzi-sim --seed \(seed) --trace") }
      #expect(outcome.figures.steps > 0 && outcome.figures.commits > 0, "seed \(seed)")
      let figures = Self.total.withLock { total in
        total += outcome.figures
        return total
      }
      if figures.seeds % 80 == 0 {
        print("SimulatorTests: " + figures.lines.map { "\($0.name) \($0.value)" }.joined(separator: ", "))
      }
    }
  }

  @Test(arguments: [UInt64(3), 17, 40]) func aSeedRepeatsItselfExactly(seed: UInt64) {
    var traces: [[String]] = [[], []]
    for index in 0..<2 { _ = SimulationRun(seed: seed).run { traces[index].append($0) } }
    #expect(traces[0] == traces[1] && traces[0].count > 50)
  }

  /// The checker itself is tested: with one part broken it must fail, and name what the part was for.
  @Test(arguments: Sabotage.allCases) func aBrokenPartIsNoticedByItsInvariant(sabotage: Sabotage) {
    for seed in UInt64(1)...80 {
      guard let violation = SimulationRun(seed: seed, sabotage: sabotage).run().violation else { continue }
      #expect(sabotage.breaks.contains(violation.invariant), "seed \(seed): \(violation)")
      print("SimulatorTests: \(sabotage.rawValue) is noticed at seed \(seed): \(violation)")
      return
    }
    Issue.record("eighty seeds have not noticed \(sabotage.rawValue)")
  }

  @Test func everyInvariantHasAPartWhoseBreakingItNotices() {
    let noticed = Set(Sabotage.allCases.filter { $0.breaks.count == 1 }.flatMap(\.breaks))
    #expect(noticed == Set(Invariant.allCases))
  }

  @Test func capturesAreInputToo() throws {
    guard let captures = ProcessInfo.processInfo.environment["PROWZI_CAPTURES"] else { return }
    let outcome = SimulationRun(seed: 5, steps: 25, captures: captures).run()
    #expect(outcome.violation == nil && outcome.figures.items > 0)
  }
}
