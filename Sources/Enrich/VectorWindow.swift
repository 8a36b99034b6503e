internal import CInstructions
import Events
import Model
import State

/// The embeddings of the last while, side by side in one array, searched exactly.
///
/// Exact search touches every vector of the window: about 20 ns for each. That is right for what a day brings (some hundreds to a few
/// thousand texts in a partition); a window of fifty thousand costs a millisecond an event.
///
/// *Determinism*: the dot products are whole numbers; among equally near neighbours the later one comes first.
struct VectorWindow: Checkpointable, Sendable {
  struct Item: Sendable {
    var id: EventID
    var time: Timestamp
    /// 1 / the vector's length.
    var inverseLength: Double
    /// The number of the story memory's item that this vector belongs to.
    var memory: UInt64
  }

  private var vectors: [Int8] = []
  private(set) var items: [Item] = []
  private var head = 0

  var count: Int { items.count - head }

  init() {}

  /// A neighbour, with the number of its item in the story memory.
  struct Hit: Sendable {
    var id: EventID
    var similarity: Double
    var memory: UInt64
    /// Where the vector lies, for `values(of:)`, until the window changes.
    var index: Int
  }

  /// The bytes of a vector that has just been found.
  func values(of hit: Hit) -> ArraySlice<Int8> { vectors[hit.index * Embedding.dimensions..<(hit.index + 1) * Embedding.dimensions] }

  /// 1 / the length of a vector that has just been found.
  func inverseLength(of hit: Hit) -> Double { items[hit.index].inverseLength }

  /// The nearest vectors not older than `since`, nearest first.
  func nearest(to query: Embedding, since: Timestamp, limit: Int, items maximum: Int) -> [Hit] {
    var best: [(similarity: Double, index: Int)] = []
    best.reserveCapacity(limit + 1)
    let inverse = 1 / query.length
    let first = max(head, items.count - maximum)
    unsafe query.values.withUnsafeBufferPointer { q in
      unsafe vectors.withUnsafeBufferPointer { all in
        var index = items.count - 1
        while index >= first, items[index].time >= since {
          let dot = unsafe prowzi_dot_i8(
            q.baseAddress!, all.baseAddress! + index * Embedding.dimensions, Embedding.dimensions)
          let similarity = Double(dot) * inverse * items[index].inverseLength
          if best.count < limit || similarity > best[best.count - 1].similarity {
            var at = best.count
            while at > 0, best[at - 1].similarity < similarity { at -= 1 }
            best.insert((similarity, index), at: at)
            if best.count > limit { best.removeLast() }
          }
          index -= 1
        }
      }
    }
    return best.map { found in
      let item = items[found.index]
      return Hit(id: item.id, similarity: rounded(max(-1, min(1, found.similarity))), memory: item.memory, index: found.index)
    }
  }

  mutating func append(_ embedding: Embedding, id: EventID, time: Timestamp, memory: UInt64) {
    vectors.append(contentsOf: embedding.values)
    items.append(Item(id: id, time: time, inverseLength: 1 / embedding.length, memory: memory))
  }

  /// Forgets what is older than `time`, and the oldest above `limit`.
  mutating func expire(before time: Timestamp, keeping limit: Int) {
    while head < items.count, items[head].time < time || items.count - head > limit { head += 1 }
    if head > 256, head * 2 > items.count {
      items.removeFirst(head)
      vectors.removeFirst(head * Embedding.dimensions)
      head = 0
    }
  }

  func write(to writer: inout StateWriter) {
    writer.count(items.count - head)
    for index in head..<items.count {
      writer.id(items[index].id)
      writer.time(items[index].time)
      writer.unsigned(items[index].memory)
      for k in 0..<Embedding.dimensions { writer.bytes.append(UInt8(bitPattern: vectors[index * Embedding.dimensions + k])) }
    }
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    for _ in 0..<(try reader.count()) {
      let id = try reader.id()
      let time = try reader.time()
      let memory = try reader.unsigned()
      let values = try reader.raw(count: Embedding.dimensions).map { Int8(bitPattern: $0) }
      append(Embedding(values: values, scale: 0), id: id, time: time, memory: memory)
    }
  }
}
