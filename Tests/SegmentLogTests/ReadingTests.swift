import Disk
import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import Testing

@Suite struct ReadingTests {
  @Test func whatIsCommittedIsReadInOrderWithItsOffsets() throws {
    let log = try openLog(SimulatedFileSystem(), .write(owner: "sensors"))
    #expect(try log.commit(append(raw0, records(0..<5))) == [Offset(0)])
    #expect(try log.commit(append(raw0, records(5..<8))) == [Offset(5)])
    let buffer = try readAll(log, raw0)
    #expect(buffer.records.map(\.offset.value) == Array(0..<8))
    #expect(lines(buffer) == lines(records(0..<8)))
    let bounds = try log.bounds(of: raw0)
    #expect(bounds.highWatermark == Offset(8) && bounds.digest == digest(of: records(0..<8)) && bounds.sizeInBytes > 0)
    #expect(try log.bounds(of: raw1).highWatermark == .zero)
  }

  @Test func everyOffsetCanBeReadFromInAnyStepsAndInAFreshReader() throws {
    let files = SimulatedFileSystem()
    let topics = definitions(segmentBytes: 3000)
    let log = try openLog(files, .write(owner: "sensors"), topics)
    var number = 0
    for size in [1, 7, 30, 2, 1, 1, 50, 13, 40, 3, 90, 1, 5] {
      _ = try log.commit(append(raw0, records(number..<number + size)))
      number += size
    }
    let all = lines(records(0..<number))
    #expect(try files.list("log/raw-0").filter { $0.hasSuffix(".log") }.count > 4)
    for reader in [log, try openLog(files, .read, topics, options(readAhead: 100))] {
      for start in 0...number {
        for steps in [1, 10, 1000] {
          #expect(try lines(readAll(reader, raw0, from: Offset(Int64(start)), maxRecords: steps)) == Array(all[start...]))
        }
      }
    }
  }

  @Test func everyTimeIsFoundWhereTimestampsAreOutOfOrder() throws {
    var random = SplitMix64(seed: 3)
    var times: [Int64] = []
    for index in 0..<400 { times.append(Int64(index * 10) + Int64(random.below(300)) - 150) }
    let files = SimulatedFileSystem()
    let topics = definitions(segmentBytes: 6000)
    let log = try openLog(files, .write(owner: "sensors"), topics)
    var number = 0
    while number < times.count {
      let end = min(times.count, number + 1 + random.below(9))
      _ = try log.commit(append(raw0, records(number..<end, size: 100 + random.below(300)) { times[$0] }))
      number = end
    }
    for reader in [log, try openLog(files, .read, topics)] {
      for time in stride(from: Int64(-200), to: 4300, by: 7) {
        let expected = times.firstIndex { $0 >= time } ?? times.count
        let found = try reader.offset(in: raw0, atOrAfter: Timestamp(milliseconds: time))
        #expect(found == Offset(Int64(expected)), "time \(time)")
      }
    }
  }

  @Test func whatIsNotThereIsRefused() throws {
    let log = try openLog(SimulatedFileSystem(), .write(owner: "sensors"))
    _ = try log.commit(append(raw0, records(0..<3)))
    var buffer = RecordBuffer()
    let missing = TopicPartition(topic: TopicName(known: "none"), partition: PartitionIndex(0))
    for (partition, offset, code) in [
      (raw0, 4, "log.offset_out_of_range"), (raw0, -1, "log.offset_out_of_range"), (missing, 0, "log.unknown_topic"),
      (TopicPartition(topic: rawTopic, partition: PartitionIndex(2)), 0, "log.unknown_topic"),
    ] {
      let error = #expect(throws: ProwziError.self) {
        _ = try log.read(partition, from: Offset(Int64(offset)), maxRecords: 1, maxBytes: 1, into: &buffer)
      }
      #expect(error?.code.text == code)
    }
    #expect(try log.read(raw0, from: Offset(3), maxRecords: 1, maxBytes: 1, into: &buffer) == Offset(3))
    #expect(buffer.isEmpty)
  }

  @Test func aLargeRecordAndManyRecordsAreSplitIntoBatchesThatFit() throws {
    let log = try openLog(SimulatedFileSystem(), .write(owner: "sensors"), definitions(segmentBytes: 64 << 20))
    var buffer = records(0..<25_000, size: 10)
    buffer.append(timestamp: Timestamp(milliseconds: 1), key: nil, value: [UInt8](repeating: 7, count: 3 << 20))
    buffer.append(timestamp: Timestamp(milliseconds: 1), key: [], value: nil)
    _ = try log.commit(append(raw0, buffer))
    let read = try readAll(log, raw0)
    #expect(read.count == 25_002)
    #expect(read.records[25_000].value?.count == 3 << 20 && read.records[25_000].key == nil)
    #expect(read.records[25_001].value == nil && read.records[25_001].key?.count == 0)
    var first = RecordBuffer()
    #expect(try log.read(raw0, from: .zero, maxRecords: 1, maxBytes: 1, into: &first) == Offset(10_000))
  }
}
