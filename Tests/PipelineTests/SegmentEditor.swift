import Compression
import Model
import Ports
import RecordFormat
import Runtime
import SegmentLog
import Testing

/// Changes bytes of a log behind its back, as a faulty disk or a person would.
struct SegmentEditor {
  let directory: DataDirectory

  /// A copy of a raw log whose derived topics are written without compression, so that a changed record keeps the size of its batch.
  static func uncompressed(_ original: DataDirectory, in folder: TemporaryFolder) throws -> SegmentEditor {
    let copy = try folder.copy(of: original, as: "data")
    for topic in copy.topics where topic.owner == DataDirectory.pipeline {
      var plain = topic
      plain.codec = .none
      FileBytes.write(plain.fileBytes, to: "\(copy.path)/topics/\(topic.name).json")
    }
    return SegmentEditor(directory: try DataDirectory(path: copy.path))
  }

  /// A copy of a raw log in which the raw records, too, are written without compression.
  static func uncompressedInput(_ original: DataDirectory, in folder: TemporaryFolder) throws -> SegmentEditor {
    let path = try uncompressed(original, in: folder).directory.path
    guard var plain = original.topics.first(where: { $0.name == .raw }) else { preconditionFailure("there is a raw topic") }
    plain.codec = .none
    FileBytes.write(plain.fileBytes, to: "\(path)/topics/\(TopicName.raw).json")
    _ = Process.shell("cd \"$1\" && rm -r log/prowzi.raw-*/* journal/sensors.*", path)
    let directory = try DataDirectory(path: path)
    let (from, to) = (try original.openReader(), try directory.openWriter(DataDirectory.sensors))
    for target in try from.partitions(of: .raw) {
      var records = RecordBuffer()
      let end = try from.bounds(of: target).highWatermark
      var next = Offset.zero
      while next < end { next = try from.read(target, from: next, maxRecords: 10_000, maxBytes: 64 << 20, into: &records) }
      _ = try to.commit(Commit(appends: [Commit.Append(target: target, records: records)]))
    }
    to.close()
    return SegmentEditor(directory: directory)
  }

  /// The batch that holds a record: the file's whole path, and where the batch begins in it.
  func place(of offset: Offset, in partition: TopicPartition) throws(ProwziError) -> (file: String, byte: Int) {
    var found: (String, Int)?
    try directory.openReader().forEachBatch(in: partition, from: offset) { place throws(ProwziError) in
      found = ("\(directory.path)/\(place.file)", place.position)
      return false
    }
    guard let found else { preconditionFailure("\(partition) has offset \(offset)") }
    return found
  }

  /// Changes one byte of a record's value and writes the batch again with the checksum that fits.
  func changeValue(of offset: Offset, in partition: TopicPartition, at index: Int, _ change: (UInt8) -> UInt8) throws(ProwziError) {
    let place = try place(of: offset, in: partition)
    var file = FileBytes.read(place.file)
    var records = RecordBuffer()
    let header = try RecordBatch.decode(file, at: place.byte, compressor: LibraryCompressor(), into: &records)
    guard let number = records.records.firstIndex(where: { $0.offset == offset }), let value = records.records[number].value else {
      preconditionFailure("the batch holds offset \(offset)")
    }
    let changed = value.lowerBound + index % value.count
    records.bytes[changed] = change(records.bytes[changed])
    var batch: [UInt8] = []
    try RecordBatch.encode(
      records, records.records.indices, baseOffset: header.baseOffset, codec: header.codec, compressor: LibraryCompressor(),
      appendingTo: &batch)
    precondition(batch.count == header.sizeInBytes, "the batch keeps its size")
    file.replaceSubrange(place.byte..<place.byte + batch.count, with: batch)
    FileBytes.write(file, to: place.file)
  }

  /// Changes one byte of the batch that holds a record, and nothing else.
  func flip(batchOf offset: Offset, in partition: TopicPartition, byte: Int) throws(ProwziError) -> (file: String, byte: Int) {
    let place = try place(of: offset, in: partition)
    var file = FileBytes.read(place.file)
    file[place.byte + byte] ^= 0x10
    FileBytes.write(file, to: place.file)
    return place
  }
}
