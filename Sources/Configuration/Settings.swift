import Adapters
import Events
import JSON
import Model

/// Settings of normalize.
public struct NormalizeSettings: Sendable {
  /// How far the source's time may lie ahead of the observed one.
  public var allowedSkewMilliseconds: Int64
  /// How long, and how many, natural ids are remembered in a partition. Built in: bounded by number alone, so that a capture of years is
  /// recognised when it is ingested again.
  public var memoryMilliseconds: Int64
  public var memoryItems: Int
  /// Old name to new name of renamed repositories, lower case.
  public var aliases: [(old: String, new: String)]
  /// JSON sources that need no code.
  public var mappings: [FieldMapping]

  init(_ reader: inout SectionReader) throws(ProwziError) {
    allowedSkewMilliseconds = try reader.whole("allowed_skew_ms", in: 0...Int64.day)
    memoryMilliseconds = try reader.whole("memory_ms", in: Int64.minute...(36_600 * .day))
    memoryItems = Int(try reader.whole("memory_items", in: 1...100_000_000))
    aliases = []
    for (name, node, pointer) in try reader.table("aliases") {
      guard let target = reader.document.string(node) else {
        throw SectionReader.Mistakes.configuration.error("a text is needed here", at: pointer)
      }
      aliases.append((name.lowercased(), target.lowercased()))
    }
    mappings = []
    for (node, pointer) in try reader.list("mappings") {
      do throws(ProwziError) {
        mappings.append(try FieldMapping(reader.document, node))
      } catch {
        throw SectionReader.Mistakes.configuration.error(error.message, at: pointer + (error.place ?? ""))
      }
    }
    try reader.finish()
  }
}

extension NormalizeSettings {
  /// The adapters for these settings.
  public func makeRegistry() -> AdapterRegistry { AdapterRegistry(aliases: RepositoryAliases(aliases), mappings: mappings) }
}

/// Settings of enrich.
public struct EnrichSettings: Sendable {
  /// Texts with fewer words have no embedding.
  public var minimumWords: Int
  /// Words beyond this many are passed over.
  public var maximumWords: Int
  /// The weights of word pairs and of character grams against single words, and of body words against title words; in 1/256.
  public var pairWeight: Int32
  public var gramWeight: Int32
  public var bodyWeight: Int32
  /// The most that a rare word weighs (log2 of its rarity), and what a word that begins with a digit weighs against others; in 1/256.
  public var weightLimit: Int32
  public var numberWeight: Int32
  public var neighborWindowMilliseconds: Int64
  public var neighborWindowItems: Int
  public var neighborCount: Int
  public var clusterMemoryMilliseconds: Int64
  public var clusterMemoryItems: Int
  /// Cosine at or above which two texts are near duplicates.
  public var nearDuplicate: Double
  /// Cosine at or above which two texts tell one story.
  public var sameStory: Double
  /// The same for a text and the sum of very many texts; between, the threshold falls with the share of a single member.
  public var sameStoryOfMany: Double
  /// Below this cosine to the nearest member a text joins no story by likeness.
  public var sameStoryNearest: Double
  /// The same where they name a common entity.
  public var sameStoryWithEntity: Double
  /// How far apart members of a story may be observed.
  public var sameStoryMilliseconds: Int64

  init(_ reader: inout SectionReader) throws(ProwziError) {
    var embedding = try reader.section("embedding")
    minimumWords = Int(try embedding.whole("minimum_words", in: 1...100))
    maximumWords = Int(try embedding.whole("maximum_words", in: 1...10_000))
    pairWeight = Int32(try embedding.number("pair_weight", in: 0...4) * 256)
    gramWeight = Int32(try embedding.number("gram_weight", in: 0...4) * 256)
    bodyWeight = Int32(try embedding.number("body_weight", in: 0...4) * 256)
    weightLimit = Int32(try embedding.number("weight_limit", in: 0.5...32) * 256)
    numberWeight = Int32(try embedding.number("number_weight", in: 0...8) * 256)
    try embedding.finish()
    var neighbors = try reader.section("neighbors")
    neighborWindowMilliseconds = try neighbors.whole("window_ms", in: 1...(366 * .day))
    neighborWindowItems = Int(try neighbors.whole("window_items", in: 1...1_000_000))
    neighborCount = Int(try neighbors.whole("count", in: 1...100))
    try neighbors.finish()
    var cluster = try reader.section("cluster")
    clusterMemoryMilliseconds = try cluster.whole("memory_ms", in: 1...(366 * .day))
    clusterMemoryItems = Int(try cluster.whole("memory_items", in: 1...1_000_000))
    nearDuplicate = try cluster.number("near_duplicate", in: 0...1)
    sameStory = try cluster.number("same_story", in: 0...1)
    sameStoryOfMany = try cluster.number("same_story_of_many", in: 0...1)
    sameStoryNearest = try cluster.number("same_story_nearest", in: 0...1)
    sameStoryWithEntity = try cluster.number("same_story_with_entity", in: 0...1)
    sameStoryMilliseconds = try cluster.whole("same_story_hours", in: 1...8760) * .hour
    try cluster.finish()
  }
}

