import Configuration
import Fold
import Inspect
import JSON
import Model
import Ports
import RecordFormat

extension ChainReader {
  /// The control record that put a configuration in force before a raw record.
  ///
  /// Looks at the beginning of the partition first, where `prowzi init` writes one, then back from the raw record, so a configuration that
  /// was applied lately is found soon as well.
  /// - Parameter proceed: called now and then with the number of records looked at; `false` ends the search.
  public func configuration(
    _ short: String, before place: Coordinates, proceed: (Int) -> Bool
  ) throws(ProwziError) -> ConfigurationNode {
    let target = TopicPartition(topic: .raw, partition: place.partition)
    let start = try log.bounds(of: target).logStart
    var found: ConfigurationNode?
    var seen = 0
    var goesOn = true
    func look(_ from: Offset, _ to: Offset) throws(ProwziError) {
      try log.walk(target, from: from, to: to) { (records, index) throws(ProwziError) in
        seen += 1
        if seen % 1000 == 0 { goesOn = proceed(seen) }
        // The last one before the record counts.
        if let node = Self.node(short, records, index, target) { found = node }
        return goesOn
      }
    }
    let head = min(start.advanced(by: 64), place.offset)
    try look(start, head)
    var end = place.offset
    var length = 4000
    while found == nil, end > head, goesOn {
      let from = max(head, end.advanced(by: -length))
      try look(from, end)
      end = from
      length *= 2
    }
    return found ?? ConfigurationNode(short: short)
  }

  private static func node(_ short: String, _ records: RecordBuffer, _ index: Int, _ target: TopicPartition) -> ConfigurationNode? {
    guard let type = records.header("ce_type", of: index), records.bytes[type].elementsEqual(FoldControl.configurationType.utf8) else {
      return nil
    }
    let record = LogRecord(records, index, of: target)
    guard let document = (try? JSONDocument(record.value ?? []))?.canonicalBytes else { return nil }
    let digest = SHA256.digest(of: document)
    guard digest.hex.hasPrefix(short) else { return nil }
    var node = ConfigurationNode(short: short)
    node.digest = digest
    node.place = record.place
    node.time = record.timestamp
    node.document = document
    node.sizeInBytes = record.value?.count ?? 0
    node.scorer = (try? CompiledConfiguration.shared(document: document))?.scorer.label
    return node
  }
}
