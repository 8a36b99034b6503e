import CommandLine
import Compression
import Model
import RecordFormat

/// Batches in memory, each codec.
enum CodecCommand: BenchCommand {
  static let command = Command(
    "codec", "What do encoding and decoding a record batch cost, codec by codec?",
    discussion: """
      Encodes and decodes batches of records of one size in memory. Beside each the codec alone over the same body: what is left is ours. Rates count bytes before \
      compression.
      """,
    examples: [.init("prowzi-bench codec", "all codecs, 1,000 records of 1 KiB a batch")],
    options: [
      .value("records", "N", "a batch", defaultValue: "1000"), .value("size", "BYTES", "of a value", defaultValue: "1024"),
      .value("batches", "N", "how many", defaultValue: "50"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let count = try arguments.integer("records", in: 1...10_000) ?? 1000
    let size = try arguments.integer("size", in: 1...(1 << 16)) ?? 1024
    let rounds = try arguments.integer("batches", in: 1...100_000) ?? 50
    let records = BenchLog.records(count, size: size, seed: 1, from: 0)
    let compressor = LibraryCompressor()
    var result = BenchResult("codec")
    var plain: [UInt8] = []
    try RecordBatch.encode(records, 0..<count, baseOffset: .zero, codec: .none, compressor: compressor, appendingTo: &plain)
    let body = Array(plain[BatchHeader.size...])
    let mebibytes = Double(body.count * rounds) / 1_048_576
    for codec in [Codec.none, .lz4, .zstd, .gzip] {
      var batch: [UInt8] = []
      let encoding = try timed { () throws(ProwziError) in
        for _ in 0..<rounds {
          batch.removeAll(keepingCapacity: true)
          try RecordBatch.encode(records, 0..<count, baseOffset: .zero, codec: codec, compressor: compressor, appendingTo: &batch)
        }
      }
      var buffer = RecordBuffer()
      let decoding = try timed { () throws(ProwziError) in
        for _ in 0..<rounds {
          buffer.removeAll()
          _ = try RecordBatch.decode(batch, at: 0, compressor: compressor, into: &buffer)
        }
      }
      precondition(buffer.count == count, "what was encoded is decoded")
      var packed: [UInt8] = []
      let packing = try timed { () throws(ProwziError) in
        for _ in 0..<rounds {
          packed.removeAll(keepingCapacity: true)
          try compressor.compress(body.span, with: codec, appendingTo: &packed)
        }
      }
      var unpacked: [UInt8] = []
      let unpacking = try timed { () throws(ProwziError) in
        for _ in 0..<rounds {
          unpacked.removeAll(keepingCapacity: true)
          try compressor.decompress(packed.span, with: codec, limit: body.count, appendingTo: &unpacked)
        }
      }
      precondition(unpacked == body, "what was compressed is decompressed")
      let name = codec.name
      result.add(
        "\(name)_encode_mebibytes_per_second", mebibytes / encoding.inSeconds, limit: mebibytes / packing.inSeconds,
        named: "\(name)_compress_alone_mebibytes_per_second")
      result.add(
        "\(name)_decode_mebibytes_per_second", mebibytes / decoding.inSeconds, limit: mebibytes / unpacking.inSeconds,
        named: "\(name)_decompress_alone_mebibytes_per_second")
      result.add("\(name)_size_percent", Double(batch.count) / Double(plain.count) * 100)
    }
    result.note("checksum", String(CRC32C.checksum(of: body), radix: 16))
    result.print(arguments)
    return .success
  }
}
