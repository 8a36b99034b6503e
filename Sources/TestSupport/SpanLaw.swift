import Adapters
import Events
import Model

/// Every span of an event decodes to the text or the number that was read from it.
public enum SpanLaw {
  /// What breaks the law, in words; empty for a lawful event.
  public static func violations(_ event: Event, in value: [UInt8]) -> [String] {
    var found: [String] = []
    func check(_ name: String, _ field: Field?) {
      guard let field, let span = field.span else { return }
      let text = Array(event.bytes[field.range])
      let decoded = span.decode(in: value)
      if !agrees(name, text, decoded, isCut: event.flags.contains(.textCut)) {
        found.append("\(name): \(text.displayText.prefix(80)) from \(decoded.displayText.prefix(80)) at \(span.range)")
      }
    }
    check("naturalID", event.naturalID)
    check("title", event.title)
    check("body", event.body)
    check("url", event.url)
    for hint in event.hints { check("hint", hint) }
    for fact in event.facts { check(fact.name, fact.value) }
    for entity in event.entities { check(entity.type, entity.id) }
    for metric in event.metrics {
      guard let span = metric.span else { continue }
      let number = Double(span.decode(in: value).displayText) ?? .nan
      let isSame = [1.0, 1e6].contains { abs(number * $0 - metric.value) <= 0.005 || number * $0 == metric.value }
      if !isSame { found.append("\(metric.name): \(metric.value) from \(number)") }
    }
    let names = event.metrics.map(\.name) + event.facts.map(\.name)
    if event.metrics.map(\.name) != event.metrics.map(\.name).sorted() || event.facts.map(\.name) != event.facts.map(\.name).sorted() {
      found.append("names out of order: \(names)")
    }
    if event.naturalID.isEmpty { found.append("no natural id") }
    if UTF8Text.firstInvalidByte(in: event.bytes.span) != nil { found.append("not UTF-8") }
    return found
  }

  private static func agrees(_ name: String, _ text: [UInt8], _ decoded: [UInt8], isCut: Bool) -> Bool {
    if text == decoded || (isCut && decoded.starts(with: text)) { return true }
    let collapsed = decoded.split { $0 <= 0x20 }.joined(separator: [0x20])
    if text.elementsEqual(collapsed) { return true }
    if name == "url" || name == "naturalID", URLCanonicalizer.canonical(decoded) == text { return true }
    // Names that have one canonical spelling: small letters, and aliases of chains.
    let small = collapsed.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
    if ["repository", "formerly", "naturalID"].contains(name), text.elementsEqual(small) { return true }
    if name == "model" {
      return text.elementsEqual(small.map { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "@") ? UInt8(ascii: "-") : $0 })
    }
    if name == "chain" { return !decoded.isEmpty }
    // Markup taken away: what is left stands in the same order in what was there.
    if name == "body" || name == "title" {
      var rest = decoded[...]
      return text.allSatisfy { byte in
        guard byte > 0x20, byte < 0x80 else { return true }
        guard let at = rest.firstIndex(of: byte) else { return false }
        rest = rest[(at + 1)...]
        return true
      }
    }
    return false
  }
}
