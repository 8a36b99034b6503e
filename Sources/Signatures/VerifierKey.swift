public import Model

/// A public key with the name it signs under, as notes tell keys apart.
///
/// *Shape* of the text: `name+hash+base64`: the key id in eight hexadecimal digits, then base64 of the algorithm (1 for Ed25519) and the 32 bytes. The
/// form of Go's `golang.org/x/mod/sumdb/note`; id and algorithm are those of `c2sp.org/signed-note`.
public struct VerifierKey: Sendable, Hashable {
  static let ed25519: UInt8 = 1

  public let name: String
  public let key: PublicKey

  /// - Returns: `nil` for a name that is empty, or has a space, a plus or a control character in it.
  public init?(name: String, key: PublicKey) {
    guard Self.isName(name) else { return nil }
    self.name = name
    self.key = key
  }

  /// Reads the text form.
  /// - Throws: `key.invalid`, also where the hash does not fit name and key.
  public init(_ text: String, place: String) throws(ProwziError) {
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let bytes = Base64.decode(parts[2]), bytes.count == 33, bytes[0] == Self.ed25519,
      let key = PublicKey(bytes: Array(bytes[1...])), let made = VerifierKey(name: parts[0], key: key), made.text == text
    else {
      throw ProwziError(
        "key.invalid", "this is no public key in the form name+hash+base64", place: place,
        advice: "Copy the whole line that `prowzi keys list` shows.")
    }
    self = made
  }

  /// Which names a key may have (`c2sp.org/signed-note`).
  public static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= Limits.keyNameBytes
      && name.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7f && $0 != "+" && !$0.properties.isWhitespace }
  }

  /// SHA-256(name ‖ newline ‖ 1 ‖ key), its first four bytes.
  public var id: UInt32 {
    var hash = SHA256()
    hash.update([UInt8](text: name))
    hash.update(byte: 0x0a)
    hash.update(byte: Self.ed25519)
    hash.update(key.bytes)
    return UInt32(truncatingIfNeeded: hash.finish().words.0 >> 32)
  }

  public var text: String {
    let digits = String(id, radix: 16)
    return "\(name)+\(String(repeating: "0", count: 8 - digits.utf8.count))\(digits)+\(Base64.encode([Self.ed25519] + key.bytes))"
  }
}

/// A private key with the name it signs under.
public struct NoteSigner: Sendable {
  public let verifier: VerifierKey
  private let key: SigningKey

  /// - Returns: `nil` for a name that no key may have.
  public init?(name: String, key: SigningKey) {
    guard let verifier = VerifierKey(name: name, key: key.publicKey) else { return nil }
    self.verifier = verifier
    self.key = key
  }

  /// A note of this text, which must end in a newline, with one signature.
  public func sign(_ text: String) -> SignedNote {
    SignedNote(text: text, signatures: [.init(name: verifier.name, id: verifier.id, bytes: key.sign([UInt8](text: text)))])
  }
}
