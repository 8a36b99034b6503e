internal import CInstructions

/// CRC-32C (Castagnoli), which record batches and our own files carry.
///
/// ```swift
/// CRC32C.checksum(of: Array("123456789".utf8).span)  // 0xe3069283
/// ```
///
/// *Complexity*: 8 bytes an instruction where the processor has one. *Determinism*: a function of the bytes alone. *Source*: RFC 3720,
/// appendix B.4.
public enum CRC32C {
  /// - Parameter seed: the checksum of what came before, so that a text can be summed in pieces; 0 at its beginning.
  public static func checksum(of bytes: Span<UInt8>, continuing seed: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return seed }
      return unsafe prowzi_crc32c(seed, base, buffer.count)
    }
  }

  public static func checksum(of bytes: [UInt8]) -> UInt32 { checksum(of: bytes.span) }

  /// The same by table alone: what a processor without the instruction would compute. For tests.
  public static func portableChecksum(of bytes: Span<UInt8>, continuing seed: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return seed }
      return unsafe prowzi_crc32c_portable(seed, base, buffer.count)
    }
  }
}
