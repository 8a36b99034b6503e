import Model

/// Where a projection stands in one partition of a topic, as the store has it.
public struct ProjectionPosition: Sendable, Equatable {
  public var topic: TopicName
  public var partition: PartitionIndex
  /// The next offset to be projected.
  public var next: Offset
  /// Over every record projected so far.
  public var digest: Digest
  /// What the projection carries from batch to batch in this topic.
  public var state: String

  public init(topic: TopicName, partition: PartitionIndex, next: Offset = .zero, digest: Digest = .zero, state: String = "") {
    self.topic = topic
    self.partition = partition
    self.next = next
    self.digest = digest
    self.state = state
  }
}

/// Rows for one table: at most one a key.
public struct ProjectionRows: Sendable {
  /// The table's number among the projection's tables.
  public var table: Int
  /// Postgres' binary COPY format without its header and trailer: for each row a 16-bit count of fields, then each field with its 32-bit length (−1
  /// for null) before it; big-endian.
  public var bytes: [UInt8]
  public var count: Int

  public init(table: Int, bytes: [UInt8] = [], count: Int = 0) {
    self.table = table
    self.bytes = bytes
    self.count = count
  }
}

/// Everything that becomes visible together: rows, and the positions that they bring a partition to.
public struct ProjectionBatch: Sendable {
  public var partition: PartitionIndex
  /// Where the store must stand for the batch to apply, one for each topic that the projection reads.
  public var from: [ProjectionPosition]
  /// Where it stands afterwards, in the same order.
  public var to: [ProjectionPosition]
  public var rows: [ProjectionRows]
  /// The days (since 1970) on which events of the batch were observed, ascending.
  public var days: [Int]
  /// Briefs to tell listeners of: those that are new, and revisions of older ones.
  public var newBriefs: [EventID]
  public var revisedBriefs: [(id: EventID, revision: Int)]

  public init(
    partition: PartitionIndex, from: [ProjectionPosition], to: [ProjectionPosition], rows: [ProjectionRows] = [], days: [Int] = [],
    newBriefs: [EventID] = [], revisedBriefs: [(id: EventID, revision: Int)] = []
  ) {
    self.partition = partition
    self.from = from
    self.to = to
    self.rows = rows
    self.days = days
    self.newBriefs = newBriefs
    self.revisedBriefs = revisedBriefs
  }
}

/// What became of a batch.
public enum ProjectionOutcome: Sendable, Equatable {
  /// Rows and positions are visible.
  case applied
  /// The store stands elsewhere than the batch began: nothing was changed. Go on from these positions.
  case moved([ProjectionPosition])
}

/// Tables that a projection writes: Postgres, or memory in a simulation.
public protocol ProjectionStore: Sendable {
  /// Takes a partition. Whoever held it before can write no more.
  /// - Throws: `projection.fenced` while another live projector holds it; the store's errors, of which `projection.connection_lost` passes.
  func open(_ partition: PartitionIndex) throws(ProwziError) -> any ProjectionSession

  /// The tables as they stand now, for comparing them with the log; later transactions do not show in it.
  func snapshot() throws(ProwziError) -> any ProjectionSnapshot

  /// Where every partition stands now, by partition and topic.
  func positions() throws(ProwziError) -> [ProjectionPosition]
}

/// One partition held for writing. For one thread at a time; gives the partition back when it is closed or let go.
public protocol ProjectionSession: AnyObject {
  /// Where the partition stands; topics that were never projected are absent.
  func positions() throws(ProwziError) -> [ProjectionPosition]

  /// Writes rows and positions in one transaction, or nothing.
  /// - Throws: `projection.fenced` where another has taken the partition; the store's errors. After `projection.connection_lost` it is not known whether the
  ///   batch was applied: open the partition again and read its positions.
  func apply(_ batch: ProjectionBatch) throws(ProwziError) -> ProjectionOutcome

  func close()
}

/// The tables as they stood at one moment, for comparing them with the log.
public protocol ProjectionSnapshot: AnyObject {
  /// Where every partition stood.
  func positions() throws(ProwziError) -> [ProjectionPosition]

  /// Hands on a table's rows of one partition in pieces: the binary COPY format, header included. In any order.
  func readRows(table: Int, partition: PartitionIndex, _ body: (Span<UInt8>) throws(ProwziError) -> Void) throws(ProwziError)

  func close()
}

/// A store whose tables can be made anew beside the live ones and exchanged for them.
public protocol RebuildableStore: Sendable {
  /// The tables that are being made.
  var next: any ProjectionStore { get }

  /// Makes empty tables, or with `resume` takes up those that an interrupted rebuild left.
  /// - Returns: whether such tables were there.
  @discardableResult
  func prepareNext(resume: Bool) throws(ProwziError) -> Bool

  /// Holds every live projector before its next commit; lets them go when the value is closed or the exchange is done.
  func freeze() throws(ProwziError) -> any FrozenProjection

  /// Removes what an exchange took out of service. Waits for nobody: what is still being read is left for the next time.
  func dropRetired() throws(ProwziError)
}

/// Live tables that nobody writes for the moment.
public protocol FrozenProjection: AnyObject {
  /// Where the live tables stand.
  func livePositions() throws(ProwziError) -> [ProjectionPosition]
  /// Where the tables that are being made stand.
  func nextPositions() throws(ProwziError) -> [ProjectionPosition]
  /// Puts the new tables in the place of the live ones, in one transaction; projectors go on in them.
  func exchange() throws(ProwziError)
  /// Lets projectors go on without an exchange.
  func close()
}
