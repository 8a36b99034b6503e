import CommandLine
import Inspect
import JSON
import Model
import RecordFormat

/// Prints records one after the other.
struct RecordPrinter {
  private let output: Output
  private let headers: Bool
  private let whole: Bool
  private let margin: String
  /// Whether lines of text begin with the topic: where records of several come one after the other.
  private let namesTopic: Bool
  private var document = JSONDocument()

  init(_ output: Output, headers: Bool, whole: Bool, margin: String, namesTopic: Bool = false) {
    self.output = output
    self.headers = headers
    self.whole = whole || !output.isTerminal
    self.margin = margin
    self.namesTopic = namesTopic
  }

  mutating func print(_ records: RecordBuffer, _ index: Int, of target: TopicPartition) {
    if output.isJSON {
      var json = JSONWriter()
      RecordLine.write(records, index, of: target, headers: headers, document: &document, to: &json)
      return output.json(json.bytes)
    }
    let record = records.records[index]
    func text(_ range: Range<Int>?) -> String { range.map { TextStyle.harmless(Array(records.bytes[$0]).displayText) } ?? "(null)" }
    let place = (namesTopic ? "\(target.topic)/" : "") + "\(target.partition)/\(record.offset)"
    let lead = "\(margin)\(place)  \(record.timestamp)  \(text(record.key))  "
    let value = text(record.value)
    output.line(output.style.dim(lead) + (whole ? value : Wording.cut(value, to: max(20, output.width - lead.count))))
    guard headers else { return }
    for header in records.headers(of: index) {
      output.line("\(margin)    \(TextStyle.harmless(header.name)): \(header.value.map { TextStyle.harmless($0.displayText) } ?? "(null)")")
    }
  }
}
