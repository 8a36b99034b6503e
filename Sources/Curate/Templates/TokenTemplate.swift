import Events

/// `Cryowar Token (CWAR) launched on Ethereum with $410K in liquidity`; pools and listings likewise.
enum TokenTemplate: Template {
  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText {
    if member.titleTells(" launched", " listed", " liquidity", " removed ", " banned ") { return Headline.title(member, limit) }
    var text = ClaimText()
    if member.kind == .poolActivity, let pool = pool(member, limit) { return pool }
    let subject = member.title ?? member.fact("symbol") ?? member.entity("token") ?? member.entity("pool")
    guard text.show(subject, of: member, limit, .address) else { return text }
    if let symbol = member.fact("symbol"), symbol.text != subject?.text {
      var part = ClaimText()
      if part.show(symbol, of: member, TextLimit(words: 1, characters: 24)) {
        text.say(" (")
        text.append(part)
        text.say(")")
      }
    }
    switch member.kind {
    case .tokenListing: verb(of: member, &text)
    default: text.say(" launched")
    }
    var chain = ClaimText()
    if chain.show(ExploitTemplate.chain(of: member), of: member, TextLimit(words: 2, characters: 24), .name) {
      text.say(" on ")
      text.append(chain)
    }
    if let liquidity = liquidity(of: member) {
      text.say(" with ")
      text.show(liquidity.number, of: member, liquidity.show, unit: liquidity.unit)
      text.say(" in liquidity")
    }
    return text
  }

  /// `Solana pool AoXj…XoJc: liquidity added 4 times, removed 2 times`.
  private static func pool(_ member: Member, _ limit: TextLimit) -> ClaimText? {
    guard let address = member.entity("pool") else { return nil }
    var text = ClaimText()
    if text.show(ExploitTemplate.chain(of: member), of: member, TextLimit(words: 2, characters: 24), .name) { text.say(" pool ") }
    guard text.show(address, of: member, limit, .address) else { return nil }
    if let liquidity = liquidity(of: member) {
      text.say(" active with ")
      text.show(liquidity.number, of: member, liquidity.show, unit: liquidity.unit)
      text.say(" in liquidity")
      return text
    }
    guard let adds = member.number("add_count"), let removals = member.number("remove_count") else {
      text.say(" active")
      return text
    }
    text.say(": liquidity added ")
    text.show(adds, of: member, ReaderNumbers.count)
    text.say(" time, removed ", " times, removed ", for: adds)
    text.show(removals, of: member, ReaderNumbers.count)
    text.say(" time", " times", for: removals)
    return text
  }

  private static func verb(of member: Member, _ text: inout ClaimText) {
    switch member.fact("action").map({ String(decoding: $0.text, as: UTF8.self) }) {
    case "removed": text.say(" removed from the token list")
    case "banned": text.say(" banned from the token list")
    case "changed": text.say(" changed on the token list")
    default: text.say(" listed")
    }
  }

  /// The liquidity figure that the source gives, in dollars where it has them.
  static func liquidity(of member: Member) -> Liquidity? {
    let units: [(name: String, unit: String)] = [
      ("liquidity_usd", ""), ("liquidity_eth", " ETH"), ("initial_liquidity_eth", " ETH"), ("liquidity_sol", " SOL"),
    ]
    for entry in units {
      guard let number = member.number(entry.name), number.value > 0 else { continue }
      return Liquidity(number: number, unit: entry.unit)
    }
    return nil
  }

  struct Liquidity {
    var number: Member.Number
    /// Empty for dollars.
    var unit: String

    func show(_ value: Double) -> [UInt8] { unit.isEmpty ? ReaderNumbers.dollars(value) : ReaderNumbers.count(value) }
  }

  static func sentences(_ member: Member, _ story: Story) -> [ClaimText] {
    var contract = ClaimText()
    let token = member.fact("address") ?? member.entity("token")
    let address = member.kind == .poolActivity ? member.entity("pool") ?? token : token ?? member.entity("pool") ?? member.entity("address")
    var shown = ClaimText()
    if shown.show(address, of: member, TextLimit(words: 1, characters: 80)) {
      contract.say(member.kind == .poolActivity ? "The pool is " : "The contract is ")
      contract.append(shown)
    }
    if let holders = member.number("holders"), holders.value > 0 {
      contract.say(contract.isEmpty ? "The token has " : "; it has ")
      contract.show(holders, of: member, ReaderNumbers.count)
      contract.say(" holder", " holders", for: holders)
    }
    let share = share(of: member)
    if !share.isEmpty {
      contract.say(contract.isEmpty ? "The pool holds " : "; the pool holds ")
      contract.append(share)
      contract.say(" of the token's first supply")
    }
    contract.stop()
    var deployer = ClaimText()
    if let launches = member.number("deployer_launches"), launches.value >= 2 {
      deployer.say("Its deployer made ")
      deployer.show(launches, of: member, ReaderNumbers.count)
      deployer.say(" pools or tokens in the last week.")
    }
    return [deployer, flow(of: member), contract].filter { !$0.isEmpty }
  }

  /// How much of the supply lies in the pool: what does not can be sold into it.
  private static func share(of member: Member) -> ClaimText {
    var text = ClaimText()
    guard let pooled = member.number("initial_liquidity_token"), let supply = member.number("initial_supply"), supply.value > 0,
      pooled.value > 0, pooled.value <= supply.value
    else { return text }
    let percent = (pooled.value / supply.value * 1000).rounded() / 10
    guard percent > 0 else { return text }
    text.claim(
      ReaderNumbers.multiple(percent) + Array("%".utf8), [member.bind(pooled), member.bind(supply)],
      derivation: "\(canonicalNumber(pooled.value).displayText) / \(canonicalNumber(supply.value).displayText)")
    return text
  }

  /// What went into a pool and out of it, in whole tokens of the source's choosing.
  private static func flow(of member: Member) -> ClaimText {
    var text = ClaimText()
    guard member.kind == .poolActivity, let added = member.number("added_liquidity"), let removed = member.number("removed_liquidity")
    else {
      return text
    }
    text.say("In tokens of the pool ")
    text.show(added, of: member, ReaderNumbers.count)
    text.say(" were added and ")
    text.show(removed, of: member, ReaderNumbers.count)
    text.say(" removed.")
    return text
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    switch member.kind {
    case .poolActivity: return ["Check who added the liquidity and who withdrew it.", "Verify the pool's tokens before trading in it."]
    case .tokenListing: return ["Verify the contract before trading the token."]
    default: return ["Verify the contract and who can withdraw its liquidity.", "Check what else the deployer has launched."]
    }
  }
}
