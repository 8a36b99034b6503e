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

  /// The value of each character; 255 for what is none.
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
    return table
  }()

  /// Reads the text form of signed bytes.
  /// - Returns: `nil` where it is not the one canonical form: other characters, missing padding, bits left over.
  public static func decodeSigned(_ text: ArraySlice<UInt8>) -> [Int8]? {
    guard text.count % 4 == 0 else { return nil }
    var output: [Int8] = []
    output.reserveCapacity(text.count / 4 * 3)
    let padding = text.suffix(2).reduce(0) { $0 + ($1 == UInt8(ascii: "=") ? 1 : 0) }
    let table = values
    var word: UInt32 = 0
    var filled = 0
    for character in text.dropLast(padding) {
      let value = table[Int(character)]
      if value == 255 { return nil }
      word = word << 6 | UInt32(value)
      filled += 6
      if filled >= 8 {
        filled -= 8
        output.append(Int8(truncatingIfNeeded: word >> UInt32(filled)))
        word &= (1 << UInt32(filled)) - 1
      }
    }
    guard word == 0, text.isEmpty || text.dropLast(2).last != UInt8(ascii: "=") else { return nil }
    return output
  }
}
