import Events
import JSON
import Model

/// A brief as far as briefs are compared: one revision, read from its record.
public struct BriefSighting: Sendable, Equatable {
  public var id: EventID
  public var story: EventID
  public var revision: Int
  public var band: UrgencyBand
  public var impactLevel: String
  public var status: String
  public var headline: String
  /// Millionths.
  public var total: Int32
  /// When this revision was made.
  public var time: Timestamp
  /// When the first one in the window was.
  public var since: Timestamp
  public var partition: PartitionIndex
  public var offset: Offset

  /// - Parameter document: the record's value, parsed.
  /// - Returns: `nil` for what is no brief.
  public init?(_ document: JSONDocument, time: Timestamp, partition: PartitionIndex, offset: Offset) {
    func text(_ name: StaticString) -> String? { document.string(document.member(name, of: document.root)) }
    guard let id = text("brief_id").flatMap({ EventID($0) }), let story = text("story_id").flatMap({ EventID($0) }),
      let headline = text("headline"), let band = text("band").flatMap({ UrgencyBand(name: $0) })
    else { return nil }
    self.id = id
    self.story = story
    self.headline = headline
    self.band = band
    revision = Int(document.int(document.member("revision", of: document.root)) ?? 1)
    impactLevel = text("impact_level") ?? ""
    status = text("status") ?? ""
    total = PairColumn.millionths(document.double(document.member("total_evi", of: document.root)) ?? 0)
    self.time = time
    since = time
    self.partition = partition
    self.offset = offset
  }
}

/// One brief under both scorers, each as it stood at the end of the window.
public struct BriefPair: Sendable, Equatable {
  public var from: BriefSighting?
  public var to: BriefSighting?

  /// The side that has it; the newer judgement where both do.
  public var shown: BriefSighting {
    guard let shown = to ?? from else { preconditionFailure("a brief was seen on one side at least") }
    return shown
  }

  /// What a reader would notice: headline, band, impact level, or that it was withdrawn.
  public var isChanged: Bool {
    guard let from, let to else { return false }
    return from.headline != to.headline || from.band != to.band || from.impactLevel != to.impactLevel || from.status != to.status
  }
}

/// Which briefs readers would get that they do not, and the other way round.
public struct BriefChanges: Sendable {
  public var gained: [BriefPair] = []
  public var lost: [BriefPair] = []
  public var changed: [BriefPair] = []
  /// How many there are of each; the lists may be shorter.
  public var counts = (gained: 0, lost: 0, changed: 0, same: 0)

  public init() {}
}

/// Briefs by id, with the last revision of each side.
///
/// *Complexity*: memory for the briefs of the window, some hundred bytes each; they are a small part of the events.
struct BriefTally: Sendable {
  private var pairs: [BriefPair] = []
  private var places: [EventID: Int] = [:]

  mutating func see(_ from: BriefSighting?, _ to: BriefSighting?) {
    if var from {
      let place = place(of: from.id)
      from.since = pairs[place].from?.since ?? from.time
      pairs[place].from = from
    }
    if var to {
      let place = place(of: to.id)
      to.since = pairs[place].to?.since ?? to.time
      pairs[place].to = to
    }
  }

  private mutating func place(of id: EventID) -> Int {
    if let place = places[id] { return place }
    places[id] = pairs.count
    pairs.append(BriefPair())
    return pairs.count - 1
  }

  /// The most urgent of each sort, then the highest total, then the newest.
  func changes(top: Int) -> BriefChanges {
    var changes = BriefChanges()
    let sorted = pairs.sorted { a, b in
      let (a, b) = (a.shown, b.shown)
      if a.band != b.band { return a.band > b.band }
      if a.total != b.total { return a.total > b.total }
      return a.since == b.since ? a.id < b.id : a.since > b.since
    }
    for pair in sorted {
      if pair.from == nil {
        changes.counts.gained += 1
        if changes.gained.count < top { changes.gained.append(pair) }
      } else if pair.to == nil {
        changes.counts.lost += 1
        if changes.lost.count < top { changes.lost.append(pair) }
      } else if pair.isChanged {
        changes.counts.changed += 1
        if changes.changed.count < top { changes.changed.append(pair) }
      } else {
        changes.counts.same += 1
      }
    }
    return changes
  }
}
