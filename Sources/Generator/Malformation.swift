import Model

/// Ways to spoil a well-formed item.
extension MalformedReason {
  /// Chooses what can go wrong with an item of this type.
  static func choose(contentType: String, draw: inout SplitMix64) -> MalformedReason {
    switch contentType {
    case "text/csv": [.wrongColumnCount, .wrongColumnCount, .invalidUTF8, .unreadableTime, .absurdTime][draw.below(5)]
    case "application/xml": draw.chance(2, in: 3) ? .cutXML : .invalidUTF8
    default: [.cutJSON, .cutJSON, .invalidUTF8, .unreadableTime, .absurdTime, .missingField, .deepNesting][draw.below(7)]
    }
  }

  /// Spoils the row.
  func spoil(_ row: Row, draw: inout SplitMix64) -> [UInt8] {
    var bytes = row.bytes
    switch self {
    case .cutJSON, .cutXML:
      bytes.removeLast(1 + draw.below(bytes.count * 2 / 3))
    case .wrongColumnCount:
      if draw.chance(1, in: 2), let last = bytes.lastIndex(of: UInt8(ascii: ",")) {
        bytes.removeLast(bytes.count - last)
      } else {
        bytes.append(UInt8(ascii: ","))
        bytes.append(UInt8(ascii: "0"))
      }
    case .invalidUTF8:
      // A lead byte without its continuation, in the middle of the item: inside a string wherever the middle falls, it is no UTF-8.
      bytes.insert(0xc3, at: bytes.count / 2)
    case .unreadableTime:
      guard let time = row.time else { preconditionFailure("\(rawValue) needs a time field") }
      let texts: [StaticString] = ["yesterday", "2026-13-41T25:61:00Z", "n/a", "21.02.2026 03h", "T00:00:00Z"]
      bytes.replaceSubrange(time, with: Array("\(texts[draw.below(texts.count)])".utf8))
    case .absurdTime:
      guard let time = row.time else { preconditionFailure("\(rawValue) needs a time field") }
      bytes.replaceSubrange(time, with: Array("+300000-01-01T00:00:00Z".utf8))
    case .missingField:
      guard let identity = row.identity else { preconditionFailure("\(rawValue) needs a field that names the item") }
      bytes.removeSubrange(identity)
    case .deepNesting:
      let depth = 65 + draw.below(200)
      bytes.removeLast()
      bytes.append(contentsOf: ", \"extra\": ".utf8)
      bytes.append(contentsOf: repeatElement(UInt8(ascii: "["), count: depth))
      bytes.append(contentsOf: repeatElement(UInt8(ascii: "]"), count: depth))
      bytes.append(UInt8(ascii: "}"))
    }
    return bytes
  }
}
