import Events
import Model
import State

/// The sum of a story's texts as points: what the story speaks of, with what its members do not share averaged away.
///
/// *Determinism*: whole numbers only. Each text is brought to one length, 16,384, and rounded before it is added.
struct Centroid: Sendable, Equatable {
  private(set) var sums = [Int32](repeating: 0, count: Embedding.dimensions)
  private var squares: Int64 = 0
  /// Texts in it; more than the limit are no longer added, lest sums overflow.
  private(set) var count = 0

  private static let unit = 16_384.0
  private static let limit = 4096

  init() {}

  mutating func add(_ values: ArraySlice<Int8>, inverseLength: Double) {
    guard count < Self.limit else { return }
    count += 1
    squares = 0
    // One factor for the whole text, in 1/65536.
    let factor = Int64((Self.unit * inverseLength * 65_536).rounded())
    var k = 0
    for value in values {
      sums[k] &+= Int32(truncatingIfNeeded: (Int64(value) * factor + 32_768) >> 16)
      squares &+= Int64(sums[k]) * Int64(sums[k])
      k += 1
    }
  }

  /// The cosine between the sum and a text, rounded.
  func similarity(to embedding: Embedding) -> Double {
    guard squares > 0 else { return 0 }
    var dot: Int64 = 0
    for k in 0..<Embedding.dimensions { dot &+= Int64(sums[k]) * Int64(embedding.values[k]) }
    return rounded(Double(dot) / (Double(squares).squareRoot() * embedding.length))
  }

  func write(to writer: inout StateWriter) {
    writer.count(count)
    for sum in sums { writer.signed(Int64(sum)) }
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    count = Int(truncatingIfNeeded: try reader.unsigned())
    for k in 0..<Embedding.dimensions {
      sums[k] = Int32(truncatingIfNeeded: try reader.signed())
      squares &+= Int64(sums[k]) * Int64(sums[k])
    }
  }
}
