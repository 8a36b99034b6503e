/// What a character is to the tokenizer, by tables of our own: the same in every toolchain, whatever version of Unicode it carries.
enum CharacterClasses {
  /// ASCII: 0 other, 1 digit, 2 lower-case letter, 3 upper-case letter.
  @inline(__always) static func ascii(_ byte: UInt8) -> UInt8 {
    if byte &- 0x61 < 26 { return 2 }
    if byte &- 0x41 < 26 { return 3 }
    return byte &- 0x30 < 10 ? 1 : 0
  }

  @inline(__always) static func isWordByte(_ byte: UInt8) -> Bool { ascii(byte) != 0 }

  enum Wide { case separator, letter, ideograph }

  /// A scalar from U+0080 up. What is not known as punctuation, a symbol or a picture is a letter.
  static func classify(_ scalar: UInt32) -> Wide {
    switch scalar {
    case 0xAA, 0xB5, 0xBA: .letter
    case 0x80...0xBF, 0xD7, 0xF7: .separator
    case 0xC0...0x1FFF: .letter
    case 0x2000...0x2BFF: .separator
    case 0x2C00...0x2DFF: .letter
    case 0x2E00...0x2E7F: .separator
    case 0x2E80...0x2FDF: .ideograph
    case 0x2FE0...0x3004, 0x3008...0x3020, 0x3030: .separator
    case 0x3005...0x3007, 0x3021...0x302F, 0x3031...0x33FF: .ideograph
    case 0x3400...0x9FFF: .ideograph
    case 0xA000...0xD7FF: .letter
    case 0xD800...0xF8FF: .separator
    case 0xF900...0xFAFF: .ideograph
    case 0xFB00...0xFDFF: .letter
    case 0xFE00...0xFE6F: .separator
    case 0xFE70...0xFEFE: .letter
    case 0xFF10...0xFF19, 0xFF21...0xFF3A, 0xFF41...0xFF5A: .letter
    case 0xFF66...0xFFDC: .ideograph
    case 0xFEFF...0xFFFF: .separator
    case 0x1D400...0x1D7FF: .letter
    case 0x1D000...0x1FFFF: .separator
    case 0x20000...0x3FFFF: .ideograph
    case 0xE0000...0x10FFFF: .separator
    default: .letter
    }
  }

  /// Simple case folding where lower and upper case take two bytes each: Latin-1, Latin Extended-A, Greek, Cyrillic.
  static func fold(_ scalar: UInt32) -> UInt32 {
    switch scalar {
    case 0xD7: scalar
    case 0xC0...0xDE: scalar + 0x20
    case 0x130, 0x131, 0x138, 0x149: scalar
    case 0x178: 0xFF
    case 0x100...0x137, 0x14A...0x177: scalar | 1
    case 0x139...0x148, 0x179...0x17E: scalar + (scalar & 1)
    case 0x386: 0x3AC
    case 0x388...0x38A: scalar + 0x25
    case 0x38C: 0x3CC
    case 0x38E, 0x38F: scalar + 0x3F
    case 0x3A2: scalar
    case 0x391...0x3AB: scalar + 0x20
    case 0x400...0x40F: scalar + 0x50
    case 0x410...0x42F: scalar + 0x20
    default: scalar
    }
  }

  /// The scalar that begins at `index` and its length. A sequence that the end cuts off reads as U+FFFD up to the end.
  @inline(__always) static func decode(_ text: borrowing Span<UInt8>, at index: Int) -> (scalar: UInt32, length: Int) {
    let lead = text[index]
    if lead < 0x80 { return (UInt32(lead), 1) }
    let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    guard index + length <= text.count else { return (0xFFFD, text.count - index) }
    let second = UInt32(text[index + 1] & 0x3F)
    if length == 2 { return (UInt32(lead & 0x1F) << 6 | second, 2) }
    let third = UInt32(text[index + 2] & 0x3F)
    if length == 3 { return (UInt32(lead & 0x0F) << 12 | second << 6 | third, 3) }
    return (UInt32(lead & 0x07) << 18 | second << 12 | third << 6 | UInt32(text[index + 3] & 0x3F), 4)
  }
}
