import Fold
import Model
import RecordFormat
import Runtime
import State

extension FuzzTargets {
  static let states: [FuzzTarget] = [
    FuzzTarget(
      "checkpoint", "a checkpoint is refused, or taken up and given back the same", seeds: { checkpointSeeds }, body: checkCheckpoint),
    FuzzTarget("aging_table", "a table's bytes are refused, or make a table with the same bytes", seeds: { tableSeeds }, body: checkTable),
  ]

  private static let whole: [UInt8] = sampleFold.checkpoint

  /// Where, and what with.
  private static let checkpointSeeds: [[UInt8]] = [
    [1, 0, 0, 9, 0xff], [1, 0, 0, 0], [2, 0, 1, 0], [3, 0, 0, 40, 1, 2],
    [1, 0, 0x70, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], [0, 0],
  ]

  private static func checkCheckpoint(_ bytes: [UInt8]) throws(BrokenLaw) {
    var choices = Choices(bytes)
    let mode = choices.byte()
    // Counted from the end in half of the cases: the state lies behind the configuration.
    let distance = choices.byte() << 16 | choices.word()
    let change = choices.bytes
    var file = Array(whole.dropLast(32))
    let place = mode & 4 == 0 ? distance % (file.count + 1) : file.count - distance % (file.count + 1)
    switch mode & 3 {
    case 0: file = change
    case 1: file.replaceSubrange(place..<min(file.count, place + change.count), with: change.prefix(file.count - place))
    case 2: file.removeSubrange(place...)
    default: file.insert(contentsOf: change, at: place)
    }
    if mode & 8 == 0 { SHA256.digest(of: file).append(to: &file) }
    _ = accepted { () throws(ProwziError) in try Checkpoint.Summary(file) }
    guard let fold = accepted({ () throws(ProwziError) in try PartitionFold(Pipeline(), checkpoint: file) }) else { return }
    guard let again = accepted({ () throws(ProwziError) in try PartitionFold(Pipeline(), checkpoint: fold.checkpoint()) }) else {
      throw BrokenLaw("a checkpoint that was taken up cannot be taken up again")
    }
    try hold(again.checkpoint() == fold.checkpoint(), "a checkpoint is not given back the same")
    try hold(fold.checkpoint().count <= 2 * file.count + 4096, "a checkpoint of \(file.count) bytes became \(fold.checkpoint().count)")
  }

  // MARK: Tables

  private static var tableSeeds: [[UInt8]] {
    var table = AgingTable<UInt64, UInt64>()
    for number in 0..<40 as Range<UInt64> { table.insert(number % 30, number, at: Timestamp(milliseconds: Int64(number) * 1000)) }
    return [tableBytes(table), tableBytes(AgingTable())]
  }

  private static func tableBytes(_ table: AgingTable<UInt64, UInt64>) -> [UInt8] {
    var writer = StateWriter()
    table.write(to: &writer) { value, writer in writer.word(value) }
    return writer.bytes
  }

  private static func checkTable(_ bytes: [UInt8]) throws(BrokenLaw) {
    let read = accepted { () throws(ProwziError) in
      var reader = StateReader(bytes)
      return try AgingTable<UInt64, UInt64>(from: &reader) { (reader) throws(ProwziError) in try reader.word() }
    }
    guard var table = read else { return }
    let written = tableBytes(table)
    let again = accepted { () throws(ProwziError) in
      var reader = StateReader(written)
      return try AgingTable<UInt64, UInt64>(from: &reader) { (reader) throws(ProwziError) in try reader.word() }
    }
    try hold(again.map(tableBytes) == written, "a table is not read as written")
    table.insert(7, 7, at: Timestamp(milliseconds: 0))
    try hold(table[7] == 7, "an entry is lost")
  }
}
