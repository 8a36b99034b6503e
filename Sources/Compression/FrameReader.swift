import Model

/// A decompressor of one format, fed piece by piece.
protocol FrameDecoder: PooledContext {
  /// The format's name in messages.
  static var formatName: String { get }

  /// Forgets everything: the next byte begins a frame.
  func reset()

  /// A guess of how much these first bytes become; a wrong one costs time only.
  func sizeHint(_ input: UnsafeBufferPointer<UInt8>) -> Int?

  /// Reads some of `input` and writes some of `output`, which is not empty.
  func step(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) -> FrameStep
}

struct FrameStep {
  var consumed: Int
  var produced: Int
  /// A frame ended exactly behind what was consumed.
  var isAtEnd: Bool
  /// What the library says is wrong.
  var fault: String?
}

/// Drives a decoder over pieces of input, within a limit of output.
struct FrameReader {
  private let decoder: any FrameDecoder
  /// Bytes of all pieces so far: what error places count.
  private var position = 0
  /// Nothing has been read since the last frame ended.
  private var isBetweenFrames = true
  private var hasFrame = false
  private let isStream: Bool

  /// - Parameter isStream: whether what is good before an error counts. zstd decodes a frame that it sees whole in one go, and then gives nothing of one
  ///   that is damaged; so the first byte of a frame is handed over alone, and what comes out does not depend on the pieces.
  init(decoder: any FrameDecoder, isStream: Bool = false) {
    self.decoder = decoder
    self.isStream = isStream
  }

  /// Appends what `bytes` become. At most `limit` bytes are appended for this piece, and not much more memory is taken.
  mutating func read(_ bytes: Span<UInt8>, limit: Int, appendingTo output: inout [UInt8]) throws(ProwziError) {
    let start = output.count
    let from = position
    var consumed = 0
    var chunk = bytes.withUnsafeBufferPointer { input in
      // A header may claim any size, so what it claims is believed only in proportion to the bytes there are.
      min(max(decoder.sizeHint(input) ?? 4 * input.count, 1 << 12), 256 * max(input.count, 256))
    }
    while true {
      // One byte beyond the limit tells a body that fits exactly from one that goes on.
      let room = min(chunk, limit - (output.count - start)) + 1
      var step = FrameStep(consumed: 0, produced: 0, isAtEnd: false)
      let end = isStream && isBetweenFrames ? min(consumed + 1, bytes.count) : bytes.count
      bytes.withUnsafeBufferPointer { input in
        output.append(addingCapacity: room) { (free: inout OutputSpan<UInt8>) in
          free.withUnsafeMutableBufferPointer { memory, initialized in
            step = decoder.step(
              UnsafeBufferPointer(rebasing: input[consumed..<end]), into: UnsafeMutableBufferPointer(rebasing: memory[..<room]))
            initialized = step.produced
          }
        }
      }
      consumed += step.consumed
      position = from + consumed
      if let fault = step.fault { throw corrupt(fault) }
      guard output.count - start <= limit else { throw Self.tooLarge(limit: limit, at: position) }
      if step.isAtEnd {
        isBetweenFrames = true
        hasFrame = true
        if consumed == bytes.count { return }
      } else {
        if step.consumed > 0 || step.produced > 0 { isBetweenFrames = false }
        // A decoder that leaves room has nothing more to say until it is given more.
        if consumed == bytes.count, step.produced < room { return }
        if step.consumed == 0, step.produced == 0 { throw corrupt("no progress") }
      }
      chunk = min(max(chunk, output.count - start), 1 << 26)
    }
  }

  /// The input is at its end.
  func finish() throws(ProwziError) {
    guard isBetweenFrames, hasFrame else {
      throw ProwziError(
        .codecTruncated, "The \(type(of: decoder).formatName) data ends inside a frame", place: "byte \(position)",
        advice: "Fetch the file again: a part of it is missing")
    }
  }

  private func corrupt(_ fault: String) -> ProwziError {
    ProwziError(.codecCorrupt, "The bytes are not \(type(of: decoder).formatName) data", place: "byte \(position)", cause: fault)
  }

  static func tooLarge(limit: Int, at position: Int) -> ProwziError {
    ProwziError(.codecTooLarge, "The data decompress to more than \(limit) bytes", place: "byte \(position)")
  }
}

extension [UInt8] {
  /// Appends a span with one copy.
  mutating func append(copying bytes: Span<UInt8>) {
    bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
  }

  /// Appends what a C function writes into `capacity` free bytes; it answers how many there are.
  mutating func append(capacity: Int, _ write: (UnsafeMutableRawPointer) -> Int) {
    append(addingCapacity: capacity) { (free: inout OutputSpan<UInt8>) in
      free.withUnsafeMutableBufferPointer { memory, initialized in initialized = write(memory.baseAddress!) }
    }
  }
}
