import Events

/// The paper's own title, and what makes it special: `… (benchmark, with code)`.
enum PaperTemplate: Template {
  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText {
    var marks = ClaimText()
    if let benchmark = member.number("is_benchmark"), benchmark.value != 0 { marks.mark("benchmark", benchmark, member) }
    if let code = member.number("has_code"), code.value != 0 { marks.mark("with code", code, member) }
    var text = Headline.title(member, limit.less(words: marks.wordCount))
    if !text.isEmpty, !marks.isEmpty {
      text.say(" (")
      text.append(marks)
      text.say(")")
    }
    return text
  }

  static func sentences(_ member: Member, _ story: Story) -> [ClaimText] {
    var about = ClaimText()
    if about.showSentence(member.body, of: member, characters: 220) { about.stop() }
    var filed = ClaimText()
    var authors = ClaimText()
    for author in member.entities("author").prefix(2) {
      var name = ClaimText()
      guard name.show(author, of: member, TextLimit(words: 5, characters: 48)) else { continue }
      if !authors.isEmpty { authors.say(", ") }
      authors.append(name)
    }
    if !authors.isEmpty {
      filed.say("By ")
      filed.append(authors)
      if member.entities("author").count > 2 { filed.say(" and others") }
    }
    var hint = ClaimText()
    if hint.show(member.hint, of: member, TextLimit(words: 2, characters: 24)) {
      filed.say(filed.isEmpty ? "Filed under " : ", filed under ")
      filed.append(hint)
    }
    if let references = member.number("references"), references.value > 0 {
      filed.say(filed.isEmpty ? "The paper has " : ", with ")
      filed.show(references, of: member, ReaderNumbers.count)
      filed.say(" reference", " references", for: references)
    }
    filed.stop()
    return [about, filed].filter { !$0.isEmpty }
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    member.has("has_code")
      ? ["Read the paper.", "Try the published code on your own data."]
      : ["Read the paper.", "Watch for code and for independent results."]
  }
}

extension ClaimText {
  fileprivate mutating func mark(_ wording: String, _ number: Member.Number, _ member: Member) {
    if !isEmpty { say(", ") }
    show(number, of: member, { _ in Array(wording.utf8) })
  }
}
