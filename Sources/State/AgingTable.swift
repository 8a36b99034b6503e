import Model

/// What an `AgingTable` can be keyed by: bits that are already well mixed.
public protocol TableKey: Equatable, Sendable {
  /// Bits that choose the slot.
  var slotBits: UInt64 { get }
  func write(to writer: inout StateWriter)
  static func read(from reader: inout StateReader) throws(ProwziError) -> Self
}

extension UInt64: TableKey {
  @inlinable public var slotBits: UInt64 { Fingerprint.mix(self) }
  public func write(to writer: inout StateWriter) { writer.word(self) }
  public static func read(from reader: inout StateReader) throws(ProwziError) -> UInt64 { try reader.word() }
}

/// 128 bits of a SHA-256: where two names must not be taken for one another.
public struct WideKey: TableKey, Hashable {
  public var high: UInt64
  public var low: UInt64

  @inlinable public init(_ digest: Digest) {
    high = digest.words.0
    low = digest.words.1
  }

  @inlinable public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  @inlinable public var slotBits: UInt64 { high }
  public func write(to writer: inout StateWriter) {
    writer.word(high)
    writer.word(low)
  }
  public static func read(from reader: inout StateReader) throws(ProwziError) -> WideKey {
    WideKey(high: try reader.word(), low: try reader.word())
  }
}

/// A map that remembers the order in which its entries were put in and forgets the oldest first: the memory of a stage.
///
/// Unlike a `Dictionary` its iteration order is the order of insertion, never a hash order, so what is written from it is a function of the
/// records folded. Time is the caller's (stream time).
///
/// ```
///  entries (ring, oldest first)   [ a | b | – | d | e ]       – was replaced or removed
///  slots   (open addressing)      [ . b . a . . e . d . ]     positions in the ring, plus one; 0 is empty
/// ```
///
/// *Complexity*: look-up, insertion and removal in constant expected time; expiry in the number of entries that go.
public struct AgingTable<Key: TableKey, Value> {
  @usableFromInline struct Entry {
    @usableFromInline var key: Key
    @usableFromInline var time: Timestamp
    /// `nil` once replaced or removed.
    @usableFromInline var value: Value?

    @usableFromInline init(key: Key, time: Timestamp, value: Value?) {
      self.key = key
      self.time = time
      self.value = value
    }
  }

  @usableFromInline var entries: [Entry] = []
  /// How many of `entries` are spent from the front.
  @usableFromInline var head = 0
  @usableFromInline var slots: [UInt32]
  @usableFromInline var mask: Int
  public private(set) var count = 0

  public init() {
    slots = Array(repeating: 0, count: 16)
    mask = 15
  }

  public var isEmpty: Bool { count == 0 }

  // MARK: Finding

  @inlinable func position(of number: UInt32) -> Int { Int(number) - 1 }

  @inlinable func slot(of key: Key) -> Int? {
    var slot = Int(truncatingIfNeeded: key.slotBits) & mask
    while true {
      let number = slots[slot]
      if number == 0 { return nil }
      if entries[position(of: number)].key == key { return slot }
      slot = (slot + 1) & mask
    }
  }

  /// The value kept for a key, to read or to change in place; `nil` where there is none. Changing keeps the entry's age and place.
  /// Setting `nil` removes; setting a value for a new key is a programmer's mistake: use `insert`.
  @inlinable public subscript(key: Key) -> Value? {
    get {
      guard let slot = slot(of: key) else { return nil }
      return entries[position(of: slots[slot])].value
    }
    set {
      guard let slot = slot(of: key) else {
        precondition(newValue == nil, "a new entry needs a time: use insert")
        return
      }
      if newValue == nil {
        remove(slot: slot)
      } else {
        entries[position(of: slots[slot])].value = newValue
      }
    }
  }

  @inlinable public func contains(_ key: Key) -> Bool { slot(of: key) != nil }

  /// Calls the body with the kept value in place.
  /// - Returns: what the body returns; `nil` where the key is not there.
  @inlinable public mutating func update<Result>(_ key: Key, _ body: (inout Value) -> Result) -> Result? {
    guard let slot = slot(of: key) else { return nil }
    return body(&entries[position(of: slots[slot])].value!)
  }

