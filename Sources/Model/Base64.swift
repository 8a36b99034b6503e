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
}
