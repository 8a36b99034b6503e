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

  private static func lengths(_ layout: Layout) -> UInt64 {
    let key = UInt32(bitPattern: Int32(layout.key?.count ?? -1))
    let value = UInt32(bitPattern: Int32(layout.value?.count ?? -1))
    return UInt64(key) << 32 | UInt64(value)
  }
}

extension TreeGrowth {
  /// The records of a buffer, or some of them, in order.
  public mutating func append(_ buffer: RecordBuffer, in range: Range<Int>? = nil) {
    for index in range ?? buffer.records.indices { append(buffer.leafHash(of: index)) }
  }
}
