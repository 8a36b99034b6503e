import Events
import JSON
import Model

/// Builds an explanation's sentence.
struct Sentence {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(96) }

  mutating func say(_ text: StaticString) {
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func say(_ text: [UInt8]) { bytes.append(contentsOf: text) }

  /// A number with at most two decimals, or six for what would read as zero.
  mutating func say(_ value: Double) {
    let two = (value * 100).rounded() / 100
    DecimalText.append(two == 0 && value != 0 ? rounded(value) : two, to: &bytes)
  }

  mutating func say(_ value: Int) { DecimalText.append(Int64(value), to: &bytes) }
}

extension Double {
  /// The value held within a range.
  func clamped(_ low: Double, _ high: Double) -> Double { Swift.min(Swift.max(self, low), high) }
}
