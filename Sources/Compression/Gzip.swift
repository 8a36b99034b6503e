internal import CZlib

/// zlib.h: 15 bits of window, and 16 for a gzip wrapper rather than zlib's own.
private let gzipWindowBits: Int32 = 15 + 16

/// See `ZstdEncoder` for why the sendability holds. zlib keeps a pointer to its stream, so the stream lies in memory that does not move.
final class GzipEncoder: PooledContext, @unchecked Sendable {
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

  init() {
    stream.initialize(to: z_stream())
    let result = deflateInit2_(
      stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzipWindowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(result == Z_OK, "No memory for a zlib context.")
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  func compress(_ bytes: Span<UInt8>, appendingTo output: inout [UInt8]) {
    precondition(bytes.count <= Int(UInt32.max), "zlib is given at most 4 GiB at once.")
    deflateReset(stream)
    let bound = Int(deflateBound(stream, UInt(bytes.count)))
    bytes.withUnsafeBufferPointer { input in
      output.append(capacity: bound) { memory in
        // zlib.h declares the input without const, and promises not to write it.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = memory.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(bound)
        // zlib.h: with room for deflateBound, one call with Z_FINISH ends the stream.
        let result = deflate(stream, Z_FINISH)
        precondition(result == Z_STREAM_END, "zlib ended a stream early within deflateBound.")
        return bound - Int(stream.pointee.avail_out)
      }
    }
  }
}

/// Reads members behind each other, as RFC 1952 allows, and zeros behind the last, as tape archives leave them.
final class GzipDecoder: FrameDecoder, @unchecked Sendable {
  static let formatName = "gzip"
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  /// A member has ended and none has begun.
  private var isBehindMember = false
  private var isPadding = false

  init() {
    stream.initialize(to: z_stream())
    let result = inflateInit2_(stream, gzipWindowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(result == Z_OK, "No memory for a zlib context.")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func reset() {
    inflateReset(stream)
    isBehindMember = false
    isPadding = false
  }

  func sizeHint(_ input: UnsafeBufferPointer<UInt8>) -> Int? { nil }

  func step(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) -> FrameStep {
    if isBehindMember, !input.isEmpty {
      if isPadding || input[0] == 0 {
        isPadding = true
        let zeros = input.firstIndex { $0 != 0 } ?? input.count
        let fault = zeros == input.count ? nil : "data behind the padding"
        return FrameStep(consumed: zeros, produced: 0, isAtEnd: true, fault: fault)
      }
      inflateReset(stream)
      isBehindMember = false
    }
    let given = min(input.count, Int(UInt32.max))
    let room = min(output.count, Int(UInt32.max))
    // zlib.h declares the input without const, and promises not to write it.
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.pointee.avail_in = UInt32(given)
    stream.pointee.next_out = output.baseAddress
    stream.pointee.avail_out = UInt32(room)
    let result = inflate(stream, Z_NO_FLUSH)
    var step = FrameStep(
      consumed: given - Int(stream.pointee.avail_in), produced: room - Int(stream.pointee.avail_out), isAtEnd: result == Z_STREAM_END)
    isBehindMember = step.isAtEnd
    // Z_BUF_ERROR only says that there was nothing to do: more input or room is wanted.
    if result != Z_OK, result != Z_STREAM_END, result != Z_BUF_ERROR {
      step.fault = stream.pointee.msg.map { String(cString: $0) } ?? "zlib answered \(result)"
    }
    return step
  }
}
