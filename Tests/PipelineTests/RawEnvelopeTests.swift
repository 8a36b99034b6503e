import Model
import RecordFormat
import Testing

@testable import Fold

@Suite struct RawEnvelopeTests {
  /// What is kept from record to record must never be seen.
  @Test(arguments: 1...20) func anEnvelopeUsedBeforeReadsAsAFreshOneDoes(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    let names = [
      "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type", "prowzi-tenant", "prowzi-csv-columns",
      "prowzi-redrive-of",
      "ce_other",
    ]
    let values = [
      "", "a", "b", "/sensors/x", "/sensors/y", "io.prowzi.raw.v1", "io.prowzi.control.tick", "text/csv", "text/csv; charset=utf-8",
    ]
    var records = RecordBuffer()
    var headers: [(name: String, value: [UInt8]?)] = []
    for _ in 0..<400 {
      // Mostly the headers of the record before, one of them with another value; now and then others.
      if headers.isEmpty || random.below(8) == 0 {
        headers = (0..<random.below(9)).map { _ in (names[random.below(names.count)], Array(values[random.below(values.count)].utf8)) }
      } else {
        headers[random.below(headers.count)].value = random.below(12) == 0 ? nil : Array(values[random.below(values.count)].utf8)
      }
      records.append(timestamp: Timestamp(milliseconds: 1), key: nil, value: [1], headers: headers)
    }
    var used = RawEnvelope()
    for index in records.records.indices {
      used.read(records, index)
      var fresh = RawEnvelope()
      fresh.read(records, index)
      let (a, b) = (used.record(records, index), fresh.record(records, index))
      #expect(used.type == fresh.type && used.isControl == fresh.isControl && used.tenant == fresh.tenant)
      #expect(a.source == b.source && a.contentType == b.contentType && a.columns == b.columns && a.isRedriven == b.isRedriven)
    }
  }
}
