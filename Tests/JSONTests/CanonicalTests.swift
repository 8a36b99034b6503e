import JSON
import Model
import Testing

@Suite struct CanonicalTests {
  /// RFC 8785, appendix B, and the edges of our own fast paths.
  static let numbers: [(UInt64, String)] = [
    (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"), (0x8000_0000_0000_0001, "-5e-324"),
    (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
    (0xc340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
    (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"), (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
    (0x444b_1ae4_d6e2_ef50, "1e+21"), (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
    (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5555, "333333333.3333333"),
    (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
    (0.1.bitPattern, "0.1"), (0.873934.bitPattern, "0.873934"), ((-12.5).bitPattern, "-12.5"),
  ]

  @Test(arguments: numbers) func numbersAreWrittenAsECMAScriptWritesThem(bits: UInt64, text: String) {
    var bytes: [UInt8] = []
    DecimalText.append(Double(bitPattern: bits), to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
    #expect(DecimalText.double(bytes, in: 0..<bytes.count) == Double(bitPattern: bits))
  }

  @Test func wholeNumbersAreWrittenAsTheStandardLibraryWritesThem() {
    var values = Array(0...100_000 as ClosedRange<UInt64>)
    var power: UInt64 = 1
    for _ in 0..<19 {
      values += [power - 1, power, power + 1, power * 9 + power / 7]
      power *= 10
    }
    values += [power - 1, power, .max - 1, .max]
    var random = SplitMix64(seed: 11)
    for _ in 0..<100_000 { values.append(random.next() >> UInt64(random.below(64))) }
    var wrong: [UInt64] = []
    for value in values {
      var bytes: [UInt8] = [0x21]
      DecimalText.append(value, to: &bytes)
      if bytes != Array("!\(value)".utf8) { wrong.append(value) }
    }
    #expect(wrong.isEmpty)
  }

  @Test func numbersWithSixDecimalsAreWrittenAsTheStandardLibraryWritesThem() {
    var wrong: [Double] = []
    for millionths in stride(from: -2_100_000, through: 2_100_000, by: 7) {
      let value = Double(millionths) / 1_000_000
      // Below a thousandth the standard library writes an exponent.
      if value.magnitude < 0.001 || value == value.rounded() { continue }
      var bytes: [UInt8] = []
      DecimalText.append(value, to: &bytes)
      if bytes != Array("\(value)".utf8) { wrong.append(value) }
    }
    #expect(wrong.isEmpty)
  }

  /// Short texts are copied by words that overlap.
  @Test func textsOfEveryLengthAreWrittenWhole() {
    for count in 0...80 {
      let text = String((0..<count).map { Character(UnicodeScalar(UInt8(0x41 + $0 % 26))) })
      var json = JSONWriter()
      json.string(text)
      #expect(json.bytes == Array("\"\(text)\"".utf8))
    }
  }

  @Test(arguments: [
    (#"{"b":1,"a":[true,null,"x"]}"#, #"{"a":[true,null,"x"],"b":1}"#),
    (#" { "e" : 1.0E+2 , "\u0065x" : "\u20ac\/\n" } "#, "{\"e\":100,\"ex\":\"€/\\n\"}"), ("\"\\ud83d\\ude00\\u0001\"", "\"😀\\u0001\""),
  ]) func documentsHaveOneCanonicalForm(source: String, canonical: String) throws {
    let document = try JSONDocument(Array(source.utf8))
    #expect(String(decoding: document.canonicalBytes, as: UTF8.self) == canonical)
    #expect(try JSONDocument(document.canonicalBytes).canonicalBytes == document.canonicalBytes)
  }

  @Test(arguments: [
    ("", JSONError.Kind.truncated, 0), ("{\"a\":", .truncated, 5), ("[1,]", .syntax, 3), ("01", .syntax, 1), ("[1] x", .trailing, 4),
    ("\"a\u{1}\"", .syntax, 2), (#""\ud800""#, .encoding, 1), ("nul", .truncated, 3), ("[1 2]", .syntax, 3), ("{1:2}", .syntax, 1),
  ]) func whatIsNotJSONIsRefusedAtItsByte(source: String, kind: JSONError.Kind, byte: Int) {
    #expect(throws: JSONError(kind, at: byte)) { try JSONDocument(Array(source.utf8)) }
  }

  @Test func badUTF8AndDepthAreRefusedAtTheirByte() {
    #expect(throws: JSONError(.encoding, at: 1)) { try JSONDocument([0x22, 0xc3, 0x28, 0x22]) }
    let deep = Array(String(repeating: "[", count: 10_000).utf8)
    #expect(throws: JSONError(.depth, at: 64)) { try JSONDocument(deep) }
  }

  @Test func aMergePatchReplacesMergesAndRemoves() throws {
    let target = try JSONDocument(Array(#"{"a":{"x":1,"y":2},"b":3}"#.utf8))
    let patch = try JSONDocument(Array(#"{"a":{"y":null,"z":[4]},"c":"d"}"#.utf8))
    #expect(String(decoding: MergePatch.apply(patch, to: target), as: UTF8.self) == #"{"a":{"x":1,"z":[4]},"b":3,"c":"d"}"#)
  }
}
