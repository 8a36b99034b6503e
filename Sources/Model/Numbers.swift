/// The place of a record in its partition: 0 for the first, without gaps in what we write.
///
/// A reader must still accept gaps: compaction and aborted transactions leave them.
public struct Offset: Hashable, Comparable, Sendable {
  public var value: Int64

  @inlinable public init(_ value: Int64) { self.value = value }

  public static let zero = Offset(0)

  @inlinable public static func < (a: Offset, b: Offset) -> Bool { a.value < b.value }

  /// The offset `count` records later.
  @inlinable public func advanced(by count: Int) -> Offset { Offset(value + Int64(count)) }

  /// How many offsets lie from `other` (included) to this one (excluded).
  @inlinable public func distance(from other: Offset) -> Int { Int(value - other.value) }
}

extension Offset: CustomStringConvertible {
  public var description: String { String(value) }
}

/// Which partition of a topic: 0 ..< the topic's partition count.
public struct PartitionIndex: Hashable, Comparable, Sendable {
  public var value: Int32

  @inlinable public init(_ value: Int32) { self.value = value }
  @inlinable public init(_ value: Int) { self.value = Int32(value) }

  @inlinable public static func < (a: PartitionIndex, b: PartitionIndex) -> Bool { a.value < b.value }
}

extension PartitionIndex: CustomStringConvertible {
  public var description: String { String(value) }
}

/// A topic's name: 1 to 249 characters of `a-z A-Z 0-9 . -` (Kafka also allows `_`, which its metrics confuse with the dot).
public struct TopicName: Hashable, Comparable, Sendable {
  public let text: String

  /// - Returns: `nil` where the text is no topic name.
  public init?(_ text: String) {
    let bytes = text.utf8
    guard (1...249).contains(bytes.count), text != ".", text != ".." else { return nil }
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "."), UInt8(ascii: "-"):
        continue
      default: return nil
      }
    }
    self.text = text
  }

  /// A name written in the source: a bad one is a programmer's mistake and traps.
  public init(known text: StaticString) {
    guard let name = TopicName("\(text)") else { preconditionFailure("\(text) is not a topic name") }
    self = name
  }

  public static func < (a: TopicName, b: TopicName) -> Bool { a.text < b.text }
}

extension TopicName: CustomStringConvertible {
  public var description: String { text }
}

/// One partition of one topic.
public struct TopicPartition: Hashable, Comparable, Sendable {
  public var topic: TopicName
  public var partition: PartitionIndex

  public init(topic: TopicName, partition: PartitionIndex) {
    self.topic = topic
    self.partition = partition
  }

  public static func < (a: TopicPartition, b: TopicPartition) -> Bool {
    a.topic == b.topic ? a.partition < b.partition : a.topic < b.topic
  }
}

extension TopicPartition: CustomStringConvertible {
  /// `topic-partition`, which is also the name of the partition's directory.
  public var description: String { "\(topic)-\(partition)" }
}

/// Where a record lies: `topic/partition/offset` in text.
public struct Coordinates: Hashable, Sendable {
  public var topic: TopicName
  public var partition: PartitionIndex
  public var offset: Offset

  public init(topic: TopicName, partition: PartitionIndex, offset: Offset) {
    self.topic = topic
    self.partition = partition
    self.offset = offset
  }

  /// Reads `topic/partition/offset`.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, let topic = TopicName(String(parts[0])), let partition = Int32(parts[1]), partition >= 0,
      let offset = Int64(parts[2]), offset >= 0
    else { return nil }
    self.init(topic: topic, partition: PartitionIndex(partition), offset: Offset(offset))
  }
}

extension Coordinates: CustomStringConvertible {
  public var description: String { "\(topic)/\(partition)/\(offset)" }
}
