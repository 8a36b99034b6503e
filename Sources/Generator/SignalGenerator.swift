import Model

/// A seeded stream of synthetic signals in the shapes, rates and bad habits of the captures.
///
/// Stories run through it: an exploit is a headline, then the same headline reworded by other outlets, then
/// an entry in two lists whose amounts
/// differ; a model appears in one catalogue, then in others, in headlines and on a front page; papers are listed again; repositories have
/// bursts of stars. Every item says what it is in truth.
///
/// ```swift
/// var generator = SignalGenerator(seed: 1, startingAt: CalendarDay(year: 2026, month: 2, day: 21)!.start)
/// let item = generator.next()
/// ```
///
/// *Determinism*: a function of the arguments; whole-number arithmetic only. The bytes of a seed are pinned
/// by tests: a change of any list,
/// pattern or rate changes them, and `version` with them.
/// *Complexity*: constant time and memory per item, whatever came before.
public struct SignalGenerator: Sendable {
  /// Which generation of lists and rates made the items.
  public static let version = 1

  var draw: SplitMix64
  let grammar = Vocabulary.grammar
  let lists: NamedLists
  private var pulses: [Pulses]
  /// The pulse being emptied.
  private var stream = GeneratedStream.stars
  private var left = 0
  /// The moment of the pulse being emptied, in milliseconds since 1970, and its text.
  var now: Int64
  var nowText: [UInt8] = []

  var followUps: [FollowUps]
  var repositories: Repositories
  var papers: PaperShelf
  var recentTokens = Ring<UInt64>(capacity: 512)
  var recentModels = Ring<CatalogueEntry>(capacity: 512)
  var recentPosts = Ring<Post>(capacity: 64)
  var nextPost: Int
  var nextPullRequest = 20
  var block: Int
  /// Memory for texts that are escaped later.
  var text: [UInt8] = []

  /// - Parameters:
  ///   - seed: any number; equal seeds give equal items.
  ///   - profile: how often each stream speaks.
  ///   - startingAt: no item is observed before it; from year 1971 to 9000.
  ///   - eventsPerDay: about how many items a day of stream time holds, 1 to 100 million. The captures have about 2,000.
  public init(seed: UInt64, profile: GeneratorProfile = .mixed, startingAt start: Timestamp = Self.defaultStart, eventsPerDay: Int = 2000) {
    precondition((1...100_000_000).contains(eventsPerDay), "1 to 100 million events a day")
    precondition((Int64.day * 366..<Int64.day * 365 * 7030).contains(start.milliseconds), "the stream starts in year 1971 to 9000")
    let weights = profile.weights
    let total = weights.total
    precondition(total > 0, "at least one stream has a weight")
    var draw = SplitMix64(seed: Fingerprint.combine(seed, UInt64(Self.version)))
    lists = NamedLists(grammar)
    now = (start.milliseconds + 999) / 1000 * 1000
    func rate(_ stream: GeneratedStream) -> Int {
      eventsPerDay * 1000 / total * weights[stream] + eventsPerDay * 1000 % total * weights[stream] / total
    }
    pulses = GeneratedStream.allCases.map { [now] in Pulses(stream: $0, itemsPerDayThousandths: rate($0), start: now, draw: &draw) }
    let listed = rate(.stars) == 0 ? 200 : min(1750, max(20, rate(.stars) / 1000))
    repositories = Repositories(
      count: listed, snapshotsPerDay: max(1, rate(.stars) / 1000 / listed), now: now, grammar: grammar, draw: &draw)
    papers = PaperShelf(now: now, draw: &draw)
    followUps = GeneratedStream.allCases.map { FollowUps(capacity: $0 == .exploits || $0 == .models ? 1024 : 96) }
    nextPost = 44_600_000 + draw.below(1_000_000)
    block = 10_900_000 + draw.below(1_000_000)
    self.draw = draw
  }

