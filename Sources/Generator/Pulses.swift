import Model

/// When one stream speaks, and how many items at once.
///
/// The captures know two habits. Crawls come at an hour of the day and give all their rows one time: star
/// snapshots, papers, the front page.
/// Everything else comes in pulses at odd moments: mostly single items, now and then an import of hundreds.
struct Pulses {
  /// How a stream's items cluster in time.
  enum Habit {
    /// Crawls, at least one a day, the first at `anchor` milliseconds after midnight; at most `largest` items each.
    case daily(anchor: Int64, largest: Int)
    /// Pulses at odd moments; place 0…9 of ten sizes by chance.
    case odd(sizes: [Int])
  }

  let stream: GeneratedStream
  private let habit: Habit
  /// Items a day, in thousandths.
  private let rate: Int
  private var crawl = 0
  private var day: Int64
  /// When the next pulse comes; `Int64.max` where none ever will.
  private(set) var due: Int64

  init(stream: GeneratedStream, itemsPerDayThousandths rate: Int, start: Int64, draw: inout SplitMix64) {
    self.stream = stream
    self.rate = rate
    habit = Self.habit(of: stream)
    day = start / .day * .day
    due = rate == 0 ? .max : start
    if rate > 0 {
      repeat { advance(&draw) } while due < start
    }
  }

  private static func habit(of stream: GeneratedStream) -> Habit {
    switch stream {
    case .stars: .daily(anchor: 4 * .hour + 7 * .minute, largest: 1750)
    case .papers: .daily(anchor: 5 * .hour + 12 * .minute, largest: 1000)
    case .hackerNews: .daily(anchor: 35 * .minute, largest: 20)
    case .headlines: .odd(sizes: [1, 2, 4, 5, 8, 8, 10, 12, 17, 32])
    case .cryptoHeadlines: .odd(sizes: [1, 1, 1, 1, 1, 2, 2, 3, 4, 6])
    case .models: .odd(sizes: [1, 1, 1, 1, 1, 2, 3, 5, 13, 60])
    case .tokens: .odd(sizes: [1, 1, 1, 1, 1, 1, 1, 1, 2, 12])
    case .launches: .odd(sizes: [1, 1, 1, 1, 1, 1, 1, 1, 2, 6])
    case .pools: .odd(sizes: [1, 1, 2, 2, 2, 2, 2, 2, 3, 4])
    case .raises: .odd(sizes: [1, 1, 1, 1, 1, 2, 2, 3, 5, 9])
    case .exploits: .odd(sizes: [1, 1, 1, 1, 1, 1, 1, 1, 1, 3])
    case .commits, .releases, .hacks, .feeds: .odd(sizes: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    }
  }

  private func crawlsPerDay(largest: Int) -> Int { max(1, (rate + largest * 1000 - 1) / (largest * 1000)) }

  /// How many items the pulse that is due brings; none where the crawl failed that day.
  mutating func takeCount(_ draw: inout SplitMix64) -> Int {
    defer { advance(&draw) }
    switch habit {
    case .daily(_, let largest):
      let mean = rate / crawlsPerDay(largest: largest)
      // Star snapshots are complete or missing; a paper day is anything from a weekend's to a Tuesday's.
      if draw.chance(1, in: 60) { return 0 }
      let factor = stream == .papers ? draw.between(550...1450) : 1000
      return draw.rounded(thousandths: mean * factor / 983)
    case .odd(let sizes): return sizes[draw.below(10)]
    }
  }

  private mutating func advance(_ draw: inout SplitMix64) {
    switch habit {
    case .daily(let anchor, let largest):
      let crawls = crawlsPerDay(largest: largest)
      let jitter = Int64(draw.below(crawls > 200 ? 30 : 240)) * .second
      let next = day + anchor + Int64(crawl) * (.day / Int64(crawls)) + jitter
      // A crawl that jitter moves behind its successor would turn time back.
      due = due == .max ? next : max(due, next)
      crawl += 1
      if crawl == crawls {
        crawl = 0
        day += .day
      }
    case .odd(let sizes):
      // A pulse of n items each `mean` apart, so gaps are uniform around n times that.
      let total = sizes.reduce(0, +)
      let mean = max(1, Int(Int64.day) * 100 * total / rate)
      due += Int64(draw.below(2 * mean))
    }
  }
}
