import Events
import Model

/// `openclaw/openclaw gained 5,231 stars in a day, now 48,120`.
enum StarsTemplate: Template {
  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText {
    var text = ClaimText()
    guard text.show(RepositoryTemplate.repository(of: member), of: member, limit) else { return text }
    guard let stars = member.number("stars") else {
      text.say(" on the list of starred repositories")
      return text
    }
    if let previous = member.previousStars, stars.value > previous.number.value {
      text.say(" gained ")
      text.gain(stars, previous, member)
      text.say(" stars in ")
      text.elapsed(previous, member)
      text.say(", now ")
      text.show(stars, of: member, ReaderNumbers.count)
    } else {
      text.say(" has ")
      text.show(stars, of: member, ReaderNumbers.count)
      text.say(" stars")
    }
    return text
  }

  static func sentences(_ member: Member, _ story: Story) -> [ClaimText] {
    var about = ClaimText()
    if about.showSentence(member.body, of: member, characters: 160) { about.stop() }
    var pace = ClaimText()
    if let burst = member.number("star_burst") {
      pace.say("That is ")
      pace.show(burst, of: member, ReaderNumbers.multiple)
      pace.say(" times its usual daily gain")
    }
    if let forks = member.number("forks") {
      pace.say(pace.isEmpty ? "The repository has " : "; it has ")
      pace.show(forks, of: member, ReaderNumbers.count)
      pace.say(" fork", " forks", for: forks)
    }
    if member.flags.contains(.starsWithoutForks) { pace.say(", and they did not rise with the stars") }
    pace.stop()
    return [pace, about].filter { !$0.isEmpty }
  }

  static func actions(_ member: Member, _ story: Story) -> [StaticString] {
    member.flags.contains(.starsWithoutForks)
      ? ["Treat the count with care: look at who gave the stars.", "Watch the repository for a day."]
      : ["Look at what drew the stars: a release, a post or a campaign.", "Watch the repository."]
  }
}

extension ClaimText {
  fileprivate mutating func gain(_ stars: Member.Number, _ previous: Prior, _ member: Member) {
    let derivation = "\(canonicalNumber(stars.value).displayText) - \(canonicalNumber(previous.number.value).displayText)"
    claim(
      ReaderNumbers.count(stars.value - previous.number.value), [member.bind(stars), previous.binding], derivation: derivation)
  }

  /// `a day` or `9 days`: from the two records' observed times.
  fileprivate mutating func elapsed(_ previous: Prior, _ member: Member) {
    let now = member.observedAt.milliseconds
    let then = previous.observedAt.milliseconds
    let days = ((Double(now) - Double(then)) / Double(Int64.day)).rounded()
    let bindings = [
      member.place.bind("observed_at", Double(now)), previous.place.bind("observed_at", Double(then)),
    ]
    let derivation = "(\(now) - \(then)) / 86400000"
    let shown = days <= 1 ? Array("a day".utf8) : ReaderNumbers.count(days) + Array(" days".utf8)
    claim(shown, bindings, derivation: derivation)
  }
}
