import Model

extension SignalGenerator {
  /// Writes the token's name to `text` and the symbol that people make of it to `symbol`: letters of the
  /// name, so that several tokens share one.
  private mutating func nameToken(_ story: UInt64) -> [UInt8] {
    text.removeAll(keepingCapacity: true)
    grammar.append(lists.tokenName, fact: 9, story: story, to: &text)
    var length = Facts.draw(story, 62)
    let wanted = length.between(3...6)
    var symbol: [UInt8] = []
    for byte in text where symbol.count < wanted {
      if byte | 0x20 >= UInt8(ascii: "a"), byte | 0x20 <= UInt8(ascii: "z") { symbol.append(byte & 0xdf) }
    }
    return symbol
  }

  mutating func renderToken() -> Rendered {
    var story = newStory()
    var intent = GeneratedIntent.fresh
    let chance = draw.below(1000)
    if chance < 29, let earlier = recentTokens.any(&draw) {
      story = earlier
      intent = .revision
    } else {
      recentTokens.add(story)
    }
    let symbol = nameToken(story)
    var facts = Facts.draw(story, 63)
    nextPullRequest += 1 + draw.below(3)
    var row = Row(capacity: 480)
    row.key("observed_at")
    row.quote()
    row.timeText(nowText)
    row.quote()
    row.key("list")
    if draw.below(1000) < 24 { row.literal("\"banned\"") } else { row.literal("\"strict\"") }
    row.key("action")
    if intent == .fresh { row.literal("\"added\"") } else if chance < 18 { row.literal("\"changed\"") } else { row.literal("\"removed\"") }
    row.key("pr")
    row.integer(nextPullRequest)
    row.key("commit")
    row.quote()
    var commit = SplitMix64(seed: UInt64(now))
    commit.appendHexadecimal(12, to: &row.bytes)
    row.quote()
    row.key("name")
    row.string(text)
    row.textLength = text.count
    row.key("symbol")
    row.string(symbol)
    row.identityKey("mint")
    row.quote()
    let mint = row.bytes.count
    facts.appendBase58(44, to: &row.bytes)
    row.quote()
    row.key("decimals")
    row.integer([9, 6, 2, 8, 0][facts.ranked(5)])
    row.key("logo")
    row.quote()
    grammar.append(lists.imageHost, fact: 10, story: story, to: &row.bytes)
    row.bytes.append(contentsOf: row.bytes[mint..<mint + 44])
    // A change is a new logo.
    if intent == .revision { row.integer(nextPullRequest) }
    row.literal(".png\"")
    row.key("community_validated")
    row.bool(facts.chance(4, in: 7))
    row.end()
    return Rendered(row: row, intent: intent, story: story)
  }

  mutating func renderLaunch() -> Rendered {
    let story = newStory()
    // One launch in four copies the name of a listed token.
    var namesake = story
    if draw.below(4) == 0, let listed = recentTokens.any(&draw) { namesake = listed }
    let symbol = nameToken(namesake)
    block += 1 + draw.below(40)
    var creator = SplitMix64(seed: draw.chance(1, in: 4) ? UInt64(draw.ranked(400)) : draw.next())
    var row = Row(capacity: 720)
    row.key("created_at_est")
    row.quote()
    row.timeText(nowText)
    row.quote()
    row.key("created_on")
    row.quote()
    row.bytes.append(contentsOf: nowText[..<10])
    row.quote()
    row.key("created_block")
    row.integer(block)
    row.identityKey("pair")
    row.literal("\"0x")
    draw.appendHexadecimal(40, to: &row.bytes)
    row.quote()
    row.key("token")
    row.literal("\"0x")
    draw.appendHexadecimal(40, to: &row.bytes)
    row.quote()
    row.key("name")
    row.string(text)
    row.textLength = text.count
    row.key("symbol")
    row.string(symbol)
    row.key("decimals")
    row.integer([18, 18, 18, 18, 18, 9, 8, 0][draw.ranked(8)])
    row.key("creator")
    row.literal("\"0x")
    let address = row.bytes.count
    creator.appendHexadecimal(40, to: &row.bytes)
    row.quote()
    row.key("quote")
    row.literal("\"WETH\"")
    row.key("initial_liquidity_eth")
    row.decimal([50, 100, 10, 2000, 20, 5, 30, 1, 410, 75][draw.ranked(10)], digits: 1)
    row.key("initial_liquidity_token")
    let supply = [1_000_000_000_000_000, 1_000_000_000_000, 100_000_000, 1_000_000_000, 10_000, 77_777, 21_000_000][draw.ranked(7)]
    row.integer(supply / [1, 2, 10, 1, 3][draw.ranked(5)])
    row.key("initial_supply")
    row.integer(supply)
    row.key("lp_creator")
    appendCopy(of: address, to: &row)
    row.key("initial_receiver")
    appendCopy(of: address, to: &row)
    row.end()
    return Rendered(row: row, intent: .fresh, story: story)
  }

  private func appendCopy(of address: Int, to row: inout Row) {
    row.literal("\"0x")
    row.bytes.append(contentsOf: row.bytes[address..<address + 40])
    row.quote()
  }

  mutating func renderPool() -> Rendered {
    let story = newStory()
    let life = Int64(draw.ranked(30_000_000)) * .second
    let adds = 2 + draw.ranked(900)
    let removes = max(1, adds * draw.between(20...120) / 100)
    let added = 1 + draw.ranked(2_000_000) * (1 + draw.ranked(5_000_000))
    let removed = added / 1000 * draw.between(200...1100) + draw.below(1_000_000)
    var row = Row(capacity: 680)
    row.key("first_pool_activity_at")
    row.quote()
    row.timeText(nowText)
    row.quote()
    row.key("last_pool_activity_at")
    row.quote()
    Timestamp(milliseconds: now + life).appendRFC3339(to: &row.bytes)
    row.quote()
    row.key("last_swap_at")
    row.quote()
    Timestamp(milliseconds: now + life + Int64(draw.ranked(900_000)) * .second).appendRFC3339(to: &row.bytes)
    row.quote()
    row.identityKey("pool")
    row.quote()
    draw.appendBase58(44, to: &row.bytes)
    row.quote()
    row.key("mint")
    row.quote()
    if draw.chance(1, in: 3) { row.literal("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v") } else { draw.appendBase58(44, to: &row.bytes) }
    row.quote()
    row.key("total_added_liquidity")
    row.decimal(added, digits: 6)
    row.key("total_removed_liquidity")
    row.decimal(removed, digits: 6)
    row.key("num_liquidity_adds")
    row.decimal(adds * 10, digits: 1)
    row.key("num_liquidity_removes")
    row.decimal(removes * 10, digits: 1)
    row.key("add_to_remove_ratio")
    row.decimal(added * 1000 / max(1, removed / 1000), digits: 6)
    row.key("last_swap_tx")
    row.quote()
    draw.appendBase58(88, to: &row.bytes)
    row.quote()
    row.key("status")
    if draw.below(100) < 11 { row.literal("\"Inactive\"") } else { row.literal("\"Active\"") }
    row.key("source_year")
    row.bytes.append(contentsOf: nowText[..<4])
    row.end()
    return Rendered(row: row, intent: .fresh, story: story)
  }
}
