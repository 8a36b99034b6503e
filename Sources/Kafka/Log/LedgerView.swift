import Model
import Ports
import RecordFormat

/// The newest ledger entries of one partition, as far as they were read.
struct LedgerView: Sendable {
  /// The end of the partition when it was read.
  var end: Offset
  var entries: [String: LedgerEntry] = [:]

  /// Reads what has come since `known`, or all there is. The topic is compacted, so that is a record a fold and what the broker has not compacted yet.
  static func read(
    _ target: TopicPartition, before end: Offset, start: Offset, known: LedgerView?, _ consumer: KafkaConsumer
  ) throws(ProwziError) -> LedgerView {
    var view = LedgerView(end: end, entries: known?.entries ?? [:])
    let first = max(known?.end ?? start, start)
    var next = first
    var buffer = RecordBuffer()
    while next < end {
      buffer.removeAll()
      let following = try consumer.read(target, from: next, before: end, maxRecords: 2000, maxBytes: 8 << 20, into: &buffer)
      for index in buffer.records.indices {
        guard let key = buffer.records[index].key.map({ Array(buffer.bytes[$0]).displayText }) else { continue }
        guard let value = buffer.records[index].value else {
          view.entries[key] = nil
          continue
        }
        guard let entry = LedgerEntry(json: Array(buffer.bytes[value])) else {
          throw ProwziError(
            "log.corrupt", "a position cannot be read", place: "\(target) offset \(buffer.records[index].offset)",
            advice: "Only Prowzi may write to \(target.topic).")
        }
        view.entries[key] = entry
      }
      if following == next { break }
      next = following
    }
    return view
  }
}
