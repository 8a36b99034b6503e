/// A 64-bit hash of bytes that is the same in every process, on every machine, for ever.
///
/// For tables, feature hashing and sampling, where Swift's own hashing will not do because it is seeded per process. It is not
/// cryptographic: what must withstand an adversary is a `SHA256`.
///
/// *Shape*: FNV-1a's loop over little-endian words of eight bytes, with the finishing mix of SplitMix64 (Steele, Lea and Flood, "Fast
/// Splittable Pseudorandom Number Generators", 2014). The value is part of recorded output: changing it bumps every stage's version.
public enum Fingerprint {
  /// Mixes one word so that every input bit reaches every output bit.
  @inlinable public static func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Combines two fingerprints; the order matters.
  @inlinable public static func combine(_ a: UInt64, _ b: UInt64) -> UInt64 {
    mix(a ^ (b &* 0xff51_afd7_ed55_8ccd) &+ 0x2545_f491_4f6c_dd1d)
  }

  /// The fingerprint of a part of an array.
  @inlinable public static func of(_ bytes: [UInt8], in range: Range<Int>, seed: UInt64 = 0) -> UInt64 {
    of(bytes.span.extracting(range), seed: seed)
  }

  @inlinable public static func of(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 { of(bytes.span, seed: seed) }

  @inlinable public static func of(_ text: String, seed: UInt64 = 0) -> UInt64 {
    var text = text
    return text.withUTF8 { unsafe of($0.span, seed: seed) }
  }

  @inlinable public static func of(_ bytes: Span<UInt8>, seed: UInt64 = 0) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ mix(seed)
    let count = bytes.count
    var i = 0
    while i + 8 <= count {
      // Unsafe only in that the bytes are not aligned; the bounds are checked.
      let word = unsafe UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self))
      hash = (hash ^ word) &* 0x0000_0100_0000_01b3
      hash ^= hash >> 29
      i += 8
    }
    var word = UInt64(count) << 56
    var shift: UInt64 = 0
    while i < count {
      word ^= UInt64(bytes[i]) << shift
      shift += 8
      i += 1
    }
    return mix((hash ^ word) &* 0x0000_0100_0000_01b3)
  }
}
