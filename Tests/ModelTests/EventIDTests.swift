import Model
import Testing

struct EventIDTests {
  private func identifier(_ milliseconds: Int64, _ name: String) -> EventID {
    var hash = NameHash()
    hash.add(name)
    return EventID(time: Timestamp(milliseconds: milliseconds), name: hash.finish())
  }

  @Test func theTextReadsBack() throws {
    for number in 0..<500 {
      let id = identifier(1_771_645_938_000 + Int64(number) * 7919, "name \(number)")
      #expect(id.text.utf8.count == 36)
      #expect(EventID(id.text) == id)
      #expect(EventID(id.text.uppercased()) == id)
    }
  }

  /// RFC 9562, sections 4.1 and 4.2.
  @Test func versionIsEightAndVariantIsTwo() {
    for number in 0..<500 {
      let id = identifier(Int64(number), "name \(number)")
      let text = Array(id.text)
      #expect(text[14] == "8")
      #expect("89ab".contains(text[19]))
    }
  }

  @Test func theTimeIsKeptAndOrdersTheIds() {
    for milliseconds in [0, 1, 1_771_645_938_000, (1 << 48) - 1] as [Int64] {
      #expect(identifier(milliseconds, "a").time == Timestamp(milliseconds: milliseconds))
    }
    #expect(identifier(-5, "a").time == Timestamp(milliseconds: 0))
    #expect(identifier(1, "a") < identifier(2, "a"))
    #expect(identifier(1, "a") != identifier(1, "b"))
    #expect(identifier(1, "a") == identifier(1, "a"))
  }

  @Test(arguments: [
    "", "0", "019c7e5a-b600-8000-8000-00000000000", "019c7e5a-b600-8000-8000-00000000000g", "019c7e5ab60080008000000000000000",
  ])
  func aTextThatIsNoIdIsRefused(text: String) {
    #expect(EventID(text) == nil)
  }

  @Test func partsOfANameDoNotRunTogether() {
    var one = NameHash()
    one.add("ab")
    one.add("c")
    var two = NameHash()
    two.add("a")
    two.add("bc")
    #expect(one.finish() != two.finish())
  }
}

struct NumberTests {
  @Test func bigEndianNumbersReadBack() {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: Int64.min)
    bytes.append(bigEndian: Int32(-2))
    bytes.append(bigEndian: UInt16(0x1234))
    bytes.append(bigEndian: Int8(-1))
    #expect(bytes == [0x80, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe, 0x12, 0x34, 0xff])
    #expect(bytes.bigEndian(at: 0) == Int64.min)
    #expect(bytes.bigEndian(at: 8) == Int32(-2))
    #expect(bytes.bigEndian(at: 12) == UInt16(0x1234))
    #expect(bytes.bigEndian(at: 14) == Int8(-1))
  }

  @Test(arguments: ["a", "raw", "A-z.9", String(repeating: "x", count: 249)]) func topicNamesAreTaken(text: String) {
    #expect(TopicName(text)?.text == text)
  }

  @Test(arguments: ["", ".", "..", "a/b", "a b", "a_b", "é", String(repeating: "x", count: 250)]) func otherNamesAreRefused(text: String) {
    #expect(TopicName(text) == nil)
  }

  @Test func coordinatesReadBack() {
    #expect(Coordinates("raw/3/12")?.description == "raw/3/12")
    for text in ["", "raw/3", "raw/-1/2", "raw/1/-2", "raw/1/2/3", "raw/x/2"] { #expect(Coordinates(text) == nil, "\(text)") }
  }

  @Test func fingerprintsDoNotChange() {
    // Part of recorded output: a new value here means a new version of every stage.
    #expect(Fingerprint.of([]) == 5_917_730_331_604_675_293)
    #expect(Fingerprint.of("prowzi") == 454_755_990_139_160_514)
    #expect(Fingerprint.of("prowzi", seed: 1) != Fingerprint.of("prowzi"))
  }
}
