import Model
import Testing

struct HexTextTests {
  @Test func eightDigitsAreReadAsOneByOneWhateverAByteIs() {
    for place in 0..<8 {
      for byte in UInt8.min...UInt8.max {
        var digits = Array("90aF3Ce7".utf8)
        digits[place] = byte
        var word: UInt64 = 0
        var expected: UInt32? = 0
        for (index, digit) in digits.enumerated() {
          word |= UInt64(digit) << (8 * index)
          if let value = hexValue(digit), let high = expected { expected = high << 4 | UInt32(value) } else { expected = nil }
        }
        #expect(hexWord(word) == expected, "\(digits)")
      }
    }
  }

  @Test func anIDWithAnyOtherByteIsNone() {
    let text = Array("0199cafe-0123-8abc-9def-0123456789AB".utf8)
    #expect(EventID(text, in: 0..<36)?.text == "0199cafe-0123-8abc-9def-0123456789ab")
    for place in text.indices {
      for byte in UInt8.min...UInt8.max {
        var changed = text
        changed[place] = byte
        let isRight = text[place] == UInt8(ascii: "-") ? byte == UInt8(ascii: "-") : hexValue(byte) != nil
        #expect((EventID(changed, in: 0..<36) != nil) == isRight)
      }
    }
  }
}
