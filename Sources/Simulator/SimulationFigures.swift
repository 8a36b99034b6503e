import Simulation

/// What a simulation, or many of them, went through.
public struct SimulationFigures: Sendable {
  public var seeds = 0
  public var steps = 0
  public var items = 0
  public var folded = 0
  public var commits = 0
  public var openings = 0
  public var looks = 0
  public var replays = 0
  public var backfills = 0
  public var projections = 0
  public var interludes = 0
  public var segmentsRemoved = 0
  public var kills = 0
  public var killsPlanned = 0
  /// Steps that ended in an error that a fault explains.
  public var failures = 0
  public var disk = SimulatedFigures()

  public init() {}

  public static func += (a: inout SimulationFigures, b: SimulationFigures) {
    a.seeds += b.seeds
    a.steps += b.steps
    a.items += b.items
    a.folded += b.folded
    a.commits += b.commits
    a.openings += b.openings
    a.looks += b.looks
    a.replays += b.replays
    a.backfills += b.backfills
    a.projections += b.projections
    a.interludes += b.interludes
    a.segmentsRemoved += b.segmentsRemoved
    a.kills += b.kills
    a.killsPlanned += b.killsPlanned
    a.failures += b.failures
    a.disk += b.disk
  }

  /// The figures as lines of a name and a number.
  public var lines: [(name: String, value: Int)] {
    [
      ("seeds", seeds), ("steps", steps), ("items ingested", items), ("records folded", folded), ("commits", commits),
      ("logs opened for writing", openings), ("looks by fresh readers", looks), ("replays", replays), ("backfills", backfills),
      ("projections", projections), ("interludes", interludes), ("segments removed", segmentsRemoved), ("power failures", disk.crashes),
      ("kills between calls", kills), ("kills planned inside", killsPlanned), ("steps that failed", failures),
    ] + disk.failures.map { ("failed \($0.key)", $0.value) }.sorted { $0.0 < $1.0 } + [
      ("short writes", disk.shortWrites), ("writes to a full disk", disk.fullWrites), ("files whose pages were dropped", disk.pagesDropped),
      ("writes kept", disk.writesKept), ("writes dropped", disk.writesDropped), ("writes torn", disk.writesTorn),
      ("writes trashed", disk.writesTrashed), ("names unsynced", disk.namesUnsynced),
    ]
  }
}
