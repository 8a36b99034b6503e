public import Model

/// Bytes that arrive in blocks: a file, standard input, or an array in a test. Read by one task at a time.
public protocol ByteSource: AnyObject {
  /// What to call it in messages: the path, or `-`.
  var name: String { get }

  /// Appends the next bytes.
  /// - Parameter count: about how many; a decompressing source may append more.
  /// - Returns: how many were appended; 0 only at the end.
  func read(appendingTo output: inout [UInt8], atMost count: Int) throws(ProwziError) -> Int
}

/// A source over bytes in memory, handed out in pieces of a chosen size.
public final class MemorySource: ByteSource {
  public let name: String
  private let bytes: [UInt8]
  private let pieceSize: Int
  private var position = 0

  public init(_ bytes: [UInt8], name: String = "memory", pieceSize: Int = .max) {
    precondition(pieceSize > 0, "a piece has at least one byte")
    self.bytes = bytes
    self.name = name
    self.pieceSize = pieceSize
  }

  public func read(appendingTo output: inout [UInt8], atMost count: Int) throws(ProwziError) -> Int {
    let taken = min(count, pieceSize, bytes.count - position)
    output.append(contentsOf: bytes[position..<position + taken])
    position += taken
    return taken
  }
}

/// A source whose first bytes have been read already, to look at them.
final class PeekedSource: ByteSource {
  let name: String
  private(set) var head: [UInt8] = []
  private let rest: any ByteSource
  private var isHeadServed = false

  /// Reads at least `count` bytes ahead, or all there are.
  init(_ source: any ByteSource, peeking count: Int) throws(ProwziError) {
    name = source.name
    rest = source
    while head.count < count {
      guard try source.read(appendingTo: &head, atMost: count - head.count) > 0 else { break }
    }
  }

  func read(appendingTo output: inout [UInt8], atMost count: Int) throws(ProwziError) -> Int {
    if !isHeadServed {
      isHeadServed = true
      if !head.isEmpty {
        output.append(contentsOf: head)
        defer { head = [] }
        return head.count
      }
    }
    return try rest.read(appendingTo: &output, atMost: count)
  }
}
