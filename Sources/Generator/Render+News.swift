import JSON
import Model

/// A post on the front page.
struct Post: Sendable {
  var story: UInt64
  var kind: StoryKind
  var posted: Int64
  var number: Int
  var points: Int
  var telling = 0
}

extension SignalGenerator {
  /// Writes a headline for the story to `text`. Tellings after the first keep the facts and mostly the
  /// sentence, and change words around them.
  mutating func writeHeadline(_ kind: StoryKind, _ story: UInt64, telling: Int) {
    let list =
      switch kind {
      case .aiNews: lists.aiNews
      case .cryptoNews: lists.cryptoNews
      case .techNews: lists.techNews
      case .model: lists.modelNews
      case .paper: lists.paperNews
      case .repository: lists.repoNews
      case .exploit: lists.exploitNews
      case .funding: lists.fundingNews
      }
    text.removeAll(keepingCapacity: true)
    let decoration = draw.below(100)
    if telling > 0, decoration < 10 { grammar.append(lists.prefix, story: story, draw: &draw, to: &text) }
    let start = text.count
    if telling > 0, draw.below(100) < 20 {
      grammar.append(list, story: story, draw: &draw, to: &text)
    } else {
      grammar.append(list, placedBy: 90, story: story, draw: &draw, to: &text)
    }
    if kind != .repository { Grammar.capitalize(&text, at: start) }
    if decoration >= (telling > 0 ? 65 : 94) { grammar.append(lists.suffix, story: story, draw: &draw, to: &text) }
  }

  /// Owes further tellings of a story to the headline streams.
  mutating func spread(_ story: UInt64, _ kind: StoryKind, tellings: ClosedRange<Int>, within hours: Int, mostlyTo stream: GeneratedStream)
  {
    for telling in tellings {
      let chance = draw.below(100)
      let target: GeneratedStream = chance < 75 ? stream : chance < 88 ? .hackerNews : stream == .headlines ? .cryptoHeadlines : .headlines
      owe(target, story, kind, telling: telling, within: hours)
    }
  }

  mutating func renderHeadline() -> Rendered {
    let story: UInt64
    let kind: StoryKind
    var telling = 0
    if let owed = owed(.headlines, chance: 75) {
      (story, kind, telling) = (owed.story, owed.kind, Int(owed.telling))
    } else {
      story = newStory()
      kind = draw.below(100) < 92 ? .aiNews : .repository
      if draw.chance(4, in: 100) { spread(story, kind, tellings: 1...(1 + draw.ranked(4)), within: 30, mostlyTo: .headlines) }
    }
    writeHeadline(kind, story, telling: telling)
    var row = Row(capacity: 200)
    row.key("first_seen_at")
    row.quote()
    row.timeText(nowText)
    row.quote()
    row.identityKey("title")
    row.string(text)
    row.textLength = text.count
    row.key("commit")
    row.quote()
    var commit = SplitMix64(seed: UInt64(now))
    commit.appendHexadecimal(12, to: &row.bytes)
    row.quote()
    row.end()
    return Rendered(row: row, intent: telling > 0 ? .nearDuplicate : .fresh, story: story)
  }

