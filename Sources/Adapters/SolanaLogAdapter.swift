import Events
import JSON
import Model

/// `logsNotification` messages of Solana's JSON-RPC subscriptions.
///
/// *Source*: Solana RPC, `logsSubscribe`: `params.result.context.slot` and `params.result.value.{signature, err, logs}`. There is no time in it.
enum SolanaLogs {
  /// Words in a program's log that say a token or a pool is being made.
  private static let launches: [StaticString] = [
    "initialize2", "Instruction: InitializeMint", "Instruction: InitializePool", "Instruction: CreatePool", "Instruction: Create\"",
    "Instruction: InitializeLbPair",
  ]

  static let messages = JSONRowsAdapter { (source, node, raw) throws(Rejection) in
    let method = source.member("method", of: node)
    guard source.says("logsnotification", method) else {
      guard method == nil, source.document.member("jsonrpc", of: node) != nil else {
        throw Rejection("source.unknown", "the message is no logsNotification", at: source.offset(method ?? node))
      }
      if let error = source.member("error", of: node) {
        throw Rejection("http.error", "the node answered with an error", at: source.offset(error))
      }
      throw Rejection("source.empty_response", "the message only confirms a subscription", at: source.offset(node))
    }
    guard let result = source.member("result", of: source.member("params", of: node)) else {
      throw .missing("params.result", at: source.offset(node))
    }
    guard let value = source.member("value", of: result) else { throw .missing("value", at: source.offset(result)) }
    guard let signature = source.member("signature", of: value) else { throw .missing("signature", at: source.offset(value)) }
    guard let logs = source.member("logs", of: value) else { throw .missing("logs", at: source.offset(value)) }
    guard source.document.kind(logs) == .array else { throw .badType("the logs are not a list", at: source.offset(logs)) }

    let isLaunch = launches.contains { source.document.bytes.firstIndex(of: $0, in: source.document.range(logs)) != nil }
    var item = JSONItem(source, node, of: raw, kind: isLaunch ? .tokenLaunch : .poolActivity, domain: .crypto)
    item.event.naturalID = try item.text(signature)
    if item.event.naturalID.isEmpty { throw .missing("signature", at: source.offset(signature)) }
    item.event.entities.append(Entity(type: "transaction", id: item.event.naturalID, isDeclared: true))
    try item.metric("slot", source.member("slot", of: source.member("context", of: result)))
    if source.member("err", of: value) != nil {
      let failed = item.event.compose { $0.append("failed") }
      item.event.facts.append(Fact("status", failed))
    }
    try readLines(&item, logs)
    let title = item.event.bytes.count
    item.event.bytes.append("Solana transaction")
    if let instruction = item.event.fact("instruction") {
      item.event.bytes.append(": ")
      item.event.bytes.appendCopy(of: instruction.value.range)
    }
    item.event.title = Field(title..<item.event.bytes.count, from: nil)
    item.chain("solana")
    return item.finish()
  }

  /// Programs that are called (`Program … invoke [1]`) and what they are told to do (`Program log: Instruction: …`).
  private static func readLines(_ item: inout JSONItem, _ logs: Int) throws(Rejection) {
    let source = item.source
    let bytes = source.document.bytes
    for line in source.document.elements(of: logs).prefix(256) {
      guard source.document.kind(line) == .string else { throw .badType("a log line is not a text", at: source.offset(line)) }
      let range = source.document.range(line)
      let encoding = source.span(line).encoding
      if let mark = bytes.firstIndex(of: "Instruction: ", in: range) {
        let part = mark + 13..<range.upperBound
        let field = item.event.store(bytes[part], from: SourceSpan(source.rawRange(part), encoding))
        if !field.isEmpty, item.event.facts.count < 16 { item.event.facts.append(Fact("instruction", field)) }
      } else if let end = bytes.firstIndex(of: " invoke [", in: range), end > range.lowerBound + 8,
        bytes.firstIndex(of: "Program ", in: range.lowerBound..<range.lowerBound + 8) != nil
      {
        let part = range.lowerBound + 8..<end
        let isKnown = item.event.entities.contains { item.event.bytes[$0.id.range].elementsEqual(bytes[part]) }
        if isKnown || item.event.entities.count >= 16 { continue }
        let field = item.event.store(bytes[part], from: SourceSpan(source.rawRange(part), encoding))
        item.event.entities.append(Entity(type: "address", id: field, isDeclared: true))
      }
    }
  }
}
