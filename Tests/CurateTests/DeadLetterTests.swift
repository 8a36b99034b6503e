import Events
import Model
import RecordFormat
import Stages
import Testing

@Suite struct DeadLetterTests {
  @Test func rawBytesAreKeptInTheFirstRejectionWhateverLetterCameBefore() throws {
    let id = EventID(time: Timestamp(milliseconds: start), name: SHA256.digest(of: Array("a brief".utf8)))
    let stage = StageIdentity("normalize", version: 1)
    var input = RecordBuffer()
    input.append(timestamp: Timestamp(milliseconds: start), key: nil, value: Array("raw bytes".utf8))
    var sink = RecordSink()
    sink.begin(partition: PartitionIndex(3), offset: Offset(5))
    sink.rejectDerived(
      code: "evidence.unbound", message: "nothing binds it", by: stage, id: id, tenant: "default",
      observedAt: Timestamp(milliseconds: start)
    ) { $0.object { _ in } }
    sink.reject(Rejection("schema.missing_field", "the title is missing", at: 0), by: stage)
    sink.reject(Rejection("schema.missing_field", "the link is missing", at: 4), by: stage)
    sink.writeRejections(of: input, at: 0)
    let letters = sink.buffers[DerivedTopic.deadletters.rawValue]
    let values = letters.records.map { layout in layout.value.map { Array(letters.bytes[$0]).displayText } }
    #expect(values == ["{}", "raw bytes", nil])
  }
}
