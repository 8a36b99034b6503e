import Inspect
import JSON
import Model
import RecordFormat
import Testing

@testable import Audit

/// Raw records come from anywhere. Nothing in them may become markup, drive a terminal, or break a document.
@Suite struct HostileTests {
  static let attack = "</pre></script><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}\u{1b}[2J\" onload='x' &lt;"

  /// A report whose every foreign text is an attack.
  static func report(raw: [UInt8]) -> AuditReport {
    var report = AuditReport(.event, name: attack)
    report.program = "prowzi \(attack)"
    let place = Coordinates(topic: .raw, partition: PartitionIndex(0), offset: Offset(3))
    var buffer = RecordBuffer()
    buffer.append(
      timestamp: Timestamp(milliseconds: 0), key: raw, value: raw,
      headers: [("ce_source", [UInt8](text: attack)), ("content-type", [UInt8](text: attack)), ("prowzi-csv-columns", raw)])
    var normalized = JSONWriter()
    normalized.object { json in
      json.key("natural_id")
      json.string(attack)
      json.key("payload")
      json.object { json in
        json.key("text")
        json.object { json in
          json.key("title")
          json.string(attack)
        }
      }
    }
    let record = record("prowzi.normalized/0/3", value: normalized.bytes.displayText, stage: attack)
    var step = ChainStep(.normalized, record)
    step.reproduction = .different([JSONDifference(pointer: "/value/\(attack)", old: attack, new: attack)])
    var chain = EventChain(id: EventID(high: 1, low: 2), steps: [step], rawPlace: place)
    chain.raw = LogRecord(buffer, 0, at: place)
    chain.roles = [attack]
    chain.enrichment = StoredEnrichment(value: normalized.bytes)
    report.events = [chain]
    report.others = [EventSummary(id: attack, title: attack, band: attack, total: nil)]
    report.deadLetters = [DeadLetterNode(step: ChainStep(.deadletters, record), raw: chain.raw)]
    return report
  }

  static let values: [[UInt8]] = [
    [UInt8](text: attack), [UInt8](text: #"{"title": ""# + "<script>alert(1)</script>" + #""}"#), [0x3c, 0xff, 0xfe, 0x3e, 0x00, 0x1b], [],
  ]

  @Test(arguments: values) func thePageHoldsNoMarkupFromTheLog(raw: [UInt8]) {
    let page = AuditPage.html(Self.report(raw: raw))
    #expect(page.contains("&lt;script&gt;alert(1)"))
    for forbidden in ["<script", "<img", "onerror=alert(1)>", "\u{202e}", "\u{1b}", "\u{0}"] {
      #expect(!page.contains(forbidden), "\(forbidden)")
    }
    #expect(!page.contains("src=\"") && !page.contains("href=") && !page.contains("url("), "nothing outside is named")
    #expect(page.contains("default-src 'none'"))
  }

  @Test(arguments: values) func theTextDrivesNoTerminal(raw: [UInt8]) {
    let text = AuditText.text(Self.report(raw: raw))
    #expect(!text.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || $0.value == 0x202e || $0.value == 0x7f })
  }

  @Test(arguments: values) func jsonAndProvenanceStayCanonical(raw: [UInt8]) throws {
    let report = Self.report(raw: raw)
    for bytes in [AuditJSON.bytes(report), AuditProvenance.bytes(report)] { #expect(try JSONDocument(bytes).canonicalBytes == bytes) }
  }

  @Test func noLineOfTheTextIsLongerThanAskedFor() {
    for width in [60, 100, 140] {
      for line in AuditText.text(Self.report(raw: Self.values[0]), width: width).split(separator: "\n") {
        #expect(line.count <= width, "\(line)")
      }
    }
  }
}
