import Model

/// Where a log is: a data directory, or a cluster. What commands open.
public protocol LogPlace: Sendable {
  /// For people: a path, or a cluster's address.
  var name: String { get }

  /// The topics there are.
  var topics: [TopicDefinition] { get }

  /// The log for reading. Any number of processes may.
  func reader() throws(ProwziError) -> any LogReader

  /// The log to append to the topics of one owner.
  /// - Throws: `log.locked` where another process does and only one may.
  func writer(_ owner: String) throws(ProwziError) -> any LogReader & LogWriter

  /// Where a fold's states are kept.
  /// - Parameter log: the reader or writer of this place that goes with them: to keep states, the one that has taken the partition.
  func states(of fold: String, log: any LogReader) -> any StateStore
}
