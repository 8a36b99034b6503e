import Compression
import Model
import RecordFormat

extension FuzzTargets {
  private static let compressor = LibraryCompressor()
  /// What one input may become.
  private static let limit = 256 << 10

  static let codecs: [FuzzTarget] = Codec.allCases.map { codec in
    FuzzTarget(
      "codec_\(codec.name)", "decompressing ends within its limit, whole or in pieces, and undoes compressing", seeds: { seeds(codec) }
    ) { (bytes) throws(BrokenLaw) in try check(bytes, codec) }
  }

  private static func seeds(_ codec: Codec) -> [[UInt8]] {
    let plain = [[], [UInt8](text: "prowzi"), [UInt8](repeating: 0x61, count: 3000), [UInt8](repeating: 0, count: limit + 1)]
    return plain.compactMap { bytes in
      var output: [UInt8] = []
      return accepted { () throws(ProwziError) in try compressor.compress(bytes.span, with: codec, appendingTo: &output) }.map { output }
    }
  }

  private static func check(_ bytes: [UInt8], _ codec: Codec) throws(BrokenLaw) {
    let before: [UInt8] = [1, 2, 3]
    var output = before
    let read: Void? = accepted { () throws(ProwziError) in
      try compressor.decompress(bytes.span, with: codec, limit: limit, appendingTo: &output)
    }
    try hold(codec != .snappy || read == nil, "snappy is not offered")
    try hold(output.starts(with: before), "what was there has changed")
    try hold(output.count <= before.count + limit, "\(output.count) bytes are more than the limit")
    try hold(output.capacity <= 8 * limit + 64 * bytes.count, "\(output.capacity) bytes of memory were taken for \(bytes.count)")
    if read == nil { try hold(output == before, "a refused body has left bytes behind") }
    try checkRoundTrip(bytes, codec)
    switch codec {
    case .gzip: try checkPieces(bytes, .gzip, whole: read == nil ? nil : Array(output.dropFirst(before.count)))
    case .zstd: try checkPieces(bytes, .zstd, whole: read == nil ? nil : Array(output.dropFirst(before.count)))
    default: break
    }
  }

  private static func checkRoundTrip(_ bytes: [UInt8], _ codec: Codec) throws(BrokenLaw) {
    if codec == .snappy { return }
    var packed: [UInt8] = []
    var plain: [UInt8] = []
    let done: Void? = accepted { () throws(ProwziError) in
      try compressor.compress(bytes.span, with: codec, appendingTo: &packed)
      try compressor.decompress(packed.span, with: codec, limit: bytes.count, appendingTo: &plain)
    }
    try hold(done != nil && plain == bytes, "compressing and decompressing gives other bytes")
  }

  /// The stream decoder of the sensors gives the same in pieces of any size.
  private static func checkPieces(_ bytes: [UInt8], _ format: StreamDecompressor.Format, whole: [UInt8]?) throws(BrokenLaw) {
    let size = 1 + Int(bytes.first ?? 0) % 97
    var stream = StreamDecompressor(format: format, outputLimit: limit)
    var output: [UInt8] = []
    var failed = false
    var at = 0
    while at < bytes.count, !failed {
      let end = min(bytes.count, at + size)
      let before = output.count
      do throws(ProwziError) { try stream.feed(bytes.span.extracting(at..<end), appendingTo: &output) } catch { failed = true }
      // The limit is one piece's, plus the byte that tells a body that fits from one that goes on.
      try hold(output.count - before <= limit + 1, "one piece gave \(output.count - before) bytes")
      if output.count > limit { return try hold(whole == nil, "the stream gives more than the whole") }
      at = end
    }
    if !failed { do throws(ProwziError) { try stream.finish() } catch { failed = true } }
    // libzstd does not hold the size that a frame promises against what came when its last block is empty and it is fed in pieces; then nothing is lost but
    // the complaint. Everything else is refused either way.
    let mayBeLax = format == .zstd && output.isEmpty
    try hold(failed == (whole == nil) || (!failed && mayBeLax), "the stream \(failed ? "refuses" : "reads") what the whole does not")
    if let whole { try hold(output == whole, "the stream gives other bytes than the whole") }
  }
}
