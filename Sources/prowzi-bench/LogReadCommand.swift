import CommandLine
import Compression
import Disk
import Model
import Ports
import RecordFormat
import SegmentLog

/// Reads a log from memory, beside what copying, checking and decompressing the same bytes alone cost.
enum LogReadCommand: BenchCommand {
  static let command = Command(
    "log-read", "How fast are records read from page cache, checksums checked?",
    discussion: """
      Writes a log of records of one size for each codec, reads it once to bring it into memory, and then all of it through the log. Limits beside it: the \
      checksum over the same file alone, copying the file in memory, and where there is a codec, decompressing its batches alone. Rates count decompressed \
      bytes.
      """,
    examples: [.init("prowzi-bench log-read --work /tmp/bench-read", "uncompressed and zstd")],
    options: [
      .value("work", "DIR", "new folder", isRequired: true), .value("records", "N", "in all", defaultValue: "200000"),
      .value("size", "BYTES", "of a value", defaultValue: "1024"),
      .value("codecs", "A,B", "none, lz4, zstd or gzip", defaultValue: "none,zstd"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let count = try arguments.integer("records", in: 1...100_000_000) ?? 200_000
    let size = try arguments.integer("size", in: 1...(1 << 20)) ?? 1024
    var result = BenchResult("log-read")
    for name in arguments.list("codecs") {
      guard let codec = Codec(name: name) else {
        throw ProwziError("usage.bad_value", "'\(name)' is no codec", advice: "Give none, lz4, zstd or gzip")
      }
      let bench = try BenchLog(Harness.folder(arguments.required("work")) + "/\(name)", codec: codec)
      let log = try bench.open(.write(owner: "bench"))
      defer { log.close() }
      var done = 0
      while done < count {
        let records = BenchLog.records(min(5000, count - done), size: size, seed: UInt64(done), from: done)
        _ = try log.commit(Commit(appends: [.init(target: BenchLog.target, records: records)]))
        done += records.count
      }
      try measure(log, bench, codec, &result)
    }
    result.print(arguments)
    return .success
  }

  private static func measure(_ log: SegmentLog, _ bench: BenchLog, _ codec: Codec, _ result: inout BenchResult) throws(ProwziError) {
    var (bytes, records) = (0, 0)
    func read() throws(ProwziError) {
      (bytes, records) = (0, 0)
      var buffer = RecordBuffer()
      var next = Offset.zero
      let end = try log.bounds(of: BenchLog.target).highWatermark
      while next < end {
        buffer.removeAll()
        next = try log.read(BenchLog.target, from: next, maxRecords: 10_000, maxBytes: 4 << 20, into: &buffer)
        bytes += buffer.bytes.count
        records += buffer.count
      }
    }
    try read()
    let reading = try timed(read)

    let segment = try bench.files.open("log/\(BenchLog.target)/00000000000000000000.log", .read)
    var file: [UInt8] = []
    try segment.read(at: 0, count: try segment.size(), appendingTo: &file)
    var checksum: UInt32 = 0
    let checking = timed { checksum = CRC32C.checksum(of: file) }
    var copy = [UInt8](repeating: 0, count: file.count)
    let copying = timed {
      copy.withUnsafeMutableBytes { target in unsafe file.withUnsafeBytes { unsafe target.copyMemory(from: $0) } }
    }
    precondition(copy.last == file.last)
    let mebibytes = Double(bytes) / 1_048_576
    let share = Double(file.count) / 1_048_576
    result.add("\(codec.name)_records_per_second", Double(records) / reading.inSeconds)
    if codec == .none {
      result.add(
        "none_mebibytes_per_second", mebibytes / reading.inSeconds, limit: share / checking.inSeconds,
        named: "checksum_alone_mebibytes_per_second")
      result.add("copy_alone_mebibytes_per_second", share / copying.inSeconds)
    } else {
      let compressor = LibraryCompressor()
      var scratch: [UInt8] = []
      let decoding = try timed { () throws(ProwziError) in
        var position = 0
        while position + BatchHeader.size <= file.count {
          let header = try BatchHeader.read(file, at: position)
          scratch.removeAll(keepingCapacity: true)
          try compressor.decompress(
            file.span.extracting(position + BatchHeader.size..<position + header.sizeInBytes), with: codec, limit: 64 << 20,
            appendingTo: &scratch)
          position += header.sizeInBytes
        }
      }
      result.add(
        "\(codec.name)_mebibytes_per_second", mebibytes / reading.inSeconds, limit: mebibytes / decoding.inSeconds,
        named: "\(codec.name)_decoder_alone_mebibytes_per_second")
    }
    result.note("\(codec.name)_file_checksum", String(checksum, radix: 16))
  }
}

/// How long something takes, at best of three: it runs in memory, and what is slower was disturbed.
func timed(_ body: () throws(ProwziError) -> Void) throws(ProwziError) -> Duration {
  var best = Duration.seconds(1_000_000)
  for _ in 0..<3 {
    let start = ContinuousClock.now
    try body()
    best = min(best, ContinuousClock.now - start)
  }
  return best
}

func timed(_ body: () -> Void) -> Duration {
  var best = Duration.seconds(1_000_000)
  for _ in 0..<3 {
    let start = ContinuousClock.now
    body()
    best = min(best, ContinuousClock.now - start)
  }
  return best
}
