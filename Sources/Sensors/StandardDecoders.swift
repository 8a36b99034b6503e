internal import Compression
internal import Model

/// The decoders of the Compression module, for `.gz` and `.zst`.
public let standardDecoders: DecoderFactory = { format in
  switch format {
  case .gzip: LibraryDecoder(.gzip)
  case .zstd: LibraryDecoder(.zstd)
  }
}

/// A decompressor that cannot be copied, held by an object that can be passed on.
private final class LibraryDecoder: StreamDecoder {
  private var stream: StreamDecompressor

  init(_ format: StreamDecompressor.Format) { stream = StreamDecompressor(format: format) }

  func feed(_ bytes: Span<UInt8>, appendingTo output: inout [UInt8]) throws(ProwziError) {
    try stream.feed(bytes, appendingTo: &output)
  }

  func finish() throws(ProwziError) { try stream.finish() }
}
