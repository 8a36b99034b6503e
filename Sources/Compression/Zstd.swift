internal import CZstd

// In this file and its two neighbours every class owns one C context: made in `init`, freed in `deinit`, used by one call at a time because the
// pool (or the stream) lends it to one. That is what makes the unchecked sendability hold. A context that cannot be made means that memory is
// at its end, where Swift itself would trap.

final class ZstdEncoder: PooledContext, @unchecked Sendable {
  private let context: OpaquePointer

  init() {
    guard let context = ZSTD_createCCtx() else { preconditionFailure("No memory for a zstd context.") }
    self.context = context
  }

  deinit { ZSTD_freeCCtx(context) }

  func compress(_ bytes: Span<UInt8>, level: Int32, appendingTo output: inout [UInt8]) {
    let bound = ZSTD_compressBound(bytes.count)
    bytes.withUnsafeBufferPointer { input in
      output.append(capacity: bound) { memory in
        let size = ZSTD_compressCCtx(context, memory, bound, input.baseAddress, input.count, level)
        // zstd.h: with room for compressBound, compression cannot fail but for want of memory.
        precondition(ZSTD_isError(size) == 0, "zstd had no memory to compress with.")
        return size
      }
    }
  }
}

final class ZstdDecoder: FrameDecoder, @unchecked Sendable {
  static let formatName = "zstd"
  private let context: OpaquePointer

  init() {
    // A ZSTD_DStream is a ZSTD_DCtx (zstd.h, since 1.3.0).
    guard let context = ZSTD_createDCtx() else { preconditionFailure("No memory for a zstd context.") }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  func reset() { ZSTD_DCtx_reset(context, ZSTD_reset_session_only) }

  func sizeHint(_ input: UnsafeBufferPointer<UInt8>) -> Int? {
    let size = ZSTD_getFrameContentSize(input.baseAddress, input.count)
    // The two largest values say "unknown" and "error" (zstd.h, ZSTD_CONTENTSIZE_UNKNOWN).
    return size >= UInt64.max - 1 ? nil : Int(clamping: size)
  }

  func step(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) -> FrameStep {
    var from = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var to = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    // 0 means that a frame is decoded and flushed; the next call begins another. Skippable frames count as frames.
    let result = ZSTD_decompressStream(context, &to, &from)
    let fault = ZSTD_isError(result) == 0 ? nil : String(cString: ZSTD_getErrorName(result))
    return FrameStep(consumed: from.pos, produced: to.pos, isAtEnd: result == 0, fault: fault)
  }
}
