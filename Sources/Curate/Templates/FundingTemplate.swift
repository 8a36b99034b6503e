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
        text.say(" ")
        text.append(round)
      }
    } else if hasRound {
      text.say("an undisclosed ")
      text.append(round)
    } else {
      text.say("an undisclosed amount")
    }
    var lead = ClaimText()
    if lead.show(leadInvestor(of: member), of: member, limit.detail) {
      text.say(" led by ")
      text.append(lead)
    }
    return text
  }

  static func leadInvestor(of member: Member) -> Member.Piece? {
    member.fact("lead_investor") ?? member.fact("lead") ?? member.fact("lead_investors")
  }

  static func sentences(_ member: Member, _ story: Story) -> [ClaimText] {
    var about = ClaimText()
    if about.showSentence(member.body, of: member, characters: 200) { about.stop() }
    var investors = ClaimText()
    for investor in member.entities("investor").prefix(3) {
      var name = ClaimText()
      guard name.show(investor, of: member, TextLimit(words: 6, characters: 48)) else { continue }
      investors.say(investors.isEmpty ? "Investors include " : ", ")
      investors.append(name)
    }
    investors.stop()
    var category = ClaimText()
    if about.isEmpty || investors.isEmpty, category.show(member.fact("category"), of: member, TextLimit(words: 4, characters: 40)) {
      var filed = ClaimText()
      filed.say("Filed under ")
      filed.append(category)
      filed.stop()
      category = filed
    }
    return [about, investors, category].filter { !$0.isEmpty }
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    ["Verify the round with the company or its lead investor.", "Watch for a product or token announcement."]
  }
}
