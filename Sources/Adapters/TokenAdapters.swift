import Events
import JSON
import Model

/// Tokens and pools on chains.
enum Tokens {
  /// Jupiter's token list: added, changed, removed; `banned` where the list is the list of the banned.
  static let jupiter = MappedAdapter(
    FieldMapping(
      source: "jup_token_list", domain: .crypto, kind: .tokenListing, id: ["action", "list", "mint", "observed_at"], time: "observed_at",
      title: "name|symbol|mint", metrics: [("decimals", "decimals")],
      facts: [("community", "community_validated"), ("list", "list"), ("symbol", "symbol")], entities: [("token", "mint")])
  ) { (item) throws(Rejection) in
    let action = try item.require("action")
    let isBan = item.source.says("banned", item["list"]) && item.source.says("added", action)
    try item.fact("action", isBan ? item["list"] : action)
    item.chain("solana")
  }

  /// Solana liquidity pools with their totals. One pool comes once for each of its tokens.
  static let solanaPools = JSONRowsAdapter { (source, node, raw) throws(Rejection) in
    var item = JSONItem(source, node, of: raw, kind: .poolActivity, domain: .crypto)
    let pool = try item.text(item.require("pool"))
    let mint = try item.text(item.require("mint"))
    try item.setID([pool, mint])
    item.event.entities.append(Entity(type: "pool", id: pool, isDeclared: true))
    item.event.entities.append(Entity(type: "token", id: mint, isDeclared: true))
    let start = item.event.bytes.count
    item.event.bytes.append("Solana pool ")
    item.event.bytes.appendCopy(of: pool.range)
    item.event.title = Field(start..<item.event.bytes.count, from: nil)
    try item.time(item["first_pool_activity_at"])
    try item.metric("added_liquidity", item["total_added_liquidity"])
    try item.metric("add_count", item["num_liquidity_adds"])
    try item.metric("removed_liquidity", item["total_removed_liquidity"])
    try item.metric("remove_count", item["num_liquidity_removes"])
    try item.fact("status", item["status"])
    try item.entity("transaction", item["last_swap_tx"])
    item.chain("solana")
    return item.finish()
  }

  /// Uniswap v2 pools, as they were when they were launched: what became of them (`label`, `outcome`, `features`) is never read.
  static let uniswap = JSONRowsAdapter { (source, node, raw) throws(Rejection) in
    var item = JSONItem(source, node, of: raw, kind: .tokenLaunch, domain: .crypto)
    try item.id("pair")
    item.event.entities.append(Entity(type: "pool", id: item.event.naturalID, isDeclared: true))
    try item.entity("token", item.require("token"))
    item.event.title = try item.optionalText(item["name"])
    if item.event.title == nil { item.event.title = try item.optionalText(item["symbol"]) }
    if item.event.title == nil { item.event.title = item.event.naturalID }
    try item.time(item["created_at_est"])
    try item.fact("symbol", item["symbol"])
    try item.fact("quote", item["quote"])
    try item.fact("creator", item["creator"])
    if let creator = item.event.fact("creator") {
      item.event.entities.append(Entity(type: "address", id: creator.value, isDeclared: true))
    }
    try item.fact("lp_creator", item["lp_creator"])
    try item.metric("created_block", item["created_block"])
    try item.metric("initial_liquidity_eth", item["initial_liquidity_eth"])
    try item.metric("initial_liquidity_token", item["initial_liquidity_token"])
    try item.metric("initial_supply", item["initial_supply"])
    item.chain("ethereum")
    return item.finish()
  }
}
