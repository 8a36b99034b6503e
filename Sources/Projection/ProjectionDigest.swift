import Model
import RecordFormat

/// The digest that a position carries: d₀ is all zero, dₙ = SHA-256(dₙ₋₁ ‖ record), over the records in the order of their offsets.
///
/// A record is its offset and timestamp (8 bytes each), the lengths of key and value (4 bytes each, −1 for null), key, value and header block; numbers
/// are big-endian. How records were cut into batches does not enter.
public enum ProjectionDigest {
  public static func advance(_ digest: Digest, over records: RecordBuffer, in range: Range<Int>) -> Digest {
    var digest = digest
    for index in range {
      let layout = records.records[index]
      var hash = SHA256()
      hash.update(bigEndian: digest.words.0)
      hash.update(bigEndian: digest.words.1)
      hash.update(bigEndian: digest.words.2)
      hash.update(bigEndian: digest.words.3)
      hash.update(bigEndian: UInt64(bitPattern: layout.offset.value))
      hash.update(bigEndian: UInt64(bitPattern: layout.timestamp.milliseconds))
      let keyLength = UInt32(bitPattern: Int32(layout.key?.count ?? -1))
      let valueLength = UInt32(bitPattern: Int32(layout.value?.count ?? -1))
      hash.update(bigEndian: UInt64(keyLength) << 32 | UInt64(valueLength))
      if let key = layout.key { hash.update(records.bytes, in: key) }
      if let value = layout.value { hash.update(records.bytes, in: value) }
      hash.update(records.bytes, in: layout.headers)
      digest = hash.finish()
    }
    return digest
  }
}
