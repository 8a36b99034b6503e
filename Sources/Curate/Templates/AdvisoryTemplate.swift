import Events

/// `CVE-2026-1234: Path traversal in archive extraction`.
enum AdvisoryTemplate: Template {
  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText {
    guard let identifier = member.entity("cve") ?? member.entity("ghsa") else { return Headline.title(member, limit) }
    var text = ClaimText()
    var title = ClaimText()
    let hasTitle = title.show(member.title, of: member, limit.less(words: 1))
    if hasTitle, member.titleTells("cve-", "ghsa-") { return Headline.title(member, limit) }
    text.show(identifier, of: member, TextLimit(words: 1, characters: 40))
    text.say(hasTitle ? ": " : " published")
    text.append(title)
    return text
  }

  static func sentences(_ member: Member, _ story: Story) -> [ClaimText] {
    var severity = ClaimText()
    var word = ClaimText()
    if word.show(member.fact("severity"), of: member, TextLimit(words: 1, characters: 16), .lowerCase) {
      severity.say("Severity is given as ")
      severity.append(word)
      if let score = member.number("cvss") ?? member.number("cvss_score") {
        severity.say(" with a score of ")
        severity.show(score, of: member, ReaderNumbers.multiple)
      }
      severity.stop()
    }
    var about = ClaimText()
    if about.showSentence(member.body, of: member, characters: 220) { about.stop() }
    return [severity, about].filter { !$0.isEmpty }
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    ["Check whether the affected versions are in use.", "Upgrade, or pin to a version that is not affected."]
  }
}
