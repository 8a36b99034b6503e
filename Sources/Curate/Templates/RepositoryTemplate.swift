import Events

/// `apple/swift-nio releases 2.41.0: Fix strict concurrency checking diagnostics`, and commits: `owner/name: Add a new example`.
enum RepositoryTemplate: Template {
  /// The repository as the source spells it.
  static func repository(of member: Member) -> Member.Piece? {
    if let title = member.title, Member.wordCount(title.text) == 1, title.text.contains(UInt8(ascii: "/")) { return title }
    return member.fact("repository") ?? member.fact("repo") ?? member.entity("repository") ?? member.title
  }

  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText {
    guard let repository = repository(of: member), repository != member.title else { return Headline.title(member, limit) }
    var text = ClaimText()
    // A title that names the repository is a headline already.
    if let title = member.title, contains(title.text, repository.text) { return Headline.title(member, limit) }
    guard text.show(repository, of: member, TextLimit(words: 2, characters: 80)) else { return Headline.title(member, limit) }
    var taken = 1
    let tag = member.fact("tag") ?? member.fact("version")
    if member.kind == .repoRelease {
      text.say(" releases ")
      taken += 2
      if !text.show(tag, of: member, TextLimit(words: 2, characters: 40)) { text.say("a version") }
    }
    if let title = member.title, title.text != tag?.text {
      var subject = ClaimText()
      if subject.show(title, of: member, limit.less(words: taken)) {
        text.say(": ")
        text.append(subject)
      }
    } else if member.kind == .repoPush {
      text.say(" received a push")
    }
    return text
  }

  static func sentences(_ member: Member, _ story: Story) -> [ClaimText] {
    var change = ClaimText()
    if let added = member.number("insertions"), let removed = member.number("deletions") {
      change.say("The change adds ")
      change.show(added, of: member, ReaderNumbers.count)
      change.say(" line and removes ", " lines and removes ", for: added)
      change.show(removed, of: member, ReaderNumbers.count)
      if let files = member.number("files") {
        change.say(" in ")
        change.show(files, of: member, ReaderNumbers.count)
        change.say(" file", " files", for: files)
      }
      change.stop()
    }
    var about = ClaimText()
    if about.showSentence(member.body, of: member, characters: 200) { about.stop() }
    return [change, about].filter { !$0.isEmpty }
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    member.kind == .repoRelease
      ? ["Read the release notes.", "Pin the version in use until the change is tested."] : ["Read the change."]
  }

  private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    func lower(_ bytes: [UInt8]) -> String { String(decoding: bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self) }
    return lower(text).contains(lower(part))
  }
}
