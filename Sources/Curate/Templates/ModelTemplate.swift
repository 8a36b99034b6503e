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
      text.show(context, of: member, ReaderNumbers.tokens)
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
        offer.show(most, of: member, ReaderNumbers.tokens)
        offer.say(" tokens of output")
      }
      if let open = member.fact("open_weights"), open.text == Array("true".utf8) {
        let binding = member.bind(open, 0..<open.text.count)
        offer.say(", with ")
        offer.claim(Array("open weights".utf8), [binding], derivation: member.origin([binding]))
      }
      offer.stop()
    } else if let context = member.number("context_tokens"), context.value > 0 {
      offer.say(isRemoval(member) ? "It had a context of " : "It has a context of ")
      offer.show(context, of: member, ReaderNumbers.tokens)
      offer.say(" tokens.")
    }
    return [offer, priceStep(member)].filter { !$0.isEmpty }
  }

  /// What the lab's last new model cost, to hold the price against.
  private static func priceStep(_ member: Member) -> ClaimText {
    var text = ClaimText()
    guard member.number("price_step") != nil, let previous = member.previousPrice else { return text }
    let binding = previous.binding
    text.say("The last new model of the same lab was listed at ")
    text.claim(
      ReaderNumbers.dollars(previous.number.value) + Array(" per million input tokens".utf8), [binding],
      derivation: binding.span == nil ? "normalize(\(previous.source))" : nil)
    text.say(".")
    return text
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    if isRemoval(member) { return ["Move or pin workloads that call the removed model."] }
    return ["Compare price and context with the model in use.", "Run your own evaluations before switching."]
  }
}
