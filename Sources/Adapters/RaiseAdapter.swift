import Events
import JSON
import Model

/// Funding rounds in both shapes: rows with dollars, and the API's answer with millions and the day as seconds.
struct RaiseAdapter: SourceAdapter {
  private static let items = CompiledPath("raises")

  private static let rows = JSONRowsAdapter { (source, node, raw) throws(Rejection) in
    var item = JSONItem(source, node, of: raw, kind: .fundingRound, domain: .crypto)
    try item.title("name")
    let date = try item.require("date")
    try item.time(date)
    item.event.flags.insert(.timeDayOnly)
    // The day is written out so that a round has one id in both shapes.
    let time = item.event.occurredAt
    let day = item.event.compose { bytes in
      let start = bytes.count
      time.appendRFC3339(to: &bytes)
      bytes.removeLast(bytes.count - start - 10)
    }
    try item.fact("round", item["round"])
    try item.setID([day, item.event.title!] + (item.event.fact("round").map { [$0.value] } ?? []))
    item.event.entities.append(Entity(type: "organization", id: item.event.title!, isDeclared: true))
    try item.amount("amount_usd", item["amount_usd"], scale: 1)
    try item.amount("amount_usd", item["amount"], scale: 1_000_000)
    try item.amount("valuation_usd", item["valuation_musd"], scale: 1_000_000)
    // The API writes valuations as texts, some of them `not disclosed`.
    try? item.amount("valuation_usd", item["valuation"], scale: 1_000_000)
    try item.fact("category", item["category"])
    if let category = item.event.fact("category") { item.event.hints.append(category.value) }
    try item.body(item["description"] ?? item["sector"])
    try item.url(item["source"])
    let leads = item["lead_investors"] ?? item["leadInvestors"]
    try item.entities("investor", leads)
    for lead in source.document.elements(of: leads).prefix(8) { try item.fact("lead_investor", lead) }
    try item.entities("investor", item["other_investors"] ?? item["otherInvestors"])
    try item.chains(item["chains"])
    return item.finish()
  }

  func read(_ raw: RawRecord, into items: inout [Event], rejections: inout [Rejection], scratch: inout AdapterScratch) {
    Self.rows.read(raw, into: &items, rejections: &rejections, scratch: &scratch, list: Self.items)
  }
}
