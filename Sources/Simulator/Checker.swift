import Fold
import Merkle
import Model
import Ports
import RecordFormat
import Runtime
import Stages

/// Holds what readers see against the truth.
struct Checker {
  let truth: Truth

  /// What can be seen at once, from headers alone. Cheap enough for every step.
  func look(_ log: any LogReader, _ who: String) throws(ProwziError) {
    try lookAtRaw(log, who)
    try lookAtDerived(log, who)
  }

  func lookAtRaw(_ log: any LogReader, _ who: String) throws(ProwziError) {
    var counts: [Int] = []
    for index in 0..<truth.partitions {
      let bounds = try log.bounds(of: Self.raw(index))
      counts.append(Int(bounds.highWatermark.value))
      if let tree = truth.rawTree(index, counts[index]), tree.root == bounds.digest { continue }
      try classify(log, index, who)
    }
    if counts != truth.acknowledgedRaw, counts != truth.attemptedRaw {
      truth.fail(.whole, "\(who) sees \(counts) raw records; \(truth.acknowledgedRaw) were acknowledged, \(truth.attemptedRaw) attempted")
    }
    truth.seeRaw(counts)
  }

  func lookAtDerived(_ log: any LogReader, _ who: String) throws(ProwziError) {
    for index in 0..<truth.partitions {
      let partition = PartitionIndex(index)
      let position = try log.position(of: pipelineFold, in: partition)
      let next = position?.next ?? .zero
      let derived = truth.derived[index]
      if next < derived.acknowledged.next {
        truth.fail(.positions, "\(who) sees partition \(index) folded to \(next); \(derived.acknowledged.next) was acknowledged")
        return
      }
      truth.seeFold(index, next)
      let marks = [derived.acknowledged, derived.attempted?.mark].compactMap { $0 }.filter { $0.next == next }
      guard let mark = marks.first(where: { $0.checkpoint == position?.checkpoint }) else {
        let place = "\(who) sees partition \(index) folded to \(next)"
        if marks.isEmpty {
          truth.fail(.whole, "\(place), where no commit ends: \(derived.acknowledged.next) was acknowledged")
        } else {
          truth.fail(.checkpoint, "\(place), with another state than was committed")
        }
        return
      }
      for topic in DerivedTopic.allCases {
        let bounds = try log.bounds(of: TopicPartition(topic: topic.name, partition: partition))
        let made = mark.produced[topic.rawValue]
        if bounds.highWatermark != made.next {
          truth.fail(
            .whole, "\(who) sees \(bounds.highWatermark) records in \(topic.name)/\(index) at position \(next) instead of \(made.next)")
        } else if bounds.digest != made.root {
          truth.fail(.derived, "\(who): \(topic.name)/\(index) differs from an uninterrupted fold at position \(next)")
        }
      }
    }
  }

  /// Reads everything, and holds the bytes against the truth.
  func read(_ log: any LogReader, _ who: String) throws(ProwziError) {
    for index in 0..<truth.partitions {
      let raw = try Self.all(log, Self.raw(index))
      let bounds = try log.bounds(of: Self.raw(index))
      if Self.digest(raw) != bounds.digest { try classify(log, index, who) }
      for topic in DerivedTopic.allCases {
        let target = TopicPartition(topic: topic.name, partition: PartitionIndex(index))
        let bounds = try log.bounds(of: target)
        let records = try Self.all(log, target)
        guard bounds.logStart == .zero else {
          if records.count != bounds.highWatermark.distance(from: bounds.logStart) {
            truth.fail(
              .acknowledged, "\(who) reads \(records.count) records of \(target), \(bounds.logStart)..<\(bounds.highWatermark) are there")
          }
          continue
        }
        if Self.digest(records) != bounds.digest {
          truth.fail(.derived, "\(who): the records of \(target) are not those that its digest is of")
        }
      }
    }
  }

  /// What exactly is wrong with a raw partition.
  private func classify(_ log: any LogReader, _ index: Int, _ who: String) throws(ProwziError) {
    let found = Self.prints(try Self.all(log, Self.raw(index)))
    let all = Self.prints(truth.raw[index].records)
    let promised = Array(all.prefix(truth.raw[index].acknowledged))
    if found == promised || found == all { return }
    var surplus: [Digest: Int] = [:]
    for print in found { surplus[print, default: 0] += 1 }
    for print in all { surplus[print, default: 0] -= 1 }
    let known = Set(all)
    let place = "\(who): raw partition \(index), \(found.count) records of \(promised.count) acknowledged"
    if promised.contains(where: { surplus[$0, default: 0] < 0 }),
      found.count < promised.count || found.contains(where: { !known.contains($0) })
    {
      truth.fail(.acknowledged, "\(place): one is gone or altered")
    } else if found.contains(where: { surplus[$0, default: 0] > 0 }) {
      truth.fail(.once, "\(place): one is there more often than it was committed")
    } else {
      truth.fail(.order, "\(place): they lie in another order")
    }
  }

  static func raw(_ index: Int) -> TopicPartition { TopicPartition(topic: .raw, partition: PartitionIndex(index)) }

  static func all(_ log: any LogReader, _ target: TopicPartition) throws(ProwziError) -> RecordBuffer {
    let bounds = try log.bounds(of: target)
    var buffer = RecordBuffer()
    var next = bounds.logStart
    while next < bounds.highWatermark {
      let after = try log.read(target, from: next, maxRecords: 1 << 20, maxBytes: 1 << 24, into: &buffer)
      guard after > next else {
        throw ProwziError("log.corrupt", "a reader does not get beyond offset \(next), below \(bounds.highWatermark)", place: "\(target)")
      }
      next = after
    }
    return buffer
  }

  static func digest(_ records: RecordBuffer) -> Digest {
    var growth = TreeGrowth(tree: MerkleTree())
    growth.append(records)
    return growth.tree.root
  }

  /// A digest for each record, its offset left out.
  private static func prints(_ records: RecordBuffer) -> [Digest] {
    records.records.map { layout in
      var hash = SHA256()
      hash.update(bigEndian: UInt64(bitPattern: layout.timestamp.milliseconds))
      for part in [layout.key, layout.value, layout.headers] {
        hash.update(bigEndian: UInt64(part?.count ?? 0))
        if let part { hash.update(Array(records.bytes[part])) }
      }
      return hash.finish()
    }
  }
}
