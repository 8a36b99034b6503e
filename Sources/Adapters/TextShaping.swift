import Events
import Model

extension [UInt8] {
  /// Turns runs of white space behind `start` into single spaces and drops them at both ends.
  /// - Returns: whether anything changed.
  @discardableResult
  mutating func collapseSpace(from start: Int) -> Bool {
    var read = start
    var wasSpace = true
    while read < count {
      let byte = self[read]
      if byte <= 0x20 {
        if wasSpace || byte != 0x20 { break }
        wasSpace = true
      } else {
        wasSpace = false
      }
      read += 1
    }
    if read == count, !wasSpace || count == start { return false }
    var write = read
    while read < count {
      let byte = self[read]
      read += 1
      if byte <= 0x20 {
        if wasSpace { continue }
        wasSpace = true
        self[write] = 0x20
      } else {
        wasSpace = false
        self[write] = byte
      }
      write += 1
    }
    if write > start, self[write - 1] == 0x20 { write -= 1 }
    removeLast(count - write)
    return true
  }

  /// Makes ASCII letters behind `start` small.
  mutating func lowercaseASCII(from start: Int) {
    for i in start..<count where self[i] &- UInt8(ascii: "A") < 26 { self[i] |= 0x20 }
  }

  /// Whether the range spells this ASCII text, letter case aside.
  func matches(_ text: StaticString, in range: Range<Int>) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    let letters = unsafe text.utf8Start
    for i in 0..<range.count {
      let byte = self[range.lowerBound + i]
      let small = byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
      if unsafe small != letters[i] { return false }
    }
    return true
  }

  /// Appends bytes that stand in the array already, without copying it whole.
  mutating func appendCopy(of range: Range<Int>) {
    reserveCapacity(count + range.count)
    for i in range { append(self[i]) }
  }

  mutating func append(_ text: StaticString) {
    unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// The first place at which `pattern` stands within the range.
  func firstIndex(of pattern: StaticString, in range: Range<Int>) -> Int? {
    let count = pattern.utf8CodeUnitCount
    let letters = unsafe pattern.utf8Start
    guard count > 0, range.count >= count else { return nil }
    let first = unsafe letters[0]
    var i = range.lowerBound
    search: while i <= range.upperBound - count {
      guard self[i] == first else {
        i += 1
        continue
      }
      for k in 1..<Swift.max(count, 1) where unsafe self[i + k] != letters[k] {
        i += 1
        continue search
      }
      return i
    }
    return nil
  }
}

extension Event {
  /// Ends a field that begins at `start`: cut to what is kept, white space at both ends passed over.
  mutating func endField(from start: Int, span: SourceSpan?) -> Field {
    if bytes.count - start > AdapterLimits.fieldBytes {
      let limit = UTF8Text.boundary(in: bytes, atOrBefore: start + AdapterLimits.fieldBytes, from: start)
      bytes.removeLast(bytes.count - limit)
      flags.insert(.textCut)
    }
    return Field(start..<bytes.count, from: span)
  }

  /// Appends text of our own making.
  mutating func compose(_ body: (inout [UInt8]) -> Void) -> Field {
    let start = bytes.count
    body(&bytes)
    return Field(start..<bytes.count, from: nil)
  }

  /// Puts metrics and facts into the order of their names, keeping equal names in the order of the source.
  mutating func sortNames() {
    if metrics.count > 1 {
      for i in 1..<metrics.count {
        var k = i
        while k > 0, metrics[k].name < metrics[k - 1].name {
          metrics.swapAt(k, k - 1)
          k -= 1
        }
      }
    }
    if facts.count > 1 {
      for i in 1..<facts.count {
        var k = i
        while k > 0, facts[k].name < facts[k - 1].name {
          facts.swapAt(k, k - 1)
          k -= 1
        }
      }
    }
  }
}
