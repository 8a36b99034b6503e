import Model
import State

extension BandStage.State: Inspectable {
  public func inspect(_ inspector: inout StateInspector) {
    inspector.stage("\(BandStage.identity.name)", self) { inspector in
      let asked = inspector.stories.map(BandStage.key(of:))
      inspector.table("stories", stories) { key, row, _ in
        asked.contains(row) || key.id.map { BandStage.key(of: $0) == row } ?? false
      } text: { story in
        "\(story.band.name), \(story.support) event\(story.support == 1 ? "" : "s")" + (story.expiresAt.map { ", expires \($0)" } ?? "")
      }
    }
  }
}
