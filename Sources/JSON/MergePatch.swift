import Model

/// JSON Merge Patch (RFC 7396).
public enum MergePatch {
  /// The canonical bytes of `target` changed by `patch`: objects are merged member by member, `null` removes a member, anything else replaces.
  public static func apply(_ patch: JSONDocument, to target: JSONDocument) -> [UInt8] {
    var writer = JSONWriter()
    write(target, target.root, patch, patch.root, &writer)
    return writer.bytes
  }

  private static func write(
    _ target: JSONDocument, _ targetNode: Int?, _ patch: JSONDocument, _ patchNode: Int, _ writer: inout JSONWriter
  ) {
    guard patch.kind(patchNode) == .object else { return patch.appendCanonical(patchNode, to: &writer) }
    var members: [(name: String, old: Int?, new: Int?)] = []
    if let targetNode {
      var seen = Set<[UInt8]>()
      for (key, value) in target.members(of: targetNode) {
        let name = target.string(key) ?? ""
        if seen.insert([UInt8](text: name)).inserted { members.append((name, value, nil)) }
      }
    }
    for (key, value) in patch.members(of: patchNode) {
      let name = patch.string(key) ?? ""
      if let known = members.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
        // Of several members with one name the first counts, as everywhere.
        if members[known].new == nil { members[known].new = value }
      } else {
        members.append((name, nil, value))
      }
    }
    members.sort { $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) }
    writer.beginObject()
    for member in members {
      if let new = member.new {
        if patch.kind(new) == .null { continue }
        writer.key(member.name)
        write(target, member.old, patch, new, &writer)
      } else if let old = member.old {
        writer.key(member.name)
        target.appendCanonical(old, to: &writer)
      }
    }
    writer.endObject()
  }
}
