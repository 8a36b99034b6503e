import Events

/// The headline itself, and how many sources tell it.
enum NewsTemplate: Template {
  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText {
    guard story.sources > 1 else { return title(member, limit) }
    var text = title(member, limit.less(words: 2))
    if text.isEmpty { return text }
    text.say(" (")
    text.claim(ReaderNumbers.count(Double(story.sources)).displayText, story.latest.bind("cluster.sources", Double(story.sources)))
    text.say(" sources)")
    return text
  }

  /// A title's parts: what is told, and who is credited with it.
  private static func parts(_ piece: Member.Piece, _ member: Member) -> (told: Range<Int>, credit: Range<Int>?) {
    if let credit = HeadlineCut.credit(of: piece.text), member.fact("publisher") == nil { return (credit.title, credit.name) }
    return (HeadlineCut.withoutPublisher(piece.text, publisher: publisherOf(member)?.text), nil)
  }

  private static func title(_ member: Member, _ limit: TextLimit) -> ClaimText {
    guard let piece = member.title else { return Headline.title(member, limit) }
    let told = parts(piece, member).told
    var text = ClaimText()
    let part = Array(piece.text[told])
    // What a cut headline says should be whole: `A does this; B does that` is cut at the semicolon.
    let clause = Member.wordCount(part) > limit.words ? HeadlineCut.clause(of: part) : nil
    text.show(piece, part: clause ?? told, of: member, limit)
    return text
  }

  static func sentences(_ member: Member, _ story: Story) -> [ClaimText] {
    var reports = ClaimText()
    let credit = member.title.flatMap { piece in parts(piece, member).credit.map { (piece, $0) } }
    if story.clusterSize > 1 {
      reports.append(Sentences.support(story))
    } else {
      reports.say("Only one report so far")
      var publisher = ClaimText()
      if publisher.show(publisherOf(member), of: member, TextLimit(words: 5, characters: 48)) {
        reports.say(", by ")
        reports.append(publisher)
      } else if let credit, publisher.show(credit.0, part: credit.1, of: member, TextLimit(words: 7, characters: 60)) {
        reports.say(", credited to ")
        reports.append(publisher)
      } else {
        reports.say(", seen at ")
        reports.append(Sentences.observed(member))
      }
      reports.stop()
    }
    if let rest = rest(member, story) { return [rest, reports] }
    var about = ClaimText()
    if about.showSentence(member.body, of: member, characters: 200) { about.stop() }
    return [reports, about].filter { !$0.isEmpty }
  }

  /// What the headline had no room for: `It goes on: "…"`.
  private static func rest(_ member: Member, _ story: Story) -> ClaimText? {
    guard let piece = member.title else { return nil }
    let told = parts(piece, member).told
    let shown = Headline.fit { headline(member, story, $0) }
    guard let end = shown.claims.first(where: { $0.bindings.first?.field == piece.field })?.bindings[0].end, end < told.upperBound else {
      return nil
    }
    var start = end
    let dash: [UInt8] = [0xe2, 0x80, 0x94]
    while start < told.upperBound {
      if [0x20, UInt8(ascii: ","), UInt8(ascii: ";")].contains(piece.text[start]) {
        start += 1
      } else if start + 3 <= told.upperBound, piece.text[start..<start + 3].elementsEqual(dash) {
        start += 3
      } else {
        break
      }
    }
    var text = ClaimText()
    // A word or two alone would say nothing.
    if Member.wordCount(Array(piece.text[min(start, told.upperBound)..<told.upperBound])) < 4 {
      text.say("In full: ")
      start = told.lowerBound
    } else {
      text.say("It goes on: ")
    }
    // Quotation marks within would end it early.
    let isQuoted = !piece.text[min(start, told.upperBound)..<told.upperBound].contains(UInt8(ascii: "\""))
    if isQuoted { text.say("\"") }
    guard start < told.upperBound,
      text.show(piece, part: start..<told.upperBound, of: member, TextLimit(words: .max, characters: 300))
    else { return nil }
    text.stop()
    if isQuoted { text.say("\"") }
    return text
  }

  private static func publisherOf(_ member: Member) -> Member.Piece? {
    member.fact("publisher") ?? member.fact("outlet") ?? member.fact("feed") ?? member.fact("provider")
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    story.sources > 1 ? ["Read the reports."] : ["Read the report.", "Wait for a second source before acting on it."]
  }
}

/// An event of no known kind: its own title.
enum GenericTemplate: Template {
  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText { Headline.title(member, limit) }

  static func sentences(_ member: Member, _ story: Story) -> [ClaimText] {
    var about = ClaimText()
    if about.showSentence(member.body, of: member, characters: 220) { about.stop() }
    return [about].filter { !$0.isEmpty }
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] { ["Read the source record."] }
}
