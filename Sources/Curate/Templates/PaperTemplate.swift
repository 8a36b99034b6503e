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
    if about.showSentence(member.body, of: member, characters: 240, preferring: claims) { about.stop() }
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
    // Where it was accepted, where its code lies: arXiv keeps that in the comment.
    var comment = ClaimText()
    if comment.show(member.fact("comment"), of: member, TextLimit(words: 14, characters: 100)) {
      filed.say(filed.isEmpty ? "The comment says: " : "; the comment says: ")
      filed.append(comment)
    }
    filed.stop()
    return [about, filed].filter { !$0.isEmpty }
  }

  /// How abstracts begin the sentence that says what is new; what stands before it is background.
  private static let claims: [StaticString] = [
    "We introduce", "We present", "We propose", "In this paper", "In this work", "This paper", "This work", "This study", "We ", "Here, we",
    "To address",
  ]

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
