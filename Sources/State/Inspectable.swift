import Model

/// State that people can look into: what a stage remembers, as rows of text.
///
/// For looking only: nothing that is folded or recorded depends on it.
public protocol Inspectable {
  func inspect(_ inspector: inout StateInspector)
}

/// What somebody wants to see.
public enum StateWish: Sendable {
  /// Sizes and digests.
  case summary
  /// And how full each table is.
  case tables
  /// And the rows about one thing.
  case about(StateKey)
  /// And every row: for comparing two moments.
  case everything
}

/// A thing that states may remember something of: an event, a story, a brief, an entity, a repository.
///
/// Tables are keyed by hashes, which cannot be turned back into names; so the name is hashed in every way a table might have.
public struct StateKey: Sendable {
  public let text: String
  public let bytes: [UInt8]
  /// Where the text is one.
  public let id: EventID?

  public init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
    id = EventID(text)
  }
}

/// Gathers what states say about themselves.
public struct StateInspector: Sendable {
  public struct Table: Sendable, Equatable {
    public var name: String
    public var count: Int
    /// The times of the entries kept longest and put in last.
    public var oldest: Timestamp?
    public var newest: Timestamp?
  }

  public struct Row: Sendable, Equatable {
    public var table: String
    public var key: String
    /// When it was put in.
    public var time: Timestamp
    public var value: String
  }

  public struct Stage: Sendable {
    public var name: String
    /// Of the state's canonical bytes.
    public var size: Int
    public var digest: Digest
    public var tables: [Table] = []
    public var rows: [Row] = []
  }

  public let wish: StateWish
  public private(set) var stages: [Stage] = []
  /// Stories that what was asked for turned out to belong to: later stages know it by them.
  public var stories: [EventID] = []

  public init(_ wish: StateWish) { self.wish = wish }

  /// What is asked about; `nil` where no rows are, or all.
  public var key: StateKey? { if case .about(let key) = wish { key } else { nil } }

  /// A stage's state.
  /// - Parameter tables: calls `table` for each of its tables.
  /// - Complexity: linear in the state.
  public mutating func stage(_ name: String, _ state: some Checkpointable, tables: (inout StateInspector) -> Void) {
    var writer = StateWriter()
    state.write(to: &writer)
    stages.append(Stage(name: name, size: writer.bytes.count, digest: SHA256.digest(of: writer.bytes)))
    if case .summary = wish { return }
    tables(&self)
  }

  /// One of its tables.
  /// - Parameters:
  ///   - isAbout: whether a row is about what is asked for; asked only where something is.
  ///   - text: all that a row says.
  public mutating func table<Key: TableKey, Value>(
    _ name: String, _ table: AgingTable<Key, Value>, isAbout: (StateKey, Key, Value) -> Bool, text: (Value) -> String
  ) {
    let last = stages.count - 1
    precondition(last >= 0, "a table belongs to a stage")
    var entry = Table(name: name, count: table.count)
    table.forEach { key, time, value in
      entry.oldest = min(entry.oldest ?? time, time)
      entry.newest = max(entry.newest ?? time, time)
      switch wish {
      case .summary, .tables: break
      case .about(let asked):
        if isAbout(asked, key, value) { stages[last].rows.append(Row(table: name, key: key.text, time: time, value: text(value))) }
      case .everything: stages[last].rows.append(Row(table: name, key: key.text, time: time, value: text(value)))
      }
    }
    stages[last].tables.append(entry)
  }

  /// A table of another make, of which only the number of entries is told.
  public mutating func table(_ name: String, count: Int) {
    stages[stages.count - 1].tables.append(Table(name: name, count: count))
  }

  /// A row of a table of another make.
  public mutating func row(_ table: String, key: String, time: Timestamp, _ value: String) {
    stages[stages.count - 1].rows.append(Row(table: table, key: key, time: time, value: value))
  }
}

extension TableKey {
  /// Its bytes in hexadecimal.
  public var text: String {
    var writer = StateWriter()
    write(to: &writer)
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: writer.bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension WideKey {
  /// Whether an id was made from the name that this key was made from: an id holds 74 bits of it.
  public func isName(of id: EventID) -> Bool {
    high >> 52 == id.high & 0xfff && low >> 2 == id.low & 0x3fff_ffff_ffff_ffff
  }
}
