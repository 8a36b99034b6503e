/// Base64 (RFC 4648, section 4), with padding.
public enum Base64 {
  private static let alphabet: [UInt8] = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Appends the text form of signed bytes.
  public static func append(_ values: [Int8], to output: inout [UInt8]) {
    unsafe output.append(upTo: (values.count + 2) / 3 * 4) { out in
      var i = 0
      var at = 0
      while i < values.count {
        let left = values.count - i
        let a = UInt32(UInt8(bitPattern: values[i])) << 16
        let b = left > 1 ? UInt32(UInt8(bitPattern: values[i + 1])) << 8 : 0
        let c = left > 2 ? UInt32(UInt8(bitPattern: values[i + 2])) : 0
        let word = a | b | c
        unsafe out[at] = alphabet[Int(word >> 18)]
        unsafe out[at + 1] = alphabet[Int(word >> 12 & 63)]
        unsafe out[at + 2] = left > 1 ? alphabet[Int(word >> 6 & 63)] : UInt8(ascii: "=")
        unsafe out[at + 3] = left > 2 ? alphabet[Int(word & 63)] : UInt8(ascii: "=")
        i += 3
        at += 4
      }
      return at
    }
  }

  /// The text form of bytes.
  public static func encode(_ bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    append(bytes.map { Int8(bitPattern: $0) }, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  /// The value of each character; 255 for what is none.
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
    return table
  }()

  /// Reads the text form.
  /// - Returns: `nil` for anything that `encode` does not write: other characters, wrong padding, bits left over.
  public static func decode(_ text: some StringProtocol) -> [UInt8]? { decode(Array(text.utf8)[...]) }

  /// As `decode(_: some StringProtocol)`, from bytes.
  public static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(text.count / 4 * 3)
    let table = values
    var word: UInt32 = 0
    var bits = 0
    for character in text.dropLast(padding) {
      let value = table[Int(character)]
      if value == 255 { return nil }
      word = (word << 6 | UInt32(value)) & 0xffff
      bits += 6
      if bits >= 8 {
        bits -= 8
        output.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
      }
    }
    return word & (1 << UInt32(bits) - 1) == 0 ? output : nil
  }
}
