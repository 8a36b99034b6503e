internal import CCrypto
public import Model

/// An Ed25519 public key (RFC 8032).
public struct PublicKey: Sendable, Hashable {
  /// 32 bytes.
  public let bytes: [UInt8]

  /// - Returns: `nil` unless there are 32 bytes. Whether they are a point of the curve shows when something is verified.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// Whether these 64 bytes are this key's signature of the message.
  public func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard signature.count == 64, let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, 32) else {
      ERR_clear_error()
      return false
    }
    defer { EVP_PKEY_free(key) }
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("No memory to verify a signature.") }
    defer { EVP_MD_CTX_free(context) }
    let isGood =
      EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    if !isGood { ERR_clear_error() }
    return isGood
  }
}

/// An Ed25519 private key.
///
/// ```swift
/// let key = try SigningKey.generate()
/// let signature = key.sign(message)
/// key.publicKey.verify(signature, of: message)
/// ```
public struct SigningKey: Sendable {
  /// RFC 8032's private key: 32 random bytes.
  private let seed: [UInt8]
  public let publicKey: PublicKey

  /// A key from its 32 bytes.
  public init?(seed: [UInt8]) {
    guard seed.count == 32, let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, 32) else {
      ERR_clear_error()
      return nil
    }
    defer { EVP_PKEY_free(key) }
    self.init(key)
  }

  private init?(_ key: OpaquePointer) {
    func raw(_ read: (OpaquePointer, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>?) -> Int32) -> [UInt8] {
      var length = 32
      var bytes = [UInt8](repeating: 0, count: 32)
      return read(key, &bytes, &length) == 1 && length == 32 ? bytes : []
    }
    let seed = raw { EVP_PKEY_get_raw_private_key($0, $1, $2) }
    guard EVP_PKEY_get_id(key) == EVP_PKEY_ED25519, seed.count == 32,
      let publicKey = PublicKey(bytes: raw { EVP_PKEY_get_raw_public_key($0, $1, $2) })
    else {
      ERR_clear_error()
      return nil
    }
    self.seed = seed
    self.publicKey = publicKey
  }

  /// A new key from the operating system's randomness.
  /// - Throws: `key.no_randomness` where there is none.
  public static func generate() throws(ProwziError) -> SigningKey {
    var seed = [UInt8](repeating: 0, count: 32)
    guard RAND_priv_bytes(&seed, 32) == 1, let key = SigningKey(seed: seed) else {
      throw ProwziError("key.no_randomness", "the system gives no random bytes for a key", advice: "Try again when it has some.")
    }
    return key
  }

  /// Reads a private key in PEM, as `openssl genpkey -algorithm ed25519` writes it.
  /// - Throws: `key.invalid` for anything else, also for a key with a password.
  public init(pem: [UInt8], place: String) throws(ProwziError) {
    // The source that is read from borrows the bytes, so they are held until the key has been read.
    let key = pem.withUnsafeBytes { bytes in
      guard let memory = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil as OpaquePointer? }
      defer { BIO_free(memory) }
      // Without this callback libcrypto would ask for a password on the terminal.
      return PEM_read_bio_PrivateKey(memory, nil, { _, _, _, _ in -1 }, nil)
    }
    ERR_clear_error()
    defer { EVP_PKEY_free(key) }
    guard let key, let found = SigningKey(key) else {
      throw ProwziError(
        "key.invalid", "this is no Ed25519 private key in PEM without a password", place: place,
        advice: "Make one with `openssl genpkey -algorithm ed25519 -out FILE`.")
    }
    self = found
  }

  /// The key in PEM (PKCS#8, RFC 8410).
  public var pem: [UInt8] {
    // The whole structure but for the key itself is the same for every Ed25519 key.
    let prefix: [UInt8] = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]
    return [UInt8](text: "-----BEGIN PRIVATE KEY-----\n\(Base64.encode(prefix + seed))\n-----END PRIVATE KEY-----\n")
  }

  /// The 64 bytes of the signature of a message. The same message always has the same.
  public func sign(_ message: [UInt8]) -> [UInt8] {
    guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, 32), let context = EVP_MD_CTX_new() else {
      preconditionFailure("No memory to sign.")
    }
    defer {
      EVP_MD_CTX_free(context)
      EVP_PKEY_free(key)
    }
    var signature = [UInt8](repeating: 0, count: 64)
    var length = 64
    precondition(
      EVP_DigestSignInit(context, nil, nil, nil, key) == 1
        && EVP_DigestSign(context, &signature, &length, message, message.count) == 1 && length == 64,
      "Signing with a key that was read cannot fail.")
    return signature
  }
}
