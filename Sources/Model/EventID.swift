/// A UUID of version 8 (RFC 9562, section 5.8): time-ordered and a function of what it names.
///
/// *Shape*: 48 bits of observed time in milliseconds, 4 version bits (8), 12 hash bits, 2 variant bits (binary 10), 62 hash bits. The hash is
/// SHA-256 over the length-prefixed parts of the name, so the same item observed at the same moment has the same id on every machine.
public struct EventID: Hashable, Comparable, Sendable {
  public var high: UInt64
  public var low: UInt64

  @inlinable public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The id of something observed at `time` whose hashed name is `name`.
  public init(time: Timestamp, name: Digest) {
    let stamp = UInt64(bitPattern: max(0, time.milliseconds)) & 0xffff_ffff_ffff
    high = stamp << 16 | 0x8000 | (name.words.0 >> 52)
    low = 0x8000_0000_0000_0000 | (name.words.1 >> 2)
  }

  /// The milliseconds since 1970 that the id begins with.
  public var time: Timestamp { Timestamp(milliseconds: Int64(high >> 16)) }

  @inlinable public static func < (a: EventID, b: EventID) -> Bool { a.high == b.high ? a.low < b.low : a.high < b.high }

  /// Reads the 36-character form.
  public init?(_ text: String) {
    guard text.utf8.count == 36 else { return nil }
    self.init([UInt8](text: text), in: 0..<36)
  }

  /// Reads the 36-character form, as records hold it.
  public init?(_ bytes: [UInt8], in range: Range<Int>) {
    guard range.count == 36 else { return nil }
    let text = bytes.span.extracting(range)
    for place in [8, 13, 18, 23] where text[place] != UInt8(ascii: "-") { return nil }
    guard let high = text.hexadecimal(0, 4, 9, 14), let low = text.hexadecimal(19, 24, 28, 32) else { return nil }
    self.init(high: high, low: low)
  }

  /// Appends the 36-character form in lower case.
  public func append(to bytes: inout [UInt8]) {
    unsafe bytes.append(upTo: 36) { out in
      let place = UnsafeMutableRawPointer(out)
      func put(_ digits: UInt64, _ at: Int) { unsafe place.storeBytes(of: digits, toByteOffset: at, as: UInt64.self) }
      func put(half digits: UInt64, _ at: Int) {
        unsafe place.storeBytes(of: UInt32(truncatingIfNeeded: digits), toByteOffset: at, as: UInt32.self)
      }
      let second = hexDigits(UInt32(truncatingIfNeeded: high))
      let third = hexDigits(UInt32(truncatingIfNeeded: low >> 32))
      put(hexDigits(UInt32(truncatingIfNeeded: high >> 32)), 0)
      put(half: second, 9)
      put(half: second >> 32, 14)
      put(half: third, 19)
      put(half: third >> 32, 24)
      put(hexDigits(UInt32(truncatingIfNeeded: low)), 28)
      for dash in [8, 13, 18, 23] { unsafe out[dash] = UInt8(ascii: "-") }
      return 36
    }
  }

  public var text: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension EventID: CustomStringConvertible {
  public var description: String { text }
}

/// Builds the hashed name behind an id: each part with its length before it, so that no two lists of parts look alike.
public struct NameHash {
  private var hash = SHA256()

  public init() {}

  public mutating func add(_ bytes: Span<UInt8>) {
    hash.update(bigEndian: UInt64(bytes.count))
    hash.update(bytes)
  }

  public mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { unsafe add($0.span) }
  }

  public mutating func finish() -> Digest { hash.finish() }
}
