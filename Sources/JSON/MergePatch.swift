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
    // Of several members with one name the first counts, as everywhere; names are one where their bytes are. Looked up, never walked.
    var places: [[UInt8]: Int] = [:]
    if let targetNode {
      for (key, value) in target.members(of: targetNode) {
        let name = target.string(key) ?? ""
        let bytes = [UInt8](text: name)
        if places[bytes] != nil { continue }
        places[bytes] = members.count
        members.append((name, value, nil))
      }
    }
    for (key, value) in patch.members(of: patchNode) {
      let name = patch.string(key) ?? ""
      let bytes = [UInt8](text: name)
      if let known = places[bytes] {
        if members[known].new == nil { members[known].new = value }
      } else {
        places[bytes] = members.count
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
