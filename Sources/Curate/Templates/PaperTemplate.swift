import Events

/// The paper's own title, and what makes it special: `… (benchmark, with code)`.
enum PaperTemplate: Template {
  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText {
    var marks = ClaimText()
    if let benchmark = member.number("is_benchmark"), benchmark.value != 0, !member.titleTells("bench") {
      marks.mark("benchmark", benchmark, member)
    }
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
    var quoted = ClaimText()
    if quoted.showSentence(member.body, of: member, characters: 240, preferring: news, .paper) {
      // Abstracts say "we"; a brief does not.
      about.say("From the abstract: \"")
      quoted.stop()
      about.append(quoted)
      about.say("\"")
    }
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
    if let said = member.fact("comment"), let part = telling(said.text),
      comment.show(said, part: part, of: member, TextLimit(words: 20, characters: 140), .paper)
    {
      filed.say(filed.isEmpty ? "The authors note: " : "; the authors note: ")
      filed.append(comment)
    }
    filed.stop()
    return [about, filed].filter { !$0.isEmpty }
  }

  /// What stands in the sentence of an abstract that says what is new; what stands before it is background.
  private static let news = Display.Preference(
    phrases: [
      "We introduce ", "We present ", "We propose ", "we introduce ", "we present ", "we propose ", "This paper introduces ",
      "This paper presents ", "This paper proposes ", "This work introduces ", "This work presents ", "we release ", "We release ",
      "we develop ", "We develop ", "we construct", "We construct",
    ],
    beginnings: ["In this paper", "In this work", "This paper", "This work", "This study", "Here, we", "To address", "We "])

  /// The sentence of an author's comment that says more than how many pages there are.
  private static func telling(_ comment: [UInt8]) -> Range<Int>? {
    var start = 0
    while start < comment.count {
      var end = start
      while end < comment.count, !(comment[end] == UInt8(ascii: ".") && end + 1 < comment.count && comment[end + 1] == 0x20) { end += 1 }
      let text = String(decoding: comment[start..<end].map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
      let words = ["accept", "publish", "appear", "http", "code", "dataset", "oral", "spotlight", "withdrawn"]
      if words.contains(where: { text.contains($0) }) { return start..<end }
      start = end + 2
    }
    return nil
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    if member.has("is_benchmark") {
      return member.has("has_code")
        ? ["Read the paper.", "Run the models in use on the benchmark."]
        : ["Read the paper.", "Watch for the benchmark's data and code."]
    }
    return member.has("has_code")
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
