import Events
import Model

/// An event that two scorers judge differently.
public struct Move: Sendable {
  public var from: JudgedEvent
  public var to: JudgedEvent
  public var partition: PartitionIndex
  /// The raw record it comes from.
  public var cause: Offset
  /// Where each side has recorded it.
  public var fromOffset: Offset
  public var toOffset: Offset

  public init(from: JudgedEvent, to: JudgedEvent, partition: PartitionIndex, cause: Offset, fromOffset: Offset, toOffset: Offset) {
    self.from = from
    self.to = to
    self.partition = partition
    self.cause = cause
    self.fromOffset = fromOffset
    self.toOffset = toOffset
  }

  var bands: Int { abs(Int(from.band.rawValue) - Int(to.band.rawValue)) }
  var distance: Int { abs(Int(from.total) - Int(to.total)) }

  /// What moves alike: the same kind, bands and totals on both sides, and readers called or not.
  var likeness: Likeness {
    Likeness(kind: from.kind, fromBand: from.band, toBand: to.band, fromTotal: from.total, toTotal: to.total, calls: calls)
  }

  struct Likeness: Hashable, Sendable {
    var kind: Kind
    var fromBand: UrgencyBand
    var toBand: UrgencyBand
    var fromTotal: Int32
    var toTotal: Int32
    var calls: Bool
  }

  /// Whether readers are called for it on one side at least. Events merged into an alert take the band of their story, and say less.
  var calls: Bool { from.isAlert || to.isAlert }

  /// Further by bands, then what calls readers, then towards or from more urgent bands, then further by total. What moves alike stands together.
  static func isFurther(_ a: Move, _ b: Move) -> Bool {
    if a.bands != b.bands { return a.bands > b.bands }
    if a.bands > 0 {
      if a.calls != b.calls { return a.calls }
      let urgency = (max(a.from.band, a.to.band), max(b.from.band, b.to.band))
      if urgency.0 != urgency.1 { return urgency.0 > urgency.1 }
    }
    if a.distance != b.distance { return a.distance > b.distance }
    if a.to.total != b.to.total { return a.to.total > b.to.total }
    if a.from.kind != b.from.kind { return a.from.kind.rawValue < b.from.kind.rawValue }
    if a.to.band != b.to.band { return a.to.band > b.to.band }
    return false
  }
}

/// The moves that are shown: the furthest, and of those that move alike the first with how many more there are. A hundred launches of tokens that all
/// go the same way are one finding.
struct FurthestMoves: Sendable {
  private var foremost: Foremost<Move>
  /// How many moves there were of each sort that is in.
  private var counts: [Move.Likeness: Int] = [:]

  init(_ limit: Int) { foremost = Foremost(limit, by: Move.isFurther) }

  /// - Complexity: O(log limit); memory for `limit` moves, because a sort that was put out never comes in again.
  mutating func offer(_ move: Move) {
    let likeness = move.likeness
    if let count = counts[likeness] {
      counts[likeness] = count + 1
      return
    }
    let change = foremost.offer(move)
    if change.isIn { counts[likeness] = 1 }
    if let out = change.out { counts[out.likeness] = nil }
  }

  /// Furthest first, each with how many others move alike.
  var sorted: [(move: Move, others: Int)] { foremost.sorted.map { ($0, (counts[$0.likeness] ?? 1) - 1) } }
}

/// The first few of very many in an order, in memory for those few: a heap with the last of them on top.
struct Foremost<Element: Sendable>: Sendable {
  private let limit: Int
  private let precedes: @Sendable (Element, Element) -> Bool
  private var heap: [Element] = []

  init(_ limit: Int, by precedes: @escaping @Sendable (Element, Element) -> Bool) {
    self.limit = limit
    self.precedes = precedes
  }

  var sorted: [Element] { heap.sorted(by: precedes) }

  /// - Returns: whether the element is among them now, and which one is no more.
  /// - Complexity: O(log limit), constant for what does not come in.
  @discardableResult
  mutating func offer(_ element: Element) -> (isIn: Bool, out: Element?) {
    if heap.count < limit {
      heap.append(element)
      var child = heap.count - 1
      while child > 0 {
        let parent = (child - 1) / 2
        guard precedes(heap[parent], heap[child]) else { break }
        heap.swapAt(parent, child)
        child = parent
      }
      return (true, nil)
    }
    guard limit > 0, precedes(element, heap[0]) else { return (false, nil) }
    let out = heap[0]
    heap[0] = element
    sink()
    return (true, out)
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var last = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(heap[last], heap[child]) { last = child }
      if last == parent { return }
      heap.swapAt(parent, last)
      parent = last
    }
  }
}
