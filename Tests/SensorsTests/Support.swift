import Model
import Ports
import Sensors

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

struct FixedClock: WallClock {
  var moment: Timestamp
  func now() -> Timestamp { moment }
}

/// Stands for a compression library: every byte is inverted, and the stream must end with 0x00.
final class InvertingDecoder: StreamDecoder {
  var isClosed = false
  func feed(_ bytes: Span<UInt8>, appendingTo output: inout [UInt8]) throws(ProwziError) {
    for index in bytes.indices {
      if isClosed { throw ProwziError("compression.corrupt", "bytes after the end") }
      if bytes[index] == 0 { isClosed = true } else { output.append(~bytes[index]) }
    }
  }
  func finish() throws(ProwziError) {
    if !isClosed { throw ProwziError("compression.truncated", "no end") }
  }
  static func encode(_ text: String) -> [UInt8] { text.utf8.map { ~$0 } + [0] }
}

let noDecoders: DecoderFactory = { (format: CompressionFormat) throws(ProwziError) -> any StreamDecoder in
  throw ProwziError("test.no_decoder", format.rawValue)
}
let invertingDecoders: DecoderFactory = { (_: CompressionFormat) throws(ProwziError) -> any StreamDecoder in InvertingDecoder() }

func reader(
  _ content: [UInt8], _ format: InputFormat, field: String? = nil, pieceSize: Int = .max, recordLimit: Int = RecordReader.recordLimit
) -> RecordReader {
  RecordReader(
    MemorySource(content, name: "input", pieceSize: pieceSize), format: format, time: .init(field: field), recordLimit: recordLimit)
}

func items(_ reader: consuming RecordReader) throws -> [RawItem] {
  var reader = reader
  var all: [RawItem] = []
  while let item = try reader.next() { all.append(item) }
  return all
}

func texts(_ content: String, _ format: InputFormat, pieceSize: Int = .max) throws -> [String] {
  try items(reader(bytes(content), format, pieceSize: pieceSize)).map(\.value.displayText)
}
