import Dispatch
import Glibc
import Simulator
import Synchronization

/// `prowzi-sim`: one seed, told step by step, or many, counted.
enum SimulationCommand {
  static let help = """
    prowzi-sim --seed S [--trace] [--steps N] [--captures DIR] [--break PART]
    prowzi-sim --seeds A..B [--jobs N] [--steps N] [--captures DIR] [--break PART]

    Runs ingest, pipeline, replay, candidates, signatures and projection on a simulated machine that loses power, writes and patience, and looks after
    every step whether what must hold still does. A seed decides everything and repeats it exactly.

      --seed S        runs one seed and says what it was and what it found
      --trace         prints every step of it
      --seeds A..B    runs the seeds from A to B (both included) and prints figures; a failure comes with the command that repeats it
      --jobs N        how many seeds at once; as many as there are processors unless told otherwise
      --steps N       so many steps each, instead of what the seed says
      --captures DIR  takes the input from a folder of captures instead of generating it
      --break PART    with one part deliberately broken, to see that it is noticed: \(Sabotage.allCases.map(\.rawValue).joined(separator: ", "))

    Examples
      prowzi-sim --seed 42 --trace      every step of seed 42
      prowzi-sim --seeds 1..1000        a thousand seeds
    Ends with 0 where everything held, 1 where something did not, 2 for words it does not know.
    """

  private struct Options {
    var seeds: ClosedRange<UInt64>?
    var isSingle = false
    var traces = false
    var steps: Int?
    var captures: String?
    var sabotage: Sabotage?
    var jobs = 0
  }

  static func run(_ arguments: [String]) -> Int32 {
    if arguments.isEmpty || arguments.contains("--help") || arguments.contains("-h") {
      print(help)
      return arguments.isEmpty ? 2 : 0
    }
    guard let options = parse(arguments), let seeds = options.seeds else {
      print("prowzi-sim: these words make no command: \(arguments.joined(separator: " ")). `prowzi-sim --help` shows those there are.")
      return 2
    }
    return options.isSingle ? single(seeds.lowerBound, options) : many(seeds, options)
  }

  private static func parse(_ arguments: [String]) -> Options? {
    var options = Options()
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if word == "--trace" {
        options.traces = true
        continue
      }
      guard let value = rest.popFirst() else { return nil }
      switch word {
      case "--seed":
        guard let seed = UInt64(value) else { return nil }
        options.seeds = seed...seed
        options.isSingle = true
      case "--seeds":
        let ends = value.split(separator: ".", omittingEmptySubsequences: true).compactMap { UInt64($0) }
        guard ends.count == 2, ends[0] <= ends[1], ends[1] - ends[0] < 100_000_000 else { return nil }
        options.seeds = ends[0]...ends[1]
      case "--steps":
        guard let steps = Int(value), (1...100_000).contains(steps) else { return nil }
        options.steps = steps
      case "--jobs":
        guard let jobs = Int(value), (1...256).contains(jobs) else { return nil }
        options.jobs = jobs
      case "--captures": options.captures = value
      case "--break":
        guard let sabotage = Sabotage(rawValue: value) else { return nil }
        options.sabotage = sabotage
      default: return nil
      }
    }
    return options
  }

  private static func simulation(_ seed: UInt64, _ options: Options) -> SimulationRun {
    SimulationRun(seed: seed, steps: options.steps, sabotage: options.sabotage, captures: options.captures)
  }

  /// The words that repeat a seed.
  private static func command(_ seed: UInt64, _ options: Options) -> String {
    var words = ["prowzi-sim --seed \(seed) --trace"]
    if let steps = options.steps { words.append("--steps \(steps)") }
    if let captures = options.captures { words.append("--captures \(captures)") }
    if let sabotage = options.sabotage { words.append("--break \(sabotage.rawValue)") }
    return words.joined(separator: " ")
  }

  private static func single(_ seed: UInt64, _ options: Options) -> Int32 {
    let outcome = simulation(seed, options).run { if options.traces { print($0) } }
    if !options.traces { print(outcome.scenario) }
    printFigures(outcome.figures)
    if let violation = outcome.violation {
      print("FAILED \(violation)")
      if !options.traces { print("Step by step: \(command(seed, options))") }
      return 1
    }
    print("Everything held.")
    return 0
  }

  private static func many(_ seeds: ClosedRange<UInt64>, _ options: Options) -> Int32 {
    let total = Mutex(SimulationFigures())
    let failures = Mutex(0)
    let next = Mutex(seeds.lowerBound)
    let jobs = options.jobs > 0 ? options.jobs : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    DispatchQueue.concurrentPerform(iterations: jobs) { _ in
      while true {
        let seed = next.withLock { next -> UInt64? in
          guard next <= seeds.upperBound else { return nil }
          defer { next += 1 }
          return next
        }
        guard let seed else { return }
        let outcome = simulation(seed, options).run()
        total.withLock { $0 += outcome.figures }
        if let violation = outcome.violation {
          failures.withLock { $0 += 1 }
          print("seed \(seed) FAILED \(violation)\n  repeat it: \(command(seed, options))")
        }
      }
    }
    printFigures(total.withLock { $0 })
    let failed = failures.withLock { $0 }
    print(failed == 0 ? "Everything held." : "\(failed) of \(seeds.count) seeds failed.")
    return failed == 0 ? 0 : 1
  }

  private static func printFigures(_ figures: SimulationFigures) {
    let width = figures.lines.map(\.name.count).max() ?? 0
    for line in figures.lines { print("  \(line.name)\(String(repeating: " ", count: width - line.name.count))  \(line.value)") }
  }
}
