import Model
import Ports
import Projection
import RecordFormat

/// What tables say, held against what the log says.
public struct ProjectionVerification: Sendable {
  /// Rows of one table, partition and day that are not what the log gives.
  public struct Difference: Sendable {
    public var table: ProjectionTable
    public var partition: PartitionIndex
    /// Since 1970.
    public var day: Int
    public var expected: RowSum
    public var found: RowSum
    /// The first rows that differ, in words.
    public var rows: [String]
  }

  public struct Position: Sendable {
    public var topic: TopicName
    public var partition: PartitionIndex
    /// Records of the log up to the stored position.
    public var records: Int
    public var isSame: Bool
    /// Where the log begins, if tables hold rows of records before it: only rows of what remains were compared, and the position's digest could not be.
    public var comparedFrom: Offset?
    /// Records of the log beyond it, which the tables do not have yet.
    public var behind: Int
  }

  public var positions: [Position] = []
  public var differences: [Difference] = []
  /// Rows compared, by `ProjectionTable.rawValue`.
  public var rows = [Int](repeating: 0, count: ProjectionTable.allCases.count)
  public var wasStopped = false

  /// Tables whose rows are added up over records of which some are gone: these could not be compared.
  public var uncompared: [ProjectionTable] {
    let cut = Set(positions.filter { $0.comparedFrom != nil }.map(\.topic))
    return ProjectionTable.allCases.filter { $0.offsetColumn == nil && cut.contains($0.input.topic) }
  }

  public var isClean: Bool { differences.isEmpty && positions.allSatisfy(\.isSame) }
}

/// Folds the log again up to where the tables stand, and compares row digests for each table, partition and day; where they differ, names rows.
///
/// Where retention has taken the beginning of a topic since its records were projected, what remains is compared: rows made from one record that is still there.
///
/// Memory: what of a partition is added up (stories, entities, edges), and the rows of a day that differs.
public struct ProjectionVerifier: Sendable {
  private let log: any LogReader
  private let partitions: Int
  /// Of a day that differs, so many rows are held against each other.
  static let comparedRows = 200_000
  static let namedRows = 10

  public init(_ log: any LogReader, partitions: Int) {
    self.log = log
    self.partitions = partitions
  }

  /// Where the log begins in the topics of a partition of which it no longer has everything that was projected.
  private struct Cuts {
    var offsets: [TopicName: Offset] = [:]

    init(_ positions: [ProjectionVerification.Position]) {
      for position in positions { offsets[position.topic] = position.comparedFrom }
    }

    /// Whether the record of a row is there.
    func hold(_ table: ProjectionTable, _ row: CanonicalRow) -> Bool {
      if offsets.isEmpty { return true }
      let topic = row.topic(table).flatMap { TopicName($0) } ?? table.input.topic
      guard let cut = offsets[topic] else { return true }
      return row.recordOffset(table).map { $0 >= cut.value } ?? false
    }
  }

  private struct Slot: Hashable {
    var table: Int
    var day: Int
  }

  public func verify(
    _ snapshot: any ProjectionSnapshot, stop: StopFlag, progress: (Int) -> Void = { _ in }
  ) throws(ProwziError) -> ProjectionVerification {
    var result = ProjectionVerification()
    let stored = try snapshot.positions()
    var done = 0
    for index in 0..<partitions where !stop.isRaised {
      let partition = PartitionIndex(index)
      var expected: [Slot: RowSum] = [:]
      let positions = try fold(
        partition, stored, stop,
        {
          done += $0; progress(done)
        }
      ) { table, row in
        expected[Slot(table: table.rawValue, day: row.day(table)), default: RowSum()].add(
          row.digest(table), approximation: row.approximation(table))
      }
      result.positions += positions
      let cuts = Cuts(positions)
      // Rows that are added up were folded before it was known that some of their records are gone.
      for slot in Array(expected.keys) where !cuts.offsets.isEmpty {
        let table = ProjectionTable.allCases[slot.table]
        if table.offsetColumn == nil, cuts.offsets[table.input.topic] != nil { expected[slot] = nil }
      }
      var found: [Slot: RowSum] = [:]
      for table in ProjectionTable.allCases where !stop.isRaised {
        try read(table, partition, snapshot) { row in
          guard cuts.hold(table, row) else { return }
          found[Slot(table: table.rawValue, day: row.day(table)), default: RowSum()].add(
            row.digest(table), approximation: row.approximation(table))
          result.rows[table.rawValue] += 1
        }
      }
      if stop.isRaised { break }
      let slots = Set(expected.keys).union(found.keys).sorted { ($0.table, $0.day) < ($1.table, $1.day) }
      for slot in slots {
        let (a, b) = (expected[slot] ?? RowSum(), found[slot] ?? RowSum())
        if a == b { continue }
        let table = ProjectionTable.allCases[slot.table]
        result.differences.append(
          .init(table: table, partition: partition, day: slot.day, expected: a, found: b, rows: []))
      }
      if let first = result.differences.firstIndex(where: { $0.partition == partition }) {
        try name(&result.differences, from: first, partition, cuts, stored, snapshot, stop)
      }
    }
    result.wasStopped = stop.isRaised
    return result
  }

