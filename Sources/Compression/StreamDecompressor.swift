public import Model

/// Decompresses a `.gz` or `.zst` file piece by piece, whatever the pieces.
///
/// ```swift
/// var stream = StreamDecompressor(format: .gzip)
/// while let piece = try nextPiece() { try stream.feed(piece.span, appendingTo: &text) }
/// try stream.finish()
/// ```
///
/// Files of several frames or members read as one. *Determinism*: how the bytes are divided does not matter to what comes out.
public struct StreamDecompressor: ~Copyable {
  public enum Format: Sendable, CaseIterable {
    case gzip
    case zstd
  }

  private var reader: FrameReader
  private let outputLimit: Int
  private var failure: ProwziError?

  /// - Parameter outputLimit: the most bytes that one `feed` may append: what a bomb can take of memory.
  public init(format: Format, outputLimit: Int = Limits.decompressedPieceBytes) {
    precondition(outputLimit >= 0, "A limit is a number of bytes.")
    self.outputLimit = outputLimit
    switch format {
    case .gzip: reader = FrameReader(decoder: GzipDecoder(), isStream: true)
    case .zstd: reader = FrameReader(decoder: ZstdDecoder(), isStream: true)
    }
  }

  /// Appends all that the bytes so far allow. What was good before an error has been appended; after an error every call repeats it.
  /// - Throws: `codec.corrupt` or `codec.too_large`, with the byte of the file.
  public mutating func feed(_ bytes: Span<UInt8>, appendingTo output: inout [UInt8]) throws(ProwziError) {
    if let failure { throw failure }
    do throws(ProwziError) {
      try reader.read(bytes, limit: outputLimit, appendingTo: &output)
    } catch {
      failure = error
      throw error
    }
  }

  /// Says that the file is at its end.
  /// - Throws: `codec.truncated` where it ends inside a frame or holds none.
  public func finish() throws(ProwziError) {
    if let failure { throw failure }
    try reader.finish()
  }
}
