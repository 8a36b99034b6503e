import Events
import JSON
import Model

/// Old names of repositories and the names they go by now, in small letters: `owner/name`.
public struct RepositoryAliases: Sendable {
  /// By the fingerprint of the old name; the name itself is compared too. Only ever looked up, never walked.
  private var table: [UInt64: (old: [UInt8], new: [UInt8])] = [:]

  public init(_ pairs: [(old: String, new: String)] = []) {
    for pair in pairs {
      let old = Array(pair.old.lowercased().utf8)
      table[Fingerprint.of(old)] = (old, Array(pair.new.lowercased().utf8))
    }
  }

  public var isEmpty: Bool { table.isEmpty }

  /// The present name of the repository whose name (in small letters) fills the range; `nil` where it was never renamed.
  func newName(_ bytes: [UInt8], in range: Range<Int>) -> [UInt8]? {
    if table.isEmpty { return nil }
    guard let entry = table[Fingerprint.of(bytes, in: range)], entry.old.elementsEqual(bytes[range]) else { return nil }
    return entry.new
  }
}

/// Which column of a CSV file holds what; worked out once for each header line.
struct StarColumns: Sendable {
  var header: [UInt8] = []
  var count = 0
  var observedAt = -1, day = -1, repository = -1, stars = -1, forks = -1, openIssues = -1

  static let usual: [UInt8] = Array("observed_at,snapshot_day,repo,stars,forks,open_issues,last_commit".utf8)

  mutating func use(_ bytes: [UInt8], _ range: Range<Int>, fields: inout [CSVField]) throws(Rejection) {
    if range.count == header.count, isSame(bytes, range) { return }
    self = StarColumns()
    do { try CSVRow.split(bytes, in: range, into: &fields) } catch { throw Rejection("parse.csv", "the header line is not CSV", at: 0) }
    for (index, field) in fields.enumerated() {
      if bytes.matches("observed_at", in: field.range) { observedAt = index }
      if bytes.matches("snapshot_day", in: field.range) { day = index }
      if bytes.matches("repo", in: field.range) { repository = index }
      if bytes.matches("stars", in: field.range) { stars = index }
      if bytes.matches("forks", in: field.range) { forks = index }
      if bytes.matches("open_issues", in: field.range) { openIssues = index }
    }
    count = fields.count
    header = Array(bytes[range])
  }

  private func isSame(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    for i in 0..<header.count where header[i] != bytes[range.lowerBound + i] { return false }
    return true
  }
}

/// Star counts of a repository on a day: rows of CSV, four fifths of a busy stream.
struct StarSnapshotAdapter: SourceAdapter {
  let aliases: RepositoryAliases

  func read(_ raw: RawRecord, into items: inout [Event], rejections: inout [Rejection], scratch: inout AdapterScratch) {
    do { items.append(try event(raw, &scratch)) } catch { rejections.append(error) }
  }

  private func event(_ raw: RawRecord, _ scratch: inout AdapterScratch) throws(Rejection) -> Event {
    let bytes = raw.bytes
    let base = raw.value.lowerBound
    if let bad = UTF8Text.firstInvalidByte(in: bytes.span.extracting(raw.value)) {
      throw Rejection("text.encoding", "the bytes are not UTF-8", at: bad)
    }
    if let columns = raw.columns {
      try scratch.starColumns.use(bytes, columns, fields: &scratch.csvFields)
    } else {
      try scratch.starColumns.use(StarColumns.usual, 0..<StarColumns.usual.count, fields: &scratch.csvFields)
    }
    try CSVRow.split(bytes, in: raw.value, into: &scratch.csvFields)
    let columns = scratch.starColumns
    let fields = scratch.csvFields
    guard fields.count == columns.count else {
      let behind = min(fields.count, columns.count)
      let at = behind < fields.count ? fields[behind].start - base : raw.value.count
      throw Rejection("parse.csv", "the row has \(fields.count) columns where the header has \(columns.count)", at: at)
    }
    func field(_ index: Int, _ name: StaticString) throws(Rejection) -> CSVField {
      guard index >= 0 else { throw .missing(name, at: 0) }
      guard !fields[index].range.isEmpty else { throw .missing(name, at: fields[index].start - base) }
      return fields[index]
    }

    var event = Event(source: raw.source, kind: .repoStars, domain: .ai)
    event.tenant = raw.tenant
    event.bytes.reserveCapacity(96)
    let time = try field(columns.observedAt, "observed_at")
    try event.setTime(TimeReading.text(bytes, in: time.range), at: time.start - base)

    let repository = try field(columns.repository, "repo")
    let name = repository.range
    event.bytes.append(contentsOf: bytes[name])
    event.title = Field(0..<name.count, from: repository.span(base: base))
    let start = event.bytes.count
    event.bytes.append(contentsOf: bytes[name])
    event.bytes.lowercaseASCII(from: start)
    var entity = Field(start..<event.bytes.count, from: repository.span(base: base))
    if let newName = aliases.newName(event.bytes, in: entity.range) {
      event.facts.append(Fact("formerly", entity))
      entity = event.store(newName)
    }
    event.entities.append(Entity(type: "repository", id: entity, isDeclared: true))
    // The natural id begins with the entity's own bytes, which are the last ones so far.
    event.bytes.append(UInt8(ascii: "@"))
    let day = try field(columns.day, "snapshot_day")
    event.bytes.append(contentsOf: bytes[day.range])
    event.naturalID = Field(Int(entity.start)..<event.bytes.count, from: nil)

    event.metrics.reserveCapacity(3)
    func add(_ metric: String, _ field: CSVField) throws(Rejection) {
      guard let value = DecimalText.int(bytes, in: field.range) else {
        throw .badType("a whole number was expected", at: field.start - base)
      }
      event.metrics.append(Metric(metric, Double(value), from: field.span(base: base)))
    }
    if columns.forks >= 0, !fields[columns.forks].range.isEmpty { try add("forks", fields[columns.forks]) }
    if columns.openIssues >= 0, !fields[columns.openIssues].range.isEmpty { try add("open_issues", fields[columns.openIssues]) }
    try add("stars", field(columns.stars, "stars"))
    return event
  }
}
