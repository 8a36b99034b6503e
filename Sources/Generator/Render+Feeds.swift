import JSON
import Model

extension SignalGenerator {
  /// A whole feed document as a poller would fetch it: RSS 2.0 three times in four, else Atom 1.0.
  mutating func renderFeed() -> Rendered {
    let isAtom = draw.chance(1, in: 4)
    var row = Row(capacity: 8192)
    if isAtom {
      row.literal(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Front page</title><id>urn:feed:front</id><updated>"
      )
      row.span(nowText)
      row.literal("</updated>\n")
    } else {
      row.literal(
        "<rss xmlns:dc=\"http://purl.org/dc/elements/1.1/\" version=\"2.0\"><channel><title>Hacker News: Front Page</title><link>https://news.ycombinator.com/</link><description>Hacker News RSS</description><lastBuildDate>"
      )
      appendFeedDate(now, to: &row.bytes)
      row.literal("</lastBuildDate>\n")
    }
    var first: UInt64 = 0
    for index in 0..<draw.between(5...20) {
      nextPost += 1 + draw.below(300)
      var story = newStory()
      var kind = StoryKind.techNews
      if let owed = owed(.hackerNews, chance: 20) { (story, kind) = (owed.story, owed.kind) }
      if index == 0 { first = story }
      writeHeadline(kind, story, telling: 0)
      row.textLength += text.count
      let posted = now - Int64(600 + draw.ranked(70_000)) * .second
      if isAtom { appendAtomEntry(to: &row, posted: posted) } else { appendRSSItem(to: &row, posted: posted) }
    }
    row.literal(isAtom ? "</feed>" : "</channel></rss>")
    return Rendered(row: row, intent: .fresh, story: first, contentType: "application/xml")
  }

  private mutating func appendRSSItem(to row: inout Row, posted: Int64) {
    row.literal("<item><title>")
    appendEscapedText(to: &row.bytes)
    row.literal("</title><description>\n&lt;p&gt;Points: ")
    row.integer(draw.ranked(500))
    row.literal("&lt;/p&gt;\n&lt;p&gt;# Comments: ")
    row.integer(draw.ranked(300))
    row.literal("&lt;/p&gt;\n</description><pubDate>")
    appendFeedDate(posted, to: &row.bytes)
    row.literal("</pubDate><link>")
    appendLink(to: &row)
    row.literal("</link><dc:creator>")
    grammar.append(lists.user, story: 1, draw: &draw, to: &row.bytes)
    row.literal("</dc:creator><guid isPermaLink=\"false\">https://news.ycombinator.com/item?id=")
    row.integer(nextPost)
    row.literal("</guid></item>\n")
  }

  private mutating func appendAtomEntry(to row: inout Row, posted: Int64) {
    row.literal("<entry><id>https://news.ycombinator.com/item?id=")
    row.integer(nextPost)
    row.literal("</id><title>")
    appendEscapedText(to: &row.bytes)
    row.literal("</title><published>")
    Timestamp(milliseconds: posted).appendRFC3339(to: &row.bytes)
    row.literal("</published><updated>")
    Timestamp(milliseconds: posted).appendRFC3339(to: &row.bytes)
    row.literal("</updated><link href=\"")
    appendLink(to: &row)
    row.literal("\"/><author><name>")
    grammar.append(lists.user, story: 1, draw: &draw, to: &row.bytes)
    row.literal("</name></author></entry>\n")
  }

  private mutating func appendLink(to row: inout Row) {
    row.literal("https://")
    grammar.append(lists.site, story: 1, draw: &draw, to: &row.bytes)
    row.literal("/")
    let start = row.bytes.count
    row.span(text)
    Grammar.makeSlug(&row.bytes, from: start)
  }

  private func appendEscapedText(to bytes: inout [UInt8]) {
    for byte in text {
      switch byte {
      case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
      case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
      case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
      default: bytes.append(byte)
      }
    }
  }

  /// `Thu, 24 Jul 2025 04:20:52 +0000`.
  private func appendFeedDate(_ time: Int64, to bytes: inout [UInt8]) {
    let days = Int(time / .day)
    let date = CalendarDay(daysSince1970: days)
    // 1970-01-01 was a Thursday.
    bytes.append(contentsOf: ["Thu, ", "Fri, ", "Sat, ", "Sun, ", "Mon, ", "Tue, ", "Wed, "][days % 7].utf8)
    if date.day < 10 { bytes.append(UInt8(ascii: "0")) }
    DecimalText.append(Int64(date.day), to: &bytes)
    let months = [" Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec "]
    bytes.append(contentsOf: months[date.month - 1].utf8)
    var clock: [UInt8] = []
    Timestamp(milliseconds: time).appendRFC3339(to: &clock)
    bytes.append(contentsOf: clock[..<4])
    bytes.append(UInt8(ascii: " "))
    bytes.append(contentsOf: clock[11..<19])
    bytes.append(contentsOf: " +0000".utf8)
  }
}
