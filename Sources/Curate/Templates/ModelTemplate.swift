import Events

/// `Claude Sonnet 4 listed by 14 providers with 200K context`.
enum ModelTemplate: Template {
  static func isRemoval(_ member: Member) -> Bool { member.fact("action").map { $0.text.starts(with: Array("remove".utf8)) } ?? false }

  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText {
    var text = ClaimText()
    guard text.show(member.title ?? member.entity("model"), of: member, limit) else { return text }
    if member.titleTells(" listed ", " added ", " removed ", " adds ", " releases ") { return text }
    let removal = isRemoval(member)
    var provider = ClaimText()
    let hasProvider = provider.show(member.fact("provider") ?? member.entity("provider"), of: member, TextLimit(words: 3, characters: 40))
    if removal {
      text.say(" removed")
      if hasProvider {
        text.say(" by ")
        text.append(provider)
      }
      return text
    }
    text.say(" listed")
    if let providers = member.number("providers"), providers.value >= 2 {
      text.say(" by ")
      text.show(providers, of: member, ReaderNumbers.count)
      text.say(" providers")
    } else if hasProvider {
      text.say(" by ")
      text.append(provider)
    }
    if let context = member.number("context_tokens"), context.value > 0 {
      text.say(" with ")
      text.show(context, of: member, ReaderNumbers.short)
      text.say(" context")
    }
    return text
  }

  static func sentences(_ member: Member, _ story: Story) -> [ClaimText] {
    var offer = ClaimText()
    if let input = member.number("price_input_usd"), let output = member.number("price_output_usd") {
      if offer.show(member.fact("provider") ?? member.entity("provider"), of: member, TextLimit(words: 3, characters: 40)) {
        offer.say(isRemoval(member) ? " had offered it at " : " offers it at ")
      } else {
        offer.say("It costs ")
      }
      offer.show(input, of: member, ReaderNumbers.dollars, unit: " per million input tokens")
      offer.say(" and ")
      offer.show(output, of: member, ReaderNumbers.dollars, unit: " per million output tokens")
      if let most = member.number("output_tokens"), most.value > 0 {
        offer.say(", up to ")
        offer.show(most, of: member, ReaderNumbers.short)
        offer.say(" tokens of output")
      }
      offer.stop()
    } else if let context = member.number("context_tokens"), context.value > 0 {
      offer.say(isRemoval(member) ? "It had a context of " : "It has a context of ")
      offer.show(context, of: member, ReaderNumbers.short)
      offer.say(" tokens.")
    }
    return [offer, priceStep(member)].filter { !$0.isEmpty }
  }

  /// The price against that of the lab's last new model, with both figures.
  private static func priceStep(_ member: Member) -> ClaimText {
    var text = ClaimText()
    guard let step = member.number("price_step"), let price = member.number("price_input_usd"), let previous = member.previousPrice,
      previous.number.value > 0
    else { return text }
    let derivation = "\(canonicalNumber(price.value).displayText) / \(canonicalNumber(previous.number.value).displayText)"
    text.say("Its input price is ")
    text.claim(ReaderNumbers.multiple(step.value), [member.bind(price), previous.binding], derivation: derivation)
    text.say(" times that of the previous model of the same lab.")
    return text
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    if isRemoval(member) { return ["Move or pin workloads that call the removed model."] }
    return ["Compare price and context with the model in use.", "Run your own evaluations before switching."]
  }
}
