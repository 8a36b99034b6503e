import Events

/// `Cryowar Token (CWAR) launched on Ethereum with $410K in liquidity`; pools and listings likewise.
enum TokenTemplate: Template {
  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText {
    if member.titleTells(" launched", " listed", " liquidity", " removed ", " banned ") { return Headline.title(member, limit) }
    var text = ClaimText()
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
    case .poolActivity: text.say(" pool active")
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
    let units: [(name: String, unit: String)] = [("liquidity_usd", ""), ("liquidity_eth", " ETH"), ("liquidity_sol", " SOL")]
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
    contract.stop()
    var deployer = ClaimText()
    if let launches = member.number("deployer_launches"), launches.value >= 2 {
      deployer.say("Its deployer made ")
      deployer.show(launches, of: member, ReaderNumbers.count)
      deployer.say(" pools or tokens in the last week.")
    }
    return [deployer, contract].filter { !$0.isEmpty }
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    ["Verify the contract and who can withdraw its liquidity.", "Check what else the deployer has launched."]
  }
}
