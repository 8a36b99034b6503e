/// Fingerprints to small numbers: open addressing with linear steps, at most half full, so that a miss costs one or two looks.
///
/// *Determinism*: nothing can iterate it. *Complexity*: constant; inserting doubles the table now and then.
struct FingerprintTable: Sendable {
  private var slots: [Slot]
  private var mask: Int
  /// One bit for each of 16 times as many places as there may be keys, 2 KiB at least: most words of a text are known to be in no table without touching the slots.
  private var filter: [UInt64]
  private var filterShift: UInt64
  private(set) var count = 0

  private struct Slot {
    var key: UInt64
    var value: Int32
  }

  init(capacity: Int = 8) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = Array(repeating: Slot(key: 0, value: -1), count: size)
    mask = size - 1
    (filter, filterShift) = Self.emptyFilter(slots: size)
  }

  private static func emptyFilter(slots: Int) -> ([UInt64], UInt64) {
    let bits = max(1 << 14, slots * 8)
    return (Array(repeating: 0, count: bits / 64), UInt64(64 - bits.trailingZeroBitCount))
  }

  @inline(__always) private mutating func note(_ key: UInt64) {
    let bit = key >> filterShift
    filter[Int(bit >> 6)] |= 1 << (bit & 63)
  }

  /// The number under `key`, or -1.
  @inline(__always) func find(_ key: UInt64) -> Int32 {
    let bit = key >> filterShift
    guard filter[Int(bit >> 6)] >> (bit & 63) & 1 == 1 else { return -1 }
    var index = Int(truncatingIfNeeded: key) & mask
    while true {
      let slot = slots[index]
      if slot.key == key || slot.value < 0 { return slot.value }
      index = (index + 1) & mask
    }
  }

  /// Puts `value` (0 or more) under `key`, in place of what was there.
  mutating func insert(_ key: UInt64, _ value: Int32) {
    precondition(value >= 0, "A fingerprint table holds numbers from 0")
    if (count + 1) * 2 > slots.count { grow() }
    var index = Int(truncatingIfNeeded: key) & mask
    while slots[index].value >= 0, slots[index].key != key { index = (index + 1) & mask }
    if slots[index].value < 0 { count += 1 }
    slots[index] = Slot(key: key, value: value)
    note(key)
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: Slot(key: 0, value: -1), count: old.count * 2)
    mask = slots.count - 1
    (filter, filterShift) = Self.emptyFilter(slots: slots.count)
    for slot in old where slot.value >= 0 {
      var index = Int(truncatingIfNeeded: slot.key) & mask
      while slots[index].value >= 0 { index = (index + 1) & mask }
      slots[index] = slot
      note(slot.key)
    }
  }
}

/// A fixed set of words, for lists written in the source.
struct WordSet: Sendable {
  private var table: FingerprintTable

  init(_ words: String) {
    var list = TokenList()
    list.read(Array(words.utf8))
    table = FingerprintTable(capacity: list.count)
    for token in list.tokens { table.insert(token.fingerprint, 0) }
  }

  @inline(__always) func contains(_ fingerprint: UInt64) -> Bool { table.find(fingerprint) >= 0 }
}
