/// What a story is about; it decides which headlines tell it.
enum StoryKind: UInt8 {
  case aiNews, cryptoNews, techNews, model, paper, repository, exploit, funding
}

/// Another telling of a story that is still to come. The story itself is its seed, so this is all there is to remember.
struct FollowUp {
  /// Milliseconds since 1970.
  var due: Int64
  var story: UInt64
  var kind: StoryKind
  /// When the story began: milliseconds since 1970.
  var began: Int64
  /// 0 for the first telling in its stream.
  var telling: UInt8
}

/// The tellings that one stream owes, earliest first: a binary heap of bounded size.
///
/// Of tellings due at one moment the order is fixed by the heap's steps alone, hence the same everywhere. What does not fit is forgotten.
struct FollowUps {
  private var heap: [FollowUp] = []
  private let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  var count: Int { heap.count }

  mutating func add(_ item: FollowUp) {
    if heap.count == capacity { return }
    heap.append(item)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent].due <= heap[child].due { break }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  /// Takes the earliest telling due by `now`.
  mutating func take(now: Int64) -> FollowUp? {
    guard let first = heap.first, first.due <= now else { return nil }
    let last = heap.removeLast()
    if heap.isEmpty { return first }
    heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= heap.count { break }
      if child + 1 < heap.count, heap[child + 1].due < heap[child].due { child += 1 }
      if heap[parent].due <= heap[child].due { break }
      heap.swapAt(parent, child)
      parent = child
    }
    return first
  }
}
