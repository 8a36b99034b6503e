import Configuration
import Glibc
import JSON
import Model
import Testing

@testable import TextFeatures

/// The data documents as they lie in the source tree.
func dataDocument(_ name: String) throws -> JSONDocument {
  let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  let path = "/\(root)/Sources/Configuration/Data/\(name).json"
  guard let file = unsafe fopen(path, "rb") else { throw ProwziError("test.missing", "no file \(path)") }
  defer { unsafe fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = unsafe fread(&buffer, 1, buffer.count, file)
    if count == 0 { break }
    bytes.append(contentsOf: buffer[..<count])
  }
  return try JSONDocument(bytes)
}

func tokens(_ text: String) -> TokenList {
  var list = TokenList()
  list.read(Array(text.utf8))
  return list
}

func words(_ text: String) -> [String] {
  let list = tokens(text)
  return list.tokens.map { String(decoding: list.lowered[$0.range], as: UTF8.self) }
}

/// Entities as `type:id`, in order.
func entities(_ text: String, names: NameIndex = NameIndex(), models: ModelNameIndex = ModelNameIndex()) -> [String] {
  var list = EntityList()
  EntityExtractor.extract(from: tokens(text), names: names, learned: NameIndex(), models: models, into: &list)
  return list.mentions.map { "\($0.type.name):\(String(decoding: list.identifier($0), as: UTF8.self))" }
}

/// Numbers as `kind value unit`, in order.
func numbers(_ text: String) -> [String] {
  var mentions: [NumberMention] = []
  NumberExtractor.extract(from: tokens(text), into: &mentions)
  return mentions.map { "\($0.kind.name) \($0.value) \($0.unit)" }
}

/// SplitMix64: the same texts in every run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Fingerprint.mix(state)
  }
}