/// Settings of band.
public struct BandSettings: Sendable {
  /// A rule that sends events to a band whatever they score.
  public struct Rule: Sendable {
    public var name: String
    public var band: UrgencyBand
    /// Every condition that is present must hold.
    public var kind: Kind?
    public var domain: Domain?
    public var source: String?
    public var minimumImpact: Double?
  }

  /// The least totals of the three upper bands.
  public struct Thresholds: Sendable, Equatable {
    public var instant: Double
    public var sameDay: Double
    public var weekly: Double

    /// The least total of a band.
    public func least(_ band: UrgencyBand) -> Double {
      switch band {
      case .instant: instant
      case .sameDay: sameDay
      case .weekly: weekly
      case .archive: 0
      }
    }

    /// The band of a total.
    public func band(of total: Double) -> UrgencyBand {
      total >= instant ? .instant : total >= sameDay ? .sameDay : total >= weekly ? .weekly : .archive
    }
  }

  /// By `Kind.rawValue`: kinds differ in what they can score (a paper is always fresh, a repository's count never), so each has its own.
  public var thresholds: [Thresholds]
  /// How far above a higher band's threshold a story must come to be promoted.
  public var hysteresis: Double
  public var rules: [Rule]
  public var instantExpiryMilliseconds: Int64
  public var sameDayExpiryMilliseconds: Int64
  public var memoryMilliseconds: Int64
  public var memoryItems: Int

  init(_ reader: inout SectionReader) throws(ProwziError) {
    var common = try reader.section("thresholds")
    thresholds = Array(repeating: try Thresholds(&common), count: Kind.allCases.count)
    for (name, node, pointer) in try reader.table("kinds") {
      guard let kind = Kind(name: name) else {
        throw SectionReader.Mistakes.configuration.error("there is no kind of this name", at: pointer)
      }
      var section = try reader.reader(of: node, at: pointer)
      thresholds[Int(kind.rawValue)] = try Thresholds(&section)
    }
    hysteresis = try reader.number("hysteresis", in: 0...1)
    var expiry = try reader.section("expiry_ms")
    instantExpiryMilliseconds = try expiry.whole("instant", in: 1...(366 * .day))
    sameDayExpiryMilliseconds = try expiry.whole("same_day", in: 1...(366 * .day))
    try expiry.finish()
    memoryMilliseconds = try reader.whole("memory_ms", in: 1...(366 * .day))
    memoryItems = Int(try reader.whole("memory_items", in: 1...10_000_000))
    rules = []
    for (node, pointer) in try reader.list("rules") {
      var rule = try reader.reader(of: node, at: pointer)
      rules.append(try Rule(&rule))
      try rule.finish()
    }
  }
}

extension BandSettings.Thresholds {
  init(_ reader: inout SectionReader) throws(ProwziError) {
    instant = try reader.number("instant", in: 0...2)
    sameDay = try reader.number("same_day", in: 0...2)
    weekly = try reader.number("weekly", in: 0...2)
    try reader.finish()
    guard instant >= sameDay, sameDay >= weekly else {
      throw SectionReader.Mistakes.configuration.error("instant must not lie below same_day, nor same_day below weekly", at: reader.pointer)
    }
  }
}

extension BandSettings.Rule {
  init(_ reader: inout SectionReader) throws(ProwziError) {
    name = try reader.text("name")
    guard let band = UrgencyBand(name: try reader.text("band")) else {
      throw reader.error("band", "a band is instant, same_day, weekly or archive")
    }
    self.band = band
    if reader.optionalNode("kind") != nil {
      guard let value = Kind(name: try reader.text("kind")) else { throw reader.error("kind", "there is no kind of this name") }
      kind = value
    }
    if reader.optionalNode("domain") != nil {
      let text = try reader.text("domain")
      guard text == "ai" || text == "crypto" else { throw reader.error("domain", "a domain is ai or crypto") }
      domain = text == "ai" ? .ai : .crypto
    }
    if reader.optionalNode("source") != nil { source = try reader.text("source") }
    minimumImpact = try reader.optionalNumber("minimum_impact", in: 0...1)
  }
}

/// Settings of curate.
public struct CurateSettings: Sendable {
  /// The least stream time between two revisions of a brief whose band does not rise.
  public var reviseEveryMilliseconds: Int64
  public var memoryMilliseconds: Int64
  public var memoryItems: Int
  /// The most evidence items a brief carries.
  public var evidenceLimit: Int

  init(_ reader: inout SectionReader) throws(ProwziError) {
    reviseEveryMilliseconds = try reader.whole("revise_every_ms", in: 0...(30 * .day))
    memoryMilliseconds = try reader.whole("memory_ms", in: 1...(366 * .day))
    memoryItems = Int(try reader.whole("memory_items", in: 1...1_000_000))
    evidenceLimit = Int(try reader.whole("evidence_limit", in: 1...200))
  }
}
