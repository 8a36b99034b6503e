internal import CInstructions
import Events
import Model
import State

/// The embeddings of the last while, side by side in one array.
///
/// A search looks at the newest `newestSearched` vectors, and of older ones at the `olderSearched` that have most telling words (`TellingWords`) in common
/// with the text sought, so that it costs the same however many the window holds; a full search of fifty thousand takes more than a millisecond. What it misses,
/// `prowzi-bench quality --only neighbors` tells: older texts that are alike by pieces of words, or by common ones alone.
///
/// *Determinism*: the dot products are whole numbers; among equally near neighbours the later one comes first. What is looked at follows from the vectors
/// and words in the window alone.
struct VectorWindow: Checkpointable, Sendable {
  struct Item: Sendable {
    var id: EventID
    var time: Timestamp
    /// 1 / the vector's length.
    var inverseLength: Double
    /// The number of the story memory's item that this vector belongs to.
    var memory: UInt64
  }

  /// Vectors that every search looks at.
  static let newestSearched = 512
  /// Older vectors that each telling word leads to.
  static let olderPerWord = 256
  /// Older vectors that a search looks at.
  static let olderSearched = 384

  private var vectors: [Int8] = []
  private(set) var items: [Item] = []
  private var head = 0
  private var words = WordChains()
  /// Work memory of a search: what it looks at, and the products.
  private var looked: [UInt32] = []
  private var dots: [Int32] = []

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

  /// The nearest vectors not older than `since`, nearest first, as far as they are looked at.
  /// - Parameter words: the telling words of the text sought.
  mutating func nearest(to query: Embedding, words: TellingWords, since: Timestamp, limit: Int, items maximum: Int) -> [Hit] {
    let first = max(head, items.count - maximum)
    let newest = max(first, items.count - Self.newestSearched)
    looked.removeAll(keepingCapacity: true)
    var index = items.count - 1
    while index >= newest, items[index].time >= since {
      looked.append(UInt32(index))
      index -= 1
    }
    if newest > first {
      for index in self.words.items(with: words, in: first..<newest, perWord: Self.olderPerWord, limit: Self.olderSearched)
      where items[index].time >= since { looked.append(UInt32(index)) }
    }
    if looked.isEmpty { return [] }
    if dots.count < looked.count { dots = Array(repeating: 0, count: Self.newestSearched + Self.olderSearched) }
    unsafe query.values.withUnsafeBufferPointer { query in
      unsafe vectors.withUnsafeBufferPointer { rows in
        unsafe dots.withUnsafeMutableBufferPointer { dots in
          unsafe prowzi_dot_i8_rows(query.baseAddress!, rows.baseAddress!, Embedding.dimensions, looked, looked.count, dots.baseAddress!)
        }
      }
    }
    var best: [(similarity: Double, index: Int)] = []
    best.reserveCapacity(limit + 1)
    let inverse = 1 / query.length
    for (dot, index) in zip(dots, looked) {
      let found = (similarity: Double(dot) * inverse * items[Int(index)].inverseLength, index: Int(index))
      guard best.count < limit || found > best[best.count - 1] else { continue }
      var at = best.count
      while at > 0, best[at - 1] < found { at -= 1 }
      best.insert(found, at: at)
      if best.count > limit { best.removeLast() }
    }
    return best.map { found in
      let item = items[found.index]
      return Hit(id: item.id, similarity: rounded(max(-1, min(1, found.similarity))), memory: item.memory, index: found.index)
    }
  }

  mutating func append(_ embedding: Embedding, words: TellingWords, id: EventID, time: Timestamp, memory: UInt64) {
    // A quarter more at a time, and not twice as much: a full window is forty megabytes.
    if vectors.count == vectors.capacity { vectors.reserveCapacity((items.count + max(64, items.count / 4)) * Embedding.dimensions) }
    vectors.append(contentsOf: embedding.values)
    items.append(Item(id: id, time: time, inverseLength: 1 / embedding.length, memory: memory))
    self.words.append(words)
  }

  /// Forgets what is older than `time`, and the oldest above `limit`.
  mutating func expire(before time: Timestamp, keeping limit: Int) {
    while head < items.count, items[head].time < time || items.count - head > limit { head += 1 }
    if head > 256, head * 2 > items.count {
      items.removeFirst(head)
      vectors.removeFirst(head * Embedding.dimensions)
      words.removeFirst(head)
      head = 0
    }
  }

  func write(to writer: inout StateWriter) {
    writer.count(items.count - head)
    for index in head..<items.count {
      writer.id(items[index].id)
      writer.time(items[index].time)
      writer.unsigned(items[index].memory)
      for slot in 0..<TellingWords.count { writer.unsigned(UInt64(words[index].words[slot])) }
      for k in 0..<Embedding.dimensions { writer.bytes.append(UInt8(bitPattern: vectors[index * Embedding.dimensions + k])) }
    }
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    for _ in 0..<(try reader.count()) {
      let id = try reader.id()
      let time = try reader.time()
      let memory = try reader.unsigned()
      var words = TellingWords()
      for slot in 0..<TellingWords.count { words.words[slot] = UInt32(truncatingIfNeeded: try reader.unsigned()) }
      let values = try reader.raw(count: Embedding.dimensions).map { Int8(bitPattern: $0) }
      append(Embedding(values: values, scale: 0), words: words, id: id, time: time, memory: memory)
    }
  }
}
