import Model
import RecordFormat
import Testing

struct ChecksumTests {
  /// RFC 3720, appendix B.4 (which shows each CRC byte by byte, least significant first), and the check value of the CRC catalogue.
  static let vectors: [(hexadecimal: String, checksum: UInt32)] = [
    (String(repeating: "00", count: 32), 0x8a91_36aa),
    (String(repeating: "ff", count: 32), 0x62a8_ab43),
    ("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0x46dd_794e),
    ("1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100", 0x113f_db5c),
    ("01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000", 0xd996_3a56),
    ("313233343536373839", 0xe306_9283),
    ("", 0),
  ]

  @Test(arguments: vectors) func checksumsAreThoseOfTheStandard(hexadecimal: String, checksum: UInt32) throws {
    let bytes = try #require([UInt8](hexadecimal: hexadecimal))
    #expect(CRC32C.checksum(of: bytes) == checksum)
    #expect(CRC32C.portableChecksum(of: bytes.span) == checksum)
  }

  @Test func portableAndAcceleratedChecksumsAgreeAtEveryLengthAndStart() {
    let bytes = (0..<200).map { UInt8(truncatingIfNeeded: Fingerprint.mix(UInt64($0))) }
    for start in 0..<9 {
      for end in start...bytes.count {
        let part = bytes.span.extracting(start..<end)
        #expect(CRC32C.checksum(of: part) == CRC32C.portableChecksum(of: part), "\(start)..<\(end)")
      }
    }
  }

  @Test func aChecksumCanBeTakenInPieces() {
    let bytes = (0..<100).map { UInt8($0) }
    let whole = CRC32C.checksum(of: bytes)
    for cut in 0...bytes.count {
      let first = CRC32C.checksum(of: bytes.span.extracting(..<cut))
      #expect(CRC32C.checksum(of: bytes.span.extracting(cut...), continuing: first) == whole)
    }
  }
}

struct VarintTests {
  @Test(arguments: [
    (0, "00"), (-1, "01"), (1, "02"), (63, "7e"), (-64, "7f"), (64, "8001"), (-65, "8101"), (8191, "fe7f"), (8192, "808001"),
    (Int(Int32.max), "feffffff0f"), (Int(Int32.min), "ffffffff0f"), (Int.max, "feffffffffffffffff01"), (Int.min, "ffffffffffffffffff01"),
  ]) func numbersHaveTheirProtocolBuffersForm(number: Int, hex: String) {
    var bytes: [UInt8] = []
    bytes.append(varint: number)
    #expect(bytes == [UInt8](hexadecimal: hex))
    var position = 0
    #expect(bytes.readVarint(at: &position) == number)
    #expect(position == bytes.count)
  }

  @Test func everyPowerOfTwoAndItsNeighboursReadBack() {
    for shift in 0..<63 {
      for number in [1 << shift, (1 << shift) - 1, (1 << shift) + 1] {
        for signed in [number, -number] {
          var bytes: [UInt8] = []
          bytes.append(varint: signed)
          var position = 0
          #expect(bytes.readVarint(at: &position) == signed)
        }
      }
    }
  }

  @Test(arguments: ["", "80", "ffffff", "ffffffffffffffffff02", "8080808080808080808001", "ffffffffffffffffffff"])
  func cutAndOverlongNumbersAreRefused(hex: String) throws {
    let bytes = try #require([UInt8](hexadecimal: hex))
    var position = 0
    #expect(bytes.readVarint(at: &position) == nil)
  }
}