  /// 2026-02-21, the first day that all captures share.
  public static let defaultStart = Timestamp(milliseconds: 1_771_632_000_000)

  /// The next item; there is always one (until year 9999, when times stop having a text).
  public mutating func next() -> GeneratedItem {
    while left == 0 { startPulse() }
    left -= 1
    let spoilt = draw.below(1000) < 3
    var rendered = render(stream)
    let contentType = rendered.contentType
    if spoilt {
      let reason = MalformedReason.choose(contentType: contentType, draw: &draw)
      rendered.row.bytes = reason.spoil(rendered.row, draw: &draw)
      rendered.intent = .malformed(reason)
    }
    return GeneratedItem(
      stream: stream, contentType: contentType, columns: stream == .stars ? Repositories.columns : nil, value: rendered.row.bytes,
      observedAt: Timestamp(milliseconds: now), statedAt: Timestamp(milliseconds: rendered.statedAt ?? now), intent: rendered.intent,
      storyID: rendered.story, textLength: rendered.row.textLength)
  }

  /// Goes to the earliest pulse.
  private mutating func startPulse() {
    var first = 0
    for index in 1..<pulses.count where pulses[index].due < pulses[first].due { first = index }
    let due = pulses[first].due / 1000 * 1000
    if due > now || nowText.isEmpty {
      now = max(now, due)
      nowText.removeAll(keepingCapacity: true)
      Timestamp(milliseconds: now).appendRFC3339(to: &nowText)
    }
    stream = pulses[first].stream
    left = pulses[first].takeCount(&draw)
    if stream == .stars, left > 0 { left = repositories.startSnapshot(rows: left) }
    if stream == .papers, left > 0 { papers.startListing() }
  }

  private mutating func render(_ stream: GeneratedStream) -> Rendered {
    switch stream {
    case .stars: renderStars()
    case .papers: renderPaper()
    case .launches: renderLaunch()
    case .headlines: renderHeadline()
    case .models: renderModel()
    case .commits: renderCommit()
    case .pools: renderPool()
    case .raises: renderRaise()
    case .hackerNews: renderPost()
    case .cryptoHeadlines: renderCryptoHeadline()
    case .tokens: renderToken()
    case .releases: renderRelease()
    case .exploits: renderExploit()
    case .hacks: renderHack()
    case .feeds: renderFeed()
    }
  }

  /// Owes another telling of a story after a delay of up to `hours`.
  mutating func owe(_ stream: GeneratedStream, _ story: UInt64, _ kind: StoryKind, telling: Int, within hours: Int) {
    let delay = Int64(1 + draw.below(hours * 3600)) * .second
    followUps[stream.rawValue].add(FollowUp(due: now + delay, story: story, kind: kind, began: now, telling: UInt8(min(telling, 255))))
  }

  /// The telling that this stream owes, if one is due. Not always: other things happen too.
  mutating func owed(_ stream: GeneratedStream, chance percent: Int) -> FollowUp? {
    if draw.below(100) >= percent { return nil }
    return followUps[stream.rawValue].take(now: now)
  }

  /// A story that nobody has told.
  mutating func newStory() -> UInt64 { draw.next() | 1 }
}

/// The last items of a kind, of which some come up again.
struct Ring<Element: Sendable>: Sendable {
  private(set) var items: [Element] = []
  private var next = 0
  private let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  mutating func add(_ item: Element) {
    if items.count < capacity {
      items.append(item)
    } else {
      items[next] = item
      next = (next + 1) % capacity
    }
  }

  func any(_ draw: inout SplitMix64) -> Element? { items.isEmpty ? nil : items[draw.below(items.count)] }
}

/// What a stream's renderer hands back.
struct Rendered {
  var row: Row
  var intent: GeneratedIntent
  var story: UInt64
  var contentType = "application/json"
  /// What the time field says, where that is not the moment itself.
  var statedAt: Int64?
}
