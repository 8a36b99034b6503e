public import Model

/// Turns compressed bytes into plain ones as they arrive; what an adapter over a compression library offers to the sensors.
public protocol StreamDecoder: AnyObject {
  /// Appends what `bytes` decompress to. Members or frames that follow one another are one stream.
  func feed(_ bytes: Span<UInt8>, appendingTo output: inout [UInt8]) throws(ProwziError)

  /// Tells the end of the input; throws where it comes in the middle.
  func finish() throws(ProwziError)
}

/// How to make decoders: given to the sensors by whoever wires them, so that they need no compression library themselves.
public typealias DecoderFactory = @Sendable (CompressionFormat) throws(ProwziError) -> any StreamDecoder

/// A source that decompresses another.
///
/// *Shape*: pieces fed to the decoder are small (256 bytes, then up to 4 KiB while they do not expand much), so that a file made to
/// explode costs a bounded amount of memory a piece: 128 MiB at zstd's worst ratio, and one over-long record after that.
///
/// *Errors*: what the decoder throws, with the file and the compressed byte as its place.
final class DecompressingSource: ByteSource {
  private static let smallPiece = 256
  private static let largePiece = 4096
  private static let calmExpansion = 256 << 10

  let name: String
  private let compressed: any ByteSource
  private let decoder: any StreamDecoder
  private var pending: [UInt8] = []
  private var position = 0
  private var consumed = 0
  private var pieceSize = smallPiece
  private var isFinished = false
  private var failure: ProwziError?

  init(_ compressed: any ByteSource, decoder: any StreamDecoder) {
    name = compressed.name
    self.compressed = compressed
    self.decoder = decoder
  }

  /// What was decompressed before a failure is handed out first, so that records up to a cut are read whatever the sizes of the pieces.
  func read(appendingTo output: inout [UInt8], atMost count: Int) throws(ProwziError) -> Int {
    if let failure { throw failure }
    let before = output.count
    do {
      while !isFinished, output.count - before < count { try step(appendingTo: &output) }
    } catch {
      failure = error
      if output.count == before { throw error }
    }
    return output.count - before
  }

  private func step(appendingTo output: inout [UInt8]) throws(ProwziError) {
    if position == pending.count {
      pending.removeAll(keepingCapacity: true)
      position = 0
      if try compressed.read(appendingTo: &pending, atMost: 64 << 10) == 0 {
        isFinished = true
        // An empty file is empty input, whatever its name says.
        if consumed > 0 { try placed { () throws(ProwziError) in try decoder.finish() } }
        return
      }
    }
    let block = pending
    let range = position..<min(position + pieceSize, pending.count)
    let mark = output.count
    try placed { () throws(ProwziError) in try decoder.feed(block.span.extracting(range), appendingTo: &output) }
    consumed += range.count
    position = range.upperBound
    pieceSize = output.count - mark > Self.calmExpansion ? Self.smallPiece : min(pieceSize * 2, Self.largePiece)
  }

  private func placed(_ body: () throws(ProwziError) -> Void) throws(ProwziError) {
    do {
      try body()
    } catch {
      throw ProwziError(
        .compressedInput, "the compressed input is cut or damaged", place: "\(name), compressed byte \(consumed)",
        advice: "Fetch the file again; its records up to here are good", cause: "\(error.code): \(error.message)")
    }
  }
}
