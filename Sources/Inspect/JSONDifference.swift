import JSON
import Model

/// One place at which two JSON values differ.
public struct JSONDifference: Sendable, Equatable {
  /// RFC 6901; empty for the whole value.
  public var pointer: String
  /// Canonical JSON; `nil` where it is absent.
  public var old: String?
  public var new: String?

  public init(pointer: String, old: String?, new: String?) {
    self.pointer = pointer
    self.old = old
    self.new = new
  }

  /// What differs between two values, member by member, in the order of the names.
  /// - Returns: `nil` where one of them is not JSON.
  public static func list(_ old: [UInt8], _ new: [UInt8]) -> [JSONDifference]? {
    guard let before = try? JSONDocument(old), let after = try? JSONDocument(new) else { return nil }
    var found: [JSONDifference] = []
    compare(before, before.root, after, after.root, "", &found)
    return found
  }

  private static func compare(
    _ before: JSONDocument, _ old: Int, _ after: JSONDocument, _ new: Int, _ pointer: String, _ found: inout [JSONDifference]
  ) {
    switch (before.kind(old), after.kind(new)) {
    case (.object, .object):
      let oldMembers = members(before, old)
      let newMembers = members(after, new)
      var names = oldMembers.map(\.name)
      for member in newMembers where !oldMembers.contains(where: { $0.name == member.name }) { names.append(member.name) }
      for name in names.sorted() {
        step(
          before, oldMembers.first { $0.name == name }?.value, after, newMembers.first { $0.name == name }?.value,
          "\(pointer)/\(escaped(name))", &found)
      }
    case (.array, .array):
      let a = before.elements(of: old)
      let b = after.elements(of: new)
      for index in 0..<max(a.count, b.count) {
        step(before, index < a.count ? a[index] : nil, after, index < b.count ? b[index] : nil, "\(pointer)/\(index)", &found)
      }
    default:
      let (a, b) = (text(before, old), text(after, new))
      if a != b { found.append(JSONDifference(pointer: pointer, old: a, new: b)) }
    }
  }

  private static func step(
    _ before: JSONDocument, _ old: Int?, _ after: JSONDocument, _ new: Int?, _ pointer: String, _ found: inout [JSONDifference]
  ) {
    if let old, let new { return compare(before, old, after, new, pointer, &found) }
    found.append(JSONDifference(pointer: pointer, old: old.map { text(before, $0) }, new: new.map { text(after, $0) }))
  }

  private static func members(_ document: JSONDocument, _ node: Int) -> [(name: String, value: Int)] {
    document.members(of: node).map { (document.string($0.key) ?? "", $0.value) }
  }

  private static func text(_ document: JSONDocument, _ node: Int) -> String {
    var writer = JSONWriter()
    document.appendCanonical(node, to: &writer)
    return writer.bytes.displayText
  }

  private static func escaped(_ name: String) -> String {
    var text = ""
    for character in name {
      switch character {
      case "~": text += "~0"
      case "/": text += "~1"
      default: text.append(character)
      }
    }
    return text
  }
}
