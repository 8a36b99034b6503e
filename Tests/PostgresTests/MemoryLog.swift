import Foundation
import Merkle
import Model
import Ports
import Projection
import RecordFormat
import Synchronization

/// A log in memory, which other threads may append to while it is read.
final class MemoryLog: LogReader {
  let partitions: Int
  private let buffers = Mutex<[TopicPartition: RecordBuffer]>([:])
  private let starts = Mutex<[TopicPartition: Offset]>([:])
  private let changes = Atomic<UInt64>(1)

  init(partitions: Int) { self.partitions = partitions }

  func append(_ input: ProjectionFold.Input, _ partition: Int, _ records: [Record]) {
    buffers.withLock { buffers in
      for record in records {
        buffers[TopicPartition(topic: input.topic, partition: PartitionIndex(partition)), default: RecordBuffer()].append(
          timestamp: record.time, key: record.key, value: record.value, headers: record.headers)
      }
    }
    changes.wrappingAdd(1, ordering: .sequentiallyConsistent)
  }

  /// As retention does it: what lies before this is gone.
  func cut(_ input: ProjectionFold.Input, _ partition: Int, before offset: Int64) {
    starts.withLock { $0[TopicPartition(topic: input.topic, partition: PartitionIndex(partition))] = Offset(offset) }
  }

  struct Record {
    var time: Timestamp
    var key: [UInt8]? = nil
    var value: [UInt8]?
    var headers: [(name: String, value: [UInt8]?)]
  }

  func topics() -> [TopicDefinition] { [] }

  func bounds(of partition: TopicPartition) -> PartitionBounds {
    let count = buffers.withLock { $0[partition]?.count ?? 0 }
    return PartitionBounds(
      logStart: starts.withLock { $0[partition] ?? .zero }, highWatermark: Offset(Int64(count)), tree: MerkleTree(), sizeInBytes: 0)
  }

  func position(of fold: String, in partition: PartitionIndex) -> FoldPosition? { nil }
  func offset(in partition: TopicPartition, atOrAfter time: Timestamp) -> Offset { .zero }

  func read(_ partition: TopicPartition, from offset: Offset, maxRecords: Int, maxBytes: Int, into buffer: inout RecordBuffer) -> Offset {
    buffers.withLock { buffers in
      guard let source = buffers[partition] else { return offset }
      precondition(offset >= bounds(starts: partition), "what retention took is not read")
      var next = offset
      while next.value < Int64(source.count), buffer.count < maxRecords, buffer.bytes.count < maxBytes {
        buffer.append(Int(next.value), of: source)
        buffer.records[buffer.count - 1].offset = next
        next = next.advanced(by: 1)
      }
      return next
    }
  }

  private func bounds(starts partition: TopicPartition) -> Offset { starts.withLock { $0[partition] ?? .zero } }

  func waitForCommit(timeoutMilliseconds: Int) -> Bool {
    usleep(UInt32(min(20, timeoutMilliseconds)) * 1000)
    return true
  }

  var version: UInt64 { changes.load(ordering: .sequentiallyConsistent) }
}
