import Model

extension SplitMix64 {
  /// A place in a list of `count` that prefers the front, roughly as word frequencies do.
  ///
  /// *Shape*: uniform below a uniform bound, so place *i* of *n* has probability about ln(n / i) / n. No logarithm is taken.
  mutating func ranked(_ count: Int) -> Int {
    let word = next()
    let bound = ((word >> 32) &* UInt64(count)) >> 32
    return Int(truncatingIfNeeded: ((word & 0xffff_ffff) &* (bound &+ 1)) >> 32)
  }

  mutating func between(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

  /// A whole number whose mean is `thousandths` / 1000: the fraction decides by chance whether one more is counted.
  mutating func rounded(thousandths: Int) -> Int { thousandths / 1000 + (below(1000) < thousandths % 1000 ? 1 : 0) }

  mutating func appendHexadecimal(_ digits: Int, to bytes: inout [UInt8]) {
    var left = digits
    while left > 0 {
      var word = next()
      for _ in 0..<min(16, left) {
        bytes.append(hexDigit(UInt8(truncatingIfNeeded: word & 15)))
        word >>= 4
      }
      left -= 16
    }
  }

  /// Digits of Bitcoin's base 58, as Solana writes keys and signatures.
  mutating func appendBase58(_ digits: Int, to bytes: inout [UInt8]) {
    var left = digits
    while left > 0 {
      var word = next()
      for _ in 0..<min(10, left) {
        bytes.append(base58Digit(UInt8(truncatingIfNeeded: word % 58)))
        word /= 58
      }
      left -= 10
    }
  }
}

/// `123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz`, by place.
private func base58Digit(_ value: UInt8) -> UInt8 {
  switch value {
  case 0..<9: UInt8(ascii: "1") + value
  case 9..<17: UInt8(ascii: "A") + value - 9
  case 17..<22: UInt8(ascii: "J") + value - 17
  case 22..<33: UInt8(ascii: "P") + value - 22
  case 33..<44: UInt8(ascii: "a") + value - 33
  default: UInt8(ascii: "m") + value - 44
  }
}

/// Draws that hang on a story and not on the stream, so that every source tells the same facts.
enum Facts {
  /// The generator behind fact `number` of a story.
  static func draw(_ story: UInt64, _ number: Int) -> SplitMix64 {
    SplitMix64(seed: Fingerprint.combine(story, UInt64(number)))
  }

  /// The dollars that a story is about: 10,000 to 990 million, millions most often.
  static func dollars(_ story: UInt64, _ number: Int) -> Int {
    var draw = draw(story, number)
    var dollars = draw.between(10...99)
    let zeros = [3, 4, 4, 5, 5, 5, 5, 6, 6, 7]
    for _ in 0..<zeros[draw.below(10)] { dollars *= 10 }
    return dollars
  }

  /// Days between an incident and its entry in a list: median 8, ninth decile a year, as `defihacklabs` shows.
  static func reportingLag(_ draw: inout SplitMix64) -> Int64 {
    let hours: [Int] = [0, 12, 24, 48, 96, 192, 480, 1440, 3600, 8760, 21_600]
    let decile = draw.below(10)
    let share = draw.below(1000)
    let lag = hours[decile] * 1000 + (hours[decile + 1] - hours[decile]) * share
    return Int64(lag) * .hour / 1000
  }
}
