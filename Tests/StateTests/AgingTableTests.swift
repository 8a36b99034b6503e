import Model
import Testing

@testable import State

@Suite struct AgingTableTests {
  /// The same operations on a table and on a plain ordered list must agree at every step, also across a checkpoint.
  @Test(arguments: 1...20) func agreesWithAnOrderedListAndSurvivesCheckpoints(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    var table = AgingTable<UInt64, Int>()
    var model: [(key: UInt64, time: Int64, value: Int)] = []
    for step in 0..<600 {
      let key = UInt64(random.below(40))
      switch random.below(11) {
      case 0..<6:
        model.removeAll { $0.key == key }
        model.append((key, Int64(step), step))
        table.insert(key, step, at: Timestamp(milliseconds: Int64(step)))
      case 6:
        model.removeAll { $0.key == key }
        table[key] = nil
      case 7:
        if let index = model.firstIndex(where: { $0.key == key }) { model[index].value += 1 }
        _ = table.update(key) { $0 += 1 }
      case 8:
        let before = Int64(step - 100)
        let limit = 5 + random.below(30)
        while let first = model.first, first.time < before || model.count > limit { model.removeFirst() }
        table.expire(before: Timestamp(milliseconds: before), keeping: limit)
      case 9:
        let known = model.first { $0.key == key }?.value
        model.removeAll { $0.key == key }
        model.append((key, Int64(step), (known ?? 1000) + 1))
        let value = table.renew(key, at: Timestamp(milliseconds: Int64(step))) {
          1000
        } _: { value in
          value += 1
          return value
        }
        #expect(value == (known ?? 1000) + 1)
      default:
        var writer = StateWriter()
        table.write(to: &writer) { $1.count($0) }
        var reader = StateReader(writer.bytes)
        table = try AgingTable(from: &reader) { (reader) throws(ProwziError) in Int(try reader.unsigned()) }
        var again = StateWriter()
        table.write(to: &again) { $1.count($0) }
        #expect(again.bytes == writer.bytes)
      }
      #expect(table.count == model.count)
      #expect(table[key] == model.first { $0.key == key }?.value)
      var listed: [UInt64] = []
      table.forEach { key, _, _ in listed.append(key) }
      #expect(listed == model.map(\.key))
    }
  }

  /// Nothing is kept of what is spent, and arrays do not double.
  @Test func aTableTakesLittleMoreMemoryThanItHolds() {
    var table = AgingTable<UInt64, UInt64>()
    for step in 0..<200_000 as Range<UInt64> {
      // Every third renews one that is there.
      table.insert(step % 3 == 0 ? step / 3 * 2 : step, step, at: Timestamp(milliseconds: Int64(step)))
      table.expire(before: .init(milliseconds: 0), keeping: 10_000)
      if step > 20_000 { #expect(table.entries.capacity <= 12_600) }
    }
    #expect(table.count == 10_000)
  }

  @Test func stateBytesThatEndEarlyAreRefused() throws {
    var writer = StateWriter()
    writer.text("abc")
    for count in 0..<writer.bytes.count {
      var reader = StateReader(Array(writer.bytes[..<count]))
      #expect(throws: ProwziError.self) { try reader.text() }
    }
  }
}
