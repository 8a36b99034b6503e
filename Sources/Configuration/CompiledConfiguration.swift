import Events
import JSON
import Model
import Scorers
import Synchronization
import TextFeatures

/// A configuration in force: the canonical document, its digest, and the document compiled for use.
///
/// Compiled once and shared by every partition; immutable. A configuration record in the log holds the whole document, so replay needs
/// nothing beside the log.
public final class CompiledConfiguration: Sendable {
  /// RFC 8785.
  public let canonicalBytes: [UInt8]
  /// SHA-256 of the canonical bytes. Records carry its first 16 hexadecimal digits.
  public let digest: Digest
  public let normalize: NormalizeSettings
  public let enrich: EnrichSettings
  /// What scores: the document's `score` section, which is a scorer document.
  public let scorer: CompiledScorer
  /// What scores a share of the events in its stead; `nil` where the document has no section `canary`.
  public let canary: Canary?
  public let band: BandSettings
  public let curate: CurateSettings
  public let text: TextConfiguration

  /// Reads, checks and compiles a whole document.
  /// - Throws: `config.invalid`, with the JSON pointer of what is wrong as its place.
  public init(document bytes: [UInt8]) throws(ProwziError) {
    let document = try Self.parse(bytes)
    canonicalBytes = document.canonicalBytes
    digest = SHA256.digest(of: canonicalBytes)
    var root = try SectionReader(document: document, node: document.root, pointer: "", mistakes: .configuration)
    var section = try root.section("normalize")
    normalize = try NormalizeSettings(&section)
    section = try root.section("enrich")
    enrich = try EnrichSettings(&section)
    try section.finish()
    section = try root.section("score")
    scorer = try CompiledScorer(section: section)
    if root.optionalNode("canary") == nil {
      canary = nil
    } else {
      section = try root.section("canary")
      canary = try Canary(&section)
    }
    section = try root.section("band")
    band = try BandSettings(&section)
    try section.finish()
    section = try root.section("curate")
    curate = try CurateSettings(&section)
    try section.finish()
    func table(_ name: String) throws(ProwziError) -> Int {
      guard let node = root.optionalNode(name) else { throw root.error(name, "the section is missing") }
      return node
    }
    text = TextConfiguration(
      digest: digest, ontology: try OntologyDefinition(document, at: try table("ontology"), pointer: "/ontology"),
      lexicon: try LexiconDefinition(document, at: try table("lexicon"), pointer: "/lexicon"),
      names: try NameDefinition.list(document, at: try table("names"), pointer: "/names"))
    try root.finish()
  }
}

extension CompiledConfiguration {
  /// Compiled documents by the digest of their bytes: eight partitions read the same configuration record, and compiling takes milliseconds.
  private static let compiled = Mutex<[(digest: Digest, configuration: CompiledConfiguration)]>([])

  /// As `init(document:)`, compiling each document once. A pure function of the bytes for all anyone can see.
  public static func shared(document bytes: [UInt8]) throws(ProwziError) -> CompiledConfiguration {
    let digest = SHA256.digest(of: bytes)
    if let known = compiled.withLock({ $0.first { $0.digest == digest }?.configuration }) { return known }
    let made = try CompiledConfiguration(document: bytes)
    compiled.withLock { list in
      if list.count == 16 { list.removeFirst() }
      list.append((digest, made))
    }
    return made
  }

  /// What judges an event: the canary for its share, else the scorer in force.
  @inlinable public func scorer(for id: EventID) -> CompiledScorer {
    if let canary, canary.judges(id) { return canary.scorer }
    return scorer
  }

  /// The configuration that `prowzi init` writes into a new log.
  public static func builtIn() throws(ProwziError) -> CompiledConfiguration { try shared(document: builtInDocument) }

  /// The document of the built-in configuration: the settings and the tables of `Data/`, as one canonical text.
  public static let builtInDocument: [UInt8] = {
    var document = PackageResources.default_json
    let tables: [(name: String, bytes: [UInt8])] = [
      ("lexicon", PackageResources.lexicon_json), ("names", PackageResources.names_json), ("ontology", PackageResources.ontology_json),
    ]
    for table in tables {
      let patch = [UInt8](text: "{\"\(table.name)\":") + table.bytes + [UInt8](text: "}")
      guard let merged = try? patched(document, with: patch) else { preconditionFailure("the built-in \(table.name) is not JSON") }
      document = merged
    }
    return document
  }()

  /// A document changed by a JSON Merge Patch (RFC 7396), canonical.
  /// - Throws: `config.invalid` where one of them is not JSON.
  public static func patched(_ document: [UInt8], with patch: [UInt8]) throws(ProwziError) -> [UInt8] {
    MergePatch.apply(try parse(patch), to: try parse(document))
  }

  /// The document with another scorer in force and no canary: what a promotion writes.
  /// - Parameter scorer: a whole scorer document.
  /// - Throws: `config.invalid` where the result is no configuration.
  public func document(withScorer scorer: [UInt8]) throws(ProwziError) -> [UInt8] {
    let without = try Self.patched(canonicalBytes, with: [UInt8](text: "{\"canary\":null,\"score\":null}"))
    return try Self.checked(Self.patched(without, with: Self.object("score", scorer)))
  }

  /// The document with a canary, or without one.
  /// - Parameters:
  ///   - scorer: a whole scorer document; `nil` takes the canary away.
  ///   - percent: 0…100 with at most two decimals.
  /// - Throws: `config.invalid` where the result is no configuration.
  public func document(withCanary scorer: [UInt8]?, percent: Double = 0, salt: String = "") throws(ProwziError) -> [UInt8] {
    let without = try Self.patched(canonicalBytes, with: [UInt8](text: "{\"canary\":null}"))
    guard let scorer else { return without }
    var json = JSONWriter()
    json.object { json in
      json.key("percent")
      json.number(percent)
      json.key("salt")
      json.string(salt)
    }
    var canary = try Self.patched(json.bytes, with: Self.object("scorer", scorer))
    canary = Self.object("canary", canary)
    return try Self.checked(Self.patched(without, with: canary))
  }

  private static func object(_ name: StaticString, _ value: [UInt8]) -> [UInt8] {
    [UInt8](text: "{\"\(name)\":") + value + [UInt8](text: "}")
  }

  private static func checked(_ document: [UInt8]) throws(ProwziError) -> [UInt8] {
    _ = try shared(document: document)
    return document
  }

  static func parse(_ bytes: [UInt8]) throws(ProwziError) -> JSONDocument {
    do {
      return try JSONDocument(bytes)
    } catch {
      throw ProwziError(
        "config.invalid", "the configuration is not JSON (\(error.kind.rawValue))", place: "byte \(error.byte)",
        advice: "`prowzi config check FILE` says whether a document is valid.")
    }
  }
}

extension SectionReader.Mistakes {
  /// What is wrong in a configuration.
  static let configuration = SectionReader.Mistakes(
    code: "config.invalid", advice: "Compare with `prowzi config show`; `prowzi config check FILE` says whether a document is valid.")
}
