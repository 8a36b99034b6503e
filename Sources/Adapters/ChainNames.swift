import Events
import Model

/// One name for each chain: small letters, hyphens for spaces, well-known aliases resolved.
enum ChainNames {
  private static let aliases: [(alias: StaticString, name: StaticString)] = [
    ("mainnet", "ethereum"), ("eth", "ethereum"), ("binance", "bsc"), ("bnb", "bsc"), ("bnb chain", "bsc"), ("zksync era", "zksync"),
    ("gnosis chain", "gnosis"), ("xdai", "gnosis"), ("hyperliquid l1", "hyperliquid"), ("bitcoincash", "bitcoin-cash"),
    ("doge", "dogecoin"), ("ripple", "xrp"), ("rootstock", "rsk"), ("matic", "polygon"), ("avax", "avalanche"), ("okexchain", "okx"),
  ]

  /// Appends the canonical name of the chain that the range names.
  static func append(_ bytes: [UInt8], in range: Range<Int>, to output: inout [UInt8]) {
    if let entry = aliases.first(where: { bytes.matches($0.alias, in: range) }) {
      output.append(entry.name)
      return
    }
    let start = output.count
    output.append(contentsOf: bytes[range])
    output.lowercaseASCII(from: start)
    for i in start..<output.count where output[i] == 0x20 { output[i] = UInt8(ascii: "-") }
  }
}

extension JSONItem {
  /// A chain, or a list of them: each an entity and a fact under its canonical name. The span is on the name as the source has it.
  mutating func chains(_ node: Int?) throws(Rejection) {
    guard let node else { return }
    let isList = kind(node) == .array
    for name in isList ? Array(source.document.elements(of: node).prefix(AdapterLimits.listedEntities)) : [node] {
      guard let written = try optionalText(name) else { continue }
      let start = event.bytes.count
      let bytes = event.bytes
      ChainNames.append(bytes, in: written.range, to: &event.bytes)
      let field = Field(start..<event.bytes.count, from: written.span)
      event.entities.append(Entity(type: "chain", id: field, isDeclared: true))
      event.facts.append(Fact("chain", field))
    }
  }

  /// A chain that the source is about without saying so.
  mutating func chain(_ name: StaticString) {
    let field = event.compose { $0.append(name) }
    event.entities.append(Entity(type: "chain", id: field, isDeclared: true))
    event.facts.append(Fact("chain", field))
  }
}
