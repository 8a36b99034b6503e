import Compression
import Model
import RecordFormat
import Testing

private let compressor = LibraryCompressor()
private let codecs: [Codec] = [.none, .gzip, .lz4, .zstd]

/// Bytes that compress somewhat.
func sample(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: Fingerprint.mix(UInt64($0 / 3)) & 15) }
}

func compressed(_ bytes: [UInt8], _ codec: Codec) throws(ProwziError) -> [UInt8] {
  var output: [UInt8] = []
  try compressor.compress(bytes.span, with: codec, appendingTo: &output)
  return output
}

// The span is taken here and not in the tests: Swift 6.3.1 crashes on a span inside the closure of an expectation.
private func decompress(_ bytes: [UInt8], _ codec: Codec, limit: Int, appendingTo output: inout [UInt8]) throws(ProwziError) {
  try compressor.decompress(bytes.span, with: codec, limit: limit, appendingTo: &output)
}

struct LibraryCompressorTests {
  @Test(arguments: codecs, [0, 1, 100, 65_535, 65_536, 65_537, 1_000_000]) func whatIsCompressedReadsBack(codec: Codec, count: Int) throws {
    let bytes = sample(count)
    var output: [UInt8] = [9]
    try decompress(try compressed(bytes, codec), codec, limit: count, appendingTo: &output)
    #expect(output == [9] + bytes)
  }

  @Test(arguments: codecs) func oneByteOverTheLimitIsRefused(codec: Codec) throws {
    let packed = try compressed(sample(5000), codec)
    var output: [UInt8] = [9]
    let error = #expect(throws: ProwziError.self) {
      try decompress(packed, codec, limit: 4999, appendingTo: &output)
    }
    #expect(error?.code == "codec.too_large")
    #expect(output == [9])
  }

  @Test(arguments: codecs.dropFirst()) func aBombIsRefusedBeforeItsMemoryIsTaken(codec: Codec) throws {
    let packed = try compressed([UInt8](repeating: 0, count: 64 << 20), codec)
    var output: [UInt8] = []
    let error = #expect(throws: ProwziError.self) {
      try decompress(packed, codec, limit: 1 << 20, appendingTo: &output)
    }
    #expect(error?.code == "codec.too_large")
    #expect(output.capacity <= 8 << 20)
  }

  @Test(arguments: codecs.dropFirst()) func everyCutIsAnError(codec: Codec) throws {
    let packed = try compressed(sample(300), codec)
    for count in 0..<packed.count {
      var output: [UInt8] = []
      let error = #expect(throws: ProwziError.self, "\(count) of \(packed.count) bytes") {
        try decompress(Array(packed[..<count]), codec, limit: 1000, appendingTo: &output)
      }
      #expect(error?.code == "codec.truncated" || error?.code == "codec.corrupt")
      #expect(output.isEmpty)
    }
  }

  /// Not every format has a checksum over its content here, so a flip may also give other bytes: the batch's own checksum is for that.
  @Test(arguments: codecs.dropFirst()) func aFlippedBitNeverCrashes(codec: Codec) throws {
    let bytes = sample(300)
    let packed = try compressed(bytes, codec)
    var refused = 0
    for bit in 0..<8 * packed.count {
      var changed = packed
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      var output: [UInt8] = []
      do throws(ProwziError) {
        try decompress(changed, codec, limit: 1000, appendingTo: &output)
      } catch {
        refused += 1
        #expect(output.isEmpty)
      }
    }
    #expect(refused > packed.count)
  }

  @Test func snappyIsRefusedByName() {
    var output: [UInt8] = []
    let error = #expect(throws: ProwziError.self) { output = try compressed([1], .snappy) }
    #expect(error?.code == "codec.unsupported")
    let other = #expect(throws: ProwziError.self) {
      try decompress([1], .snappy, limit: 10, appendingTo: &output)
    }
    #expect(other?.code == "codec.unsupported")
  }

  @Test func oneCompressorServesManyTasksAtOnce() async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for task in 0..<32 {
        group.addTask {
          let bytes = sample(10_000 + task)
          for codec in codecs {
            var output: [UInt8] = []
            try decompress(try compressed(bytes, codec), codec, limit: bytes.count, appendingTo: &output)
            if output != bytes { return false }
          }
          return true
        }
      }
      for try await equal in group { #expect(equal) }
    }
  }
}

/// lz4 1.9.4 keeps the content size of a frame that failed through `LZ4F_resetDecompressionContext`; a context must not carry it into the next frame.
@Test func aDamagedBodyDoesNotSpoilTheNextOne() throws {
  let plain = [UInt8](text: "a good body")
  for codec in [Codec.gzip, .lz4, .zstd] {
    let compressor = LibraryCompressor()
    var good: [UInt8] = []
    try compressor.compress(plain.span, with: codec, appendingTo: &good)
    // A frame that tells its size (a million bytes) and ends early.
    let telling: [UInt8] = [0x04, 0x22, 0x4d, 0x18, 0x68, 0x40, 0x40, 0x42, 0x0f, 0, 0, 0, 0, 0, 0xb5, 1, 0, 0, 0x80, 0x61]
    for damaged in [telling, Array(good.dropLast(3)), good.map { $0 ^ 1 }] {
      var output: [UInt8] = []
      #expect(throws: ProwziError.self) { try compressor.decompress(damaged.span, with: codec, limit: 1000, appendingTo: &output) }
      try compressor.decompress(good.span, with: codec, limit: 1000, appendingTo: &output)
      #expect(output == plain, "\(codec)")
    }
  }
}
