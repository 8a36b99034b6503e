internal import CLZ4

enum LZ4Encoder {
  static func compress(_ bytes: Span<UInt8>, appendingTo output: inout [UInt8]) {
    var preferences = LZ4F_preferences_t()
    // Kafka's KafkaLZ4BlockInputStream refuses frames whose blocks depend on each other.
    preferences.frameInfo.blockMode = LZ4F_blockIndependent
    preferences.frameInfo.blockSizeID = LZ4F_max64KB
    let bound = LZ4F_compressFrameBound(bytes.count, &preferences)
    bytes.withUnsafeBufferPointer { input in
      output.append(capacity: bound) { memory in
        let size = LZ4F_compressFrame(memory, bound, input.baseAddress, input.count, &preferences)
        // lz4frame.h: with room for compressFrameBound, this cannot fail but for want of memory.
        precondition(LZ4F_isError(size) == 0, "lz4 had no memory to compress with.")
        return size
      }
    }
  }
}

/// See `ZstdEncoder` for why the sendability holds.
final class LZ4Decoder: FrameDecoder, @unchecked Sendable {
  static let formatName = "LZ4"
  private let context: OpaquePointer

  init() {
    var context: OpaquePointer?
    let result = LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(result) == 0, let context else { preconditionFailure("No memory for an lz4 context.") }
    self.context = context
  }

  deinit { LZ4F_freeDecompressionContext(context) }

  func reset() { LZ4F_resetDecompressionContext(context) }

  func sizeHint(_ input: UnsafeBufferPointer<UInt8>) -> Int? { nil }

  func step(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) -> FrameStep {
    var consumed = input.count
    var produced = output.count
    // 0 means that a frame is decoded and flushed; the next call begins another.
    let result = LZ4F_decompress(context, output.baseAddress, &produced, input.baseAddress, &consumed, nil)
    if LZ4F_isError(result) != 0 {
      return FrameStep(consumed: 0, produced: 0, isAtEnd: false, fault: String(cString: LZ4F_getErrorName(result)))
    }
    return FrameStep(consumed: consumed, produced: produced, isAtEnd: result == 0)
  }
}
