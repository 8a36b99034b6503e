import Events

/// `Helio raises $20M seed led by a16z`.
enum FundingTemplate: Template {
  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText {
    if member.titleTells("raise", "secure", "funding", "closes", "invest") { return Headline.title(member, limit) }
    var text = ClaimText()
    guard text.show(member.subject("organization", "protocol", "product"), of: member, limit) else { return text }
    text.say(" raises ")
    var round = ClaimText()
    let hasRound = round.show(member.fact("round"), of: member, TextLimit(words: 3, characters: 24), .lowered)
    if let amount = member.number("amount_usd"), amount.value > 0 {
      text.show(amount, of: member, ReaderNumbers.dollars)
      if hasRound {
        switch joining(round.text) {
        case .adjective: text.say(" ")
        case .mass: text.say(" in ")
        case .countable: text.say(" in a ")
        case .countableBeforeVowel: text.say(" in an ")
        }
        text.append(round)
      }
    } else if hasRound {
      text.say("an undisclosed ")
      text.append(round)
    } else {
      text.say("an undisclosed amount")
    }
    var lead = ClaimText()
    if lead.show(leadInvestor(of: member), of: member, TextLimit(words: max(1, limit.words / 2), characters: max(12, limit.characters / 3)))
    {
      text.say(" led by ")
      text.append(lead)
    }
    return text
  }

  private enum Joining { case adjective, mass, countable, countableBeforeVowel }

  /// How a round joins the amount: `$20M seed`, `$20M in debt financing`, `$20M in an ICO`, `$20M in a corporate round`.
  private static func joining(_ round: String) -> Joining {
    let word = round.split(separator: " ").last.map(String.init) ?? round
    switch word {
    case "ICO", "IDO", "IEO", "INO", "IPO": return round == word ? .countableBeforeVowel : .countable
    case "SAFT", "SAFE", "sale", "round", "Round", "offering", "launch", "auction", "loan", "LBP", "SPAC": return .countable
    case "financing", "equity", "debt", "funding", "grants": return .mass
    case "grant": return .countable
    default: return .adjective
    }
  }

  static func leadInvestor(of member: Member) -> Member.Piece? {
    member.fact("lead_investor") ?? member.fact("lead") ?? member.fact("lead_investors")
  }

  static func sentences(_ member: Member, _ story: Story) -> [ClaimText] {
    var about = ClaimText()
    let isSector = member.body.map { Member.wordCount($0.text) <= 4 } ?? false
    if isSector {
      var sector = ClaimText()
      if sector.show(member.body, of: member, TextLimit(words: 4, characters: 60)) {
        about.say("The source describes it as \"")
        about.append(sector)
        about.say("\".")
      }
    } else if about.showSentence(member.body, of: member, characters: 200) {
      about.stop()
    }
    let lead = leadInvestor(of: member)
    // The lead investor is in the headline already.
    let others = member.entities("investor").filter { $0.text != lead?.text }
    var investors = ClaimText()
    for (index, investor) in others.prefix(3).enumerated() {
      var name = ClaimText()
      guard name.show(investor, of: member, TextLimit(words: 6, characters: 48)) else { continue }
      let isLast = index == min(others.count, 3) - 1
      if investors.isEmpty {
        investors.say(lead == nil ? others.count == 1 ? "The only named investor is " : "Investors include " : "Others in the round: ")
      } else {
        investors.say(isLast ? " and " : ", ")
      }
      investors.append(name)
    }
    investors.stop()
    var valuation = ClaimText()
    if let value = member.number("valuation_usd"), value.value > 0 {
      valuation.say("The valuation is given as ")
      valuation.show(value, of: member, ReaderNumbers.dollars)
      valuation.stop()
    }
    var category = ClaimText()
    if about.isEmpty || investors.isEmpty && !isSector,
      category.show(member.fact("category"), of: member, TextLimit(words: 4, characters: 40))
    {
      var filed = ClaimText()
      filed.say("Filed under ")
      filed.append(category)
      filed.stop()
      category = filed
    } else {
      category = ClaimText()
    }
    return [valuation, about, investors, category].filter { !$0.isEmpty }
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    ["Verify the round with the company or its lead investor.", "Watch for a product or token announcement."]
  }
}
