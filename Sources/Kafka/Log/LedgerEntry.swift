import JSON
import Merkle
import Model
import Ports

/// Where a fold stands in one raw partition, as a record of `prowzi.positions`: written in the transaction of the records that it vouches for.
///
/// *Shape*: key, the fold's name; value, canonical JSON. A compacted topic keeps the newest; unlike a group's offsets it does not expire, and holds what
/// the embedded log's journal holds.
struct LedgerEntry: Sendable, Equatable {
  /// A state in `prowzi.checkpoints`.
  struct State: Sendable, Equatable {
    /// The first raw offset that it does not know of.
    var offset: Offset
    var digest: Digest
    /// Where its first piece lies.
    var first: Offset
    var pieces: Int
    /// As stored.
    var bytes: Int
  }

  var next = Offset.zero
  /// The run that wrote it.
  var owner = ""
  /// The state to begin with.
  var checkpoint: FoldPosition.Checkpoint?
  /// All that are kept, by offset.
  var states: [State] = []
  /// The tree over each derived topic's records in this partition.
  var trees: [TopicName: MerkleTree] = [:]

  func position(_ fold: String, _ partition: PartitionIndex) -> FoldPosition {
    FoldPosition(fold: fold, partition: partition, next: next, checkpoint: checkpoint)
  }

  // MARK: JSON

  var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.key("checkpoint")
      if let checkpoint {
        json.object { json in
          json.key("digest")
          json.string(checkpoint.digest.hex)
          json.key("offset")
          json.number(checkpoint.offset.value)
        }
      } else {
        json.null()
      }
      json.key("next")
      json.number(next.value)
      json.key("owner")
      json.string(owner)
      json.key("states")
      json.array { json in for state in states { Self.write(state, &json) } }
      json.key("trees")
      json.object { json in
        for topic in trees.keys.sorted() {
          guard let tree = trees[topic] else { continue }
          json.key(topic.text)
          json.object { json in
            json.key("frontier")
            json.array { json in for hash in tree.frontier { json.string(hash.hex) } }
            json.key("size")
            json.number(tree.size)
          }
        }
      }
    }
    return json.bytes
  }

  private static func write(_ state: State, _ json: inout JSONWriter) {
    json.object { json in
      json.key("bytes")
      json.number(state.bytes)
      json.key("digest")
      json.string(state.digest.hex)
      json.key("first")
      json.number(state.first.value)
      json.key("offset")
      json.number(state.offset.value)
      json.key("pieces")
      json.number(state.pieces)
    }
  }

  init() {}

  /// - Returns: `nil` for anything that is no such record.
  init?(json bytes: [UInt8]) {
    guard let document = try? JSONDocument(bytes), let next = document.int(document.member("next", of: document.root)), next >= 0 else {
      return nil
    }
    self.next = Offset(next)
    owner = document.string(document.member("owner", of: document.root)) ?? ""
    if let node = document.member("checkpoint", of: document.root), document.kind(node) == .object {
      guard let offset = document.int(document.member("offset", of: node)),
        let digest = Digest(hex: document.string(document.member("digest", of: node)) ?? "")
      else { return nil }
      checkpoint = .init(offset: Offset(offset), digest: digest)
    }
    for node in document.elements(of: document.member("states", of: document.root)) {
      guard let offset = document.int(document.member("offset", of: node)), let first = document.int(document.member("first", of: node)),
        let digest = Digest(hex: document.string(document.member("digest", of: node)) ?? ""),
        let pieces = document.int(document.member("pieces", of: node)), (1...100_000).contains(pieces),
        let size = document.int(document.member("bytes", of: node)), size >= 0
      else { return nil }
      states.append(State(offset: Offset(offset), digest: digest, first: Offset(first), pieces: Int(pieces), bytes: Int(size)))
    }
    for member in document.members(of: document.member("trees", of: document.root)) {
      guard let topic = TopicName(document.string(member.key) ?? ""), let size = document.int(document.member("size", of: member.value))
      else {
        return nil
      }
      let frontier = document.elements(of: document.member("frontier", of: member.value)).compactMap {
        document.string($0).flatMap { Digest(hex: $0) }
      }
      guard let tree = MerkleTree(size: size, frontier: frontier) else { return nil }
      trees[topic] = tree
    }
  }
}
