internal import CInstructions
import Merkle
import Model

/// A logical record as a leaf of its partition's Merkle tree.
///
/// *Shape* of the leaf's data: timestamp (8 bytes), length of the key and of the value (4 bytes each, −1 for null), key, value, header block; all numbers
/// big-endian. How records are framed in batches does not enter, nor the offset, which is the leaf's place in the tree: so the embedded log and
/// a cluster agree, whatever codec and batch size they use.
extension RecordBuffer {
  /// The hash of a record's leaf: SHA-256(0x00 ‖ data).
  public func leafHash(of index: Int) -> Digest {
    let layout = records[index]
    var hash = SHA256()
    hash.update(byte: MerkleHash.leafPrefix)
    hash.update(bigEndian: UInt64(bitPattern: layout.timestamp.milliseconds))
    hash.update(bigEndian: Self.lengths(layout))
    if let key = layout.key { hash.update(bytes, in: key) }
    if let value = layout.value { hash.update(bytes, in: value) }
    hash.update(bytes, in: layout.headers)
    return hash.finish()
  }

  /// The hashes of some records' leaves, in order. Faster than one at a time: two are hashed side by side.
  public func leafHashes(of range: Range<Int>) -> [Digest] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "The records must be there.")
    var leaves: [prowzi_leaf] = []
    leaves.reserveCapacity(range.count)
    for index in range {
      let layout = records[index]
      // What a sink or a batch has written lies in the order of the leaf's data.
      var end = layout.key?.upperBound ?? layout.value?.lowerBound ?? layout.headers.lowerBound
      let start = layout.key?.lowerBound ?? end
      if let value = layout.value {
        guard value.lowerBound == end else { return range.map(leafHash) }
        end = value.upperBound
      }
      guard start >= 0, layout.headers.lowerBound == end, layout.headers.upperBound <= bytes.count else { return range.map(leafHash) }
      leaves.append(
        prowzi_leaf(
          time: UInt64(bitPattern: layout.timestamp.milliseconds), lengths: Self.lengths(layout), start: UInt64(start),
          count: UInt64(layout.headers.upperBound - start)))
    }
    // Unsafe: the leaves lie within `bytes`, as was just checked, and a digest is its four words.
    return unsafe [Digest](unsafeUninitializedCapacity: leaves.count) { digests, count in
      unsafe digests.withMemoryRebound(to: UInt64.self) { words in
        unsafe bytes.withUnsafeBufferPointer { bytes in
          guard let base = bytes.baseAddress, let first = words.baseAddress else { return }
          unsafe prowzi_sha256_leaves(base, leaves, leaves.count, first)
        }
      }
      count = leaves.count
    }
  }

  /// The data of a record's leaf: what goes into a proof bundle.
  public func leafData(of index: Int) -> [UInt8] {
    let layout = records[index]
    var data: [UInt8] = []
    data.append(bigEndian: layout.timestamp.milliseconds)
    data.append(bigEndian: Self.lengths(layout))
    if let key = layout.key { data.append(contentsOf: bytes[key]) }
    if let value = layout.value { data.append(contentsOf: bytes[value]) }
    data.append(contentsOf: bytes[layout.headers])
    return data
  }

  /// Reads a leaf's data back.
  /// - Parameter offset: the leaf's place in its tree.
  /// - Returns: a buffer with this one record; `nil` where the data are none, down to the last byte of the header block.
  public init?(leafData data: [UInt8], offset: Offset) {
    guard data.count >= 17 else { return nil }
    let timestamp = Timestamp(milliseconds: data.bigEndian(at: 0))
    var at = 16
    func part(_ length: Int32) -> Range<Int>?? {
      if length == -1 { return .some(nil) }
      guard length >= 0, Int(length) <= data.count - at else { return nil }
      defer { at += Int(length) }
      return at..<at + Int(length)
    }
    guard let key = part(data.bigEndian(at: 8)), let value = part(data.bigEndian(at: 12)) else { return nil }
    let start = at
    guard let count = data.readVarint(at: &at), count >= 0, count <= data.count else { return nil }
    for _ in 0..<count {
      guard let name = data.readVarint(at: &at), name >= 0, name <= data.count - at else { return nil }
      at += name
      guard let value = data.readVarint(at: &at), value >= -1, value <= data.count - at else { return nil }
      at += max(0, value)
    }
    guard at == data.count else { return nil }
    self.init()
    bytes = data
    records = [Layout(offset: offset, timestamp: timestamp, key: key, value: value, headers: start..<at)]
  }

  private static func lengths(_ layout: Layout) -> UInt64 {
    let key = UInt32(bitPattern: Int32(layout.key?.count ?? -1))
    let value = UInt32(bitPattern: Int32(layout.value?.count ?? -1))
    return UInt64(key) << 32 | UInt64(value)
  }
}

extension TreeGrowth {
  /// The records of a buffer, or some of them, in order.
  public mutating func append(_ buffer: RecordBuffer, in range: Range<Int>? = nil) {
    append(buffer.leafHashes(of: range ?? buffer.records.indices))
  }
}
