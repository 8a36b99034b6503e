import Model

/// What names mean, found by their bytes: no text is made to look one up.
///
/// *Complexity*: constant for names of up to 16 bytes, which two words and a length tell apart; longer ones are compared once more.
struct NameTable<Value: Sendable>: Sendable {
  private struct Entry {
    var key: NameKey
    var name: String
    var value: Value
  }

  private var entries: [Entry] = []
  /// Places of entries, one more than their index, and 0 for none: at most half of them are taken, and a name lies in the first free place from
  /// its hash on.
  private var slots = [Int32](repeating: 0, count: 64)

  init() {}

  var count: Int { entries.count }

  /// What a name means; `nil` for an unknown one.
  func value(of name: Span<UInt8>) -> Value? {
    let key = NameKey(name)
    let mask = slots.count - 1
    var slot = key.hash & mask
    while true {
      let index = Int(slots[slot]) - 1
      if index < 0 { return nil }
      if entries[index].key == key, key.isWhole || entries[index].name.utf8.span.isEqual(to: name) { return entries[index].value }
      slot = (slot + 1) & mask
    }
  }

  /// Adds a name that the table does not hold.
  mutating func add(_ name: String, _ value: Value) {
    var name = name
    name.makeContiguousUTF8()
    entries.append(Entry(key: NameKey(name.utf8.span), name: name, value: value))
    if entries.count * 2 > slots.count {
      slots = [Int32](repeating: 0, count: slots.count * 2)
      for index in entries.indices { place(index) }
    } else {
      place(entries.count - 1)
    }
  }

  private mutating func place(_ index: Int) {
    let mask = slots.count - 1
    var slot = entries[index].key.hash & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = Int32(index + 1)
  }
}

/// The first and the last eight bytes of a name, and its length.
private struct NameKey: Equatable {
  let first: UInt64
  let last: UInt64
  let count: Int

  /// Whether the words hold all of the name.
  var isWhole: Bool { count <= 16 }

  init(_ name: Span<UInt8>) {
    let bytes = unsafe name.bytes
    let count = name.count
    self.count = count
    if count >= 8 {
      first = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
      last = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
    } else if count >= 4 {
      first = unsafe UInt64(bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self))
      last = unsafe UInt64(bytes.unsafeLoadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
    } else {
      first = count > 0 ? UInt64(name[0]) : 0
      last = count > 1 ? UInt64(name[1]) << 8 | UInt64(name[count - 1]) : 0
    }
  }

  var hash: Int {
    let mixed = (first ^ (last << 23 | last >> 41) ^ UInt64(count)) &* 0x9e37_79b9_7f4a_7c15
    return Int(mixed >> 33)
  }
}
