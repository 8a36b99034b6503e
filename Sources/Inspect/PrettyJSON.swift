import JSON
import Model

/// JSON laid out for people: two blanks a level, short arrays and objects on one line.
public enum PrettyJSON {
  /// What fits on a line stays on it.
  static let lineLength = 100

  /// - Returns: `nil` where the bytes are not JSON.
  public static func text(_ bytes: [UInt8]) -> String? {
    guard let document = try? JSONDocument(bytes) else { return nil }
    var text = ""
    append(document, document.root, "", &text)
    return text
  }

  private static func append(_ document: JSONDocument, _ node: Int, _ margin: String, _ text: inout String) {
    let flat = flat(document, node)
    let inner = margin + "  "
    let elements = document.elements(of: node)
    let members = document.members(of: node)
    guard margin.count + flat.utf8.count > lineLength, !(elements.isEmpty && members.isEmpty) else {
      text += flat
      return
    }
    let isObject = document.kind(node) == .object
    text += isObject ? "{\n" : "[\n"
    if isObject {
      for (index, member) in members.enumerated() {
        text += inner + "\"" + Array(document.bytes[document.range(member.key)]).displayText + "\": "
        append(document, member.value, inner, &text)
        text += index + 1 < members.count ? ",\n" : "\n"
      }
    } else {
      for (index, element) in elements.enumerated() {
        text += inner
        append(document, element, inner, &text)
        text += index + 1 < elements.count ? ",\n" : "\n"
      }
    }
    text += margin + (isObject ? "}" : "]")
  }

  private static func flat(_ document: JSONDocument, _ node: Int) -> String {
    let range = document.range(node)
    switch document.kind(node) {
    case .string: return "\"" + Array(document.bytes[range]).displayText + "\""
    case .array: return "[" + document.elements(of: node).map { flat(document, $0) }.joined(separator: ", ") + "]"
    case .object:
      let members = document.members(of: node).map {
        "\"" + Array(document.bytes[document.range($0.key)]).displayText + "\": " + flat(document, $0.value)
      }
      return members.isEmpty ? "{}" : "{ " + members.joined(separator: ", ") + " }"
    default: return Array(document.bytes[range]).displayText
    }
  }
}
