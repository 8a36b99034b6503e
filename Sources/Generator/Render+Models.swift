import Model

/// A model in a provider's catalogue.
struct CatalogueEntry: Sendable {
  var story: UInt64
  /// Which provider, as a seed of its name.
  var provider: UInt64
}

extension SignalGenerator {
  mutating func renderModel() -> Rendered {
    if draw.below(100) < 20, let entry = recentModels.any(&draw) { return removal(entry) }
    let story: UInt64
    var intent = GeneratedIntent.fresh
    var began = now
    if let owed = owed(.models, chance: 62) {
      story = owed.story
      began = owed.began
      intent = .nearDuplicate
    } else {
      story = newStory()
      announce(story)
    }
    let entry = CatalogueEntry(story: story, provider: draw.next())
    recentModels.add(entry)
    var facts = Facts.draw(story, 60)
    var row = startModel(entry, action: "added")
    row.key("name")
    row.quote()
    let start = row.bytes.count
    grammar.append(lists.model, fact: 0, story: story, to: &row.bytes)
    row.textLength = row.bytes.count - start
    row.quote()
    let released = began - Int64(facts.ranked(40)) * .day
    for isUpdate in [false, true] {
      if isUpdate { row.key("last_updated") } else { row.key("release_date") }
      row.quote()
      appendDay(released, to: &row.bytes)
      row.quote()
    }
    row.key("open_weights")
    row.bool(facts.chance(1, in: 2))
    row.key("reasoning")
    row.bool(facts.chance(1, in: 2))
    row.key("tool_call")
    row.bool(facts.chance(3, in: 4))
    row.key("attachment")
    row.bool(facts.chance(2, in: 5))
    let cents = 2 + facts.ranked(400)
    if draw.below(100) < 70 {
      // Providers charge about what the lab does, more or less.
      let price = cents * draw.between(80...130) / 100
      row.key("cost")
      row.literal("{\"input\": ")
      row.decimal(price, digits: 2)
      row.literal(", \"output\": ")
      row.decimal(price * facts.between(2...6), digits: 2)
      row.literal("}")
    }
    let contexts = [128_000, 256_000, 1_000_000, 200_000, 32_000, 64_000, 512_000, 2_000_000, 400_000]
    var place = Facts.draw(story, 7)
    row.key("limit")
    row.literal("{\"context\": ")
    row.integer(contexts[place.ranked(contexts.count)])
    row.literal(", \"output\": ")
    row.integer(4096 << facts.below(6))
    row.literal("}")
    row.end()
    return Rendered(row: row, intent: intent, story: story)
  }

  private mutating func removal(_ entry: CatalogueEntry) -> Rendered {
    var row = startModel(entry, action: "removed")
    row.end()
    return Rendered(row: row, intent: .revision, story: entry.story)
  }

  /// The members that additions and removals share.
  private mutating func startModel(_ entry: CatalogueEntry, action: StaticString) -> Row {
    var row = Row(capacity: 480)
    row.key("observed_at")
    row.quote()
    row.timeText(nowText)
    row.quote()
    row.key("action")
    row.quote()
    row.literal(action)
    row.quote()
    row.key("scope")
    row.literal("\"provider\"")
    row.key("provider")
    row.quote()
    var provider = SplitMix64(seed: entry.provider)
    grammar.append(lists.provider, story: entry.story, draw: &provider, to: &row.bytes)
    row.quote()
    row.identityKey("model")
    row.quote()
    if provider.chance(1, in: 3) {
      let start = row.bytes.count
      grammar.append(lists.lab, fact: 1, story: entry.story, to: &row.bytes)
      Grammar.makeSlug(&row.bytes, from: start)
      row.bytes.append(UInt8(ascii: "/"))
    }
    let start = row.bytes.count
    grammar.append(lists.model, fact: 0, story: entry.story, to: &row.bytes)
    Grammar.makeSlug(&row.bytes, from: start)
    row.quote()
    row.key("commit")
    row.quote()
    var commit = SplitMix64(seed: UInt64(now))
    commit.appendHexadecimal(12, to: &row.bytes)
    row.quote()
    return row
  }

  /// A new model: other catalogues follow within days, few or up to 57, and some models make news.
  private mutating func announce(_ story: UInt64) {
    let followers = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2]
    let count = draw.chance(1, in: 80) ? draw.between(12...57) : followers[draw.below(10)]
    for telling in 0..<count { owe(.models, story, .model, telling: telling + 1, within: 96) }
    if draw.below(100) < 6 {
      owe(.headlines, story, .model, telling: 0, within: 2)
      spread(story, .model, tellings: 1...(1 + draw.ranked(5)), within: 40, mostlyTo: .headlines)
      owe(.hackerNews, story, .model, telling: 0, within: 24)
    }
  }

  /// `2026-02-21`.
  func appendDay(_ time: Int64, to bytes: inout [UInt8]) {
    let start = bytes.count
    Timestamp(milliseconds: time).appendRFC3339(to: &bytes)
    bytes.removeLast(bytes.count - start - 10)
  }
}
