import Disk
import Model
import Ports
import Signatures

/// The keys of a log, in `keys/` of its data directory.
///
/// *Shape*: `signing.pem` holds the private key (PKCS#8 PEM, readable by its owner alone; not there where the key is kept elsewhere). `public.keys` has a
/// line for every key the log was ever signed with, `name+hash+base64`, the newest last: what a rotated key has signed stays verifiable.
public struct KeyStore {
  private let files: any FileSystem

  static let directory = "keys"
  static let privatePath = "keys/signing.pem"
  static let publicPath = "keys/public.keys"

  public init(_ directory: DataDirectory) { files = directory.files }

  /// A private key from a file elsewhere, which is read and not copied.
  public static func outsideKey(_ path: String) throws(ProwziError) -> SigningKey {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
    let pem = try DataDirectory.read(parts.last ?? "", DiskFileSystem(root: folder.isEmpty ? "/" : folder))
    return try SigningKey(pem: pem, place: path)
  }

  /// Every key the log was ever signed with, oldest first; empty where it has none.
  public func verifiers() throws(ProwziError) -> [VerifierKey] {
    guard try files.exists(Self.publicPath) else { return [] }
    var keys: [VerifierKey] = []
    for line in try DataDirectory.read(Self.publicPath, files).displayText.split(separator: "\n") {
      keys.append(try VerifierKey(String(line), place: Self.publicPath))
    }
    return keys
  }

  /// What signs now: the key given, or the one kept here.
  /// - Returns: `nil` where there is neither.
  /// - Throws: `key.unknown` for a key that is not the newest of `public.keys`.
  public func signer(outside: SigningKey? = nil) throws(ProwziError) -> NoteSigner? {
    guard let newest = try verifiers().last else { return nil }
    let key: SigningKey
    if let outside {
      key = outside
    } else {
      guard try files.exists(Self.privatePath) else { return nil }
      key = try SigningKey(pem: try DataDirectory.read(Self.privatePath, files), place: Self.privatePath)
    }
    guard let signer = NoteSigner(name: newest.name, key: key), signer.verifier == newest else {
      throw ProwziError(
        "key.unknown", "the private key is not the log's newest", place: outside == nil ? Self.privatePath : "--key",
        advice: "`prowzi keys list` shows the keys; `prowzi keys rotate` takes up a new one.")
    }
    return signer
  }

  /// Gives the log a name and its first key.
  /// - Parameters:
  ///   - name: `nil` derives one from the key.
  ///   - outside: a key kept elsewhere; without one a new key is made and kept here.
  /// - Throws: `key.exists` where there is one, `usage.bad_value` for a name that no key may have.
  @discardableResult
  public func create(name: String?, outside: SigningKey? = nil) throws(ProwziError) -> VerifierKey {
    guard try !files.exists(Self.publicPath) else {
      throw ProwziError("key.exists", "the log has keys already", place: Self.publicPath, advice: "`prowzi keys rotate` makes a new one.")
    }
    let key: SigningKey
    if let outside { key = outside } else { key = try SigningKey.generate() }
    let chosen = name ?? "prowzi-log/\(String(SHA256.digest(of: key.publicKey.bytes).hex.prefix(16)))"
    guard let verifier = VerifierKey(name: chosen, key: key.publicKey) else {
      throw ProwziError(
        "usage.bad_value", "a log cannot be named '\(chosen)'", place: "--name",
        advice: "Use a name such as example.com/signals, without spaces and plus signs, at most 200 bytes.")
    }
    try files.createDirectory(Self.directory)
    try files.syncDirectory("")
    if outside == nil { try writePrivate(key) }
    try DataDirectory.write([UInt8](text: verifier.text + "\n"), to: Self.publicPath, files)
    return verifier
  }

  /// Signs with a new key from now on. The old private key is removed; what it has signed stays verifiable by its public line.
  @discardableResult
  public func rotate(outside: SigningKey? = nil) throws(ProwziError) -> VerifierKey {
    let known = try verifiers()
    guard let name = known.last?.name else { return try create(name: nil, outside: outside) }
    let key: SigningKey
    if let outside { key = outside } else { key = try SigningKey.generate() }
    let verifier = VerifierKey(name: name, key: key.publicKey)!
    guard !known.contains(verifier) else {
      throw ProwziError("key.exists", "the log was signed with this key before", place: Self.publicPath, advice: "Give another key.")
    }
    // A crash in between leaves a private key that is not the newest, which signing refuses and another rotation mends.
    let lines = (known + [verifier]).map { $0.text + "\n" }.joined()
    try DataDirectory.write([UInt8](text: lines), to: Self.publicPath, files)
    if outside == nil {
      try writePrivate(key)
    } else if try files.exists(Self.privatePath) {
      try files.remove(Self.privatePath)
      try files.syncDirectory(Self.directory)
    }
    return verifier
  }

  private func writePrivate(_ key: SigningKey) throws(ProwziError) {
    guard let disk = files as? DiskFileSystem else { return try DataDirectory.write(key.pem, to: Self.privatePath, files) }
    let aside = Self.privatePath + ".new"
    if try files.exists(aside) { try files.remove(aside) }
    let file = try disk.createPrivate(aside)
    try file.write(key.pem.span, at: 0)
    try file.sync()
    try files.rename(aside, to: Self.privatePath)
    try files.syncDirectory(Self.directory)
  }
}
