import Compression
import Model
import RecordFormat
import Testing

/// Feeds pieces of at most `piece` bytes.
private func read(_ bytes: [UInt8], as format: StreamDecompressor.Format, piece: Int, outputLimit: Int = 1 << 30) throws(ProwziError)
  -> [UInt8]
{
  var stream = StreamDecompressor(format: format, outputLimit: outputLimit)
  var output: [UInt8] = []
  var at = 0
  while at < bytes.count {
    let end = min(at + piece, bytes.count)
    try stream.feed(bytes.span.extracting(at..<end), appendingTo: &output)
    at = end
  }
  try stream.finish()
  return output
}

extension StreamDecompressor.Format {
  fileprivate var codec: Codec { self == .gzip ? .gzip : .zstd }
}

struct StreamDecompressorTests {
  private static let formats = StreamDecompressor.Format.allCases

  @Test(arguments: formats) func anyPiecesGiveTheSameBytes(format: StreamDecompressor.Format) throws {
    let bytes = sample(10_000)
    let packed = try compressed(bytes, format.codec)
    for piece in [1, 2, 7, 1000, packed.count] { #expect(try read(packed, as: format, piece: piece) == bytes) }
  }

  @Test(arguments: formats) func framesBehindEachOtherReadAsOne(format: StreamDecompressor.Format) throws {
    let parts = [sample(500), [], sample(70_000), sample(1)]
    var packed: [UInt8] = []
    for part in parts { packed += try compressed(part, format.codec) }
    for piece in [1, 13, packed.count] { #expect(try read(packed, as: format, piece: piece) == parts.flatMap(\.self)) }
  }

  @Test(arguments: formats) func aCutFileIsNoticedAtItsEnd(format: StreamDecompressor.Format) throws {
    let first = try compressed(sample(500), format.codec)
    let packed = first + (try compressed(sample(300), format.codec))
    for count in 0..<packed.count where count != first.count {
      let error = #expect(throws: ProwziError.self, "\(count) of \(packed.count)") {
        _ = try read(Array(packed[..<count]), as: format, piece: 64)
      }
      #expect(error?.code == "codec.truncated")
      #expect(error?.place == "byte \(count)")
    }
  }

  @Test(arguments: formats) func otherBytesAreRefused(format: StreamDecompressor.Format) throws {
    let packed = try compressed(sample(500), format.codec)
    for bytes in [Array("plain text, not compressed".utf8), packed + Array("behind the end".utf8)] {
      let error = #expect(throws: ProwziError.self) { _ = try read(bytes, as: format, piece: 11) }
      #expect(error?.code == "codec.corrupt")
      #expect(error?.place != nil)
    }
  }

  @Test(arguments: formats) func aBombIsRefused(format: StreamDecompressor.Format) throws {
    let packed = try compressed([UInt8](repeating: 0, count: 32 << 20), format.codec)
    let error = #expect(throws: ProwziError.self) { _ = try read(packed, as: format, piece: 1 << 16, outputLimit: 1 << 20) }
    #expect(error?.code == "codec.too_large")
  }

  @Test func zerosBehindTheLastGzipMemberAreAccepted() throws {
    let packed = try compressed(sample(100), .gzip)
    for piece in [1, 1000] {
      #expect(try read(packed + [UInt8](repeating: 0, count: 600), as: .gzip, piece: piece) == sample(100))
      let error = #expect(throws: ProwziError.self) { _ = try read(packed + [0, 0, 0x1f, 0x8b], as: .gzip, piece: piece) }
      #expect(error?.code == "codec.corrupt")
    }
  }

  @Test func skippableZstdFramesArePassedOver() throws {
    let skippable: [UInt8] = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]
    let packed = try compressed(sample(100), .zstd)
    for piece in [1, 1000] { #expect(try read(skippable + packed + skippable, as: .zstd, piece: piece) == sample(100)) }
  }

  @Test func anErrorIsRepeatedByEveryLaterCall() throws {
    var stream = StreamDecompressor(format: .gzip)
    var output: [UInt8] = []
    var errors: [ProwziError?] = []
    for _ in 0..<2 {
      do throws(ProwziError) {
        let bytes: [UInt8] = Array("not gzip".utf8)
        try stream.feed(bytes.span, appendingTo: &output)
        errors.append(nil)
      } catch { errors.append(error) }
    }
    do throws(ProwziError) {
      try stream.finish()
      errors.append(nil)
    } catch { errors.append(error) }
    #expect(errors.map { $0?.code.text } == ["codec.corrupt", "codec.corrupt", "codec.corrupt"])
  }
}
