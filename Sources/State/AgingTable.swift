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
///  slots   (open addressing)      [ . 2 . 1 . . 4 . 3 . ]     an entry's number; 0 is empty
///  entries (never moved)          [ b | d | a | e | – ]       – is free for the next
///  links   (oldest to newest)       b ─ a ─ d ─ e             each entry's neighbours in age
/// ```
///
/// *Complexity*: look-up, insertion, renewal and removal in constant expected time; expiry in the number of entries that go.
public struct AgingTable<Key: TableKey, Value> {
  @usableFromInline struct Entry {
    @usableFromInline var key: Key
    @usableFromInline var time: Timestamp
    /// `nil` while the entry is free.
    @usableFromInline var value: Value?

    @usableFromInline init(key: Key, time: Timestamp, value: consuming Value?) {
      self.key = key
      self.time = time
      self.value = value
    }
  }

  /// An entry's neighbours in age, by number; 0 where there is none. A free entry names the next free one as the newer.
  @usableFromInline struct Link: Sendable {
    @usableFromInline var older: UInt32
    @usableFromInline var newer: UInt32

    @usableFromInline init(older: UInt32, newer: UInt32) {
      self.older = older
      self.newer = newer
    }
  }

  /// By number less one, as are `links`.
  @usableFromInline var entries: [Entry] = []
  @usableFromInline var links: [Link] = []
  @usableFromInline var oldest: UInt32 = 0
  @usableFromInline var newest: UInt32 = 0
  @usableFromInline var free: UInt32 = 0
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
    guard let slot = slot(of: key) else { return add(key, value, at: time) }
    let number = slots[slot]
    entries[position(of: number)].value = value
    renew(number, at: time)
  }

  /// Calls the body with the value kept for a key, in place, or with what `make` gives where there is none, and makes it the newest entry.
  /// - Returns: what the body returns.
  @inlinable public mutating func renew<Result>(
    _ key: Key, at time: Timestamp, orInsert make: () -> Value, _ body: (inout Value) -> Result
  ) -> Result {
    if let slot = slot(of: key) {
      renew(slots[slot], at: time)
    } else {
      add(key, make(), at: time)
    }
    return body(&entries[position(of: newest)].value!)
  }

  /// A new entry, for a key that is not there.
  @usableFromInline mutating func add(_ key: Key, _ value: consuming Value, at time: Timestamp) {
    if (count + 1) * 2 > slots.count { rebuild(slotCount: slots.count * 2) }
    let number: UInt32
    if free != 0 {
      number = free
      free = links[position(of: number)].newer
      entries[position(of: number)] = Entry(key: key, time: time, value: value)
    } else {
      // A quarter more memory, and not twice as much as arrays do by themselves: tables of half a million entries are most of a pipeline's.
      if entries.count == entries.capacity {
        let room = entries.count + max(16, entries.count / 4)
        entries.reserveCapacity(room)
        links.reserveCapacity(room)
      }
      entries.append(Entry(key: key, time: time, value: value))
      links.append(Link(older: 0, newer: 0))
      number = UInt32(entries.count)
    }
    linkNewest(number)
    place(number, for: key)
    count += 1
  }

  private mutating func place(_ number: UInt32, for key: Key) {
    var slot = Int(truncatingIfNeeded: key.slotBits) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = number
  }

  @usableFromInline mutating func renew(_ number: UInt32, at time: Timestamp) {
    entries[position(of: number)].time = time
    if newest == number { return }
    unlink(number)
    linkNewest(number)
  }

  private mutating func linkNewest(_ number: UInt32) {
    links[position(of: number)] = Link(older: newest, newer: 0)
    if newest == 0 { oldest = number } else { links[position(of: newest)].newer = number }
    newest = number
  }

  private mutating func unlink(_ number: UInt32) {
    let link = links[position(of: number)]
    if link.older == 0 { oldest = link.newer } else { links[position(of: link.older)].newer = link.newer }
    if link.newer == 0 { newest = link.older } else { links[position(of: link.newer)].older = link.older }
  }

  /// Removes by shifting later members of the run back (Knuth, volume 3, section 6.4, algorithm R), so that no tombstones pile up.
  @usableFromInline mutating func remove(slot: Int) {
    let removed = slots[slot]
    entries[position(of: removed)].value = nil
    unlink(removed)
    links[position(of: removed)].newer = free
    free = removed
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
  }

  private mutating func rebuild(slotCount: Int) {
    slots = Array(repeating: 0, count: slotCount)
    mask = slotCount - 1
    var number = oldest
    while number != 0 {
      place(number, for: entries[position(of: number)].key)
      number = links[position(of: number)].newer
    }
  }

  /// Forgets entries put in before `time`, and the oldest ones above `limit`.
  @inlinable public mutating func expire(before time: Timestamp, keeping limit: Int) {
    while oldest != 0, entries[position(of: oldest)].time < time || count > limit {
      guard let slot = slot(of: entries[position(of: oldest)].key) else { preconditionFailure("every entry has a slot") }
      remove(slot: slot)
    }
  }

  /// Calls the body for each entry, oldest first.
  @inlinable public func forEach(_ body: (Key, Timestamp, Value) -> Void) {
    var number = oldest
    while number != 0 {
      let position = position(of: number)
      if let value = entries[position].value { body(entries[position].key, entries[position].time, value) }
      number = links[position].newer
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
