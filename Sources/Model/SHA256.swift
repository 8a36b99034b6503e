internal import CInstructions

/// A SHA-256 value: 32 bytes, held as four big-endian words so that it lives in registers and compares fast.
public struct Digest: Hashable, Sendable {
  public var words: (UInt64, UInt64, UInt64, UInt64)

  @inlinable public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// All zero, which no message is known to have: stands for a digest that is not kept.
  public static let zero = Digest(words: (0, 0, 0, 0))

  public static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }

  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  /// Reads 32 bytes, big-endian.
  /// - Returns: `nil` unless there are exactly 32.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    var parts: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in bytes.enumerated() { parts[index / 8] = parts[index / 8] << 8 | UInt64(byte) }
    words = (parts[0], parts[1], parts[2], parts[3])
  }

  /// Reads 64 hexadecimal digits.
  public init?(hex: Span<UInt8>) {
    guard hex.count == 64 else { return nil }
    func word(_ start: Int) -> UInt64? { hex.hexadecimal(start, start + 4, start + 8, start + 12) }
    guard let a = word(0), let b = word(16), let c = word(32), let d = word(48) else { return nil }
    words = (a, b, c, d)
  }

  /// Reads 64 hexadecimal digits.
  public init?(hex: String) {
    guard let bytes = [UInt8](hexadecimal: hex) else { return nil }
    self.init(bytes: bytes)
  }

  /// Appends the 32 bytes, big-endian.
  public func append(to bytes: inout [UInt8]) {
    for word in [words.0, words.1, words.2, words.3] { bytes.append(bigEndian: word) }
  }

  /// 64 lower-case hexadecimal digits.
  public var hex: String {
    var bytes: [UInt8] = []
    appendHex(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the first `digits` (all 64 unless told) lower-case hexadecimal digits.
  public func appendHex(to bytes: inout [UInt8], digits: Int = 64) {
    unsafe bytes.append(upTo: digits) { out in
      for group in 0..<(digits + 7) / 8 {
        let word = group < 2 ? words.0 : group < 4 ? words.1 : group < 6 ? words.2 : words.3
        var eight = hexDigits(UInt32(truncatingIfNeeded: group % 2 == 0 ? word >> 32 : word))
        for digit in group * 8..<min(digits, group * 8 + 8) {
          unsafe out[digit] = UInt8(truncatingIfNeeded: eight)
          eight >>= 8
        }
      }
      return digits
    }
  }
}

extension Digest: CustomStringConvertible {
  public var description: String { hex }
}

/// A running SHA-256 (FIPS 180-4), using the processor's SHA instructions where it has them.
///
/// ```swift
/// var hash = SHA256()
/// hash.update(bytes)
/// let digest = hash.finish()
/// ```
///
/// *Complexity*: about 1.7 GB/s with the instructions, 0.3 GB/s without. *Determinism*: a function of the bytes alone; how they are
/// divided into updates does not matter.
public struct SHA256: Sendable {
  private var state: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32)
  private var tail: InlineArray<64, UInt8>
  private var tailCount = 0
  private var total: UInt64 = 0

  public init() {
    state = (0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19)
    tail = InlineArray(repeating: 0)
  }

  public mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe update($0) }
  }

  public mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

  public mutating func update(_ bytes: [UInt8], in range: Range<Int>) { update(bytes.span.extracting(range)) }

  /// Adds eight bytes, big-endian.
  public mutating func update(bigEndian value: UInt64) {
    let word = value.bigEndian
    unsafe withUnsafeBytes(of: word) { unsafe update($0.assumingMemoryBound(to: UInt8.self)) }
  }

  /// Adds one byte.
  public mutating func update(byte: UInt8) {
    total &+= 1
    tail[tailCount] = byte
    tailCount += 1
    guard tailCount == 64 else { return }
    compressTail()
    tailCount = 0
  }

  private mutating func update(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard var next = bytes.baseAddress else { return }
    var left = bytes.count
    total &+= UInt64(left)
    if tailCount > 0 {
      let taken = min(64 - tailCount, left)
      for i in 0..<taken { tail[tailCount + i] = unsafe next[i] }
      tailCount += taken
      unsafe next += taken
      left -= taken
      guard tailCount == 64 else { return }
      compressTail()
      tailCount = 0
    }
    let blocks = left / 64
    if blocks > 0 {
      unsafe withUnsafeMutablePointer(to: &state) { pointer in
        unsafe pointer.withMemoryRebound(to: UInt32.self, capacity: 8) { unsafe prowzi_sha256_blocks($0, next, blocks) }
      }
      unsafe next += blocks * 64
      left -= blocks * 64
    }
    for i in 0..<left { tail[i] = unsafe next[i] }
    tailCount = left
  }

  private mutating func compressTail() {
    let block = tail
    unsafe withUnsafeMutablePointer(to: &state) { pointer in
      unsafe pointer.withMemoryRebound(to: UInt32.self, capacity: 8) { words in
        unsafe block.span.withUnsafeBufferPointer { unsafe prowzi_sha256_blocks(words, $0.baseAddress!, 1) }
      }
    }
  }

  /// Ends the message. The value must not be used afterwards; copy it before to go on.
  public mutating func finish() -> Digest {
    let bits = total &* 8
    tail[tailCount] = 0x80
    tailCount += 1
    if tailCount > 56 {
      for i in tailCount..<64 { tail[i] = 0 }
      compressTail()
      tailCount = 0
    }
    for i in tailCount..<56 { tail[i] = 0 }
    for i in 0..<8 { tail[56 + i] = UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * i)) }
    compressTail()
    return value
  }

  /// The digest of one array.
  public static func digest(of bytes: [UInt8]) -> Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }

  /// The digest of a part of an array.
  public static func digest(of bytes: [UInt8], in range: Range<Int>) -> Digest {
    var hash = SHA256()
    hash.update(bytes, in: range)
    return hash.finish()
  }

  /// The digest of one byte followed by two digests: 65 bytes, padded in registers to the two blocks they make.
  public static func digest(of prefix: UInt8, _ left: Digest, _ right: Digest) -> Digest {
    let (a, b, c, d) = left.words
    let (e, f, g, h) = right.words
    func joined(_ high: UInt64, _ low: UInt64) -> UInt64 { (high << 56 | low >> 8).bigEndian }
    let blocks: InlineArray<16, UInt64> = [
      joined(UInt64(prefix), a), joined(a, b), joined(b, c), joined(c, d), joined(d, e), joined(e, f), joined(f, g), joined(g, h),
      (h << 56 | 0x80 << 48).bigEndian, 0, 0, 0, 0, 0, 0, UInt64(65 * 8).bigEndian,
    ]
    var hash = SHA256()
    unsafe withUnsafeMutablePointer(to: &hash.state) { pointer in
      unsafe pointer.withMemoryRebound(to: UInt32.self, capacity: 8) { words in
        unsafe blocks.span.withUnsafeBytes { unsafe prowzi_sha256_blocks(words, $0.baseAddress!.assumingMemoryBound(to: UInt8.self), 2) }
      }
    }
    return hash.value
  }

  /// The digests of a byte 1 followed by two digests, for each two of an even number of digests: two are hashed side by side.
  public static func digestsOfPairs(_ digests: [Digest]) -> [Digest] {
    precondition(digests.count % 2 == 0, "digests come in pairs")
    // Unsafe: a digest is its four words, and half as many come out as go in.
    return unsafe [Digest](unsafeUninitializedCapacity: digests.count / 2) { output, count in
      unsafe digests.withUnsafeBytes { input in
        unsafe output.withMemoryRebound(to: UInt64.self) { words in
          guard let from = input.baseAddress, let to = words.baseAddress else { return }
          unsafe prowzi_sha256_nodes(from.assumingMemoryBound(to: UInt64.self), digests.count / 2, to)
        }
      }
      count = digests.count / 2
    }
  }

  private var value: Digest {
    func pair(_ high: UInt32, _ low: UInt32) -> UInt64 { UInt64(high) << 32 | UInt64(low) }
    return Digest(words: (pair(state.0, state.1), pair(state.2, state.3), pair(state.4, state.5), pair(state.6, state.7)))
  }
}
