import Model
public import RecordFormat

extension ProwziError.Code {
  /// The codec or format is not offered here.
  public static let codecUnsupported: Self = "codec.unsupported"
  /// The compressed bytes are not what the codec writes.
  public static let codecCorrupt: Self = "codec.corrupt"
  /// Decompressing would give more bytes than the limit.
  public static let codecTooLarge: Self = "codec.too_large"
  /// A compressed stream ends inside a frame.
  public static let codecTruncated: Self = "codec.truncated"
}

/// Compresses batch bodies with zlib (gzip), lz4 (LZ4 frames) and zstd.
///
/// One value serves any number of threads: the libraries' contexts are costly to make, so each call borrows one from a small pool and
/// gives it back.
///
/// ```swift
/// let compressor = LibraryCompressor()
/// try compressor.compress(body.span, with: .zstd, appendingTo: &bytes)
/// ```
///
/// *Shape*: LZ4 frames have independent blocks of 64 KiB, as Kafka's Java reader demands; gzip members carry no name and no time. *Determinism*: a function of the bytes and the libraries' versions.
public struct LibraryCompressor: Compressor {
  private let zstdLevel: Int32
  private let zstdEncoders = ContextPool<ZstdEncoder>()
  private let gzipEncoders = ContextPool<GzipEncoder>()
  private let zstdDecoders = ContextPool<ZstdDecoder>()
  private let lz4Decoders = ContextPool<LZ4Decoder>()
  private let gzipDecoders = ContextPool<GzipDecoder>()

  /// - Parameter zstdLevel: 1 (fast) to 22 (small), or a negative number for still faster.
  public init(zstdLevel: Int = 1) {
    precondition((-100...22).contains(zstdLevel), "zstd has levels up to 22.")
    self.zstdLevel = Int32(zstdLevel)
  }

  /// Appends the compressed form of `bytes`; on an error nothing is appended.
  /// - Throws: `codec.unsupported` for snappy.
  public func compress(_ bytes: Span<UInt8>, with codec: Codec, appendingTo output: inout [UInt8]) throws(ProwziError) {
    switch codec {
    case .none: output.append(copying: bytes)
    case .gzip:
      let encoder = gzipEncoders.take()
      defer { gzipEncoders.give(encoder) }
      encoder.compress(bytes, appendingTo: &output)
    case .lz4: LZ4Encoder.compress(bytes, appendingTo: &output)
    case .zstd:
      let encoder = zstdEncoders.take()
      defer { zstdEncoders.give(encoder) }
      encoder.compress(bytes, level: zstdLevel, appendingTo: &output)
    case .snappy: throw Self.unsupported(codec)
    }
  }

  /// Appends what `bytes`, one or more whole frames, decompress to; on an error nothing is appended.
  /// - Throws: `codec.unsupported`, `codec.corrupt`, `codec.truncated` or `codec.too_large`, with the byte of `bytes` where reading stopped.
  public func decompress(_ bytes: Span<UInt8>, with codec: Codec, limit: Int, appendingTo output: inout [UInt8]) throws(ProwziError) {
    precondition(limit >= 0, "A limit is a number of bytes.")
    switch codec {
    case .none:
      guard bytes.count <= limit else { throw FrameReader.tooLarge(limit: limit, at: 0) }
      output.append(copying: bytes)
    case .gzip: try decompress(bytes, with: gzipDecoders, limit: limit, appendingTo: &output)
    case .lz4: try decompress(bytes, with: lz4Decoders, limit: limit, appendingTo: &output)
    case .zstd: try decompress(bytes, with: zstdDecoders, limit: limit, appendingTo: &output)
    case .snappy: throw Self.unsupported(codec)
    }
  }

  private func decompress<Decoder: FrameDecoder>(
    _ bytes: Span<UInt8>, with pool: ContextPool<Decoder>, limit: Int, appendingTo output: inout [UInt8]
  ) throws(ProwziError) {
    let decoder = pool.take()
    decoder.reset()
    var reader = FrameReader(decoder: decoder)
    let kept = output.count
    do throws(ProwziError) {
      try reader.read(bytes, limit: limit, appendingTo: &output)
      try reader.finish()
      // Only a context that has come to its end is used again: lz4 1.9.4 keeps the content size of a frame that failed through its reset, and then refuses
      // the next good one.
      pool.give(decoder)
    } catch {
      output.removeSubrange(kept...)
      throw error
    }
  }

  private static func unsupported(_ codec: Codec) -> ProwziError {
    ProwziError(
      .codecUnsupported, "The codec \(codec.name) is not offered", advice: "Use none, gzip, lz4 or zstd, or have the topic written again")
  }
}