  mutating func renderCryptoHeadline() -> Rendered {
    let story: UInt64
    let kind: StoryKind
    var telling = 0
    if let owed = owed(.cryptoHeadlines, chance: 70) {
      (story, kind, telling) = (owed.story, owed.kind, Int(owed.telling))
    } else {
      story = newStory()
      let chance = draw.below(100)
      kind = chance < 94 ? .cryptoNews : .exploit
      if kind == .exploit {
        spread(story, kind, tellings: 1...(1 + draw.between(1...5)), within: 36, mostlyTo: .cryptoHeadlines)
        owe(.hacks, story, kind, telling: 0, within: 72)
        let lag = Facts.reportingLag(&draw)
        followUps[GeneratedStream.exploits.rawValue].add(FollowUp(due: now + lag, story: story, kind: kind, began: now, telling: 0))
      } else if chance < 6 {
        spread(story, kind, tellings: 1...(1 + draw.ranked(3)), within: 36, mostlyTo: .cryptoHeadlines)
      }
    }
    writeHeadline(kind, story, telling: telling)
    // Most outlets tell the day, which the crawl writes as seven o'clock.
    let dayOnly = draw.below(100) < 96
    let seven = (now - 7 * .hour) / .day * .day + 7 * .hour
    let stated = dayOnly ? seven : now
    var row = Row(capacity: 360)
    row.key("published_at")
    row.quote()
    let start = row.bytes.count
    Timestamp(milliseconds: stated).appendRFC3339(to: &row.bytes)
    row.markTime(from: start)
    row.quote()
    row.identityKey("title")
    row.string(text)
    row.textLength = text.count
    var outlet: [UInt8] = []
    grammar.append(lists.outlet, story: story, draw: &draw, to: &outlet)
    row.key("source")
    row.string(outlet)
    row.key("url")
    row.literal("\"https://")
    let host = row.bytes.count
    row.span(outlet)
    Grammar.makeSlug(&row.bytes, from: host)
    row.literal(".example/news/")
    let path = row.bytes.count
    row.span(text)
    Grammar.makeSlug(&row.bytes, from: path)
    row.quote()
    row.key("keyword")
    row.quote()
    grammar.append(lists.keyword, fact: 1, story: story, to: &row.bytes)
    row.quote()
    row.key("time_is_day_only")
    row.bool(dayOnly)
    row.end()
    return Rendered(row: row, intent: telling > 0 ? .nearDuplicate : .fresh, story: story, statedAt: stated)
  }

  mutating func renderPost() -> Rendered {
    var intent = GeneratedIntent.fresh
    var post: Post
    if draw.below(1000) < 18, let earlier = recentPosts.any(&draw), now - earlier.posted > 20 * .hour {
      post = earlier
      post.points += 20 + draw.ranked(400)
      intent = .revision
    } else {
      nextPost += 1 + draw.below(300)
      let posted = now - Int64(600 + draw.ranked(70_000)) * .second
      post = Post(story: 0, kind: .techNews, posted: posted, number: nextPost, points: draw.ranked(700))
      if let owed = owed(.hackerNews, chance: 60) {
        (post.story, post.kind, post.telling) = (owed.story, owed.kind, Int(owed.telling))
        post.posted = max(posted, min(owed.due, now - .minute))
        if post.telling > 0 { intent = .nearDuplicate }
      } else {
        post.story = newStory()
      }
      recentPosts.add(post)
    }
    // A post keeps its words from day to day.
    let after = draw.next()
    draw = SplitMix64(seed: UInt64(post.number))
    writeHeadline(post.kind, post.story, telling: post.telling)
    var row = Row(capacity: 360)
    row.key("captured_at")
    row.quote()
    row.timeText(nowText)
    row.quote()
    row.key("published_at")
    row.quote()
    Timestamp(milliseconds: post.posted).appendRFC3339(to: &row.bytes)
    row.quote()
    row.key("hn_id")
    row.integer(post.number)
    row.identityKey("title")
    row.string(text)
    row.textLength = text.count
    row.key("url")
    row.literal("\"https://")
    grammar.append(lists.site, fact: 91, story: post.story, to: &row.bytes)
    row.bytes.append(UInt8(ascii: "/"))
    let path = row.bytes.count
    row.span(text)
    Grammar.makeSlug(&row.bytes, from: path)
    row.quote()
    row.key("by")
    row.quote()
    grammar.append(lists.user, story: post.story, draw: &draw, to: &row.bytes)
    row.quote()
    draw = SplitMix64(seed: after)
    row.key("points")
    row.integer(post.points)
    row.key("comments")
    row.integer(draw.ranked(post.points + 2))
    row.key("snapshot")
    row.quote()
    row.bytes.append(contentsOf: nowText[..<10])
    row.quote()
    row.end()
    return Rendered(row: row, intent: intent, story: post.story)
  }
}
