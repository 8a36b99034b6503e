public import Model

/// A text with signatures under it.
///
/// *Shape* (`c2sp.org/signed-note`): the text, which ends in a newline; an empty line; for each signature `— name base64`, the bytes being the key's id
/// and the signature. What is signed is the text with its last newline.
public struct SignedNote: Sendable, Equatable {
  public struct Signature: Sendable, Equatable {
    public var name: String
    public var id: UInt32
    public var bytes: [UInt8]

    public init(name: String, id: UInt32, bytes: [UInt8]) {
      self.name = name
      self.id = id
      self.bytes = bytes
    }
  }

  static let limit = Limits.noteBytes
  static let signatureLimit = Limits.noteSignatures

  public var text: String
  public var signatures: [Signature]

  public init(text: String, signatures: [Signature]) {
    precondition(text.hasSuffix("\n"), "A note's text ends in a newline.")
    self.text = text
    self.signatures = signatures
  }

  /// Reads a note. No signature is checked.
  /// - Throws: `note.invalid`.
  public init(_ bytes: [UInt8], place: String) throws(ProwziError) {
    func invalid(_ reason: String) -> ProwziError {
      ProwziError("note.invalid", "this is no signed note: \(reason)", place: place, advice: "Restore it from a copy.")
    }
    guard bytes.count <= Self.limit else { throw invalid("it has more than \(Self.limit) bytes") }
    guard let whole = String(validating: bytes, as: UTF8.self) else { throw invalid("it is not UTF-8") }
    guard bytes.allSatisfy({ $0 >= 0x20 || $0 == 0x0a }) else { throw invalid("it has control characters") }
    guard let end = bytes.indices.dropFirst().last(where: { bytes[$0] == 0x0a && bytes[$0 - 1] == 0x0a }) else {
      throw invalid("no empty line parts text and signatures")
    }
    _ = whole
    text = String(decoding: bytes[..<end], as: UTF8.self)
    signatures = []
    guard bytes.last == 0x0a, end + 1 < bytes.count else { throw invalid("it is not signed, or its last line is cut off") }
    for line in bytes[(end + 1)...].dropLast().split(separator: 0x0a, omittingEmptySubsequences: false) {
      let parts = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3, parts[0] == "—", VerifierKey.isName(parts[1]), let value = Base64.decode(parts[2]), value.count > 4 else {
        throw invalid("a signature line is not '— name base64'")
      }
      signatures.append(Signature(name: parts[1], id: value.bigEndian(at: 0), bytes: Array(value[4...])))
      guard signatures.count <= Self.signatureLimit else { throw invalid("it has more than \(Self.signatureLimit) signatures") }
    }
  }

  public var bytes: [UInt8] {
    var text = self.text + "\n"
    for signature in signatures {
      var value: [UInt8] = []
      value.append(bigEndian: signature.id)
      text += "— \(signature.name) \(Base64.encode(value + signature.bytes))\n"
    }
    return [UInt8](text: text)
  }

  /// The first of the keys that has signed this text. Signatures of other keys do not count.
  /// - Throws: `note.bad_signature` where a signature that says it is of one of the keys is not, `note.unknown_key` where none is of them.
  public func verify(_ keys: [VerifierKey], place: String) throws(ProwziError) -> VerifierKey {
    let message = [UInt8](text: text)
    var found: VerifierKey?
    for signature in signatures {
      guard let key = keys.first(where: { $0.name == signature.name && $0.id == signature.id }) else { continue }
      guard key.key.verify(signature.bytes, of: message) else {
        throw ProwziError(
          "note.bad_signature", "the signature of \(key.name) does not fit the text", place: place,
          advice: "The text, the signature or the key was changed; compare them with a copy.")
      }
      found = found ?? key
    }
    guard let found else {
      throw ProwziError(
        "note.unknown_key", "no signature is of a key that is trusted here", place: place,
        advice: "Give the log's public key with --public-key; `prowzi keys list` shows it.")
    }
    return found
  }
}
