import Events
import Model

/// Two scorers over the same events: everything that `prowzi diff` shows.
public struct ScorerComparison: Sendable {
  /// One of the two.
  public struct Side: Sendable, Equatable {
    /// `live`, `backfill of rush@2`, `shadow of rush@2`.
    public var name: String
    /// The beginning of its topics' names: `prowzi.candidate.rush.2.`.
    public var prefix: String
    /// Which scorers its records name, and how often; most often first.
    public var scorers: [(label: String, count: Int)] = []

    public init(name: String, prefix: String) {
      self.name = name
      self.prefix = prefix
    }

    public static func == (a: Side, b: Side) -> Bool {
      a.name == b.name && a.prefix == b.prefix && a.scorers.elementsEqual(b.scorers, by: ==)
    }

    /// `live (default@1)`; the name alone where that says it.
    public var title: String {
      let labels = scorers.map(\.label)
      if labels.isEmpty || labels.count == 1 && name.hasSuffix(" \(labels[0])") { return name }
      return "\(name) (\(labels.prefix(3).joined(separator: ", "))\(labels.count > 3 ? ", …" : ""))"
    }
  }

  /// What was compared in one partition, in raw offsets; ends excluded.
  public struct Window: Sendable, Equatable {
    public var partition: PartitionIndex
    /// What was asked for.
    public var asked: Range<Int64>
    /// What each side has judged.
    public var from: Range<Int64>
    public var to: Range<Int64>

    public init(partition: PartitionIndex, asked: Range<Int64>, from: Range<Int64>, to: Range<Int64>) {
      self.partition = partition
      self.asked = asked
      self.from = from
      self.to = to
    }

    /// What all three share.
    public var common: Range<Int64> { asked.clamped(to: from).clamped(to: to) }
  }

  /// Records of one topic, byte for byte: key, value, headers and time.
  public struct Agreement: Sendable, Equatable {
    /// `scored`, `banded`, `briefs`.
    public var topic: String
    public var identical = 0
    public var different = 0
    /// On the first side alone.
    public var missing = 0
    /// On the second side alone.
    public var extra = 0

    public init(topic: String) { self.topic = topic }

    public var isIdentical: Bool { different == 0 && missing == 0 && extra == 0 }
  }

  /// An event that only one side has.
  public struct Lone: Sendable, Equatable {
    public var event: JudgedEvent
    /// Whether it is missing from the second side; else it is extra there.
    public var isMissing: Bool
    public var partition: PartitionIndex
    public var cause: Offset
    public var title = ""
  }

  /// A group of events and where its bands went.
  public struct Group: Sendable, Equatable {
    public var name: String
    public var migration = Migration()
    /// Events whose total changed.
    public var moved = 0
    /// Of the change of the total, over all events of the group; six decimals.
    public var meanChange = 0.0
  }

  /// A move with what both sides say.
  public struct Explained: Sendable {
    public var move: Move
    /// How many more events of the kind have the same bands and totals on both sides.
    public var others: Int
    public var title: String
    public var url: String?
    public var source: String
    public var from: Explanation?
    public var to: Explanation?

    public init(move: Move, others: Int, title: String, url: String?, source: String, from: Explanation?, to: Explanation?) {
      self.move = move
      self.others = others
      self.title = title
      self.url = url
      self.source = source
      self.from = from
      self.to = to
    }
  }

  public var from: Side
  public var to: Side
  /// What was asked for; `nil` where the log's own ends were meant.
  public var askedFrom: Timestamp?
  public var askedTo: Timestamp?
  public var windows: [Window]
  /// Observed times of the first and the last event compared.
  public var firstAt: Timestamp?
  public var lastAt: Timestamp?
  public var agreements: [Agreement]
  /// Events that both sides have.
  public var matched = 0
  /// Of those: the same band and the same total…
  public var agreeing = 0
  /// …or another band or total.
  public var mismatched = 0
  public var migration = Migration()
  /// Those with events, in the order of `Kind.allCases` and `Domain.allCases`.
  public var kinds: [Group] = []
  public var domains: [Group] = []
  public var total = PairStatistics()
  /// By `Score.rawValue`.
  public var scores: [PairStatistics] = []
  public var load = AlertLoad()
  /// Furthest first.
  public var moves: [Explained] = []
  /// The first few.
  public var alone: [Lone] = []
  public var briefs = BriefChanges()
  /// The program that made this.
  public var program = "prowzi"

  /// Short names of the two sides for axes and columns: the scorers' labels, or what they are where both are of one scorer.
  public var labels: (from: String, to: String) {
    func short(_ side: Side) -> String { side.name.split(separator: " ").last.map(String.init) ?? side.name }
    if short(from) != short(to) { return (short(from), short(to)) }
    func kind(_ side: Side) -> String { side.name.split(separator: " ").first.map(String.init) ?? side.name }
    return (kind(from), kind(to))
  }

  /// Whether every record of every topic is the same, byte for byte.
  public var isIdentical: Bool { agreements.allSatisfy(\.isIdentical) }
  public var missing: Int { agreements.first { $0.topic == "banded" }?.missing ?? 0 }
  public var extra: Int { agreements.first { $0.topic == "banded" }?.extra ?? 0 }

  /// Raw records that were asked for, and of those the ones that both sides have judged.
  public var coverage: (asked: Int, common: Int) {
    windows.reduce(into: (0, 0)) { sum, window in
      sum.0 += window.asked.count
      sum.1 += window.common.count
    }
  }

  /// What a reader must know before the figures.
  public var notes: [String] {
    var notes: [String] = []
    let (asked, common) = coverage
    if common < asked {
      for (side, covers) in [(from, \Window.from), (to, \Window.to)] {
        let judged = windows.reduce(0) { $0 + $1.asked.clamped(to: $1[keyPath: covers]).count }
        if judged < asked {
          notes.append(
            "\(side.name) covers \(Fixed.count(judged)) of the \(Fixed.count(asked)) raw records asked for; only the common part is compared."
          )
        }
      }
    }
    return notes
  }

  public init(from: Side, to: Side, askedFrom: Timestamp?, askedTo: Timestamp?, windows: [Window], agreements: [Agreement]) {
    self.from = from
    self.to = to
    self.askedFrom = askedFrom
    self.askedTo = askedTo
    self.windows = windows
    self.agreements = agreements
  }
}