  /// Folds a partition's records up to the stored positions.
  private func fold(
    _ partition: PartitionIndex, _ stored: [ProjectionPosition], _ stop: StopFlag, _ progress: (Int) -> Void,
    _ body: (ProjectionTable, CanonicalRow) -> Void
  ) throws(ProwziError) -> [ProjectionVerification.Position] {
    var fold = ProjectionFold(partition: Int(partition.value))
    var positions: [ProjectionVerification.Position] = []
    func hand(_ rows: [(table: ProjectionTable, bytes: [UInt8], count: Int)]) {
      for (table, bytes, _) in rows {
        var reader = RowReader(hasHeader: false)
        reader.append(bytes)
        while let row = reader.next() { body(table, CanonicalRow(table, row, of: reader.bytes)) }
      }
    }
    for input in ProjectionFold.Input.all(in: partition) {
      let target = TopicPartition(topic: input.topic, partition: partition)
      let position =
        stored.first { $0.topic == target.topic && $0.partition == partition }
        ?? ProjectionPosition(topic: target.topic, partition: partition)
      let bounds = try log.bounds(of: target)
      var buffer = RecordBuffer()
      var next = bounds.logStart
      var digest = Digest.zero
      var count = 0
      let end = min(position.next, bounds.highWatermark)
      while next < end, !stop.isRaised {
        buffer.removeAll()
        let following = try log.read(target, from: next, maxRecords: 4000, maxBytes: 8 << 20, into: &buffer)
        guard following > next else { break }
        let taken = buffer.records.firstIndex { $0.offset >= end } ?? buffer.count
        fold.fold(input, buffer, in: 0..<taken)
        digest = ProjectionDigest.advance(digest, over: buffer, in: 0..<taken)
        hand(fold.takeAppendedRows())
        count += taken
        progress(taken)
        next = following
      }
      // Tables that were made from what is left have its digest, and can be compared as a whole.
      let isCut = bounds.logStart > .zero && position.next > .zero && digest != position.digest
      positions.append(
        .init(
          topic: target.topic, partition: partition, records: count,
          isSame: (isCut || digest == position.digest) && position.next <= bounds.highWatermark,
          comparedFrom: isCut ? bounds.logStart : nil,
          behind: max(0, bounds.highWatermark.distance(from: max(position.next, bounds.logStart)))))
    }
    hand(fold.takeRows())
    return positions
  }

  private func read(
    _ table: ProjectionTable, _ partition: PartitionIndex, _ snapshot: any ProjectionSnapshot, _ body: (CanonicalRow) -> Void
  ) throws(ProwziError) {
    var reader = RowReader(hasHeader: true)
    try snapshot.readRows(table: table.rawValue, partition: partition) { bytes throws(ProwziError) in
      reader.append(bytes)
      while let row = reader.next() { body(CanonicalRow(table, row, of: reader.bytes)) }
    }
  }

  /// Goes through log and tables once more, keeps the rows of the days that differ, and says which they are.
  private func name(
    _ differences: inout [ProjectionVerification.Difference], from first: Int, _ partition: PartitionIndex, _ cuts: Cuts,
    _ stored: [ProjectionPosition], _ snapshot: any ProjectionSnapshot, _ stop: StopFlag
  ) throws(ProwziError) {
    var wanted: [Slot: Int] = [:]
    for index in first..<differences.count { wanted[Slot(table: differences[index].table.rawValue, day: differences[index].day)] = index }
    var expected: [Int: [[UInt8]: CanonicalRow]] = [:]
    var found: [Int: [[UInt8]: CanonicalRow]] = [:]
    _ = try fold(partition, stored, stop, { _ in }) { table, row in
      guard let index = wanted[Slot(table: table.rawValue, day: row.day(table))] else { return }
      if expected[index, default: [:]].count < Self.comparedRows { expected[index, default: [:]][row.key(table)] = row }
    }
    for table in ProjectionTable.allCases where differences[first...].contains(where: { $0.table == table }) {
      try read(table, partition, snapshot) { row in
        guard cuts.hold(table, row), let index = wanted[Slot(table: table.rawValue, day: row.day(table))] else { return }
        if found[index, default: [:]].count < Self.comparedRows { found[index, default: [:]][row.key(table)] = row }
      }
    }
    for index in first..<differences.count {
      differences[index].rows = Self.describe(differences[index].table, expected[index] ?? [:], found[index] ?? [:])
    }
  }

  private static func describe(
    _ table: ProjectionTable, _ expected: [[UInt8]: CanonicalRow], _ found: [[UInt8]: CanonicalRow]
  ) -> [String] {
    var lines: [String] = []
    for key in Set(expected.keys).union(found.keys).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      if lines.count == namedRows { return lines + ["and more"] }
      switch (expected[key], found[key]) {
      case (let row?, nil): lines.append("missing: \(row.keyText(table))")
      case (nil, let row?): lines.append("not in the log: \(row.keyText(table))")
      case (let a?, let b?) where a.digest(table) != b.digest(table):
        let columns = a.differences(from: b, table).map { "\($0.column) is \($0.other), the log says \($0.own)" }
        lines.append("changed: \(row(a, table)): \(columns.joined(separator: "; "))")
      default: continue
      }
    }
    return lines.isEmpty ? ["an average that fades differs by more than a billionth"] : lines
  }

  private static func row(_ row: CanonicalRow, _ table: ProjectionTable) -> String { row.keyText(table) }
}
