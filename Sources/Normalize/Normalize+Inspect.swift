import Model
import State

extension Normalize.State: Inspectable {
  /// Natural ids are asked for as `source/natural id`, or by the id of the event that was made of one.
  public func inspect(_ inspector: inout StateInspector) {
    inspector.stage("\(Normalize.identity.name)", self) { inspector in
      let named = inspector.key.flatMap { key -> WideKey? in
        guard let slash = key.text.firstIndex(of: "/") else { return nil }
        var name = NameHash()
        name.add("shared")
        name.add(String(key.text[..<slash]))
        name.add(String(key.text[key.text.index(after: slash)...]))
        return WideKey(name.finish())
      }
      inspector.table("seen", seen) { asked, key, _ in
        key == named || asked.id.map(key.isName(of:)) ?? false
      } text: { seen in
        seen.revision == 0
          ? "rejected"
          : "content \(seen.content.text), revision \(seen.revision), observed \(seen.observedAt), \(seen.earlier.count) before it"
      }
    }
  }
}
