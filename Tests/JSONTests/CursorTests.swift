import Testing

@testable import JSON

struct CursorTests {
  /// All texts of up to six bytes that could be numbers.
  private static let numbers: [[UInt8]] = {
    let letters = Array("-01.eE+".utf8)
    var texts: [[UInt8]] = [[]]
    var first = 0
    for _ in 0..<6 {
      let end = texts.count
      for index in first..<end { for letter in letters { texts.append(texts[index] + [letter]) } }
      first = end
    }
    return texts
  }()

  @Test func numbersAreThoseOfADocument() {
    var accepted = 0
    for text in Self.numbers {
      let document = try? JSONDocument(text)
      var json = JSONCursor(text, in: 0..<text.count)
      let number: Double? = try? { () throws(JSONCursor.Unexpected) in
        let number = try json.number()
        try json.end()
        return number
      }()
      #expect(number?.bitPattern == document?.double(0)?.bitPattern, "\(text)")
      if number != nil { accepted += 1 }
      json = JSONCursor(text, in: 0..<text.count)
      let whole: Int64? = try? { () throws(JSONCursor.Unexpected) in
        let whole = try json.whole()
        try json.end()
        return whole
      }()
      if let whole { #expect(document?.int(0) == whole, "\(text)") }
      if let value = document?.int(0), text.allSatisfy({ $0 != UInt8(ascii: ".") && $0 | 0x20 != UInt8(ascii: "e") }) {
        #expect(whole == value, "\(text)")
      }
    }
    #expect(accepted > 1000)
  }

  @Test(arguments: ["999999999999999999", "-999999999999999999"]) func wholeNumbersHaveEighteenDigitsAtMost(_ text: String) throws {
    let bytes = Array(text.utf8)
    var json = JSONCursor(bytes, in: 0..<bytes.count)
    #expect(try json.whole() == Int64(text))
    try json.end()
    let longer = bytes + [0x39]
    json = JSONCursor(longer, in: 0..<longer.count)
    _ = try json.whole()
    #expect(throws: JSONCursor.Unexpected.self) { try json.end() }
  }

  /// Every byte at every place of words and of what follows them, with and without an escape before it.
  @Test func stringsAreThoseOfADocument() {
    var accepted = 0
    for prefix in ["", "é", "\\n"] {
      for place in 0..<18 {
        for byte in UInt8.min...UInt8.max {
          var text = Array("\"\(prefix)abcdefghijklmnopqr\"".utf8)
          text[1 + prefix.utf8.count + place] = byte
          let document = try? JSONDocument(text)
          var json = JSONCursor(text, in: 0..<text.count)
          var read: [UInt8]?
          if let found = try? json.string(), (try? json.end()) != nil {
            read = []
            json.append(found, to: &read!)
            accepted += 1
          }
          var expected: [UInt8]?
          if let document {
            expected = []
            document.appendString(0, to: &expected!)
          }
          #expect(read == expected, "\(text)")
        }
      }
    }
    #expect(accepted > 3000)
  }

  @Test(arguments: [
    (#"{"a":1,"b":[true,false,null],"c":{}}"#, true), (#"{"a":1,"b":[],"c":{}}"#, true), (#"{"a":1,"b":[true],"c":{"x":2,"y":3}}"#, true),
    (#"{"a":1,"c":{}}"#, true), (#"{"a":1,"b":[true,],"c":{}}"#, false), (#"{"a":1,"b":[,true],"c":{}}"#, false),
    (#"{"a":1,"b":[true"c":{}}"#, false), (#"{"a":1"b":[],"c":{}}"#, false), (#"{,"a":1,"b":[],"c":{}}"#, false),
    (#"{"a":1,"b":[],"c":{,}}"#, false), (#"{"a":1,"b":[],"c":{"x":1,}}"#, false), (#"{"a":1,"b":[],"c":{}"#, false),
    (#"{"a":1,"b":[],"c":{}}}"#, false), (#"{"a":1,"b":[],"c":{"x":}}"#, false), (#"{"a":1,"b":[] ,"c":{}}"#, false),
    (#"{"a":1,"b":[}],"c":{}}"#, false), (#"{"a" :1,"b":[],"c":{}}"#, false), (#"{"b":[],"a":1,"c":{}}"#, false),
    (#"{"a":1,"b":[],"c":{"\u0078":1}}"#, false), (#"{"a":1,"b":[nul],"c":{}}"#, false), (#"["a":1,"b":[],"c":{}]"#, false),
  ]) func anObjectIsReadInItsOrderOrNotAtAll(_ text: String, _ isRead: Bool) {
    for text in [text, "  \(text)  "] {
      let bytes = Array(text.utf8)
      let around = text.utf8.first == 0x20 ? 2 : 0
      var json = JSONCursor(bytes, in: around..<bytes.count - around)
      let read: Bool? = try? { () throws(JSONCursor.Unexpected) in
        json.beginObject()
        try json.key("a")
        _ = try json.whole()
        if json.optionalKey("b") {
          json.beginArray()
          while json.element() { if !json.null() { _ = try json.bool() } }
          try json.endArray()
        }
        try json.key("c")
        json.beginObject()
        while try json.anyKey() != nil { _ = try json.number() }
        try json.endObject()
        try json.endObject()
        try json.end()
        return true
      }()
      #expect((read ?? false) == isRead, "\(text)")
    }
  }
}
