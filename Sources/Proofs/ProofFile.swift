import JSON
import Model

extension ProwziError.Code {
  /// A proof that does not hold, or a file that is none.
  public static let proofInvalid: Self = "proof.invalid"
}

extension ProwziError {
  static func invalidProof(_ message: String, _ place: String) -> ProwziError {
    ProwziError(.proofInvalid, message, place: place, advice: "Get the file anew from whoever made it.")
  }
}

/// Reads the members of a proof file's objects: all that there must be, and no other.
struct ProofReader {
  let json: JSONDocument
  let place: String

  static let limit = Limits.proofBytes

  /// - Throws: `proof.invalid` for bytes that are not one canonical JSON text and a newline.
  init(_ bytes: [UInt8], place: String) throws(ProwziError) {
    self.place = place
    guard bytes.count <= Self.limit else { throw .invalidProof("the file has more than \(Self.limit >> 20) MiB", place) }
    do {
      json = try JSONDocument(bytes)
    } catch {
      throw .invalidProof(
        error.kind == .truncated
          ? "the file ends inside the proof: it was cut off at byte \(error.byte)" : "the file is no JSON from byte \(error.byte) on", place
      )
    }
    guard json.canonicalBytes + [0x0a] == bytes else {
      throw .invalidProof("the file is not written as a proof is: it was changed, or written by another program", place)
    }
  }

  func invalid(_ message: String) -> ProwziError { .invalidProof(message, place) }

  /// Checks an object's members.
  func check(_ node: Int, _ names: [String]) throws(ProwziError) {
    guard json.kind(node) == .object else { throw invalid("something else stands where an object must") }
    let found = json.members(of: node).map { json.string($0.key) ?? "" }
    guard found == names else {
      throw invalid("an object has the members \(found.joined(separator: ", ")) instead of \(names.joined(separator: ", "))")
    }
  }

  func text(_ name: StaticString, _ node: Int) throws(ProwziError) -> String {
    guard let text = json.string(json.member(name, of: node)) else { throw invalid("'\(name)' is no text") }
    return text
  }

  func number(_ name: StaticString, _ node: Int) throws(ProwziError) -> Int64 {
    guard let number = json.int(json.member(name, of: node)), number >= 0 else { throw invalid("'\(name)' is no whole number") }
    return number
  }

  func elements(_ name: StaticString, _ node: Int) throws(ProwziError) -> [Int] {
    guard let list = json.member(name, of: node), json.kind(list) == .array else { throw invalid("'\(name)' is no list") }
    return Array(json.elements(of: list))
  }

  func texts(_ name: StaticString, _ node: Int) throws(ProwziError) -> [String] {
    var texts: [String] = []
    for element in try elements(name, node) {
      guard let text = json.string(element) else { throw invalid("'\(name)' holds something else than texts") }
      texts.append(text)
    }
    return texts
  }

  func digests(_ name: StaticString, _ node: Int) throws(ProwziError) -> [Digest] {
    var digests: [Digest] = []
    for text in try texts(name, node) {
      guard let digest = Base64.decode(text).flatMap({ Digest(bytes: $0) }) else {
        throw invalid("'\(name)' holds something else than hashes")
      }
      digests.append(digest)
    }
    return digests
  }
}

extension JSONWriter {
  mutating func string(_ digest: Digest) {
    var bytes: [UInt8] = []
    digest.append(to: &bytes)
    string(Base64.encode(bytes))
  }
}
