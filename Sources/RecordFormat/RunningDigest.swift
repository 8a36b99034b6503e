import Model

/// A digest over a partition's logical records, carried from record to record.
///
/// d₀ is all zero; dₙ = SHA-256(dₙ₋₁ ‖ record). A record is its timestamp (8 bytes), key length and key, value length and value (lengths in 4 bytes,
/// −1 for null), and its header block; all numbers big-endian. How records are framed in batches does not enter, so the embedded log and a
/// cluster agree, and two logs that differ agree up to the first record that does.
public enum RunningDigest {
  /// The digest after one more record.
  public static func advance(_ digest: Digest, over buffer: RecordBuffer, at index: Int) -> Digest {
    let layout = buffer.records[index]
    var hash = SHA256()
    hash.update(bigEndian: digest.words.0)
    hash.update(bigEndian: digest.words.1)
    hash.update(bigEndian: digest.words.2)
    hash.update(bigEndian: digest.words.3)
    hash.update(bigEndian: UInt64(bitPattern: layout.timestamp.milliseconds))
    let keyLength = UInt32(bitPattern: Int32(layout.key?.count ?? -1))
    let valueLength = UInt32(bitPattern: Int32(layout.value?.count ?? -1))
    hash.update(bigEndian: UInt64(keyLength) << 32 | UInt64(valueLength))
    if let key = layout.key { hash.update(buffer.bytes, in: key) }
    if let value = layout.value { hash.update(buffer.bytes, in: value) }
    hash.update(buffer.bytes, in: layout.headers)
    return hash.finish()
  }

  /// The digest after all records of a buffer.
  public static func advance(_ digest: Digest, over buffer: RecordBuffer) -> Digest {
    var digest = digest
    for index in buffer.records.indices { digest = advance(digest, over: buffer, at: index) }
    return digest
  }
}
