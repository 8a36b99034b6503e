import JSON
import Model
import TextFeatures

extension NameDefinition {
  /// Reads `{ "names": [ { "name", "type", "id", "aliases": [ … ], "rule": "capitalised" | "exact", "near": [ … ] } ] }`; all but name, type and id may be left out.
  /// - Throws: `config.invalid`, with the JSON pointer of what is wrong as its place.
  public static func list(_ document: JSONDocument, at node: Int, pointer: String = "") throws(ProwziError) -> [NameDefinition] {
    var reader = try SectionReader(document: document, node: node, pointer: pointer, mistakes: .configuration)
    var result: [NameDefinition] = []
    for (child, place) in try reader.list("names") {
      var section = try SectionReader(document: document, node: child, pointer: place, mistakes: .configuration)
      let name = try section.text("name")
      guard let type = EntityType(name: try section.text("type")), type.isNamed else {
        throw section.error("type", "organization, chain, protocol, model or product is needed here")
      }
      let identifier = try section.text("id")
      guard !identifier.isEmpty, identifier.utf8.count <= 200 else { throw section.error("id", "a text of 1 to 200 bytes is needed here") }
      let aliases = try texts(&section, "aliases")
      let near = try texts(&section, "near")
      var rule = NameIndex.Rule.automatic
      if let node = section.optionalNode("rule") {
        switch document.string(node) {
        case "capitalised": rule = .capitalised
        case "exact": rule = .exact
        default: throw section.error("rule", "capitalised or exact is needed here")
        }
        guard near.isEmpty else { throw section.error("near", "a name has a rule or words near it, not both") }
      }
      if !near.isEmpty { rule = .near(near) }
      try section.finish()
      result.append(NameDefinition(name: name, type: type, identifier: identifier, aliases: aliases, rule: rule))
    }
    guard result.count <= 10_000 else { throw reader.error("names", "at most 10000 names can be given") }
    try reader.finish()
    return result
  }

  private static func texts(_ section: inout SectionReader, _ name: String) throws(ProwziError) -> [String] {
    var result: [String] = []
    for (child, place) in try section.list(name) {
      guard let text = section.document.string(child), !text.isEmpty, text.utf8.count <= 200 else {
        throw SectionReader.Mistakes.configuration.error("a text of 1 to 200 bytes is needed here", at: place)
      }
      result.append(text)
    }
    guard result.count <= 256 else { throw section.error(name, "at most 256 texts can be given") }
    return result
  }
}
