import Model
import Signatures
import Testing

@Suite struct SignatureTests {
  /// RFC 8032, section 7.1.
  private static let vectors = [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    ),
  ]

  @Test func signaturesAreThoseOfTheRFC() throws {
    for (seed, publicKey, message, signature) in Self.vectors {
      let bytes = try #require([UInt8](hexadecimal: seed))
      let key = try #require(SigningKey(seed: bytes))
      let text = try #require([UInt8](hexadecimal: message))
      #expect(key.publicKey.bytes == [UInt8](hexadecimal: publicKey))
      #expect(key.sign(text) == [UInt8](hexadecimal: signature))
      #expect(key.publicKey.verify(key.sign(text), of: text))
    }
  }

  @Test func aChangedBitOfSignatureMessageOrKeyIsNoticed() throws {
    let key = try SigningKey.generate()
    let message = [UInt8](text: "a message")
    let signature = key.sign(message)
    for bit in 0..<512 {
      var changed = signature
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!key.publicKey.verify(changed, of: message))
    }
    for bit in 0..<256 {
      var changed = key.publicKey.bytes
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!PublicKey(bytes: changed)!.verify(signature, of: message))
    }
    #expect(!key.publicKey.verify(signature, of: message + [0]))
    #expect(!key.publicKey.verify(Array(signature.dropLast()), of: message))
    #expect(PublicKey(bytes: [1, 2]) == nil)
    #expect(try SigningKey.generate().publicKey != key.publicKey)
  }

  @Test func privateKeysAreWrittenAndReadAsPEM() throws {
    let key = try SigningKey.generate()
    let again = try SigningKey(pem: key.pem, place: "test")
    #expect(again.publicKey == key.publicKey && again.sign([1]) == key.sign([1]))
    // `openssl genpkey -algorithm ed25519` of RFC 8410's example key.
    let example =
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n"
    let read = try SigningKey(pem: [UInt8](text: example), place: "test")
    #expect(Base64.encode(read.publicKey.bytes) == "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")
    #expect(read.pem == [UInt8](text: example))
    for bad in ["", "nonsense", example.replacing("MC4C", with: "MC5C"), String(example.dropLast(40))] {
      let error = #expect(throws: ProwziError.self) { _ = try SigningKey(pem: [UInt8](text: bad), place: "a.pem") }
      #expect(error?.code == "key.invalid" && error?.place == "a.pem")
    }
  }
}

@Suite struct NoteTests {
  /// The example in the documentation of Go's `golang.org/x/mod/sumdb/note`.
  private static let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
  private static let note =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    + "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

  @Test func aNoteOfTheGoImplementationIsReadVerifiedAndWrittenAlike() throws {
    let key = try VerifierKey(Self.key, place: "test")
    #expect(key.name == "PeterNeumann" && key.id == 0xc74f_20a3 && key.text == Self.key)
    let note = try SignedNote([UInt8](text: Self.note), place: "test")
    #expect(try note.verify([key], place: "test") == key)
    #expect(note.bytes == [UInt8](text: Self.note))
  }

  @Test func everyChangedByteOfANoteIsNoticed() throws {
    let key = try VerifierKey(Self.key, place: "test")
    let bytes = [UInt8](text: Self.note)
    for index in bytes.indices {
      for flip in [UInt8(1), 0x20, 0x80] {
        var changed = bytes
        changed[index] ^= flip
        #expect(throws: ProwziError.self, "byte \(index)") { _ = try SignedNote(changed, place: "test").verify([key], place: "test") }
      }
      #expect(throws: ProwziError.self) { _ = try SignedNote(Array(bytes[..<index]), place: "test").verify([key], place: "test") }
    }
  }

  @Test func aSignatureOfAnotherKeyDoesNotCountAndABadOneOfAKnownKeyIsRefused() throws {
    let (a, b) = (try SigningKey.generate(), try SigningKey.generate())
    let (first, second) = (NoteSigner(name: "log", key: a)!, NoteSigner(name: "log", key: b)!)
    var note = first.sign("text\n")
    note.signatures += second.sign("text\n").signatures
    #expect(try note.verify([second.verifier], place: "") == second.verifier)
    #expect(try SignedNote(note.bytes, place: "") == note)
    let unknown = #expect(throws: ProwziError.self) { _ = try first.sign("text\n").verify([second.verifier], place: "") }
    #expect(unknown?.code == "note.unknown_key")
    note.signatures[1] = second.sign("other\n").signatures[0]
    let bad = #expect(throws: ProwziError.self) { _ = try note.verify([first.verifier, second.verifier], place: "") }
    #expect(bad?.code == "note.bad_signature")
  }

  @Test func namesAndKeysAreCheckedDownToTheHash() throws {
    for name in ["", "a b", "a+b", "tab\t", "line\n", "\u{2028}"] { #expect(!VerifierKey.isName(name), "\(name)") }
    for name in ["example.com/log", "prowzi-log/0123", "größe"] { #expect(VerifierKey.isName(name)) }
    for text in ["", "a+b", Self.key.replacing("c74f20a3", with: "c74f20a4"), Self.key.replacing("Peter", with: "Pater"), Self.key + "\n"] {
      let error = #expect(throws: ProwziError.self) { _ = try VerifierKey(text, place: "") }
      #expect(error?.code == "key.invalid")
    }
  }

  @Test func checkpointsAreWrittenAsTheFormatSays() throws {
    // The example of c2sp.org/tlog-checkpoint.
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    let checkpoint = try LogCheckpoint(text, place: "")
    #expect(checkpoint.origin == "example.com/behind-the-sofa" && checkpoint.size == 20_852_163 && checkpoint.text == text)
    #expect(try LogCheckpoint(text + "more\n", place: "").extensions == ["more"])
    for bad in [
      "", "a\n1\n", text.replacing("208", with: "0208"), text.replacing("2I=", with: "2J="), text + "\n",
      "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    ] {
      #expect(throws: ProwziError.self, "\(bad)") { _ = try LogCheckpoint(bad, place: "") }
    }
  }

  @Test func base64IsReadStrictly() {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }
    for bad in ["A", "AA", "AAA", "AB==", "AAB=", "A===", "====", "AA=A", "AA==AAAA", "A A=", "-_==", "AAAA\n"] {
      #expect(Base64.decode(bad) == nil, "\(bad)")
    }
  }
}
