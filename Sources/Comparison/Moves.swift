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

  /// Further by bands, then towards or from more urgent ones, then further by total; ids break ties.
  static func isFurther(_ a: Move, _ b: Move) -> Bool {
    if a.bands != b.bands { return a.bands > b.bands }
    if a.bands > 0 {
      let urgency = (max(a.from.band, a.to.band), max(b.from.band, b.to.band))
      if urgency.0 != urgency.1 { return urgency.0 > urgency.1 }
    }
    if a.distance != b.distance { return a.distance > b.distance }
    return a.from.id < b.from.id
  }
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

  /// - Complexity: O(log limit), constant for what does not come in.
  mutating func offer(_ element: Element) {
    if heap.count < limit {
      heap.append(element)
      var child = heap.count - 1
      while child > 0 {
        let parent = (child - 1) / 2
        guard precedes(heap[parent], heap[child]) else { return }
        heap.swapAt(parent, child)
        child = parent
      }
    } else if limit > 0, precedes(element, heap[0]) {
      heap[0] = element
      sink()
    }
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
