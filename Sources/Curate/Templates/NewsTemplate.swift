import Events

/// The headline itself, and how many sources tell it.
enum NewsTemplate: Template {
  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText {
    guard story.sources > 1 else { return Headline.title(member, limit) }
    var text = Headline.title(member, limit.less(words: 2))
    if text.isEmpty { return text }
    text.say(" (")
    text.claim(ReaderNumbers.count(Double(story.sources)).displayText, story.latest.bind("cluster.sources", Double(story.sources)))
    text.say(" sources)")
    return text
  }

  static func sentences(_ member: Member, _ story: Story) -> [ClaimText] {
    var reports = ClaimText()
    if story.clusterSize > 1 {
      reports.append(Sentences.support(story))
    } else {
      reports.say("Only one report so far")
      var publisher = ClaimText()
      if publisher.show(publisherOf(member), of: member, TextLimit(words: 5, characters: 48)) {
        reports.say(", by ")
        reports.append(publisher)
      } else {
        reports.say(", seen at ")
        reports.append(Sentences.observed(member))
      }
      reports.stop()
    }
    var about = ClaimText()
    if about.showSentence(member.body, of: member, characters: 200) { about.stop() }
    return [reports, about].filter { !$0.isEmpty }
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
