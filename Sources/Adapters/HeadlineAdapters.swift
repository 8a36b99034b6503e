import Events
import JSON
import Model

/// Headlines and posts that come as JSON rows.
enum HeadlineRows {
  /// AI news titles at first sight. A title is all there is, so it names the item too.
  static let ai = JSONRowsAdapter { (source, node, raw) throws(Rejection) in
    var item = JSONItem(source, node, of: raw, kind: .news, domain: .ai)
    try item.title()
    item.event.naturalID = item.event.title!
    try item.time(item["first_seen_at"])
    return item.finish()
  }
}
