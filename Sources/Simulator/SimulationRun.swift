import Configuration
import Generator
import Model
import Ports
import Runtime
import Sensors

/// A simulation that was run.
public struct SimulationOutcome: Sendable {
  public var seed: UInt64
  public var violation: Violation?
  public var figures: SimulationFigures
  public var scenario: String
}

/// Runs the whole on a machine that fails, as a seed says, and looks after every step whether what must hold still does.
///
/// ```swift
/// let outcome = SimulationRun(seed: 42).run()
/// if let violation = outcome.violation { print(violation) }
/// ```
///
/// *Determinism*: a seed, a sabotage and a number of steps give the same steps and the same outcome, everywhere.
public struct SimulationRun: Sendable {
  public var seed: UInt64
  /// How many steps; `nil` lets the seed choose.
  public var steps: Int?
  /// What is deliberately broken.
  public var sabotage: Sabotage?
  /// A folder of captures to choose the input from; `nil` generates it.
  public var captures: String?

  public init(seed: UInt64, steps: Int? = nil, sabotage: Sabotage? = nil, captures: String? = nil) {
    self.seed = seed
    self.steps = steps
    self.sabotage = sabotage
    self.captures = captures
  }

  /// - Parameter trace: told every step, in words.
  public func run(trace: @escaping (String) -> Void = { _ in }) -> SimulationOutcome {
    var random = SplitMix64(seed: Fingerprint.mix(seed))
    let scenario = Scenario(random: &random, steps: steps)
    trace(scenario.description)
    do throws(ProwziError) {
      let world = try World(scenario: scenario, seed: seed, random: random, sabotage: sabotage, captured: try captured(), trace: trace)
      try Self.live(in: world)
      world.figures.seeds = 1
      world.figures.commits = world.truth.commits
      world.figures.disk = world.machine.figures
      return SimulationOutcome(seed: seed, violation: world.truth.violation, figures: world.figures, scenario: scenario.description)
    } catch {
      return SimulationOutcome(
        seed: seed, violation: Violation(error, by: "the simulation"), figures: SimulationFigures(), scenario: scenario.description)
    }
  }

  /// The records of a folder of captures, so many of them at most.
  private func captured() throws(ProwziError) -> [SensorItem] {
    guard let captures else { return [] }
    let manifest = try Manifest(path: captures + "/streams.json")
    var merged = try MergedReader(
      manifest, directory: captures, from: nil, to: nil, latest: Timestamp(milliseconds: Int64.max), clock: StoppedClock())
    var items: [SensorItem] = []
    while items.count < 20_000, let next = try merged.next() {
      let stream = manifest.streams[next.stream]
      items.append(
        SensorItem(
          source: stream.source, contentType: (InputFormat(path: stream.path) ?? .jsonLines).contentType, columns: next.item.columns,
          value: next.item.value, observedAt: next.item.observedAt ?? SignalGenerator.defaultStart))
    }
    return items
  }

  private static func live(in world: World) throws(ProwziError) {
    try world.create()
    for _ in 0..<world.scenario.steps {
      guard world.truth.violation == nil else { return }
      world.figures.steps += 1
      world.step()
      world.afterStep()
    }
    guard world.truth.violation == nil else { return }
    world.settle()
  }
}

/// A clock that stands still.
struct StoppedClock: WallClock {
  func now() -> Timestamp { SignalGenerator.defaultStart }
}

extension World {
  /// One step, whichever the seed chooses.
  func step() {
    interludesLeft = 2
    if random.below(100) < scenario.faultPercent { arm() }
    switch random.below(100) {
    case ..<34: ingest()
    case ..<72: turn()
    case ..<78: control()
    case ..<84: finishPipeline()
    case ..<87: retain()
    case ..<89: replay()
    case ..<92: look(readingAll: true)
    case ..<96: project()
    case ..<98: backfill()
    default:
      stop(random.below(2) == 0 ? .sensors : .pipeline)
      trace("one ends")
    }
  }

  /// What must hold after every step.
  func afterStep() {
    if !machine.hasPower { crash() }
    guard truth.violation == nil else { return }
    lookInside()
    look()
    if isDisturbed, random.below(3) == 0 { mend() }
  }

  /// The faults end, everybody comes to the end of their work, and once more the power fails: then all must be there.
  func settle() {
    trace("settling")
    mend()
    isSettling = true
    for _ in 0..<3 where truth.violation == nil {
      perform(.sensors) { () throws(ProwziError) in
        try openSensors()
        return "opened"
      }
      if sensors != nil { break }
    }
    for _ in 0..<5000 where truth.violation == nil {
      var left = 0
      perform(.pipeline) { () throws(ProwziError) in
        try openPipeline()
        _ = try pipeline?.pipeline.log.waitForCommit(timeoutMilliseconds: 0)
        for index in 0..<scenario.partitions { left += try pipeline?.pipeline.turn(index) ?? 1 }
        return "folded \(left) records"
      }
      if pipeline != nil, left == 0 { break }
    }
    guard truth.violation == nil else { return }
    look(readingAll: true)
    replay()
    finishPipeline()
    project(toTheEnd: true)
    if figures.backfills > 0 { compareWithCleanRun() }
    crash()
    look(readingAll: true)
    guard truth.violation == nil else { return }
    for index in 0..<scenario.partitions where Int(truth.derived[index].acknowledged.next.value) != truth.raw[index].acknowledged {
      truth.fail(.service, "partition \(index) was folded to \(truth.derived[index].acknowledged.next) of \(truth.raw[index].acknowledged)")
    }
  }
}
