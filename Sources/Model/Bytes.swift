internal import CInstructions

/// Copies bytes that do not overlap. Names and short texts are nearly all that is written, and a call of `memmove` takes longer than they do.
@unsafe @inlinable @inline(__always)
public func copyBytes(to out: UnsafeMutablePointer<UInt8>, from source: UnsafePointer<UInt8>, count: Int) {
  /// Words at both ends, which may meet or overlap in the middle.
  @inline(__always) func ends<Word: FixedWidthInteger & BitwiseCopyable>(_ type: Word.Type) {
    let behind = count - MemoryLayout<Word>.size
    let first = unsafe UnsafeRawPointer(source).loadUnaligned(as: Word.self)
    let last = unsafe UnsafeRawPointer(source + behind).loadUnaligned(as: Word.self)
    unsafe UnsafeMutableRawPointer(out).storeBytes(of: first, as: Word.self)
    unsafe UnsafeMutableRawPointer(out + behind).storeBytes(of: last, as: Word.self)
  }
  if count > 16 {
    unsafe out.update(from: source, count: count)
  } else if count >= 8 {
    ends(UInt64.self)
  } else if count >= 4 {
    ends(UInt32.self)
  } else {
    for index in 0..<count { unsafe out[index] = unsafe source[index] }
  }
}

extension [UInt8] {
  /// Appends what the body writes, after making room for `count` bytes once: the one place where bytes are written through a pointer.
  /// - Parameter write: fills the room from its beginning and answers how much it filled, at most `count`.
  @inlinable @inline(__always)
  public mutating func append(upTo count: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
    append(addingCapacity: count) { (room: inout OutputSpan<UInt8>) in
      unsafe room.withUnsafeMutableBufferPointer { buffer, filled in
        filled = unsafe write(buffer.baseAddress!)
      }
    }
  }

  /// The bytes of a text.
  @inlinable public init(text: String) { self = Array(text.utf8) }

  /// Appends a fixed-width integer, most significant byte first, as Kafka writes numbers.
  @inlinable public mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
    unsafe append(upTo: Number.bitWidth / 8) { out in
      unsafe UnsafeMutableRawPointer(out).storeBytes(of: number.bigEndian, as: Number.self)
      return Number.bitWidth / 8
    }
  }

  /// Reads a fixed-width integer, most significant byte first. The bytes must be there.
  @inlinable public func bigEndian<Number: FixedWidthInteger>(at position: Int, as type: Number.Type = Number.self) -> Number {
    var value: Number = 0
    for i in 0..<Number.bitWidth / 8 { value = value << 8 | Number(truncatingIfNeeded: self[position + i]) }
    return value
  }

  /// Reads pairs of hexadecimal digits.
  /// - Returns: `nil` where there is an odd digit or something else.
  public init?(hexadecimal text: String) {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    self = []
    reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = hexValue(digits[index]), let low = hexValue(digits[index + 1]) else { return nil }
      append(high << 4 | low)
    }
  }

  /// The bytes as a text; what is not UTF-8 becomes U+FFFD. For messages, never for what is recorded.
  @inlinable public var displayText: String { String(decoding: self, as: UTF8.self) }
}

/// The eight lower-case hexadecimal digits of a word, the first in the lowest byte: all eight at once, without a table.
@inlinable public func hexDigits(_ word: UInt32) -> UInt64 {
  var x = UInt64(word)
  x = (x | x << 16) & 0x0000_ffff_0000_ffff
  x = (x | x << 8) & 0x00ff_00ff_00ff_00ff
  x = (x | x << 4) & 0x0f0f_0f0f_0f0f_0f0f
  // 1 in every byte that holds ten or more: those are letters.
  let letters = ((x &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
  return (x &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).byteSwapped
}

/// The lower-case hexadecimal digit of 0…15.
@inlinable public func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

/// The value of a hexadecimal digit of either case.
@inlinable public func hexValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
  default: nil
  }
}

extension Span<UInt8> {
  /// Whether both hold the same bytes.
  public func isEqual(to other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    if isEmpty { return true }
    return unsafe withUnsafeBufferPointer { a in
      unsafe other.withUnsafeBufferPointer { b in unsafe prowzi_equal(a.baseAddress!, b.baseAddress!, count) }
    }
  }
}
