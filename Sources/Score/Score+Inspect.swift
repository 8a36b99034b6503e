import Model
import State

extension ScoreStage.State: Inspectable {
  /// How much attention the nodes of the ontology had, by day; asked for by a day such as `2026-02-21`.
  public func inspect(_ inspector: inout StateInspector) {
    inspector.stage("\(ScoreStage.identity.name)", self) { inspector in
      inspector.table("attention", count: attention.days.count)
      for day in attention.days {
        let start = Timestamp(milliseconds: day.number * .day)
        let name = String("\(start)".prefix(10))
        switch inspector.wish {
        case .summary, .tables: continue
        case .about(let key) where key.text != name: continue
        case .about, .everything: break
        }
        let nodes = day.weights.enumerated().filter { $0.element != 0 }.map { "\($0.offset): \($0.element)" }
        inspector.row("attention", key: name, time: start, "millionths by node \(nodes.joined(separator: ", "))")
      }
    }
  }
}
