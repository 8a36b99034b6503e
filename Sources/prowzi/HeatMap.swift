import CommandLine
import Model
import Postgres

/// Weights by node and time as a picture: a line for each of the warmest nodes, time from left to right, darker where it was warmer.
struct HeatMap {
  private static let shades: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  private static let shownNodes = 20

  private var times: [String] = []
  private var nodes: [(name: String, total: Double, weights: [String: Double])] = []

  /// - Parameter rows: with columns `from`, `node` and `weight`, by time.
  init(_ rows: Rows) {
    guard let from = rows.columns.firstIndex(of: "from"), let node = rows.columns.firstIndex(of: "node"),
      let weight = rows.columns.firstIndex(of: "weight")
    else { return }
    var places: [String: Int] = [:]
    for row in rows.rows {
      guard let time = row[from], let name = row[node], let value = Double(row[weight] ?? "") else { continue }
      if times.last != time { times.append(time) }
      let place = places[name, default: nodes.count]
      if place == nodes.count {
        places[name] = place
        nodes.append((name, 0, [:]))
      }
      nodes[place].total += value
      nodes[place].weights[time, default: 0] += value
    }
    nodes.sort { ($1.total, $0.name) < ($0.total, $1.name) }
  }

  func text(width: Int, style: TextStyle) -> String {
    let shown = nodes.prefix(Self.shownNodes)
    let label = shown.map(\.name.count).max() ?? 0
    let room = max(10, width - label - 12)
    // Several moments share a column where there are more than fit; empty hours have no column.
    let perColumn = max(1, (times.count + room - 1) / room)
    let columns = stride(from: 0, to: times.count, by: perColumn).map { Array(times[$0..<min(times.count, $0 + perColumn)]) }
    let sums = shown.map { node in columns.map { column in column.reduce(0.0) { $0 + (node.weights[$1] ?? 0) } } }
    let most = sums.flatMap { $0 }.max() ?? 0
    var text = style.dim("\(times.first?.prefix(16) ?? "") to \(times.last?.prefix(16) ?? ""), UTC") + "\n"
    for (node, line) in zip(shown, sums) {
      let cells = line.map { Self.shades[$0 <= 0 ? 0 : max(1, min(8, Int(($0 / most).squareRoot() * 8 + 0.5)))] }
      let total = Wording.number((node.total * 10).rounded() / 10)
      let name = TextStyle.harmless(node.name)
      text += name + String(repeating: " ", count: max(0, label - node.name.count) + 2) + String(cells) + "  " + total + "\n"
    }
    if nodes.count > Self.shownNodes { text += style.dim("and \(nodes.count - Self.shownNodes) cooler") + "\n" }
    return text
  }
}
