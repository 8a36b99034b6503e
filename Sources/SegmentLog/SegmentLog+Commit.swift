import Model
import Ports
import RecordFormat

extension SegmentLog {
  public func commit(_ commit: Commit) throws(ProwziError) -> [Offset] {
    let writer = try requireWriter()
    for append in commit.appends {
      guard try definition(of: append.target).owner == writer.owner else {
        throw ProwziError(
          .logNotOwner, "the topic is not written by \(writer.owner)", place: "\(append.target)",
          advice: "Open the log as the topic's owner")
      }
    }
    let targets = Set(commit.appends.map(\.target))
    try writer.reserve(targets)
    var firsts: [Offset] = []
    let ticket = try append(commit, firsts: &firsts, releasing: targets, with: writer)
    try writer.waitUntilDurable(ticket)
    return firsts
  }

  /// Writes the data of a commit whose partitions are reserved, and puts it into the journal's queue.
  private func append(
    _ commit: Commit, firsts: inout [Offset], releasing targets: Set<TopicPartition>, with writer: CommitQueue
  ) throws(ProwziError) -> UInt64 {
    defer { writer.release(targets) }
    let batches = try encode(commit, firsts: &firsts, with: writer)
    do throws(ProwziError) {
      return writer.enqueue(try write(batches, of: commit, with: writer))
    } catch {
      writer.poison(error)
      throw error
    }
  }

  func requireWriter() throws(ProwziError) -> CommitQueue {
    guard let writer else {
      throw ProwziError(.logReadOnly, "the log was opened for reading", advice: "Open it with access .write")
    }
    return writer
  }

  /// The encoded batches of one append.
  private struct EncodedAppend {
    var bytes: [UInt8] = []
    var headers: [BatchHeader] = []
  }

  /// Encodes everything before anything is written, so that a batch that cannot be encoded harms nothing.
  private func encode(_ commit: Commit, firsts: inout [Offset], with writer: CommitQueue) throws(ProwziError) -> [EncodedAppend] {
    var next: [TopicPartition: Offset] = [:]
    var encoded: [EncodedAppend] = []
    for append in commit.appends {
      let codec = definitions[append.target.topic]!.codec
      var offset = next[append.target] ?? writer.writers[append.target]!.next
      firsts.append(offset)
      var batches = EncodedAppend()
      if codec == .none { batches.bytes.reserveCapacity(append.records.bytes.count + 24 * append.records.count + 4096) }
      var from = 0
      while from < append.records.count {
        let end = batchEnd(append.records, from: from)
        let header = try RecordBatch.encode(
          append.records, from..<end, baseOffset: offset, codec: codec, compressor: compressor,
          appendingTo: &batches.bytes)
        batches.headers.append(header)
        offset = offset.advanced(by: end - from)
        from = end
      }
      next[append.target] = offset
      encoded.append(batches)
    }
    return encoded
  }

  private func batchEnd(_ records: RecordBuffer, from: Int) -> Int {
    var size = 0
    var index = from
    while index < records.count, index - from < options.batchRecords {
      let layout = records.records[index]
      size += (layout.key?.count ?? 0) + (layout.value?.count ?? 0) + layout.headers.count + 16
      if size > options.batchBytes, index > from { break }
      index += 1
    }
    return index
  }

  /// Appends the data, and syncs what the journal does not carry.
  private func write(_ batches: [EncodedAppend], of commit: Commit, with writer: CommitQueue) throws(ProwziError) -> CommitQueue.Change {
    var touched: [SegmentWriter] = []
    var pieces: [CarriedBytes] = []
    let size = batches.reduce(0) { $0 + $1.bytes.count }
    let mayBeCarried = size <= min(options.carriedBytes, JournalEntry.bodyLimit / 2)
    // Much that was not hashed yet is hashed while the disk is busy with it. A tree grows by one append at a time, so only where none has two.
    let growsMeanwhile =
      !mayBeCarried && commit.appends.allSatisfy { $0.growth == nil } && Set(commit.appends.map(\.target)).count == commit.appends.count
    for (append, encoded) in zip(commit.appends, batches) {
      let segment = writer.writers[append.target]!
      var at = 0
      if !encoded.bytes.isEmpty {
        // The right place only if no segment is begun, and then it is not carried.
        pieces.append(
          CarriedBytes(
            partition: append.target, base: segment.state.segmentBase, position: segment.state.segmentLength, bytes: encoded.bytes[...]))
      }
      for header in encoded.headers {
        try segment.append(encoded.bytes.span.extracting(at..<at + header.sizeInBytes), header)
        at += header.sizeInBytes
      }
      if !growsMeanwhile { try segment.grow(append.records, append.growth) }
      if !touched.contains(where: { $0 === segment }) { touched.append(segment) }
    }
    if mayBeCarried, touched.allSatisfy(\.canBeCarried), pieces.allSatisfy(\.canBeCarried) {
      writer.note(unsynced: touched)
      return change(touched, commit, carrying: pieces)
    }
    try writer.sync(takeSyncWork(touched)) { () throws(ProwziError) in
      if !growsMeanwhile { return }
      for append in commit.appends { try writer.writers[append.target]!.grow(append.records, nil) }
    }
    // Now and then a tree's file is to be synced, too.
    if growsMeanwhile { try writer.sync(takeSyncWork(touched)) }
    writer.note(synced: touched)
    return change(touched, commit)
  }

  private func change(_ touched: [SegmentWriter], _ commit: Commit, carrying pieces: [CarriedBytes] = []) -> CommitQueue.Change {
    CommitQueue.Change(partitions: touched.map { ($0.partition, $0.state) }, positions: commit.positions, carried: pieces)
  }

  private func takeSyncWork(_ segments: [SegmentWriter]) -> SegmentWriter.SyncWork {
    var work = SegmentWriter.SyncWork()
    for segment in segments { work += segment.takeSyncWork() }
    return work
  }
}
