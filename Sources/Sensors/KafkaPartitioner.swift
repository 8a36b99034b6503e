public import Model

/// Kafka's murmur2, as its Java client computes it.
///
/// *Source*: `org.apache.kafka.common.utils.Utils.murmur2`; Austin Appleby's MurmurHash2 with seed 0x9747b28c.
/// *Complexity*: O(bytes).
public func murmur2(_ bytes: [UInt8]) -> Int32 {
  let multiplier: UInt32 = 0x5bd1_e995
  let count = bytes.count
  var hash: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: count)
  var at = 0
  while at + 4 <= count {
    var word = UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
    word = word &* multiplier
    word ^= word >> 24
    word = word &* multiplier
    hash = hash &* multiplier ^ word
    at += 4
  }
  if at < count {
    for index in (at..<count).reversed() { hash ^= UInt32(bytes[index]) << UInt32(8 * (index - at)) }
    hash = hash &* multiplier
  }
  hash ^= hash >> 13
  hash = hash &* multiplier
  hash ^= hash >> 15
  return Int32(bitPattern: hash)
}

/// The partition that Kafka's default partitioner chooses for a key: (murmur2(key) & 0x7fffffff) % count.
public func partition(forKey key: [UInt8], count: Int) -> PartitionIndex {
  precondition(count > 0, "a topic has at least one partition")
  return PartitionIndex(Int(murmur2(key) & 0x7fff_ffff) % count)
}
