import Model
import Ports

/// Bytes of a segment that a small commit carries inside its journal entry, so that the journal's sync makes them durable too.
///
/// The segment's file has them already, where readers find them, but only in memory. Whoever opens the log to write them puts them at their place
/// again (`Redo`); a reader that comes first after a power failure sees them through `PatchedFiles`.
///
/// *Shape* in an entry, big-endian: topic (length u16, UTF-8), partition i32, segment's base i64, position u32, length u32, the bytes.
struct CarriedBytes: Sendable {
  var partition: TopicPartition
  /// The segment, and the place in its log file.
  var base: Offset
  var position: Int
  var bytes: ArraySlice<UInt8>

  var end: Int { position + bytes.count }
  var path: String { LogPaths.file(partition, base: base, .log) }

  func encodeHeader(appendingTo output: inout [UInt8]) {
    output.append(text: partition.topic.text)
    output.append(bigEndian: partition.partition.value)
    output.append(bigEndian: base.value)
    output.append(bigEndian: UInt32(position))
    output.append(bigEndian: UInt32(bytes.count))
  }

  /// Whether no entry can seem to begin in this piece. Otherwise one that somebody has put into a record would be found behind an entry that is torn,
  /// and be believed. No magic can lie across the piece's ends or its header's: a batch begins with an offset below 2^56, and behind a piece comes
  /// the length of a name below 2^8, or the next entry.
  var canBeCarried: Bool {
    var header: [UInt8] = []
    encodeHeader(appendingTo: &header)
    return !Self.holdsMagic(header.span) && !Self.holdsMagic(bytes.span)
  }

  /// - Complexity: O(bytes), a quarter of them looked at where few are letters of the magic.
  private static func holdsMagic(_ span: Span<UInt8>) -> Bool {
    precondition(JournalEntry.magic == 0x5057_4A45, "The letters below are those of the magic.")
    var index = 3
    while index < span.count {
      // As far as the letter leaves room for the magic's end behind it.
      switch span[index] {
      case UInt8(ascii: "E"):
        if span[index - 1] == UInt8(ascii: "J"), span[index - 2] == UInt8(ascii: "W"), span[index - 3] == UInt8(ascii: "P") { return true }
        index += 4
      case UInt8(ascii: "J"): index += 1
      case UInt8(ascii: "W"): index += 2
      case UInt8(ascii: "P"): index += 3
      default: index += 4
      }
    }
    return false
  }
}

extension Journal.Contents {
  /// What the files may lack: the carried bytes of the segments that are written to, by partition, in the order in which they were committed. A
  /// closed segment was synced before an entry said so.
  var unsynced: [TopicPartition: [CarriedBytes]] {
    var unsynced: [TopicPartition: [CarriedBytes]] = [:]
    for piece in carried {
      guard let state = state.partitions[piece.partition], piece.base == state.segmentBase, piece.end <= state.segmentLength else {
        continue
      }
      unsynced[piece.partition, default: []].append(piece)
    }
    return unsynced
  }
}

/// Writes carried bytes at their places again, which changes nothing where they are there.
///
/// Also where they can be read already: what was read may be in memory only, left by a process whose sync has failed. So they are written and synced,
/// before anything is checked or cut and before a new journal takes the place of the one that has them.
///
/// *Complexity*: O(journal).
enum Redo {
  static func run(_ files: any FileSystem, _ contents: Journal.Contents) throws(ProwziError) {
    for (_, pieces) in contents.unsynced.sorted(by: { $0.key < $1.key }) {
      let path = pieces[0].path
      // What is missing altogether is for `Recovery` to refuse.
      guard try files.exists(path) else { continue }
      let file = try files.open(path, .readWrite)
      var size = try file.size()
      var run: [UInt8] = []
      for (index, piece) in pieces.enumerated() {
        // Behind a gap nothing is put: the file is damaged, and must be found to be so.
        guard piece.position <= size else { break }
        run += piece.bytes
        size = max(size, piece.end)
        if index + 1 < pieces.count, pieces[index + 1].position == piece.end { continue }
        try file.write(run.span, at: piece.end - run.count)
        run = []
      }
      try file.sync()
    }
  }
}
