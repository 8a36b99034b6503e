import Fold
import Model
import Ports
import RecordFormat

/// Records of one partition, one at a time, as far as raw records of a range caused them.
struct CausedRecords {
  private let log: any LogReader
  private let target: TopicPartition
  private let end: Offset
  private(set) var buffer = RecordBuffer()
  /// The record in hand, in `buffer`.
  private(set) var index = 0
  /// The raw record that caused it; `nil` behind the last.
  private(set) var cause: Offset?
  private var next: Offset

  /// - Parameter range: raw offsets.
  init(_ target: TopicPartition, causedBy range: Range<Int64>, in log: any LogReader) throws(ProwziError) {
    self.log = log
    self.target = target
    end = Offset(range.upperBound)
    next = try log.offset(in: target, causedAtOrAfter: Offset(range.lowerBound))
    index = -1
    try advance()
  }

  mutating func advance() throws(ProwziError) {
    index += 1
    if index >= buffer.count {
      buffer.removeAll()
      index = 0
      let following = try log.read(target, from: next, maxRecords: 4000, maxBytes: 2 << 20, into: &buffer)
      next = following
      guard !buffer.isEmpty else {
        cause = nil
        return
      }
    }
    guard let found = EnrichedInput.cause(of: index, in: buffer) else {
      throw ProwziError(
        "schema.not_an_event", "the record does not say which raw record it was made from",
        place: "\(target)/\(buffer.records[index].offset)", advice: "`prowzi log verify` shows whether the log is what was committed.")
    }
    cause = found < end ? found : nil
  }

  /// Whether the records in hand have the same CloudEvents id.
  func hasSameID(as other: CausedRecords) -> Bool {
    guard let mine = buffer.header("ce_id", of: index), let theirs = other.buffer.header("ce_id", of: other.index) else { return false }
    return buffer.bytes[mine] == other.buffer.bytes[theirs]
  }

  /// All that the raw record of the record in hand has caused, from there on.
  mutating func takeGroup() throws(ProwziError) -> RecordBuffer {
    var group = RecordBuffer()
    let first = cause
    while cause != nil, cause == first {
      let offset = buffer.records[index].offset
      group.append(index, of: buffer)
      group.records[group.count - 1].offset = offset
      try advance()
    }
    return group
  }
}

/// Two partitions of records with the same causes, side by side: a merge in raw order, by event id within one raw record.
///
/// *Complexity*: each record is read once; one batch of each side in memory.
enum RecordJoin {
  /// A record in a buffer.
  typealias Place = (records: RecordBuffer, index: Int)

  /// - Parameter body: given the raw record, and each side's record where it has one.
  static func run(
    _ from: TopicPartition, _ to: TopicPartition, causedBy range: Range<Int64>, in log: any LogReader,
    _ body: (_ cause: Offset, _ from: Place?, _ to: Place?) throws(ProwziError) -> Void
  ) throws(ProwziError) {
    var a = try CausedRecords(from, causedBy: range, in: log)
    var b = try CausedRecords(to, causedBy: range, in: log)
    while true {
      switch (a.cause, b.cause) {
      case (nil, nil): return
      case (let cause?, let other) where other.map({ cause < $0 }) ?? true:
        try body(cause, (a.buffer, a.index), nil)
        try a.advance()
      case (let other, let cause?) where other.map({ cause < $0 }) ?? true:
        try body(cause, nil, (b.buffer, b.index))
        try b.advance()
      case (let cause?, _):
        if a.hasSameID(as: b) {
          try body(cause, (a.buffer, a.index), (b.buffer, b.index))
          try a.advance()
          try b.advance()
        } else {
          try match(cause, try a.takeGroup(), try b.takeGroup(), body)
        }
      default: return
      }
    }
  }

  /// One raw record has caused different records on the two sides: by id, each side in its own order.
  private static func match(
    _ cause: Offset, _ from: RecordBuffer, _ to: RecordBuffer,
    _ body: (_ cause: Offset, _ from: Place?, _ to: Place?) throws(ProwziError) -> Void
  ) throws(ProwziError) {
    func id(_ records: RecordBuffer, _ index: Int) -> [UInt8] { records.header("ce_id", of: index).map { Array(records.bytes[$0]) } ?? [] }
    var places: [[UInt8]: [Int]] = [:]
    for index in to.records.indices.reversed() { places[id(to, index), default: []].append(index) }
    var isTaken = [Bool](repeating: false, count: to.count)
    for index in from.records.indices {
      let partner = places[id(from, index)]?.popLast()
      if let partner { isTaken[partner] = true }
      try body(cause, (from, index), partner.map { (to, $0) })
    }
    for index in to.records.indices where !isTaken[index] { try body(cause, nil, (to, index)) }
  }

  /// Whether two records are the same byte for byte: key, value, headers and time.
  static func areEqual(_ a: Place, _ b: Place) -> Bool {
    let (x, y) = (a.records.records[a.index], b.records.records[b.index])
    func same(_ p: Range<Int>?, _ q: Range<Int>?) -> Bool {
      guard let p, let q else { return p == nil && q == nil }
      return a.records.bytes[p] == b.records.bytes[q]
    }
    return x.timestamp == y.timestamp && same(x.value, y.value) && same(x.headers, y.headers) && same(x.key, y.key)
  }
}