  /// Takes a value out, to be changed without a copy and put in again.
  @inlinable public mutating func take(_ key: Key) -> Value? {
    guard let slot = slot(of: key) else { return nil }
    var value: Value?
    swap(&value, &entries[position(of: slots[slot])].value)
    remove(slot: slot)
    return value
  }

  // MARK: Changing

  /// Puts a value in as the newest entry; one with the same key goes.
  ///
  /// It takes the value over, so that the caller has one of its own to give: Swift 6.3's optimiser was seen to hand on, without a count of its
  /// own, what it had read out of this very table, and the entry that goes freed it.
  public mutating func insert(_ key: Key, _ value: consuming Value, at time: Timestamp) {
    if let old = slot(of: key) { remove(slot: old) }
    if (count + 1) * 2 > slots.count { rebuild(slotCount: slots.count * 2) }
    if entries.count == entries.capacity { makeRoom() }
    entries.append(Entry(key: key, time: time, value: value))
    place(UInt32(entries.count), for: key)
    count += 1
  }

  private mutating func place(_ number: UInt32, for key: Key) {
    var slot = Int(truncatingIfNeeded: key.slotBits) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = number
  }

  /// Removes by shifting later members of the run back (Knuth, volume 3, section 6.4, algorithm R), so that no tombstones pile up.
  @usableFromInline mutating func remove(slot: Int) {
    entries[position(of: slots[slot])].value = nil
    count -= 1
    var hole = slot
    var next = slot
    while true {
      next = (next + 1) & mask
      let number = slots[next]
      if number == 0 { break }
      let home = Int(truncatingIfNeeded: entries[position(of: number)].key.slotBits) & mask
      if (next - home) & mask >= (next - hole) & mask {
        slots[hole] = number
        hole = next
      }
    }
    slots[hole] = 0
    while head < entries.count, entries[head].value == nil { head += 1 }
  }

  /// Drops what is spent where that is a quarter of all there is; else takes a quarter more memory, and not twice as much as arrays do by themselves:
  /// tables of half a million entries are most of a pipeline's memory. Each entry is moved some four times for one that comes in.
  private mutating func makeRoom() {
    let spent = entries.count - count
    if spent >= 64, spent * 4 >= entries.count {
      compact()
    } else {
      entries.reserveCapacity(entries.count + max(16, entries.count / 4))
    }
  }

  /// Drops replaced and removed entries.
  private mutating func compact() {
    entries.removeAll { $0.value == nil }
    head = 0
    rebuild(slotCount: slots.count)
  }

  private mutating func rebuild(slotCount: Int) {
    slots = Array(repeating: 0, count: slotCount)
    mask = slotCount - 1
    for (index, entry) in entries.enumerated() where entry.value != nil { place(UInt32(index + 1), for: entry.key) }
  }

  /// Forgets entries put in before `time`, and the oldest ones above `limit`.
  /// - Parameter onRemoval: called for each, oldest first, before it goes.
  @inlinable public mutating func expire(before time: Timestamp, keeping limit: Int, onRemoval: (Key, Value) -> Void = { _, _ in }) {
    while head < entries.count {
      guard let value = entries[head].value else {
        head += 1
        continue
      }
      guard entries[head].time < time || count > limit else { return }
      let key = entries[head].key
      onRemoval(key, value)
      if let slot = slot(of: key) { remove(slot: slot) }
    }
  }

  /// Calls the body for each entry, oldest first.
  @inlinable public func forEach(_ body: (Key, Timestamp, Value) -> Void) {
    for index in head..<entries.count {
      if let value = entries[index].value { body(entries[index].key, entries[index].time, value) }
    }
  }
}

extension AgingTable.Entry: Sendable where Value: Sendable {}
extension AgingTable: Sendable where Value: Sendable {}

extension AgingTable {
  /// Writes the entries, oldest first.
  public func write(to writer: inout StateWriter, _ writeValue: (Value, inout StateWriter) -> Void) {
    writer.count(count)
    forEach { key, time, value in
      key.write(to: &writer)
      writer.time(time)
      writeValue(value, &writer)
    }
  }

  /// Reads what `write` wrote.
  public init(from reader: inout StateReader, _ readValue: (inout StateReader) throws(ProwziError) -> Value) throws(ProwziError) {
    self.init()
    for _ in 0..<(try reader.count()) {
      let key = try Key.read(from: &reader)
      let time = try reader.time()
      insert(key, try readValue(&reader), at: time)
    }
  }
}
