import Model
import RecordFormat
import Testing

/// Bytes we once wrote, which kafka-python and aiokafka read (see `Golden/README.md`): a change here is a change of the format.
struct GoldenTests {
  static let twoRecords = """
    0000000000000102000000590000000302ca7fece90010000000010000019c7e5ab6000000019c7e5ab600000000000000000400010000000600000002\
    3e000000046169047b7d060a63655f696402370a656d70747900086e756c6c010e00cf0f02010100
    """
  static let commitMarker = """
    00000000000001040000004200000003025b9335770030000000000000019c7e5ab9e80000019c7e5ab9e800000000000000040001ffffffff00000001\
    2000000008000000010c00000000000200
    """

  static var buffer: RecordBuffer {
    var buffer = RecordBuffer()
    buffer.append(
      timestamp: Timestamp(milliseconds: 1_771_646_400_000), key: Array("ai".utf8), value: Array("{}".utf8),
      headers: [("ce_id", Array("7".utf8)), ("empty", []), ("null", nil)])
    buffer.append(timestamp: Timestamp(milliseconds: 1_771_646_399_000), key: nil, value: nil)
    return buffer
  }

  @Test func twoRecordsHaveTheseBytes() throws {
    let options = RecordBatch.Options(producerID: 4, producerEpoch: 1, baseSequence: 6, isTransactional: true)
    var bytes: [UInt8] = []
    try RecordBatch.encode(
      Self.buffer, 0..<2, baseOffset: Offset(258), partitionLeaderEpoch: 3, codec: .none, compressor: NoCompressor(), options: options,
      appendingTo: &bytes)
    #expect(hex(bytes) == Self.twoRecords)
  }

  @Test func aCommitMarkerHasTheseBytes() throws {
    var bytes: [UInt8] = []
    try RecordBatch.encode(
      ControlRecord(marker: .commit, coordinatorEpoch: 2), baseOffset: Offset(260), timestamp: Timestamp(milliseconds: 1_771_646_401_000),
      partitionLeaderEpoch: 3, producerID: 4, producerEpoch: 1, appendingTo: &bytes)
    #expect(hex(bytes) == Self.commitMarker)
  }

  private func hex(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.flatMap { [hexDigit($0 >> 4), hexDigit($0 & 15)] }, as: UTF8.self)
  }
}
