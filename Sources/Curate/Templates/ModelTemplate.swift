import Events

/// `Claude Sonnet 4 listed by 14 providers with 200K context`.
enum ModelTemplate: Template {
  static func isRemoval(_ member: Member) -> Bool { member.fact("action").map { $0.text.starts(with: Array("remove".utf8)) } ?? false }

  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText {
    var text = ClaimText()
    guard let name = member.title ?? member.entity("model"), text.show(name, part: bareName(name.text), of: member, limit) else {
      return text
    }
    if member.titleTells(" listed ", " added ", " removed ", " adds ", " releases ") { return text }
    let removal = isRemoval(member)
    var provider = ClaimText()
    let hasProvider = provider.show(
      member.fact("provider") ?? member.entity("provider"), of: member, TextLimit(words: 3, characters: 40), .company)
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
      text.say(" with a ")
      text.show(context, of: member, ReaderNumbers.tokens)
      text.say("-token context")
    }
    return text
  }

  /// A model's name without the maker before it: `Maker: Model 4`, `maker/model-4` and `maker--model-4`.
  private static func bareName(_ text: [UInt8]) -> Range<Int> {
    var start = 0
    for i in text.indices.dropLast() {
      if text[i] == UInt8(ascii: ":"), text[i + 1] == 0x20, i + 2 < text.count, start == 0, i <= 24 { start = i + 2 }
      if text[i] == UInt8(ascii: "-"), text[i + 1] == UInt8(ascii: "-"), i + 2 < text.count, start == 0 { start = i + 2 }
      if text[i] == UInt8(ascii: "/"), !text.contains(0x20) { start = i + 1 }
    }
    return start..<text.count
  }

  static func sentences(_ member: Member, _ story: Story) -> [ClaimText] {
    var offer = ClaimText()
    if let input = member.number("price_input_usd"), let output = member.number("price_output_usd") {
      if !offer.show(member.fact("provider") ?? member.entity("provider"), of: member, TextLimit(words: 3, characters: 40), .company) {
        offer.say("The provider")
      }
      if input.value == 0, output.value == 0 {
        offer.say(isRemoval(member) ? " had offered it " : " offers it ")
        let bindings = [member.bind(input), member.bind(output)]
        offer.claim(Array("free of charge".utf8), bindings, derivation: member.origin(bindings))
      } else {
        offer.say(isRemoval(member) ? " had charged " : " charges ")
        offer.show(input, of: member, ReaderNumbers.dollars, unit: " per million input tokens")
        offer.say(" and ")
        offer.show(output, of: member, ReaderNumbers.dollars, unit: " per million output tokens")
      }
      if let most = member.number("output_tokens"), most.value > 0 {
        offer.say(isRemoval(member) ? ", and allowed up to " : ", and allows up to ")
        offer.show(most, of: member, ReaderNumbers.tokens)
        offer.say(" tokens of output")
      }
      if let open = member.fact("open_weights"), open.text == Array("true".utf8) {
        let binding = member.bind(open, 0..<open.text.count)
        offer.say("; the ")
        offer.claim(Array("weights are open".utf8), [binding], derivation: member.origin([binding]))
      }
      offer.stop()
    } else if isRemoval(member), let context = member.number("context_tokens"), context.value > 0 {
      offer.say("It had a context of ")
      offer.show(context, of: member, ReaderNumbers.tokens)
      offer.say(" tokens.")
    }
    let told = [offer, age(member) ?? priceStep(member)].filter { !$0.isEmpty }
    return told.isEmpty && isRemoval(member) ? [removal(member)].filter { !$0.isEmpty } : told
  }

  /// A model that is months old is a new offer, not a new model.
  private static func age(_ member: Member) -> ClaimText? {
    guard !isRemoval(member), let date = member.fact("release_date"), member.number("is_new") == nil else { return nil }
    var text = ClaimText()
    text.say("The model itself dates from ")
    guard text.show(date, of: member, TextLimit(words: 1, characters: 10)) else { return nil }
    text.say(", so this is a further offer of it.")
    return text
  }

  /// What is known of a model that went: the path it was called by.
  private static func removal(_ member: Member) -> ClaimText {
    var text = ClaimText()
    guard let path = member.fact("model_path"), path.text != member.title?.text else { return text }
    text.say("It was called by the name ")
    guard text.show(path, of: member, TextLimit(words: 3, characters: 80)) else { return ClaimText() }
    text.stop()
    return text
  }

  /// What the model of the lab that was listed before it cost, to hold the price against.
  private static func priceStep(_ member: Member) -> ClaimText {
    var text = ClaimText()
    // A small model after a large one is no price step; only like is told beside like.
    guard let step = member.number("price_step"), step.value != 1, (0.25...4).contains(step.value), let previous = member.previousPrice
    else { return text }
    let binding = previous.binding
    text.say("The lab's model listed before it cost ")
    text.claim(
      ReaderNumbers.dollars(previous.number.value) + Array(" per million input tokens".utf8), [binding],
      derivation: binding.span == nil ? "normalize(\(previous.source))" : nil)
    text.say(".")
    return text
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    if isRemoval(member) { return ["Move workloads that call the removed model to another provider or model."] }
    if member.fact("release_date") != nil, member.number("is_new") == nil {
      return ["Compare the price with that of the provider in use."]
    }
    return ["Compare price and context with the model in use.", "Run your own evaluations before switching."]
  }
}
