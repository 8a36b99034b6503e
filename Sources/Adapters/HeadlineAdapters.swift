import Events
import JSON
import Model

/// Headlines and posts that come as JSON rows.
enum HeadlineRows {
  /// AI news titles at first sight. A title is all there is, so it names the item too.
  static let ai = MappedAdapter(
    FieldMapping(source: "ai_headlines", domain: .ai, kind: .news, id: ["title"], time: "first_seen_at", title: "title"))

  /// Crypto news; most give a day dressed up as a time, and say so.
  static let crypto = MappedAdapter(
    FieldMapping(
      source: "crypto_headlines", domain: .crypto, kind: .news, id: ["url"], time: "published_at", title: "title", url: "url",
      facts: [("publisher", "source")], hints: "keyword")
  ) { (item) throws(Rejection) in
    if item.source.document.bool(item["time_is_day_only"]) == true { item.event.flags.insert(.timeDayOnly) }
    if let url = item.event.url { item.event.naturalID = url }
  }

  /// Hacker News posts: a post on two days has one id and grown points.
  static let hackerNews = MappedAdapter(
    FieldMapping(
      source: "hn_rss", domain: nil, kind: .news, id: ["hn_id"], time: "published_at", title: "title", url: "url",
      metrics: [("comments", "comments"), ("points", "points")], facts: [("author", "by")]))

  /// Headlines of the UCI news set. Its `story` is the answer to a question put to us and is never read.
  static let uci = MappedAdapter(
    FieldMapping(
      source: "uci_news_clusters", domain: nil, kind: .news, id: ["id"], time: "seen_at", title: "title", url: "url",
      facts: [("publisher", "publisher")], hints: "category"))
}
