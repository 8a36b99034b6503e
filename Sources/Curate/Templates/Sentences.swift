import Events
import Model

/// Sentences that any kind of brief can have.
enum Sentences {
  /// `Scored 0.84 (instant): freshness 0.98, novelty 0.91, impact 0.77.`: the total and the three largest contributions.
  static func score(_ story: Story) -> ClaimText {
    let peak = story.peak
    var text = ClaimText()
    text.say("Scored ")
    text.claim(ReaderNumbers.score(peak.total).displayText, peak.place.bind("total_evi", peak.total))
    text.say(" (")
    let band = "\(story.band.name)"
    text.claim(story.band == .sameDay ? "same day" : band, story.decider.bind("band", Array(band.utf8)))
    text.say(")")
    let order = Score.allCases.sorted { a, b in
      let first = peak.contributions[a.rawValue]
      let second = peak.contributions[b.rawValue]
      return first == second ? a.rawValue < b.rawValue : first > second
    }
    for (index, score) in order.prefix(3).enumerated() {
      text.say(index == 0 ? ": " : ", ")
      text.say(score.name)
      text.say(" ")
      let value = peak.values[score.rawValue]
      text.claim(ReaderNumbers.score(value).displayText, peak.place.bind("scores.\(score.name)", value))
    }
    text.say(".")
    return text
  }

  /// `Sources disagree on the amount: $12.4M (defillama_hacks) and $10M (defihacklabs).`
  static func conflict(_ story: Story) -> ClaimText? {
    guard let conflict = story.conflict else { return nil }
    var text = ClaimText()
    text.say("Sources disagree on the amount: ")
    for (index, figure) in [conflict.newer, conflict.older].enumerated() {
      if index > 0 { text.say(" and ") }
      let binding = figure.binding
      text.claim(
        ReaderNumbers.dollars(figure.number.value), [binding],
        derivation: binding.basis == .read && binding.span == nil ? "normalize(\(figure.source))" : nil)
      text.say(" (")
      text.claim(figure.source, figure.place.bind("source", Array(figure.source.utf8)))
      text.say(")")
    }
    text.say(".")
    return text
  }

  /// `4 reports from 3 sources, the first at 2026-02-21 03:52 UTC.`
  static func support(_ story: Story) -> ClaimText {
    var text = ClaimText()
    text.claim(
      ReaderNumbers.count(Double(story.clusterSize)).displayText, story.latest.bind("cluster.size", Double(story.clusterSize)))
    text.say(" reports from ")
    text.claim(ReaderNumbers.count(Double(story.sources)).displayText, story.latest.bind("cluster.sources", Double(story.sources)))
    text.say(story.sources == 1 ? " source, the first at " : " sources, the first at ")
    text.claim(
      minuteText(story.firstSeenAt).displayText, story.latest.bind("cluster.first_seen_at", Double(story.firstSeenAt.milliseconds)))
    text.say(".")
    return text
  }

  /// `The incident is dated 2021-08-30, 284 days before this report.`: where the source tells of something old.
  static func lag(of member: Member) -> ClaimText? {
    let days = member.lagDays
    guard days >= 2, !member.flags.contains(.timeMissing) else { return nil }
    let occurred = Double(member.occurredAt.milliseconds)
    let observed = Double(member.observedAt.milliseconds)
    let timestamp = member.place.bind("timestamp", occurred)
    var text = ClaimText()
    text.say("The incident is dated ")
    text.claim(dayText(member.occurredAt).displayText, timestamp)
    text.say(", ")
    text.claim(
      ReaderNumbers.count(days.rounded(.down)), [member.place.bind("observed_at", observed), timestamp],
      derivation: "(\(member.observedAt.milliseconds) - \(member.occurredAt.milliseconds)) / 86400000")
    text.say(" days before this report.")
    return text
  }

  /// `2026-02-21 03:52 UTC`
  static func observed(_ member: Member) -> ClaimText {
    var text = ClaimText()
    let time = Double(member.observedAt.milliseconds)
    text.claim(minuteText(member.observedAt).displayText, member.place.bind("observed_at", time))
    return text
  }

  /// `The record came from git_activity at 2026-02-21 03:52 UTC.`: where a template has nothing more to say.
  static func origin(_ member: Member) -> ClaimText {
    var text = ClaimText()
    text.say("The record came from ")
    text.claim(member.source, member.place.bind("source", Array(member.source.utf8)))
    text.say(" at ")
    text.append(observed(member))
    text.say(".")
    return text
  }

  /// `Link: https://…`
  static func link(_ member: Member) -> ClaimText? {
    guard let url = member.url, !url.isCut, url.text.count <= 160 else { return nil }
    var text = ClaimText()
    text.say("Link: ")
    return text.show(url, of: member, TextLimit(words: 1, characters: 160)) ? text : nil
  }
}

extension Member {
  /// Days from when it happened to when it was observed; 0 where the source's time lies later.
  var lagDays: Double { max(0, Double(observedAt.milliseconds) - Double(occurredAt.milliseconds)) / Double(Int64.day) }
}
